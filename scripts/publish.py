"""Publish the corpus: seeds, gold (or one annotator's labels) and entities → dataset/.

Reads release.toml for the version, its date and the source of the labels. Everything is validated first;
then the release is built beside dataset/, loaded once as a reader loads it, and put in place in one step.
dataset/ is either the old release or the new one, whatever happens. The same inputs give the same bytes.

  scripts/publish.py                     with the articles' text, into dataset/
  scripts/publish.py --text withhold     the version that stands there, without text, into build/withheld/;
                                         scripts/rehydrate.py puts the labels onto a reader's own copies
  scripts/publish.py --engine spark --master URL    the same files, made on a cluster whose workers see the
                                         corpus folder at the same path; what validates is still this machine

Exit status: 0 published, or nothing to change; 1 the data has faults or the version does not fit the change;
2 wrong call, or there is nothing to publish.
"""

from pathlib import Path

from parley.cli import main as cli
from parley.model.paths import CorpusPaths
from parley.release.publish import publish
from parley.release.standoff.withhold import write_withheld
from parley.runtime.engine import engine

parser = cli.parser(__doc__, __file__)
parser.add_argument("--no-validate", action="store_true", help="the corpus was validated a moment ago")
parser.add_argument("--text", choices=("include", "withhold"), default="include", help="the articles' text")
parser.add_argument("--out", type=Path, help="where to, without text (default: build/withheld)")
parser.add_argument(
    "--engine", choices=("local", "spark"), default="local", help="what works on the articles"
)
parser.add_argument("--master", metavar="URL", help="of Spark (default: that of spark-submit, else local[*])")
parser.add_argument(
    "--processes", type=int, metavar="N", help="of this machine (default: its cores, for many)"
)


def main() -> None:
    args = parser.parse_args()
    corpus = CorpusPaths.at(args.root)
    if args.out and args.text == "include":
        parser.error("--out goes with --text withhold; a release with text stands in dataset/")
    with engine(args.engine, args.master, args.processes) as chosen:
        if args.text == "withhold":
            made = write_withheld(corpus, args.out or corpus.build / "withheld", chosen)
            print(f"without text: version {made.version}, {made.fingerprints} fingerprints, in {made.folder}")
            return
        done = publish(corpus, validate=not args.no_validate, engine=chosen)
    what = "published" if done.changed else "already published"
    print(f"{what}: version {done.version}, content {done.content_sha256[:12]}")


if __name__ == "__main__":
    cli.run(main)
