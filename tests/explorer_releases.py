"""What tests of the explorer ask a release and a page; pages over HTTP."""

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pyarrow as pa
import pyarrow.parquet as pq


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that prints nothing, and keeps connections as any host of pages does."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
    finally:
        server.shutdown()
        server.server_close()


_ENDS = ("head_id", "tail_id")


def files(release: Path, config: str) -> list[Path]:
    return sorted((release / "data" / config).glob("*.parquet"))


def rows(release: Path, config: str) -> list[dict]:
    """Return the rows of a config, class labels as the file has them, ends as `head` and `tail`."""
    found = [row for path in files(release, config) for row in pq.read_table(path).to_pylist()]
    return [
        {name.removesuffix("_id") if name in _ENDS else name: one for name, one in row.items()}
        for row in found
    ]


def schema(release: Path, config: str) -> pa.Schema:
    return pq.read_schema(files(release, config)[0])


def given(release: Path) -> list[dict]:
    """Return each annotator's labels, spans and relations."""
    configs = ("annotations", "span_annotations", "relation_annotations")  # the first before they were two
    return [row for config in configs for row in rows(release, config)]


def adjudicated(release: Path) -> set[str]:
    """Return the annotators whose labels are among the published ones."""
    return {
        name for config in ("spans", "relations") for row in rows(release, config) for name in row["sources"]
    }


def axe_script(axe: type) -> str:
    """Return axe-core, as the package that drives it brings it."""
    return Path(sys.modules[axe.__module__].__file__).with_name("axe.min.js").read_text(encoding="utf-8")


def rewritten(release: Path) -> None:
    """Let versions.json say that the files of a release are as they were published."""
    path = release / "versions.json"
    said = json.loads(path.read_text())
    for name in said["versions"][-1]["files_sha256"]:
        said["versions"][-1]["files_sha256"][name] = hashlib.sha256((release / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(said))


def until(page, expression: str, arg: object = None, seconds: float = 20) -> None:
    """Wait until an expression is true in the page; asked from outside, where its policy allows it."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression, arg):
        assert time.monotonic() < end, f"not true after {seconds} s: {expression}"
        page.wait_for_timeout(20)


def settled(page) -> None:
    until(page, "document.getElementById('main').getAttribute('aria-busy') === 'false'")


def go(page, address: str) -> None:
    """Go to an address of the page, and wait until it is shown."""
    page.evaluate(
        """async (address) => {
          const busy = () => new Promise((done) => setTimeout(done, 0));
          const main = document.getElementById('main');
          if (location.hash !== address) { main.setAttribute('aria-busy', 'true'); location.hash = address; }
          while (main.getAttribute('aria-busy') !== 'false') await busy();
        }""",
        address,
    )
