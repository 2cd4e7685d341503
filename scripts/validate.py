"""Check a corpus with Great Expectations and name everything that is wrong with it.

Reads seeds/, annotation/, validation/ and, where there is one, dataset/. Writes below build/ only: the tables
that were judged (build/validation/tables), the results and, with --docs, Data Docs (build/data-docs).

  scripts/validate.py                     check this checkout
  scripts/validate.py --root tests/harbour
  scripts/validate.py --json faults.json  the faults for programs too: code, place, message, file, remedy
  scripts/validate.py --docs --open       build Data Docs and open them in a browser

Exit status: 0 nothing is wrong, 1 the faults named are, 2 wrong call.
"""

import webbrowser
from pathlib import Path

from parley import cli
from parley.corpus import Corpus
from parley.faults import as_json, check
from parley.labels import write_whole
from parley.validation.validating import report

parser = cli.parser(__doc__, __file__)
parser.add_argument("--docs", action="store_true", help="build Data Docs")
parser.add_argument("--open", action="store_true", help="open Data Docs in a browser")
parser.add_argument("--json", type=Path, metavar="FILE", help="write the faults as JSON")


def main() -> None:
    args = parser.parse_args()
    found = report(Corpus.at(args.root), docs=args.docs or args.open)
    if args.json:
        write_whole(args.json, as_json(found.faults).encode() + b"\n")
    if found.docs:
        print(f"Data Docs: {found.docs}")
    if args.open:
        webbrowser.open(found.docs)
    check(found.faults)
    print("nothing is wrong: " + ", ".join(f"{n} {table}" for table, n in found.counts.items()))


if __name__ == "__main__":
    cli.run(main)
