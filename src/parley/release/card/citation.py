"""How a release is cited: CITATION.cff, BibTeX, and .zenodo.json, from the same words of release.toml."""

from __future__ import annotations

import html
import json
import re

from parley.faults import visible
from parley.release.inputs import Settings

CITATION = "CITATION.cff"
ZENODO = ".zenodo.json"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def citation(settings: Settings) -> str:
    """Return CITATION.cff of a version (https://citation-file-format.github.io, version 1.2).

    It has a licence only if one covers the whole: several would be a choice between them.
    """
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
        "doi": settings.doi,
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
    doi = f"\n  doi = {{{settings.doi}}}," if settings.doi else ""
    return f"""@misc{{{settings.name}_{settings.version.replace(".", "_")},
  title = {{{title}}},
  author = {{{" and ".join(f"{{{author}}}" for author in authors)}}},
  year = {{{settings.date[:4]}}},
  month = {_MONTHS[int(settings.date[5:7]) - 1]},
  version = {{{settings.version}}},
  url = {{{settings.url}}},{doi}
}}"""


def zenodo(settings: Settings, *, withheld: bool = False) -> bytes:
    """Return .zenodo.json of a version: what Zenodo asks of a deposit (https://developers.zenodo.org).

    A deposit has one licence, and what is open is so as a whole. So a release with parts that no licence of
    the SPDX list covers is `restricted`, and its terms are given by part. withheld: it goes without the text.
    """
    parts = [
        one for one in settings.licences if one.covers != "code" and not (withheld and one.covers == "text")
    ]
    terms = " ".join(f"{one.part}: {one.name}.{f' {one.note}.' if one.note else ''}" for one in parts)
    spdx = {one.spdx for one in parts}
    access = (
        {"access_right": "open", "license": parts[0].spdx}
        if parts and len(spdx) == 1 and parts[0].spdx
        else {"access_right": "restricted", "access_conditions": _paragraph(terms)}
    )
    said = {
        "upload_type": "dataset",
        "title": settings.title,
        "description": "".join(map(_paragraph, re.split(r"\n\s*\n", settings.summary.strip()))),
        "creators": [{"name": author} for author in settings.authors],
        "version": settings.version,
        "publication_date": settings.date,
        "keywords": list(settings.keywords),
        **access,
        "notes": _paragraph(terms),
        "doi": settings.doi,
        "related_identifiers": [{"identifier": settings.url, "relation": "isIdenticalTo", "scheme": "url"}],
    }
    kept = {name: value for name, value in said.items() if value}
    written = json.dumps(kept, ensure_ascii=False, indent=1)
    is_plain = visible(written.replace("\n", " ")) == written.replace("\n", " ")
    return ((written if is_plain else json.dumps(kept, indent=1)) + "\n").encode()


def _paragraph(text: str) -> str:
    """Return words as a paragraph of HTML, which Zenodo shows."""
    return f"<p>{html.escape(' '.join(text.split()), quote=False)}</p>"
