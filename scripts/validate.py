"""Check a corpus with Great Expectations and name everything that is wrong with it.

Reads seeds/, annotation/, validation/ and, where there is one, dataset/. Writes below build/ only: the tables
that were judged (build/validation/tables), the results and, with --docs, Data Docs (build/data-docs).
  scripts/validate.py --no-release   leave dataset/ aside: it is about to be published anew
Exit status: 0 nothing is wrong, 1 the faults named are, 2 wrong call.
"""

import webbrowser
from pathlib import Path

from parley import cli
from parley.corpus import Corpus
from parley.faults import as_json, check
from parley.labels import write_whole
from parley.validation.summary import append_summary
from parley.validation.validating import report

parser = cli.parser(__doc__, __file__)
parser.add_argument("--no-release", action="store_true", help="leave what is published aside")
parser.add_argument("--docs", action="store_true", help="build Data Docs")
parser.add_argument("--open", action="store_true", help="open Data Docs")
parser.add_argument("--json", type=Path, metavar="FILE", help="write the faults as JSON")


def main() -> None:
    args = parser.parse_args()
    found = report(Corpus.at(args.root), release=not args.no_release, docs=args.docs)
    if args.json:
        write_whole(args.json, as_json(found.faults).encode())
    append_summary(found)
    print("judged: " + (", ".join(f"{n} {table}" for table, n in found.counts.items()) or "nothing"))
    print(f"Data Docs: {found.docs}" if found.docs else "Data Docs: not built")
    if args.open and found.docs:
        webbrowser.open(found.docs)
    check(found.faults)


if __name__ == "__main__":
    cli.run(main)
