"""CITATION.cff: how to cite a version, in the Citation File Format 1.2 (https://citation-file-format.github.io)."""

from __future__ import annotations

from parley.release.settings import Settings

FILE = "CITATION.cff"


def citation(settings: Settings) -> str:
    """Return CITATION.cff of a version."""
    import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

    said = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it as below.",
        "type": "dataset",
        "title": settings.title,
        "authors": [{"name": author} for author in settings.authors],
        "version": settings.version,
        "date-released": settings.date,
        "url": settings.url,
        "license": settings.licences[0].spdx or None,
        "keywords": list(settings.keywords),
        "abstract": " ".join(settings.summary.split()),
    }
    kept = {name: value for name, value in said.items() if value}
    return str(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=100))
