"""Annotators who were only compared are told apart from those whose labels a lead decided on."""

import csv
import io
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from checkout import HARBOUR
from explorer_releases import go
from parley.adjudication.ledger import encode_ledger, label_row
from parley.corpus.corpus import Corpus
from parley.explorer.extras import Extras, read_extras
from parley.explorer.page import write_page
from parley.model.labels import REJECTED, Layer, decode_layer, write_layer
from parley.model.paths import CorpusPaths
from parley.release.publish import publish

TELLS = "what a second look adds"


def layers(corpus: CorpusPaths, name: str) -> dict[str, Layer]:
    return {path.name: decode_layer(path.read_bytes()) for path in (corpus.labels / name).glob("*.json")}


def published(root: Path, *, taken: frozenset[str]) -> SimpleNamespace:
    """Publish a corpus in which ada and bo were adjudicated, and dee, who gave what bo gave, was compared.

    Gold is ada's labels, whose sources are those of `taken` who gave them. Return it with bo's other labels.
    """
    corpus = CorpusPaths.at(shutil.copytree(HARBOUR, root))
    rows = corpus.annotators.read_text(encoding="utf-8").splitlines()
    rows = [f"{rows[0]},compared", *(f"{row}," for row in rows[1:]), f"dee,model,,{TELLS}"]
    corpus.annotators.write_text("\n".join(rows) + "\n", encoding="utf-8")
    theirs, ledger, others = layers(corpus, "bo"), [], []
    for file, layer in layers(corpus, "ada").items():
        given = [*theirs[file].spans, *theirs[file].relations]
        ids = {one.id for one in given}

        def sourced(labels, ids=ids):
            both = [tuple(sorted(taken if one.id in ids else taken - {"bo"})) for one in labels]
            return tuple(
                msgspec.structs.replace(one, sources=names, decision="kept")
                for one, names in zip(labels, both, strict=True)
            )

        gold = msgspec.structs.replace(layer, annotator="cy")
        gold = msgspec.structs.replace(gold, spans=sourced(gold.spans), relations=sourced(gold.relations))
        write_layer(corpus.gold / file, gold)
        write_layer(corpus.labels / "dee" / file, msgspec.structs.replace(theirs[file], annotator="dee"))
        own = {one.id for one in (*layer.spans, *layer.relations)}
        for one in given:
            if one.id not in own:
                others.append((layer.doc_id, one.id, one.label))
                row = label_row(layer.doc_id, "", REJECTED, one, (one.id, ["bo"]))
                ledger.append(row._replace(reason="type"))
    corpus.ledger.write_bytes(encode_ledger(ledger))
    settings = corpus.root / "release.toml"
    text = re.sub(r"(?m)^labels = .*$", 'labels = "gold"', settings.read_text(encoding="utf-8"))
    settings.write_text(text, encoding="utf-8")
    publish(Corpus(corpus))
    return SimpleNamespace(corpus=corpus, others=others)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return published(tmp_path_factory.mktemp("compared") / "corpus", taken=frozenset({"ada", "bo"}))


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """Return a corpus in which no label of bo's was taken; the ledger alone tells that bo was adjudicated."""
    return published(tmp_path_factory.mktemp("refused") / "corpus", taken=frozenset({"ada"}))


def overview(found: SimpleNamespace, out: Path, extras: Extras | None) -> dict:
    write_page(found.corpus.dataset, out, extras)
    shard = (out / "data" / "overview.js").read_text(encoding="utf-8")
    return json.loads(shard[shard.index("{") : shard.rindex("}") + 1])


@pytest.mark.parametrize("alone", [False, True], ids=["with its corpus", "the release alone"])
def test_labels_of_who_was_only_compared_are_not_counted_as_refused(made, tmp_path, alone):
    """Equal labels of two annotators: a lead refused those of the one and never saw those of the other."""
    front = overview(made, tmp_path / "page", None if alone else read_extras(Corpus(made.corpus)))
    assert front["compared"] == {"dee": "" if alone else TELLS, "rules": ""}
    wanted = Counter(label for _, _, label in made.others)
    assert front["labels"]["rejects"] == wanted
    assert front["rows"]["rejects"] == len(made.others) > 0
    assert not wanted - Counter(front["labels"]["compared"])


def test_the_ledger_tells_who_was_adjudicated_though_nothing_was_taken(refused, tmp_path):
    front = overview(refused, tmp_path / "page", read_extras(Corpus(refused.corpus)))
    assert set(front["compared"]) == {"dee", "rules"}
    assert front["rows"]["rejects"] == len(refused.others)


@pytest.mark.browser
def test_the_views_tell_who_was_only_compared(made, look, tmp_path):
    """Disagreements, the search and its table, a label that is not published, the votes at one that is."""
    write_page(made.corpus.dataset, tmp_path / "page", read_extras(Corpus(made.corpus)))
    page = look((tmp_path / "page" / "index.html").as_uri() + "#/disagreements")
    number = len(made.others)
    taken = page.locator("tr", has_text="not taken").locator("td").last.inner_text()
    assert int(taken) == number
    given = set(page.locator(".rows a.label").evaluate_all("all => all.map(a => a.hash)"))
    assert any("~bo/" in one for one in given) and not any("~dee/" in one for one in given)
    row = page.locator("table.compared tbody tr", has_text="dee")
    assert row.locator("td").all_inner_texts() == ["dee", TELLS, str(number)]
    go(page, row.locator("a").get_attribute("href"))
    assert page.locator("#total").inner_text().startswith(f"{number} labels of those who were only compared")
    with page.expect_download() as told:
        page.get_by_role("button", name="Save as CSV").click()
    table = list(csv.DictReader(io.StringIO(told.value.path().read_text(encoding="utf-8-sig"))))
    assert {(one["doc_id"], one["id"], one["label"]) for one in table} == set(made.others)
    assert {(one["annotator"], one["compared"]) for one in table} == {("dee", TELLS)}
    go(page, "#" + table[0]["address"].partition("#")[2])
    assert f"dee (only compared: {TELLS})" in page.locator(".panel").inner_text()
    both = next(one for one in layers(made.corpus, "ada").values())
    go(page, f"#{both.doc_id}/{both.spans[0].id}")
    votes = page.locator(".votes li").all_inner_texts()
    assert [one for one in votes if one.removeprefix("✓ ").startswith(f"dee (only compared: {TELLS})")]
    assert [one for one in votes if "bo" in one and "compared" not in one]
