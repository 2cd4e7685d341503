"""A release without text: nothing of the articles is in it, and labels come back to a reader's own copies."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from command_for_tests import call
from newcomer import PAGE, write_articles
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model.batch import LABELS, Batch, LayerFile
from parley.model.documents import Document
from parley.model.labels import Layer, Span, decode_layer, layer_path, layer_paths, make_span, write_layer
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths
from parley.release.data.files import read_table, write_table
from parley.release.data.fingerprints import fingerprints as fingerprint_table
from parley.release.data.fingerprints import fold
from parley.release.data.schema import FINGERPRINTS, QUOTES, configs
from parley.release.data.sentences import Sentences
from parley.release.publish import publish, write_withheld
from parley.release.standoff.align import Fingerprint, align
from parley.release.standoff.rehydrate import REPORT, RehydrationReport, rehydrate
from parley.release.versions.history import encode_versions, file_hashes, read_versions
from parley.steps.add import add
from parley.steps.new import NewCorpus
from parley.steps.new import new as new_corpus
from parley.values.segmentation import sentences

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
ONTOLOGY = read_ontology(Path(__file__).parents[1] / "harbour" / "annotation" / "ontology.toml")
SCHEMA = configs(ONTOLOGY)[FINGERPRINTS].arrow


@pytest.fixture
def harbour(published_harbour: CorpusPaths) -> CorpusPaths:
    """Return the second corpus with its release."""
    return published_harbour


@pytest.fixture
def withheld(withheld_harbour: Path) -> Path:
    """Return the release of the second corpus without text."""
    return withheld_harbour


def place(span: Span) -> tuple[str, int, int]:
    return span.label, span.start, span.end


def put_back(
    withheld: Path, texts: dict[str, str], out: Path
) -> tuple[RehydrationReport, list[dict[str, str]]]:
    copies = out.with_name(f"{out.name}-copies")
    copies.mkdir()
    for doc_id, text in texts.items():
        (copies / f"{doc_id}.txt").write_text(text, encoding="utf-8", newline="")
    done = rehydrate(withheld, copies, out)
    with (out / REPORT).open(encoding="utf-8", newline="") as file:
        return done, list(csv.DictReader(file))


def test_no_sentence_of_an_article_is_in_it(harbour: CorpusPaths, withheld: Path) -> None:
    """Whatever file is opened: no sentence, and no column that quotes."""
    everything = ""
    for path in sorted(p for p in withheld.rglob("*") if p.is_file()):
        if path.suffix != ".parquet":
            everything += path.read_text(encoding="utf-8")
            continue
        table = read_table(path)
        everything += json.dumps(table.to_pylist(), ensure_ascii=False)
        for name in QUOTES & set(table.column_names):
            assert table[name].null_count == len(table)
    documents = list(Corpus(harbour).documents.values())
    for document in documents:
        found = sentences(document.text, document.language)
        for sentence in found:
            assert document.text[sentence.start : sentence.end] not in everything


def test_its_words_are_true_of_the_copy(withheld: Path) -> None:
    """It names the columns that are empty and those kept; it promises no file that is not there."""
    card = (withheld / "README.md").read_text(encoding="utf-8")
    quoted = " ".join(line.removeprefix("> ") for line in card.splitlines() if line.startswith("> "))
    assert set(re.findall(r"`(\w+)`", quoted)) == {*QUOTES, "title", "entities", "fingerprints"}
    titles = [row["title"] for path in (withheld / "data/documents").iterdir() for row in _rows(path)]
    assert any(titles)
    files = card.partition("## Files")[2].partition("What is named here and is not in this folder")[0]
    named = set(re.findall(r"`([\w./]+\.(?:md|json|cff|toml))`", files))
    assert {name for name in named if not (withheld / name).is_file()} == {"CHANGELOG.md"}
    sheet = (withheld / "DATASHEET.md").read_text(encoding="utf-8")
    assert "| `fingerprints` |" in sheet
    described = json.loads((withheld / "croissant.json").read_text(encoding="utf-8"))["description"]
    assert described.endswith("The articles' text is not in this copy.")
    assert "sentence.svg" not in card


def _rows(path: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = read_table(path).to_pylist()
    return rows


@pytest.mark.parametrize("cleaned", [False, True])
def test_the_same_text_gives_the_same_release(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path, cleaned: bool
) -> None:
    """From raw pages and from clean text: the tables have the published content hash."""
    published = json.loads((harbour.dataset / "versions.json").read_text())["versions"][-1]
    if cleaned:
        texts = {name: d.text for name, d in Corpus(harbour).documents.items()}
        done, _ = put_back(withheld, texts, tmp_path / "out")
    else:
        done = rehydrate(withheld, harbour.seeds, tmp_path / "out")
    assert done.content_sha256 == published["content_sha256"]
    assert set(done.counts) == {"kept"}


def test_other_quotes_and_blanks_lose_no_label(harbour: CorpusPaths, withheld: Path, tmp_path: Path) -> None:
    """Straight quotes, wrapped lines, a line above the text: all labels are there, with their words."""
    texts = {
        d.doc_id: "Shared by a friend.\n\n" + d.text.replace("“", '"').replace("’", "'").replace(". ", ".\n")
        for d in Corpus(harbour).documents.values()
    }
    done, rows = put_back(withheld, texts, tmp_path / "out")
    assert set(done.counts) == {"moved"}
    words = {name: d.text for name, d in Corpus(harbour).documents.items()}
    for row in rows:
        before = words[row["doc_id"]][int(row["start"]) : int(row["end"])]
        after = texts[row["doc_id"]][int(row["new_start"]) : int(row["new_end"])]
        assert (fold(after).text, after) == (fold(before).text, row["surface"])


def test_what_a_changed_sentence_lost_is_named(harbour: CorpusPaths, withheld: Path, tmp_path: Path) -> None:
    """A sentence written anew loses its own labels and no others; an absent article is named."""
    texts = {name: d.text for name, d in Corpus(harbour).documents.items()}
    del texts["h3_explosion"]
    gone = "The ferry Sea Gull 🚢 struck the freighter Møn Express off Port Velden on Monday evening."
    assert gone in texts["h0_collision"]
    texts["h0_collision"] = texts["h0_collision"].replace(gone, "Nothing else is known.")
    done, rows = put_back(withheld, texts, tmp_path / "out")
    start = next(d.text for d in Corpus(harbour).documents.values() if d.doc_id == "h0_collision").index(gone)
    lost = {
        (r["doc_id"], start <= int(r["start"]) < start + len(gone)) for r in rows if r["status"] == "lost"
    }
    assert lost == {("h0_collision", True)}
    assert done.absent == ("h3_explosion",)


ORIGINAL = (
    "“We heard a bang 💥, then the lights went out,” said Zoë Brandt. The ship was late. "
    "The ship left, and the ship came back. נמל חיפה waits. Two tonnes of oil, two tonnes of grain."
)
STRETCHES = sorted(
    (ORIGINAL.index(words, after), ORIGINAL.index(words, after) + len(words))
    for words, after in [
        ("bang 💥", 0), ("Zoë Brandt", 0), ("ship", 0), ("ship", 80), ("The ship", 75), ("ship", 105),
        ("נמל חיפה", 0), ("Two tonnes", 0), ("two tonnes", 0), ("tonnes", 0), ("tonnes of grain", 0),
    ]
)  # fmt: skip


Passage = tuple[int, int]


def fingerprints(
    original: str, passages: list[Passage], language: str = "en"
) -> tuple[list[Fingerprint], list[Fingerprint]]:
    """Return what a release without text says of the sentences and of labelled passages of a text."""
    blank = dict.fromkeys(
        ("title", "publisher", "published", "event", "language", "rights", "seed_sha256"), ""
    )
    document = Document(doc_id="d", text=original, file="", segments=(), cuts=(), **blank)
    spans = tuple(make_span(original, "X", *one) for one in passages)
    layer = Layer("d", document.text_sha256, "ada", "", "", None, spans, ())
    batch = Batch.of([document], [LayerFile(layer, LABELS)], ONTOLOGY)
    rows = fingerprint_table(batch, batch, Sentences.cut([(original, language)]), SCHEMA).to_pylist()
    fields = Fingerprint.__dataclass_fields__
    by_kind: dict[str, list[Fingerprint]] = {"sentence": [], "label": []}
    for row in rows:
        by_kind[row["kind"]].append(Fingerprint(**{name: row[name] for name in fields}))
    return by_kind["sentence"], by_kind["label"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(ORIGINAL)),
            st.integers(0, 30),
            st.text("aeship tonw.\n\u00a0“\"'💥", max_size=12),
        ),
        max_size=6,
    )
)
def test_no_edit_gives_wrong_words(edits: list[tuple[int, int, str]]) -> None:
    """However a copy differs, a label lies on its own words or is lost."""
    copy = ORIGINAL
    for start, length, new in edits:
        copy = copy[:start] + new + copy[start + length :]
    for old, new_place in align(*fingerprints(ORIGINAL, STRETCHES), copy, "d").items():
        before, after = ORIGINAL[slice(*old)], copy[slice(*new_place)]
        assert fold(after).text.strip() == fold(before).text.strip()


NAMES = re.compile("Putin|Trump|the delegation of Ukraine")


def named(text: str) -> list[Passage]:
    return [match.span() for match in NAMES.finditer(text)]


@pytest.mark.parametrize(
    ("original", "copy", "found"),
    [
        pytest.param(
            "Putin met Trump in Alaska. Putin said no. The talks ended.",
            "Putin met Trump in Alaska. He refused. The talks ended.",
            {(0, 5): (0, 5), (10, 15): (10, 15)},
            id="its own sentence lost it, the one before has the same name",
        ),
        pytest.param(
            "Putin met Trump. On Monday Putin said no.",
            "Putin met Trump. On Tuesday Putin said no.",
            {(0, 5): (0, 5), (10, 15): (10, 15), (27, 32): (28, 33)},
            id="its own sentence kept it, the one before has the same name",
        ),
        pytest.param(
            "They came. On Monday the delegation of Ukraine left. On Friday the delegation of Ukraine wept.",
            "They came. On Sunday the delegation of Ukraine slept. Nobody wept.",
            {},
            id="one of two in a changed part is left",
        ),
        pytest.param(
            "They came. On Monday the delegation of Ukraine left. On Friday everybody wept.",
            "They came. On Sunday the delegation of Ukraine slept. Nobody wept.",
            {(21, 46): (21, 46)},
            id="long and alone in a changed part, then as now",
        ),
        pytest.param(
            "Putin agreed. Trump had come by ship. Putin agreed.",
            "Nobody came. Putin agreed.",
            {},
            id="one of two equal sentences is left",
        ),
    ],
)
def test_a_name_that_stands_twice_is_not_mistaken(
    original: str, copy: str, found: dict[Passage, Passage]
) -> None:
    """A label is put into its own sentence, or what became of it, or it is lost."""
    assert align(*fingerprints(original, named(original)), copy, "d") == found


def test_a_word_is_not_looked_for_in_another() -> None:
    """The "he" of a changed sentence is not the one in "the", however many of either there are."""
    original = "On Monday he left the ship. It sank."
    passage = original.index("he"), original.index("he") + 2
    told = fingerprints(original, [passage])
    assert align(*told, "On Monday the captain said he left. It sank.", "d") == {passage: (27, 29)}
    assert align(*told, "On Monday the captain left the ship. It sank.", "d") == {}


def test_a_word_beside_which_there_is_no_space_is_found_again() -> None:
    """In scripts without spaces a label of a changed sentence is as whole as anywhere."""
    original, copy = "两国总统在北京会谈。他说和平。", "两国总统昨天在北京会谈。他说和平。"
    passages = [(original.index(word), original.index(word) + len(word)) for word in ("北京", "和平")]
    placed = align(*fingerprints(original, passages, "zh"), copy, "d")
    assert [copy[slice(*placed[passage])] for passage in passages] == ["北京", "和平"]


def test_a_passage_across_a_boundary_moves_with_the_sentence_that_stayed() -> None:
    """Whichever of the two was changed, before its first or behind its last word."""
    original = "It is late. Go home. They went."
    passage = original.index("home"), original.index("They") + len("They")
    for copy in ("It is late. Do go home. They went.", "It is late. Go home. They went by ship."):
        place = copy.index("home"), copy.index("They") + len("They")
        assert align(*fingerprints(original, [passage]), copy, "d") == {passage: place}
    assert align(*fingerprints(original, [passage]), "It is late. Go home. All went.", "d") == {}


WHO = st.sampled_from(["Putin", "Trump", "the delegation of Ukraine"])
SAID = st.builds("On {} {} told {} no.".format, st.sampled_from(["Monday", "Friday"]), WHO, WHO)
CHANGES = ("kept", "kept", "edited", "shortened", "replaced", "dropped")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(SAID, st.sampled_from(CHANGES), st.booleans()), min_size=1, max_size=7),
)
def test_a_label_stays_in_its_sentence_or_what_became_of_it(edits: list[tuple[str, str, bool]]) -> None:
    """Between the kept sentences around it, never in one of them, and never at the place of another label."""
    original = " ".join(sentence for sentence, _, _ in edits)
    copy, begins, kept = "", [], {}
    for number, (sentence, change, is_inserted) in enumerate(edits):
        copy += "Somewhere Putin slept. " if is_inserted else ""
        begins.append(len(" ".join(before for before, _, _ in edits[:number])))
        if change == "kept":
            kept[number] = range(len(copy), len(copy) + len(sentence))
        made = {
            "kept": sentence,
            "edited": sentence.replace("told", "sold"),
            "shortened": sentence.partition(" told")[0] + " left.",
            "replaced": "Nowhere Trump slept.",
            "dropped": "",
        }[change]
        copy += f"{made} " if made else ""
    passages = named(original)
    placed = align(*fingerprints(original, passages), copy, "d")
    for (start, _), (new, end) in placed.items():
        number = max(n for n, begin in enumerate(begins) if begin <= start)
        low = max((part.stop for n, part in kept.items() if n < number), default=0)
        high = min((part.start for n, part in kept.items() if n > number), default=len(copy))
        own = kept.get(number, range(low, high))
        assert own.start <= new < end <= own.stop
    assert len(set(placed.values())) == len(placed)
    if len(kept) == len(edits):
        assert placed.keys() == set(passages)


def test_a_folder_with_something_else_is_left_alone(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path
) -> None:
    """Only a release without text is replaced, and only what is published can be withheld."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.md").write_text("years")
    with pytest.raises(UsageError, match="something else"):
        write_withheld(Corpus(harbour), tmp_path / "mine")
    write_withheld(Corpus(harbour), withheld)
    shutil.rmtree(harbour.dataset)
    with pytest.raises(UsageError, match="parley publish"):
        write_withheld(Corpus(harbour), withheld)
    assert (withheld / "README.md").is_file()


