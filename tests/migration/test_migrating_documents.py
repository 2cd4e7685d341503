"""What is said of whole articles, and what names them, follows a plan too."""

from __future__ import annotations

import shutil

import msgspec
import pytest
from migrations import carry_out, is_sound, labels_of, step_of

from parley.adjudication.gold import read_ledger, rebuild_gold
from parley.adjudication.ledger import DOCUMENT, encode_ledger, label_row
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.labels import (
    DOCUMENT_ID,
    DocumentLabel,
    Span,
    decode_layer,
    document_span,
    encode_layer,
    in_order,
    layer_paths,
)
from parley.model.ontology_file import read_ontology
from parley.runtime.files import write_whole
from parley.steps.derive import derive

GENRE = """
[[document]]
name = "genre"
title = "Genre"
kind = "choice"
definition = "What kind of text it is."
  [[document.value]]
  name = "news"
  definition = "It tells what happened."
  [[document.value]]
  name = "ticker"
  definition = "It tells it as it happens."
[[document]]
name = "wire"
title = "Wire"
kind = "text"
definition = "From which wire it is."
required_when = {genre = ["news"]}
"""


def with_genre(paths):
    """Give a corpus attributes of the document, said by all annotators, and gold that has them."""
    paths.ontology.write_text(paths.ontology.read_text(encoding="utf-8") + GENRE, encoding="utf-8")
    for path in layer_paths(paths):
        said = DocumentLabel({"genre": "news", "wire": "AP"})
        path.write_bytes(
            encode_layer(msgspec.structs.replace(decode_layer(path.read_bytes()), document=said))
        )
    rows = read_ledger(Corpus(paths))
    whose = {row.doc_id: row for row in rows if row.kind == DOCUMENT}
    item = {
        doc_id: label_row(
            doc_id, DOCUMENT_ID, "agreed", document_span(said), (DOCUMENT_ID, head.who)
        )._replace(adjudicator=head.adjudicator)
        for doc_id, head in whose.items()
    }
    made = [new for row in rows for new in ([row, item[row.doc_id]] if row.kind == DOCUMENT else [row])]
    write_whole(paths.ledger, encode_ledger(made, paths.ledger.read_text().partition("\n")[0].split(",")))
    rebuild_gold(Corpus(paths))
    derive(paths)
    return paths


def said_of_articles(paths):
    return [layer.document and layer.document.attributes for layer in labels_of(paths).values()]


def test_what_is_said_of_the_article_follows_too(scheme_01):
    """A name and a value of the document renamed, merged, removed: in scheme, layers, gold and ledger."""
    paths = with_genre(scheme_01)
    assert is_sound(paths)
    assert said_of_articles(paths) == [{"genre": "news", "wire": "AP"}] * len(labels_of(paths))
    report = carry_out(
        paths,
        step_of("rename", "attribute", name="genre", to="sort"),
        step_of("merge", "value", attribute="genre", names=["news", "ticker"], to="report"),
    )
    assert "“”" not in "\n".join(report.lines())  # an article has no words of its own
    assert said_of_articles(paths) == [{"sort": "report", "wire": "AP"}] * len(labels_of(paths))
    after = read_ontology(paths.ontology)
    assert after.of_document["sort"].values == ("report",)
    assert after.of_document["wire"].required_when == {"sort": ("report",)}
    assert is_sound(paths)
    carry_out(paths, step_of("remove", "attribute", name="sort"), before="0.2", after="0.3")
    assert said_of_articles(paths) == [{"wire": "AP"}] * len(labels_of(paths))
    carry_out(paths, step_of("remove", "attribute", name="wire"), before="0.3", after="0.4")
    assert said_of_articles(paths) == [None] * len(labels_of(paths))
    assert not read_ontology(paths.ontology).of_document
    assert is_sound(paths)


def test_nothing_of_the_article_can_be_split(scheme_01):
    paths = with_genre(scheme_01)
    rule = '[[split]]\nof = "attribute"\nname = "genre"\n[[split.rule]]\nto = "sort"\n'
    with pytest.raises(DataFaults) as raised:
        carry_out(paths, rule)
    assert any("whole document" in fault.message for fault in raised.value.faults)


def test_a_waiver_is_named_though_another_article_keeps_the_label_of_that_id(scheme_01):
    """The same offsets are another label's in the next article; so is what a split makes of them."""
    first, second = sorted({path.stem for path in layer_paths(scheme_01)})
    layer = next(path for path in layer_paths(scheme_01) if path.stem == first)
    gone = next(s.id for s in decode_layer(layer.read_bytes()).spans if s.label == "CUE")
    place = f"*{first} > {gone}*"
    scheme_01.waivers.parent.mkdir(exist_ok=True)
    scheme_01.waivers.write_text(f"code,place,reason\nspan-boundary,{place},why\nspan-words,{gone},so\n")
    other = next(path for path in layer_paths(scheme_01) if path.stem == second)
    spans = decode_layer(other.read_bytes())
    start, end = map(int, gone.split("-")[1:])
    words = Corpus(scheme_01).documents[second].text[start:end]
    kept = Span(gone, start, end, words, "CUE", {})
    other.write_bytes(encode_layer(in_order(msgspec.structs.replace(spans, spans=(*spans.spans, kept)))))
    scheme_01.ledger.unlink()
    shutil.rmtree(scheme_01.gold)
    rule = f'[[split.rule]]\nto = "WORD"\nspan.words = ["{text_of(layer, gone)}"]\n'
    report = carry_out(scheme_01, f'[[split]]\nof = "span"\nname = "CUE"\nopen = "keep"\n{rule}')
    named = [line for line in report.read if line.startswith("validation/waivers.csv")]
    assert [line.partition(":")[0] for line in named] == [
        f"validation/waivers.csv > line {number}" for number in (2, 3)
    ]


def text_of(path, name):
    return next(span.text for span in decode_layer(path.read_bytes()).spans if span.id == name)
