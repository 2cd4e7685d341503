"""Publish the corpus: seeds, gold (or one annotator's labels) and entities → dataset/.

Reads release.toml for the version, its date and the source of the labels. Everything is validated first;
then the release is built beside dataset/, loaded once as a reader loads it, and put in place in one step.
dataset/ is either the old release or the new one, whatever happens. The same inputs give the same bytes.

Exit status: 0 published, or nothing to change; 1 the data has faults or the version does not fit the change;
2 wrong call, or there is nothing to publish.
"""

from parley import cli
from parley.corpus import Corpus
from parley.release.publishing import publish

parser = cli.parser(__doc__, __file__)
parser.add_argument("--no-validate", action="store_true", help="the corpus was validated a moment ago")


def main() -> None:
    args = parser.parse_args()
    corpus = Corpus.at(args.root)
    done = publish(corpus, validate=not args.no_validate)
    what = "published" if done.changed else "already published"
    print(f"{what}: version {done.version}, content {done.content_sha256[:12]}")


if __name__ == "__main__":
    cli.run(main)
