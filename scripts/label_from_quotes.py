r"""Turn labels written as quotes into label files.

For annotators who work by reading and writing rather than in Label Studio: a decisions file quotes the
text and this script finds the offsets; it refuses whatever does not stand in the text as quoted.

  scripts/label_from_quotes.py --show 000_5016c1a94fcbe2b0            the article with numbered paragraphs
  scripts/label_from_quotes.py --annotator model-a 000_….quotes …     → annotation/labels/model-a/000_….json

A decisions file is named <doc_id>.quotes and has one decision a line:

  span | m1 | PER | 2 | Karoline Leavitt | 1 | entity=per_leavitt level=NAM
  rel  | source | q1 | m1

that is: key, label, paragraph, quote, occurrence in the paragraph, attributes; and relation, head, tail.
A bar in a quote is written \| there.
Exit status: 0 done, 1 a decision does not fit the text, 2 wrong call.
"""

from pathlib import Path

from parley.cli import main as cli
from parley.exchange.quotes import document_named, numbered, write_labels_from_quotes
from parley.model.paths import CorpusPaths

parser = cli.parser(__doc__, __file__)
parser.add_argument("--show", metavar="DOC_ID", help="print one article with numbered paragraphs")
parser.add_argument("--annotator", metavar="NAME", help="who decided; a name of annotation/annotators.csv")
parser.add_argument("files", nargs="*", type=Path, help="decisions files, <doc_id>.quotes")


def main() -> None:
    args = parser.parse_args()
    corpus = CorpusPaths.at(args.root)
    if args.show:
        print(numbered(document_named(corpus, args.show)))
        return
    if not args.annotator or not args.files:
        parser.error("name --annotator and at least one decisions file, or --show an article")
    for path in write_labels_from_quotes(corpus, args.annotator, args.files):
        print(corpus.relative(path))


if __name__ == "__main__":
    cli.run(main)
