"""Adjudicate: from the layers of two or more annotators to annotation/gold/ and annotation/ledger.csv.

What all annotators agree on is gold. What they disagree on the lead decides, on a server or without one:

  scripts/adjudicate.py --lead cy            brings the adjudication project in Label Studio up to date and
                                             takes over what was submitted since; again after each session
  scripts/adjudicate.py --list               every disagreement to build/adjudication/<doc_id>.md and .json
  scripts/adjudicate.py --decisions F.json   decisions on those: parley.adjudication.files.decision_files
  scripts/adjudicate.py --rebuild            gold again from layers and ledger; --check: compare

Exit status: 0 done, 1 something is undecided or does not exist (each named), 2 wrong call, no server.
"""

from pathlib import Path

from parley.cli import main as cli
from parley.corpus.corpus import Corpus
from parley.steps.adjudicate import adjudicate, list_disagreements, rebuild

parser = cli.parser(__doc__, __file__)
add = parser.add_argument
add("--lead", default="", metavar="NAME", help="default: the one human whose labels are not compared")
add("--annotators", nargs="+", default=[], metavar="NAME", help="default: all humans, else all models")
add("--hidden", default="", metavar="SEED", help="show annotators as A, B, … in a seeded order")
add("--decisions", nargs="+", default=[], type=Path, metavar="FILE", help="decisions as JSON")
add("--list", dest="mode", action="store_const", const="list", default="decide", help="list and stop")
add("--rebuild", dest="mode", action="store_const", const="rebuild", help="write gold again")
add("--check", dest="mode", action="store_const", const="check", help="compare gold, write nothing")


def main() -> None:
    args = parser.parse_args()
    if args.decisions and args.mode != "decide":
        parser.error("--decisions are taken over in a call without --list, --rebuild and --check")
    corpus = Corpus.at(args.root)
    if args.mode == "list":
        lines = list_disagreements(corpus, args.annotators, args.hidden)
    elif args.mode == "decide":
        lines = adjudicate(
            corpus, lead=args.lead, annotators=args.annotators, hidden=args.hidden, files=args.decisions
        )
    else:
        lines = rebuild(corpus, check_only=args.mode == "check")
    for line in lines:
        print(line)


if __name__ == "__main__":
    cli.run(main)
