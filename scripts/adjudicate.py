"""Adjudicate: from the layers of two or more annotators to annotation/gold/ and annotation/ledger.csv.

What all annotators hold stands. What they disagree on is decided by the lead, in one of two ways:

  scripts/adjudicate.py --lead cy                     in Label Studio: brings the adjudication project up to
                                                      date, then takes over what the lead has submitted. Run
                                                      it again after every sitting
  scripts/adjudicate.py --list                        without a server: writes every disagreement to
                                                      build/adjudication/<doc_id>.md and .json …
  scripts/adjudicate.py --lead cy --decisions F.json  … and takes the decisions of a file, whose format is
                                                      that of parley/adjudication/decisions.py
  scripts/adjudicate.py --rebuild [--check]           gold again from layers and ledger; --check only compares

Exit status: 0 done, 1 something is undecided or does not exist (each named), 2 wrong call, no server.
"""

from pathlib import Path

from parley import cli
from parley.adjudication import adjudicating as steps
from parley.corpus import Corpus

parser = cli.parser(__doc__, __file__)
parser.add_argument(
    "--lead", default="", metavar="NAME", help="default: the one human whose labels stand aside"
)
parser.add_argument(
    "--annotators", nargs="+", default=[], metavar="NAME", help="default: all humans, else models"
)
parser.add_argument(
    "--hidden", default="", metavar="SEED", help="show annotators as A, B, … in a seeded order"
)
parser.add_argument("--list", action="store_true", help="write the disagreements and stop")
parser.add_argument("--decisions", nargs="+", default=[], type=Path, metavar="FILE", help="decisions as JSON")
parser.add_argument("--rebuild", action="store_true", help="write gold again from layers and ledger")
parser.add_argument("--check", action="store_true", help="with --rebuild: compare, write nothing")


def main() -> None:
    a = parser.parse_args()
    call = steps.Call(a.lead, tuple(a.annotators), a.hidden, tuple(a.decisions))
    mode = "check" if a.check else "rebuild" if a.rebuild else "list" if a.list else "decide"
    print(*steps.run(Corpus.at(a.root), call, mode), sep="\n")


if __name__ == "__main__":
    cli.run(main)
