"""Bring finished annotations back into annotation/labels/<annotator>/<doc_id>.json.

Asks the local Label Studio (or the one LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY name), or reads a file that
was exported there in the format JSON. It can be run at any time, many times: drafts, skipped and untouched
tasks are listed, of several annotations by one annotator the newest counts. A label that cannot be carried
over exactly is named, and its article's label file is left as it was.

  scripts/pull_labels.py                                   every annotator who has a project
  scripts/pull_labels.py --export ada.json.gz --annotator ada

Exit status: 0 done, 1 something could not be carried over (each with its place), 2 wrong call, no server.
"""

from pathlib import Path

from parley import faults
from parley.cli import main as cli
from parley.label_studio.server.client import connect
from parley.label_studio.server.pull import pull, pull_export, report
from parley.model.paths import CorpusPaths

parser = cli.parser(__doc__, __file__)
parser.add_argument("--annotators", nargs="+", default=[], metavar="NAME", help="default: all with a project")
parser.add_argument("--export", type=Path, metavar="FILE", help="JSON or JSON lines; also .gz, .zst")
parser.add_argument("--annotator", default="", metavar="NAME", help="whose the export is, if it is silent")


def main() -> None:
    args = parser.parse_args()
    corpus = CorpusPaths.at(args.root)
    if args.export:
        pulled = pull_export(corpus, args.export, args.annotator)
    else:
        with connect(corpus) as studio:
            pulled = pull(corpus, studio, args.annotators)
    print(*report(pulled), sep="\n")
    faults.check(pulled.faults)


if __name__ == "__main__":
    cli.run(main)
