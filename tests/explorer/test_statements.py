"""Claims, statements and figures: the page's rows and counts are those of the configs."""

import csv
import io
import re
from collections import Counter

import pytest

import explorer_releases as releases
from explorer_releases import go

pytestmark = [pytest.mark.browser]


def facet(page, title: str) -> dict[str, int]:
    found = page.locator("details.facet").filter(
        has=page.locator("summary", has_text=re.compile(f"^{title}$"))
    )
    items = found.locator("li a").evaluate_all("all => all.map(a => [...a.children].map(c => c.textContent))")
    return {name: int(count) for name, count in items}


def entities(rows: list[dict], part: str) -> Counter[str]:
    return Counter(one for row in rows for one in {e for p in row[part] for e in p["entities"]})


def test_claims_are_counted_by_party_and_by_what_is_done(five, look):
    rows = releases.rows(five.release, "claims")
    names = {row["id"]: row["name"] for row in releases.rows(five.release, "entities")}
    page = look(five.url + "#/claims")
    assert page.locator("#total").inner_text().startswith(f"{len(rows)} claims in ")
    assert facet(page, "By whom") == {names[one]: n for one, n in entities(rows, "actors").items()}
    assert facet(page, "What is done") == Counter(row["says"] for row in rows if row["says"])
    assert facet(page, "Modality") == Counter(row["modality"] for row in rows if row["modality"])
    party, number = entities(rows, "actors").most_common(1)[0]
    go(page, f"#/claims?actors={party}&by=text")
    own = [row for row in rows if any(party in part["entities"] for part in row["actors"])]
    assert page.locator(".told").count() == number == len(own)
    assert set(page.locator(".told a.act").all_inner_texts()) == {row["text"] for row in own}
    assert facet(page, "To whom") == {names[one]: n for one, n in entities(own, "addressees").items()}
    go(page, f"#/entity/{party}")
    assert page.get_by_role("link", name="it demands, offers or refuses").count() == 1


def test_an_agreement_says_how_many_sides_gave_it_and_whether_it_is_actual(five, look):
    page = look(five.url + "#/claims?by=text")
    shown = page.locator(".told").evaluate_all(
        """all => all.map(one => [
          one.querySelector('a.act').getAttribute('href').split('/').pop(),
          one.querySelector('.badges').innerText])"""
    )
    said = dict(shown)
    rows = {row["id"]: row for row in releases.rows(five.release, "claims")}
    assert said.keys() == rows.keys()
    for label, badges in said.items():
        assert ("one side" in badges) == (rows[label]["sides"] == 1)
        assert rows[label]["says"] in badges and (rows[label]["modality"] or "") in badges


def test_statements_have_source_cue_and_words(five, look):
    rows = releases.rows(five.release, "statements")
    page = look(five.url + "#/statements?by=text")
    assert page.locator("#total").inner_text() == f"{len(rows)} statements in 5 articles"
    quoted = page.locator(".told blockquote").all_text_contents()
    assert Counter(quoted) == Counter(row["text"] for row in rows)
    cues = page.locator(".told a.act").all_inner_texts()
    assert Counter(cues) == Counter(cue["text"] for row in rows for cue in row["cues"])
    assert facet(page, "Quotation") == Counter(row["quotation"] for row in rows if row["quotation"])
    with page.expect_download() as told:
        page.get_by_role("button", name="Save as CSV").click()
    table = list(csv.DictReader(io.StringIO(told.value.path().read_text(encoding="utf-8-sig"))))
    assert Counter(row["id"] for row in table) == Counter(row["id"] for row in rows)


def test_figures_are_side_by_side_and_the_filter_leaves_those_that_exclude_each_other(five, look):
    rows = releases.rows(five.release, "figures")
    page = look(five.url + "#/figures")
    events = {row["instance"] for row in rows}
    assert page.locator("#total").inner_text() == f"{len(rows)} figures of {len(events)} events"
    for event in events:
        go(page, f"#/figures/{event}")
        own = [row for row in rows if row["instance"] == event]
        links = page.locator(".figures a.label").evaluate_all(
            "all => all.map(a => a.getAttribute('href').split('/').pop())"
        )
        assert sorted(links) == sorted(row["quantity_id"] for row in own)
        go(page, f"#/figures/{event}?excluding=1")
        assert page.locator(".figures tbody tr").count() == sum(bool(row["excludes"]) for row in own)
