"""Files of another format than was said: known by their bytes or keys, refused with what to do."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

from parley.faults import UsageError
from parley.runtime.first_bytes import kind_of

_LINE = (
    "as `parley import --help` shows: its text, and in `spans` where each span begins and ends, in characters"
)
_OF_TOKENS = (
    f"write each article as a line of jsonl, {_LINE}: from its first token's begin to its last one's end"
)
_XMI = "export it as UIMA CAS XMI, unpack it, and call `parley import cas`"
_COLUMNS = "write a token and its tag a line, and call `parley import conll`"
_UNPACK = "unpack it, and name the files or their folder"
_REMEDIES = {  # by kind of file
    **dict.fromkeys(("gzip", "zstd", "packed", "archive"), _UNPACK),
    "lfs": "fetch the file: git lfs pull",
    "page": "export the labels again, in a format that is read",
    "table": f"write each article as a line of jsonl, {_LINE}",
    "java": _XMI,
}
_OF_TEXT = "give the labels that were made on its text, in a format that is read"
_TEXTS = (  # what a file is, its first bytes, formats whose files begin so, what to do
    ("WebAnno TSV", rb"#FORMAT=WebAnno TSV", (), _XMI),
    ("a CAS as JSON", rb'\{[^{}]*"%(?:TYPES|FEATURE_STRUCTURES|VIEWS)"', (), _XMI),
    ("XML", rb"<", ("cas", "brat", "conll"), "if it is UIMA CAS XMI, call `parley import cas`"),
    ("JSON", rb"[\[{]\s*[\[{\"]", ("jsonl", "brat", "conll"), "call `parley import jsonl`"),
)
_BEGIN = 10_000  # bytes that are looked at
_KEYS = (  # what an object is, keys that it has, what to do
    ("DocRED", {"vertexSet"}, _OF_TOKENS),
    ("DyGIE++ or SciERC", {"sentences", "ner"}, _OF_TOKENS),
    ("GLiNER or GLiREL", {"tokenized_text"}, _OF_TOKENS),
    ("W3C Web Annotation", {"@context"}, f"write each article as a line of jsonl, {_LINE}"),
    ("W3C Web Annotation", {"target", "body"}, f"write each article as a line of jsonl, {_LINE}"),
    ("a CAS as JSON", {"%FEATURE_STRUCTURES"}, _XMI),
    *(
        (
            "an export of Label Studio",
            {"data", key},
            "call `parley import label-studio FILE --suggest MAP.toml`",
        )
        for key in ("annotations", "completions", "predictions")
    ),
    *(("tokens with tags", {"tokens", key}, _COLUMNS) for key in ("ner_tags", "tags", "labels")),
    (
        "training data of spaCy 2",
        {"paragraphs"},
        "call `python -m spacy convert FILE FOLDER`, then `parley import spacy`",
    ),
)


class OtherFormat(UsageError):
    """A file is of another format; raised by its reader without the file's name."""


def refuse_bytes(format: str, data: bytes) -> None:
    """Raise OtherFormat if a file begins as those of another format do."""
    begin = data[:_BEGIN].removeprefix(codecs.BOM_UTF8).lstrip()
    kind, what = kind_of(begin)
    if kind:
        raise OtherFormat(what, _REMEDIES.get(kind, _OF_TEXT))
    for what, pattern, own, remedy in _TEXTS:
        if format not in own and re.match(pattern, begin):
            raise OtherFormat(what, remedy)


def refuse_keys(said: Mapping[str, object]) -> None:
    """Raise OtherFormat if an object has the keys of another format's articles, and no spans."""
    if "spans" in said or "entities" in said:
        return
    for what, keys, remedy in _KEYS:
        if keys <= said.keys():
            raise OtherFormat(what, remedy)
