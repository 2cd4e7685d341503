"""Check a corpus, or the tables an export was converted to, with Great Expectations; name all that is wrong.

Reads seeds/, annotation/, validation/ and, where there is one, dataset/. Writes below build/ only: the tables
that were judged (build/validation/tables), the results and, with --docs, Data Docs (build/data-docs).

  scripts/validate.py --no-release     leave dataset/ aside: it is about to be published anew
  scripts/validate.py --tables FOLDER  judge the tables of scripts/convert_export.py, of any size, by the
                                       suites of the corpus; what its articles, annotators or entities are
                                       needed for is asked where it has them, else told as not asked
  scripts/validate.py --tables FOLDER --ontology FILE   the same without a corpus
  scripts/validate.py --engine spark --master URL       the same verdict of the library's Spark engine

Exit status: 0 nothing is wrong, 1 the faults named are, 2 wrong call.
"""

import webbrowser
from pathlib import Path

from parley.cli import main as cli
from parley.faults import as_json, check
from parley.runtime.files import write_whole
from parley.steps.validate import PANDAS, SPARK, Choice, validated
from parley.validation.report import append_summary, as_lines

parser = cli.parser(__doc__, __file__)
parser.add_argument("--tables", type=Path, metavar="FOLDER", help="judge the tables of an export instead")
parser.add_argument("--ontology", type=Path, metavar="FILE", help="with --tables: judge by it alone")
parser.add_argument("--engine", choices=(PANDAS, SPARK), default=PANDAS, help="of Great Expectations")
parser.add_argument("--master", metavar="URL", help="of Spark; default: all cores, or spark-submit's")
parser.add_argument("--processes", type=int, metavar="N", help="at most so many; default: one a core")
parser.add_argument("--no-release", dest="release", action="store_false", help="leave dataset/ aside")
parser.add_argument("--docs", action="store_true", help="build Data Docs")
parser.add_argument("--open", action="store_true", help="open Data Docs")
parser.add_argument("--json", type=Path, metavar="FILE", help="write the faults as JSON")


def main() -> None:
    args = vars(parser.parse_args())
    shown, file = args.pop("open"), args.pop("json")
    found = validated(Choice(**args))
    if file:
        write_whole(file, as_json(found.faults).encode())
    append_summary(found)
    print(*as_lines(found), sep="\n")
    if shown and found.docs:
        webbrowser.open(found.docs)
    check(found.faults)


if __name__ == "__main__":
    cli.run(main)
