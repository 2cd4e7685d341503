"""Show how the labels of two published versions differ, as Markdown.

A and B are folders (a dataset/, or a corpus that holds one), git revisions of this repository, or Hub
repositories with a revision (org/name@v0.1.0).

  scripts/diff_versions.py HEAD~1 .
  scripts/diff_versions.py v0.1.0 v0.2.0
Exit status: 0 done, 2 one of the two is not there.
"""

from parley.cli import main as cli
from parley.model.paths import CorpusPaths
from parley.release.versions.difference import as_markdown, difference, read_labels
from parley.release.versions.revisions import dataset_at

parser = cli.parser(__doc__, __file__)
parser.add_argument("before", metavar="A", help="the earlier version")
parser.add_argument("after", metavar="B", help="the later version")


def main() -> None:
    args = parser.parse_args()
    corpus = CorpusPaths.at(args.root)
    with dataset_at(corpus, args.before) as before, dataset_at(corpus, args.after) as after:
        found = difference(read_labels(before), read_labels(after))
    print(as_markdown(found, args.before, args.after))


if __name__ == "__main__":
    cli.run(main)
