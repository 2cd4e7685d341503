"""The tables of an export are batches of whole layers, in any order; what no batch shows is said."""

import numpy as np
import pyarrow as pa
import pytest

from label_tables_for_tests import change, layers_of, ontology_of, tables_of, write
from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.label_studio.export.table_batches import open_tables
from parley.model.batch import EXPORT, Batch, LayerFile


def places(faults):
    return {(fault.code, fault.place) for fault in faults}


def test_small_tables_are_the_one_batch_of_their_layers(harbour, tmp_path):
    layers, ontology = layers_of(harbour), ontology_of(harbour)
    articles = Corpus(harbour).sound_articles
    (source,) = open_tables(write(tables_of(layers, ontology), tmp_path / "t"), ontology).batches(articles)
    found = source.load()
    expected = Batch.of((), [LayerFile(layer, EXPORT) for layer in layers], ontology)
    assert found.documents["doc_id"].to_pylist() == list(dict.fromkeys(layer.doc_id for layer in layers))
    assert found.relations.equals(expected.relations)
    for name in set(found.spans.column_names) - {"other_attributes"}:
        assert found.spans[name].to_pylist() == expected.spans[name].to_pylist()
    for name in ("doc_id", "annotator", "origin", "text_sha256", "updated", "lead_time_s"):
        assert found.layers[name].to_pylist() == expected.layers[name].to_pylist()


def test_no_batch_splits_a_layer_and_all_rows_are_in_one_in_any_order(big, harbour, tmp_path):
    ontology = ontology_of(harbour)
    tables = open_tables(write(big, tmp_path / "t"), ontology)
    assert list(tables.faults()) == []
    assert tables.counts == {"layers": big["annotations"].num_rows} | {
        name: big[name].num_rows for name in ("spans", "relations")
    }
    mix = np.random.default_rng(3)
    mixed = {
        name: table.take(pa.array(mix.permutation(table.num_rows))) if name != "annotations" else table
        for name, table in big.items()
    }
    sources = tables.batches()
    others = open_tables(write(mixed, tmp_path / "m"), ontology).batches()
    assert len(sources) == len(others) > 5
    seen = [
        row for source in sources for row in source.load().layers.select(["doc_id", "annotator"]).to_pylist()
    ]
    assert len(seen) == len({tuple(row.values()) for row in seen}) == big["annotations"].num_rows
    for source, other in zip(sources, others, strict=True):
        one, two = source.load(), other.load()
        for name in ("spans", "relations"):
            rows = [
                sorted((row["layer"], row["id"]) for row in getattr(batch, name).to_pylist())
                for batch in (one, two)
            ]
            assert rows[0] == rows[1]
        assert sum(two.relations[f"{end}_row"].null_count for end in ("head", "tail")) == 0
        assert two.spans["layer"].to_pylist() == sorted(two.spans["layer"].to_pylist())


def test_layers_that_are_not_whole_are_named(big, harbour, tmp_path):
    """Rows that are gone, an annotation that is gone, an annotation twice, two texts of one document."""
    annotations = big["annotations"]
    lost, stray, twice, other = (annotations.slice(n, 1).to_pylist()[0] for n in (0, 20, 40, 60))
    annotations = change(annotations, 60, text_sha256="0" * 64)
    big["annotations"] = pa.concat_tables(
        [annotations.slice(0, 20), annotations.slice(21), annotations.slice(40, 1)]
    )
    big["spans"] = big["spans"].slice(1)
    tables = open_tables(write(big, tmp_path / "t"), ontology_of(harbour))
    assert {
        ("tables-malformed", f"{lost['doc_id']} > {lost['annotator']}"),
        ("tables-malformed", f"{stray['doc_id']} > {stray['annotator']}"),
        ("tables-malformed", f"{twice['doc_id']} > {twice['annotator']}"),
        ("text-mismatch", other["doc_id"]),
    } <= places(tables.faults())
    names = [batch.load().layers.select(["doc_id", "annotator"]).to_pylist() for batch in tables.batches()]
    assert names[-1][-1] == {name: stray[name] for name in ("doc_id", "annotator")}  # its labels are judged


def test_tables_of_another_ontology_or_damaged_are_a_wrong_call(big, harbour, tmp_path):
    folder, ontology = write(big, tmp_path / "t"), ontology_of(harbour)
    write({"spans": big["spans"].drop_columns("naming")}, folder)
    with pytest.raises(UsageError, match="lacks 'naming'"):
        open_tables(folder, ontology)
    (folder / "spans.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match="cannot be read"):
        open_tables(folder, ontology)
    (folder / "spans.parquet").unlink()
    with pytest.raises(UsageError, match="no table"):
        open_tables(folder, ontology)
