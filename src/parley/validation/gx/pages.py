"""The pages of Data Docs: Great Expectations' own content, in pages that need no network and run no script.

The library's templates fetch styles and scripts from six hosts; without a network, or below a strict content
policy, its first page is empty. The templates beside this module take their place.
"""

from __future__ import annotations

import html
from copy import deepcopy

from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, PackageLoader

from parley.faults import visible


class Page(DefaultJinjaPageView):  # type: ignore[misc]  # untyped library
    """A page, the first one too."""

    _template = "page.j2"

    def __init__(self, **folders: str | None) -> None:
        super().__init__(**folders)
        self.env.loader = ChoiceLoader([PackageLoader("parley.validation.gx"), self.env.loader])


class ResultsPage(ValidationResultsPageRenderer):  # type: ignore[misc]  # untyped library
    """The page of a result in Data Docs: what it quotes from the tables is shown, and is not markup."""

    def render(self, validation_results: ExpectationSuiteValidationResult) -> object:
        """Return the content of the page."""
        shown = deepcopy(validation_results)
        for one in shown.results:
            one.result = _shown(one.result)
            one.exception_info = _shown(one.exception_info)
        return super().render(shown)


def _shown(value: object) -> object:
    if isinstance(value, str):
        return html.escape(visible(value))
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in value.items()}
    return [_shown(inner) for inner in value] if isinstance(value, list | tuple) else value