def test_every_annotators_labels_are_accounted_for(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path
) -> None:
    """A label that only another annotator made is reported too, and one in two layers once for each."""
    layers = [decode_layer(path.read_bytes()) for path in layer_paths(harbour)]
    made = sorted((layer.annotator, layer.doc_id, *place(span)) for layer in layers for span in layer.spans)
    texts = {name: d.text for name, d in Corpus(harbour).documents.items()}
    own = {
        (layer.doc_id, *place(span)) for layer in layers if layer.annotator == "ada" for span in layer.spans
    }
    others = [
        (doc_id, start, end)
        for _, doc_id, _, start, end in made
        if not any(doc_id == d and low < end and start < high for d, _, low, high in own)
    ]
    doc_id, start, end = others[0]
    texts[doc_id] = texts[doc_id][:start] + "x" * (end - start) + texts[doc_id][end:]
    done, rows = put_back(withheld, texts, tmp_path / "out")
    columns = ("annotator", "doc_id", "label", "start", "end")
    assert sorted(tuple(row[c] if c in columns[:3] else int(row[c]) for c in columns) for row in rows) == made
    assert {row["annotator"] for row in rows if row["status"] == "lost"} & {"bo", "rules"}
    assert done.counts["lost"]


def test_a_broken_run_leaves_nothing(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a folder that looks whole nor one beside it; the next run begins anew."""
    out = tmp_path / "out" / "put-back"
    with monkeypatch.context() as broken:
        broken.setattr("parley.release.standoff.rehydrate.guarded", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rehydrate(withheld, harbour.seeds, out)
    assert list(out.parent.iterdir()) == []
    rehydrate(withheld, harbour.seeds, out)
    assert [path.name for path in out.parent.iterdir()] == ["put-back"]


def test_what_is_no_release_or_no_copies_is_told(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path
) -> None:
    """Nothing is written, whichever of the two is missing or damaged."""
    out = tmp_path / "out"
    with pytest.raises(UsageError, match="nowhere is not a folder"):
        rehydrate(withheld, tmp_path / "nowhere", out)
    with pytest.raises(UsageError, match="no file named after a document"):
        rehydrate(withheld, SCRIPTS, out)
    with pytest.raises(UsageError, match="not a release without text"):
        rehydrate(harbour.dataset, harbour.seeds, out)
    assert not out.exists()


SPANS = "data/spans/train-00000-of-00001.parquet"


def exchange_offsets(folder: Path) -> None:
    """Give each span the offsets of the next one."""
    table = read_table(folder / SPANS)
    turned = table.take([*range(1, len(table)), 0])
    for name in ("start", "end"):
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(name), turned[name])
    write_table(folder / SPANS, table)


def rewrite_hashes(folder: Path) -> None:
    """Let versions.json say what the files are now."""
    versions = read_versions(folder)
    versions[-1]["files_sha256"] = file_hashes(folder)
    (folder / "versions.json").write_bytes(encode_versions(versions))


def add_shard(folder: Path) -> None:
    shutil.copyfile(folder / SPANS, folder / "data/spans/train-00001-of-00002.parquet")


def exchange_and_rewrite(folder: Path) -> None:
    exchange_offsets(folder)
    rewrite_hashes(folder)


TAMPERED = {
    "offsets exchanged": (exchange_offsets, SPANS),
    "a shard in another's place": (
        lambda f: shutil.copyfile(f / SPANS.replace("train", "test"), f / SPANS),
        SPANS,
    ),
    "a shard added": (add_shard, "data/spans/train-00001-of-00002.parquet"),
    "a shard removed": (lambda f: (f / SPANS).unlink(), SPANS),
    "a shard torn": (lambda f: (f / SPANS).write_bytes(b"PAR1"), SPANS),
    "ontology removed": (lambda f: (f / "annotation/ontology.toml").unlink(), "annotation/ontology.toml"),
    "rules changed": (lambda f: (f / "seeds/cleaning.toml").write_text("# none\n"), "seeds/cleaning.toml"),
    "versions.json gone": (lambda f: (f / "versions.json").unlink(), "versions.json"),
    "versions.json torn": (lambda f: (f / "versions.json").write_text("{"), "versions.json"),
    "versions.json without hashes": (
        lambda f: (f / "versions.json").write_text('{"versions": [{"version": "0.1.0"}]}'),
        "versions.json",
    ),
    "offsets exchanged, hashes made to fit": (exchange_and_rewrite, "versions.json"),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_release_that_is_not_as_published_puts_no_label_anywhere(
    kind: str, harbour: CorpusPaths, withheld: Path, tmp_path: Path
) -> None:
    """Each file that is another than its hash says is named, before anything is written."""
    tamper, name = TAMPERED[kind]
    tamper(withheld)
    with pytest.raises(DataFaults) as raised:
        rehydrate(withheld, harbour.seeds, tmp_path / "out")
    assert [(f.code, f.place) for f in raised.value.faults] == [("withheld-damaged", f"withheld/{name}")]
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_the_steps_do_both(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`publish --text withhold`, then `rehydrate`: its exit status tells whether anything is lost."""
    shutil.rmtree(withheld)
    withheld = harbour.build / "withheld"
    assert call("publish", "--root", harbour.root, "--text", "withhold") == 0
    assert "fingerprints" in capsys.readouterr().out
    assert call("rehydrate", withheld, harbour.seeds, "--out", tmp_path / "out") == 0
    assert "the result is the release itself" in capsys.readouterr().out
    (harbour.seeds / "h0_collision.txt").unlink()
    assert call("rehydrate", withheld, harbour.seeds, "--out", tmp_path / "less") == 1
    assert "no copy of h0_collision" in capsys.readouterr().out
    (withheld / "versions.json").unlink()
    assert call("rehydrate", withheld, harbour.seeds, "--out", tmp_path / "third") == 1
    assert "withheld-damaged  withheld/versions.json" in capsys.readouterr().err


@pytest.mark.long
def test_a_page_is_read_as_it_was_when_it_was_added_and_another_page_is_searched(tmp_path: Path) -> None:
    """The release without text says which part of the page is the article, without a word of it."""
    new_corpus(tmp_path / "c", NewCorpus("c", "C"))
    write_articles(tmp_path / "articles")
    page = tmp_path / "articles" / f"{PAGE}.html"
    paths = CorpusPaths.at(tmp_path / "c")
    add(Corpus(paths), [page])
    one = Corpus(paths).documents[PAGE]
    at = one.text.index("Lindholm")
    span = make_span(one.text, "PLACE", at, at + 8, {"mention": "name"})
    layer = Layer(PAGE, one.text_sha256, "rules", Corpus(paths).ontology.revision, "", None, (span,), ())
    write_layer(layer_path(paths, "rules", PAGE), layer)
    publish(Corpus(paths))
    withheld = write_withheld(Corpus(paths), paths.build / "withheld").folder
    pin = (withheld / "seeds" / f"{PAGE}.page.json").read_text(encoding="utf-8")
    assert "Ada" not in pin
    copies = tmp_path / "copies"
    copies.mkdir()
    shutil.copy(paths.seeds / "sample.txt", copies)
    shutil.copy(page, copies)
    same = rehydrate(withheld, copies, tmp_path / "same")
    assert set(same.exact) == {"sample", PAGE}
    words = page.read_text(encoding="utf-8").replace("with a feast", "with two feasts")
    (copies / page.name).write_text(words, encoding="utf-8")
    other = rehydrate(withheld, copies, tmp_path / "other")
    assert other.aligned == (PAGE,)
    assert other.counts == same.counts
    (copies / page.name).write_text("<html><body></body></html>", encoding="utf-8")
    with pytest.raises(UsageError, match=r"mill\.html"):
        rehydrate(withheld, copies, tmp_path / "none")
