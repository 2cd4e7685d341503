"""Formats that count in tokens, each read by a library of others or by a reader of its description alone."""

import json
import re
from collections import Counter
from pathlib import Path

import datasets
import pytest
from exchanged import articles, sources

from parley.values.several import sole

NAMES = ("gold", "pilot", "harbour", "hard")


def bare(words):
    """Return words without what no token has, white space and format characters, nor what stands for it."""
    hidden = re.compile(r"\s|[\xad\u200b\u200d\u200f\u202c\u202e\ufffd]|^-(?=DOCSTART)")
    return hidden.sub("", "".join(words))


def given_spans(source):
    return Counter((s.label, bare(s.text)) for one in articles(source).values() for s in one.spans)


def given_relations(source):
    return Counter(
        (r.label, bare(a.text), bare(b.text)) for one in articles(source).values() for r, a, b in one.ends()
    )


@pytest.mark.parametrize("name", NAMES)
def test_datasets_reads_the_columns(name, tmp_path, exported):
    """`load_dataset("conll")` gives sentences whose BIO tags are the spans that are not lost."""
    source = sources()[name]
    out, account = exported(name, "conll")
    files = sorted(map(str, out.glob("*.conll")))
    columns = ["tokens", "pos", "chunk", "ner"]
    read = datasets.load_dataset(
        "conll", data_files=files, column_names=columns, split="train", cache_dir=str(tmp_path / "cache")
    )
    found = Counter()
    for row in read:
        assert all(row["ner"])
        for at, tag in enumerate(row["ner"]):
            if tag.startswith("B-"):
                end = at + 1
                while row["ner"][end : end + 1] == [f"I-{tag[2:]}"]:
                    end += 1
                found[tag[2:], bare(row["tokens"][at:end])] += 1
    assert not found - given_spans(source)
    assert found.total() == account.of("spans")[1] > 0


def dygie(out: Path):
    """Read files as doc/data.md of DyGIE++ describes them: spans and relations, in words."""
    for path in out.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            document = json.loads(line)
            tokens = [token for sentence in document["sentences"] for token in sentence]
            ends = [0]
            for sentence in document["sentences"]:
                ends.append(ends[-1] + len(sentence))
            for number, (spans, relations) in enumerate(
                zip(document["ner"], document["relations"], strict=True)
            ):
                for first, last, label in spans:
                    assert ends[number] <= first <= last < ends[number + 1]
                    yield "span", (label, bare(tokens[first : last + 1]))
                for a, b, c, d, label in relations:
                    assert [a, b] in [one[:2] for one in spans]
                    assert [c, d] in [one[:2] for one in spans]
                    yield "relation", (label, bare(tokens[a : b + 1]), bare(tokens[c : d + 1]))
            assert all(len(cluster) > 1 for cluster in document["clusters"])


def gliner(out: Path):
    """Read both files as the READMEs of GLiNER and GLiREL describe them."""
    for path in out.glob("*/gliner.json"):
        passages = json.loads(path.read_text(encoding="utf-8"))
        tied = [json.loads(x) for x in path.with_name("glirel.jsonl").read_text().split("\n")[:-1]]
        for plain, other in zip(passages, tied, strict=True):
            words = plain["tokenized_text"]
            assert words == other["tokenized_text"]
            assert len(words) <= 384
            for first, last, label in plain["ner"]:
                yield "span", (label, bare(words[first : last + 1]))
            ranges = [(first, last, label) for first, last, label, _ in other["ner"]]
            assert ranges == [tuple(one) for one in plain["ner"]]
            for relation in other["relations"]:
                ends = []
                for end in ("head", "tail"):
                    first, last = relation[end]["position"]
                    assert (first, last, relation[end]["type"]) in ranges
                    ends.append(bare(words[first : last + 1]))
                    assert ends[-1] == bare(relation[end]["mention"])
                yield "relation", (relation["relation_text"], *ends)


@pytest.mark.parametrize("read", [dygie, gliner])
@pytest.mark.parametrize("name", NAMES)
def test_a_reader_of_the_description_finds_spans_and_relations(name, read, exported):
    """Label by label: nothing that was not given, and no less than Parley's own reader finds."""
    source = sources()[name]
    out, account = exported(name, read.__name__)
    found = list(read(out))
    spans = Counter(label for kind, label in found if kind == "span")
    relations = Counter(label for kind, label in found if kind == "relation")
    assert not spans - given_spans(source)
    assert not relations - given_relations(source)
    assert spans.total() == account.of("spans")[1] > 0
    assert relations.total() >= account.of("relations")[1] > 0


@pytest.mark.parametrize("name", NAMES)
def test_docred_s_description_finds_vertices_and_relations_of_them(name, exported):
    """Every mention is where its sentence has it, and every relation is one that two mentions have."""
    source = sources()[name]
    out, account = exported(name, "docred")
    given = articles(source)
    spans = Counter()
    triples = 0
    files = [path for path in out.glob("*.json") if path.stem not in ("loss", "rel_info")]
    titles = json.loads((out / "rel_info.json").read_text(encoding="utf-8"))
    for document in [one for path in files for one in json.loads(path.read_text(encoding="utf-8"))]:
        one = given[document["title"]]
        arcs = {(r.label, bare(a.text), bare(b.text)) for r, a, b in one.ends()}
        words = []
        for vertex in document["vertexSet"]:
            words.append(set())
            for mention in vertex:
                start, end = mention["pos"]
                said = bare(document["sents"][mention["sent_id"]][start:end])
                assert said == bare(mention["name"])
                spans[mention["type"], said] += 1
                words[-1].add(said)
        for label in document["labels"]:
            assert label["h"] != label["t"]
            assert label["r"] in titles
            assert label["evidence"] == sorted(set(label["evidence"]))
            ends = words[label["h"]], words[label["t"]]
            assert any(arc[0] == label["r"] and arc[1] in ends[0] and arc[2] in ends[1] for arc in arcs)
            triples += 1
    assert not spans - given_spans(source)
    assert spans.total() == account.of("spans")[1] > 0
    assert triples >= account.of("relations")[1]


def test_mentions_of_one_entity_are_one_vertex(exported):
    """In gold, as many vertices have a mention of a row as there are articles with it, not more."""
    source = sources()["gold"]
    out, _ = exported("gold", "docred")
    (document, *_) = json.loads((out / "all.json").read_text(encoding="utf-8"))
    one = articles(source)[document["title"]]
    rows = [sole(s.attributes.get("entity", "")) for s in one.spans]
    assert any(rows)
    assert len(document["vertexSet"]) <= len({*rows} - {""}) + rows.count("")
