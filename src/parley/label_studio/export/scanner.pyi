"""Types of the compiled `scanner.pyx`; what its names promise is said there."""

from collections.abc import Iterable, Sequence

from typing_extensions import Buffer

from parley.label_studio.export.findings import Findings

SOURCE: str

class Scanner:
    def __init__(
        self,
        span_labels: Sequence[str],
        relation_labels: Sequence[str],
        symmetric: Sequence[bool],
        control: str,
        text: str,
        skipped: Iterable[str],
    ) -> None: ...
    def open(self, text: str) -> None: ...
    def take(self, result: Buffer, found: Findings) -> tuple[list[bytes], dict[str, int]] | None: ...

def repeats_key(data: Buffer, beside: Sequence[Buffer]) -> bool: ...
