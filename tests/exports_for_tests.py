"""What the server would export of label files."""

from __future__ import annotations

from typing import Any

from parley.corpus.corpus import Corpus
from parley.label_studio.export.regions import layer_to_result
from parley.model.labels import decode_layer, layer_paths
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths


def exported(corpus: CorpusPaths, *annotators: str) -> list[dict[str, Any]]:
    """Return what the server would export of the label files of some annotators."""
    ontology = read_ontology(corpus.ontology)
    text = {name: d.text for name, d in Corpus(corpus).documents.items()}
    tasks = []
    for number, layer in enumerate(
        [decode_layer(path.read_bytes()) for path in layer_paths(corpus)], start=1
    ):
        if layer.annotator in annotators:
            result = layer_to_result(layer, ontology)
            annotation = {
                "id": number,
                "completed_by": 1,
                "was_cancelled": False,
                "lead_time": layer.lead_time_s,
                "updated_at": "2031-01-01T00:00:00Z",
                "result": result,
            }
            data = {
                "doc_id": layer.doc_id,
                "text": text[layer.doc_id],
                "text_sha256": layer.text_sha256,
                "annotator": layer.annotator,
            }
            tasks.append({"id": number, "data": data, "annotations": [annotation], "drafts": []})
    assert tasks
    return tasks
