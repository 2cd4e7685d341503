"""Rehydrate: put the labels of a release without text onto your own copies of the articles.

  scripts/rehydrate.py RELEASE COPIES --out FOLDER

RELEASE is a release without text (`publish.py --text withhold`); COPIES a folder with one UTF-8 file an
article, named after its doc_id: 000_5016c1a94fcbe2b0.txt. The raw page and the clean text both do. A copy
that is the same word for word gives the release as it was made. In any other (other quotation marks, other
white space, a changed sentence) each label is looked for by its hash: kept where it was, moved, or lost;
no label is put where its words are not. FOLDER gets the Parquet files, for load_dataset("parquet", …), and
rehydration.csv, which tells it label by label.

Exit status: 0 every label has its place; 1 some are lost, an article has no copy, or a file of the release is
damaged; 2 wrong call.
"""

from pathlib import Path

from parley.cli import main as cli
from parley.model.paths import CorpusPaths
from parley.release.standoff.rehydrate import REPORT, rehydrate
from parley.release.versions.history import read_versions

parser = cli.parser(__doc__, __file__, root=False)
parser.add_argument("release", type=Path, help="folder of a release without text")
parser.add_argument("copies", type=Path, help="folder of your copies")
parser.add_argument("--out", type=Path, required=True, help="folder to write, which must not exist")


def main() -> int:
    args = parser.parse_args()
    done = rehydrate(args.release, CorpusPaths(args.release), args.copies, args.out)
    print(
        f"articles: {len(done.exact)} word for word, {len(done.aligned)} aligned, {len(done.absent)} absent"
    )
    for doc_id in done.absent:
        print(f"  no copy of {doc_id}")
    print("labels: " + ", ".join(f"{n} {status}" for status, n in done.counts.items()))
    if done.content_sha256 in {one["content_sha256"] for one in read_versions(args.release)[-1:]}:
        print("the result is the release itself: the content hash is the same")
    print(f"{args.out / REPORT} tells it label by label")
    return int(bool(done.absent or done.counts.get("lost")))


if __name__ == "__main__":
    cli.run(main)
