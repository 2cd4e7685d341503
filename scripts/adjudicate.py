"""Adjudicate: from the layers of two or more annotators to annotation/gold/ and annotation/ledger.csv.

What all annotators hold stands. What they disagree on the lead decides, on a server or without one:

  scripts/adjudicate.py --lead cy            brings the adjudication project in Label Studio up to date and
                                             takes over what was submitted since; again after each sitting
  scripts/adjudicate.py --list               every disagreement to build/adjudication/<doc_id>.md and .json
  scripts/adjudicate.py --decisions F.json   decisions on those, as parley/adjudication/decisions.py says
  scripts/adjudicate.py --rebuild            gold again from layers and ledger; --check: compare

Exit status: 0 done, 1 something is undecided or does not exist (each named), 2 wrong call, no server.
"""

from pathlib import Path

from parley.adjudication import session as adjudicating
from parley.cli import main as cli
from parley.model.paths import CorpusPaths

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
    call = adjudicating.Call(args.lead, tuple(args.annotators), args.hidden, tuple(args.decisions))
    for line in adjudicating.run(CorpusPaths.at(args.root), call, args.mode):
        print(line)


if __name__ == "__main__":
    cli.run(main)
