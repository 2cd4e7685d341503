"""Every kind of damage in the catalogue is caught by its code, at its place; a good corpus has no fault."""

import shutil
from collections.abc import Callable, Iterable, Iterator

import msgspec
import pytest
from damage_catalogue import CATALOGUE, Mutation, NotThere
from mutation_table import README, readme
from mutations import AGREEMENT
from release_mutations import AREA as PUBLISHED

from checkout import CHECKOUT
from parley.adjudication.compare import compare
from parley.adjudication.decide import decide_relations, decide_spans, ledger_rows
from parley.adjudication.gold import rebuild_gold
from parley.adjudication.ledger import encode_ledger
from parley.agreement.study import measure_corpus
from parley.corpus.corpus import Corpus
from parley.faults import Fault
from parley.model.labels import decode_layer, write_layer
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths
from parley.runtime.files import write_whole
from parley.steps.derive import derive
from parley.steps.validate import validate as judge
from releases_for_tests import build_release

IN_THE_WAY = (
    "two articles' files are exchanged",
    "labels of somebody who is not listed",
    "labels of an article that is not listed",
    "a label that is not in the ontology",
    "the tail is gone",
    "a relation that is not in the ontology",
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CorpusPaths]:
    """Return a good corpus that nothing is wrong with; tests damage copies of it."""
    corpus = CorpusPaths.at(
        shutil.copytree(CHECKOUT / "tests" / "harbour", tmp_path_factory.mktemp("good") / "h")
    )
    derive(corpus)
    adjudicate(corpus)
    yield corpus


@pytest.fixture(scope="module")
def released(good: CorpusPaths, tmp_path_factory: pytest.TempPathFactory) -> CorpusPaths:
    """Return the good corpus with its release, the third; the first, of other labels, is kept in older/."""
    corpus = CorpusPaths.at(shutil.copytree(good.root, tmp_path_factory.mktemp("released") / "h"))
    settings = corpus.root / "release.toml"
    text = settings.read_text(encoding="utf-8")
    for version, labels in (("0.1.0", "bo"), ("0.2.0", "ada"), ("0.2.1", "ada")):
        changed = text.replace('version = "0.1.0"', f'version = "{version}"')
        settings.write_text(changed.replace('labels = "ada"', f'labels = "{labels}"'), encoding="utf-8")
        build_release(corpus)
        if version == "0.1.0":
            shutil.copytree(corpus.dataset, corpus.root / "older")
    return corpus


@pytest.fixture(scope="module")
def measured(good: CorpusPaths, tmp_path_factory: pytest.TempPathFactory) -> CorpusPaths:
    """Return the good corpus with the agreement of its annotators."""
    corpus = CorpusPaths.at(shutil.copytree(good.root, tmp_path_factory.mktemp("measured") / "h"))
    measure_corpus(Corpus(corpus), draws=0)
    return corpus


def validate(corpus: CorpusPaths, *, release: bool = True) -> list[Fault]:
    """Return the faults of a corpus folder, read anew."""
    return list(judge(Corpus(corpus), release=release).faults)


def adjudicate(corpus: CorpusPaths) -> None:
    """Make gold of the layers that rules made: one layer an article, so that all of it is agreed."""
    ontology = read_ontology(corpus.ontology)
    made = []
    for path in sorted((corpus.labels / "rules").glob("*.json")):
        layer = decode_layer(path.read_bytes())
        asked = {label for r in ontology.relations for label in r.expected_at}
        ends = {end for r in layer.relations for end in (r.head, r.tail)}
        kept = tuple(s for s in layer.spans if s.label not in asked or s.id in ends)  # gold is not a proposal
        write_layer(path, layer := msgspec.structs.replace(layer, spans=kept))
        comparison = compare([layer], ontology)
        spans = decide_spans(comparison, {}, [], "cy", ontology)
        made += ledger_rows(spans, decide_relations(spans, {}, []))
    write_whole(corpus.ledger, encode_ledger(made))
    rebuild_gold(Corpus(corpus))


def test_a_good_corpus_has_no_fault(good, released, measured):
    """Neither its labels nor its release; with a fault in it no damage could be told."""
    assert validate(good) == []
    assert validate(released) == []
    assert validate(measured) == []


def first_is_quick(
    damages: Iterable[Mutation], kind: Callable[[Mutation], object] = lambda _: None
) -> Iterator[object]:
    """Yield damages; of each kind all but the first are for `make test-long`."""
    met = set()
    for damage in damages:
        marks = pytest.mark.long if kind(damage) in met else ()
        met.add(kind(damage))
        yield pytest.param(damage, id=f"{damage.area}: {damage.name}", marks=marks)


@pytest.mark.parametrize("damage", first_is_quick(CATALOGUE, lambda damage: (damage.area, damage.code)))
def test_damage_is_caught_by_its_code_at_its_place(damage: Mutation, good, released, measured, tmp_path):
    """Every kind of the catalogue, alone, and no fault comes with it that was not foreseen."""
    source = {PUBLISHED: released, AGREEMENT: measured}.get(damage.area, good)
    corpus = CorpusPaths.at(
        shutil.copytree(source.root, tmp_path / "damaged", ignore=shutil.ignore_patterns("build"))
    )
    place = damage.damage(corpus)
    found = validate(corpus)
    caught = [f for f in found if f.code == damage.code]
    assert caught, f"{damage.code} was not among {found}"
    assert any(place in f.place for f in caught), f"{place} is not named by {caught}"
    assert {f.code for f in found} <= {damage.code, *damage.follows}, "codes that nobody foresaw"


@pytest.mark.parametrize("damage", first_is_quick(m for m in CATALOGUE if m.name in IN_THE_WAY))
def test_a_release_hides_no_fault_of_the_labels_that_it_was_made_from(damage: Mutation, released, tmp_path):
    """Verifying builds the release anew, of labels that no table of it may have room for."""
    corpus = CorpusPaths.at(shutil.copytree(released.root, tmp_path / "h"))
    place = damage.damage(corpus)
    assert any(f.code == damage.code and place in f.place for f in validate(corpus))


REAL = (  # of each kind one: what runs on the invented corpus must run on the real one
    "a byte of a seed changes",
    "labels made on another text",
    "offsets off by one",
    "a span ends inside a word",
    "a value that is not in the ontology",
    "an entity of another type",
    "a date in words",
    "a relation from a label that it cannot leave",
    "a span is deleted and its relations are not",
    "an expectation is taken out of a suite",
)


def test_the_corpus_of_the_checkout_has_no_fault(parley_corpus):
    assert validate(parley_corpus) == []


@pytest.mark.parametrize("damage", first_is_quick(m for m in CATALOGUE if m.name in REAL))
def test_damage_to_the_corpus_of_the_checkout_is_caught(damage: Mutation, parley_corpus):
    try:
        place = damage.damage(parley_corpus)
    except NotThere:
        pytest.skip("the labels of the checkout offer nothing to damage in this way")
    found = validate(parley_corpus, release=False)
    assert any(f.code == damage.code and place in f.place for f in found), found


def test_the_catalogue_has_at_least_forty_kinds_of_damage_each_once():
    names = [(m.area, m.name) for m in CATALOGUE]
    assert len(names) == len(set(names)) >= 40


def test_the_table_in_the_readme_is_what_the_catalogue_gives():
    stale = "run `python tests/validation/mutation_table.py` and commit the result"
    assert README.read_text(encoding="utf-8") == readme(), stale
