"""Take the documentation's pictures of the labelling and the adjudication screen.

Starts a Label Studio of its own on a free port with the corpus's articles and a headless Chromium, takes
annotation/figures/labelling.png and, where an article is labelled twice, adjudication.png, and removes the
server again. Run `make tasks` first.

Exit status: 0 done, 2 wrong call, no Label Studio or no Chromium.
"""

import sys
from pathlib import Path

from parley.cli import main as cli
from parley.model.paths import CorpusPaths

parser = cli.parser(__doc__, __file__)
parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: annotation/figures")


def main() -> None:
    args = parser.parse_args()
    corpus = CorpusPaths.at(args.root)
    tests = Path(__file__).resolve().parents[1] / "tests"  # the browser's driver is no part of the package
    sys.path[:0] = [str(tests), str(tests / "e2e")]
    from screenshots import take_screenshots

    for path in take_screenshots(corpus, args.out or corpus.root / "annotation" / "figures"):
        print(corpus.relative(path))


if __name__ == "__main__":
    cli.run(main)
