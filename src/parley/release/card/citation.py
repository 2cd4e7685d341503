"""How to cite a version: CITATION.cff (https://citation-file-format.github.io, version 1.2), and BibTeX.

CITATION.cff has a licence only if one covers the whole: several would be a choice between them.
"""

from __future__ import annotations

import json
import re

from parley.faults import visible
from parley.release.inputs import Settings

FILE = "CITATION.cff"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def citation(settings: Settings) -> str:
    """Return CITATION.cff of a version."""
    import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

    message = "If you use this dataset, please cite it as below."
    if not settings.licence:
        parts = "; ".join(f"{one.part}: {one.name}" for one in settings.licences)
        message += f" Licences by part. {parts}."
    said = {
        "cff-version": "1.2.0",
        "message": message,
        "type": "dataset",
        "title": settings.title,
        "authors": [{"name": author} for author in settings.authors],
        "version": settings.version,
        "date-released": settings.date,
        "url": settings.url,
        "license": settings.licence,
        "keywords": list(settings.keywords),
        "abstract": " ".join(settings.summary.split()),
    }
    kept = {name: value for name, value in said.items() if value}
    written = json.dumps(kept, ensure_ascii=False)
    is_plain = visible(written) == written  # else what no screen shows is written as an escape
    return str(yaml.safe_dump(kept, allow_unicode=is_plain, sort_keys=False, width=100))


def bibtex(settings: Settings) -> str:
    """Return the BibTeX entry of a version, a field a line."""
    said = (visible(" ".join(text.split())) for text in (settings.title, *settings.authors))
    title, *authors = (re.sub(r"([&%$#_])", r"\\\1", text) for text in said)
    return f"""@misc{{{settings.name}_{settings.version.replace(".", "_")},
  title = {{{title}}},
  author = {{{" and ".join(f"{{{author}}}" for author in authors)}}},
  year = {{{settings.date[:4]}}},
  month = {_MONTHS[int(settings.date[5:7]) - 1]},
  version = {{{settings.version}}},
  url = {{{settings.url}}},
}}"""
