"""The index in a real browser: what is written in few characters is read back; no posting is lost."""

import json
import re
import shutil
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

import explorer_releases as releases
from checkout import CHECKOUT
from parley.corpus.corpus import Corpus
from parley.explorer import index
from parley.explorer.extras import read_extras
from parley.explorer.page import write_page
from parley.explorer.shards import table, write
from parley.model.paths import CorpusPaths

pytestmark = [pytest.mark.browser]

COUNTS = """async (all) => Object.fromEntries(await Promise.all(all.map(async (asked) => {
  const { total, facets } = await parley.ask(...asked, 0, 0);
  return [JSON.stringify(asked), facets.label ? Object.fromEntries(facets.label) : total];
})))"""


def folded(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"\w+", plain.lower())


def test_tables_are_read_back_as_they_were_written(five, look, tmp_path):
    """Runs of one value, many values, numbers of any size, lists, texts with what shards escape."""
    values = ["a", "", "<b>\u2028", 0, 1, 2**31, [], ["x", {"id": 3}], {"own": 1}, *map(str, range(3000))]
    rows = [
        {"n": n, "any": values[n * 7919 % len(values)], "same": "agreed", "run": "ab"[n // 50 % 2]}
        for n in range(4000)
    ]
    rows[5:9] = [{"n": n} for n in range(5, 9)]
    out = shutil.copytree(five.out, tmp_path / "page")
    write(out, "rows", table(rows))
    write(out, "none", table([]))
    page = look((out / "index.html").as_uri())
    assert page.evaluate("async () => await parley.rows('rows')") == rows
    assert page.evaluate("async () => await parley.rows('none')") == []


def test_every_word_value_and_beginning_is_found_in_an_index_of_many_files(five, look, tmp_path, monkeypatch):
    """Labels, relations by their ends, labels not taken, statements; by label, as the data has them."""
    monkeypatch.setattr(index, "_FILE", 300)
    corpus = Corpus(CorpusPaths.at(CHECKOUT))
    write_page(five.release, tmp_path / "page", read_extras(corpus))
    assert len(list((tmp_path / "page" / "data" / "spans").glob("words-*.js"))) > 20
    spans, relations = _labelled(five.release, "spans"), _labelled(five.release, "relations")
    names = {(own["doc_id"], own["id"]) for own, _ in (*spans, *relations)}
    theirs = [*_labelled(five.release, "span_annotations"), *_labelled(five.release, "relation_annotations")]
    adjudicated = releases.adjudicated(five.release)
    others = [one for one in theirs if (one[0]["doc_id"], one[0]["id"]) not in names]
    tables = {
        "spans": spans,
        "relations": relations,
        "rejects": [one for one in others if one[0]["annotator"] in adjudicated],
        "compared": [one for one in others if one[0]["annotator"] not in adjudicated],
    }
    wanted: dict[str, object] = {}

    def ask(kind: str, asked: dict, counted: object) -> None:
        wanted[json.dumps([kind, asked], separators=(",", ":"), ensure_ascii=False)] = counted

    for word in sorted({word for _, own in spans for word in own}):
        for kind, rows in tables.items():
            for said, all_of in ((word, {word}), (f"{word} the", {word, "the"})):
                ask(kind, {"words": said}, Counter(row["label"] for row, own in rows if all_of <= own))
        begins = [row["label"] for row, own in spans if any(w.startswith(word[:3]) for w in own)]
        ask("spans", {"words": f"{word[:3]}*"}, Counter(begins))
    pointing = {a.name for a in corpus.ontology.attributes if a.kind == "entity"}
    mentions: dict[str, Counter[str]] = {}
    for row, _ in spans:
        for entity in {one for name in pointing for one in _members(row[name])}:
            mentions.setdefault(entity, Counter())[row["label"]] += 1
    for entity, counts in mentions.items():
        ask("spans", {"values": [f"@={entity}"]}, counts)
    statements = releases.rows(five.release, "statements")
    sources = Counter(one for row in statements for one in {e for s in row["sources"] for e in s["entities"]})
    for entity, number in sources.items():
        ask("statements", {"values": [f"sources={entity}"]}, number)
    page = look((tmp_path / "page" / "index.html").as_uri())
    assert page.evaluate(COUNTS, [json.loads(one) for one in wanted]) == wanted


def _labelled(release: Path, config: str) -> list[tuple[dict, set[str]]]:
    """Return rows with their words; of a relation those of its ends, as the same annotator gave them."""
    rows = releases.rows(release, config)
    if "text" in rows[0]:
        return [(row, set(folded(row["text"]))) for row in rows]
    ends = {
        (row["doc_id"], row["annotator"], row["id"]): set(folded(row["text"]))
        for row in releases.rows(release, config.replace("relation", "span"))
    }
    return [
        (row, set().union(*(ends[row["doc_id"], row["annotator"], row[end]] for end in ("head", "tail"))))
        for row in rows
    ]


def _members(value: str | list[str] | None) -> list[str]:
    return [] if value is None else value if isinstance(value, list) else [value]
