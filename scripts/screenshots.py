"""Take the documentation's pictures of Label Studio's screens; `--help` says more."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from parley.cli.main import run
from parley.cli.options import Root, corpus_at

CHECKOUT = Path(__file__).resolve().parents[1]


def screenshots(
    *,
    out: Annotated[Path | None, Parameter(metavar="FOLDER", help="default: annotation/figures")] = None,
    root: Root = CHECKOUT,
) -> None:
    """Take the documentation's pictures of the labelling and the adjudication screen.

    Starts a Label Studio of its own on a free port with the corpus's articles and a
    headless Chromium, writes labelling.png, relating.png and, if an article is
    labelled twice, adjudication.png to annotation/figures, and removes the server again. Run `make tasks`
    first.

    Exit status: 0 done, 2 wrong call, no Label Studio or no Chromium.
    """
    corpus = corpus_at(root)
    # The browser's driver is not part of the package.
    sys.path[:0] = [str(CHECKOUT / "tests"), str(CHECKOUT / "tests" / "e2e")]
    from pictures import take_screenshots

    for path in take_screenshots(corpus, out or corpus.annotation / "figures"):
        print(corpus.relative(path))


if __name__ == "__main__":
    run(screenshots)
