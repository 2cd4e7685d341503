"""Measure how far annotators agree, and list where they do not.

Reads annotation/labels/ (every two annotators, on the articles both labelled). Writes

  annotation/agreement.json   every figure with its interval, round by round
  annotation/agreement.md     the same as tables; annotation/agreement/ as plots
  build/disagreements.md      every disagreement, worst first, with links into Label Studio; .json too

  scripts/measure_agreement.py                                  all annotators that are not rules
  scripts/measure_agreement.py --annotators model-a,model-b     only these
  scripts/measure_agreement.py --round 2 --date 2026-02-14      a new round beside the ones before

Without --round the last round is measured again. Exit status: 0 done, 1 labels do not fit the articles,
2 wrong call, or nothing is labelled twice.
"""

from parley.agreement.report import print_report
from parley.agreement.study import measure_corpus
from parley.cli import main as cli
from parley.model.paths import CorpusPaths

parser = cli.parser(__doc__, __file__)
parser.add_argument("--annotators", default="", metavar="A,B,…", help="whose labels to compare")
parser.add_argument("--round", metavar="NAME", help="add this round of annotation, or replace it")
parser.add_argument("--date", metavar="YYYY-MM-DD", help="when the round was labelled")
parser.add_argument(
    "--draws", type=int, default=1000, metavar="N", help="of the bootstrap; 0: no intervals (default: 1000)"
)
parser.add_argument(
    "--processes", type=int, metavar="N", help="that read and compare (default: by number of articles)"
)


def main() -> None:
    args = parser.parse_args()
    if args.processes is not None and args.processes < 1:
        parser.error("--processes is at least 1")
    names = [name for name in args.annotators.split(",") if name]
    corpus = CorpusPaths.at(args.root)
    rounds = measure_corpus(
        corpus,
        annotators=names,
        name=args.round,
        date=args.date,
        draws=args.draws,
        processes=args.processes,
    )
    print_report(rounds)


if __name__ == "__main__":
    cli.run(main)
