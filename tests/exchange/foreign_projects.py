"""Exports of Label Studio projects whose labelling config is not the corpus' own."""

import csv
import json

from imported import assert_sums, layers

from parley.corpus.corpus import Corpus
from parley.steps.import_labels import STUDIO, import_labels
from parley.values.several import members

LABELS = {
    "SHIP": "Vessel", "PORT": "Port", "FIRM": "Company", "CREW": "Person", "CARGO": "Cargo",
    "AMOUNT": "Amount", "INCIDENT": "Incidents", "WHEN": "Time", "SPEECH": "Speech verb", "SAYING": "Saying",
}  # fmt: skip
NAMES = {new: old for old, new in LABELS.items()}


def region(number, text, start, end, label):
    """Return a region as Label Studio 1.x writes it."""
    value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
    return {"id": f"r{number}", "from_name": "ner", "to_name": "doc", "type": "labels", "value": value}


def said(of, control, kind, what):
    """Return what another control says of a region."""
    place = {name: of["value"][name] for name in ("start", "end", "text")}
    value = {**place, kind if kind != "textarea" else "text": what}
    return {"id": of["id"], "from_name": control, "to_name": "doc", "type": kind, "value": value}


def arc(head, tail, *labels, direction="right"):
    made = {"from_id": head["id"], "to_id": tail["id"], "type": "relation", "direction": direction}
    return made | ({"labels": list(labels)} if labels else {})


def task(number, data, *annotations, **more):
    return {"id": number, "data": data, "annotations": list(annotations), "predictions": [], **more}


def annotation(number, person, result, **more):
    made = {"id": number, "completed_by": person, "was_cancelled": False, "result": result}
    return made | {"updated_at": "2031-01-01T00:00:00Z"} | more


def foreign(layer, text):
    """Return a layer's regions under other names."""
    result, by_id = [], {}
    for number, span in enumerate(layer.spans):
        one = by_id[span.id] = region(number, text, span.start, span.end, LABELS[span.label])
        result.append(one)
        for name, value in span.attributes.items():
            given = members(value)
            kind = "taxonomy" if name == "entity" else "choices" if name == "naming" else "textarea"
            what = [["ships", one] for one in given] if kind == "taxonomy" else given
            result.append(said(one, f"{name}_of", kind, what))
    result += [arc(by_id[one.head], by_id[one.tail], one.label) for one in layer.relations]
    return result


def project(corpus, tmp_path, people):
    """Write the export of a project in which people labelled as annotators of harbour did."""
    there = {name: layers(corpus.paths, name) for name in people}
    tasks = []
    for number, document in enumerate(corpus.documents.values()):
        data = {"body": document.text, "headline": document.title, "source": f"s3://x/{document.doc_id}.txt"}
        made = [
            annotation(100 * number + n, person, foreign(there[name][document.doc_id], document.text))
            for n, (name, person) in enumerate(people.items())
            if document.doc_id in there[name]
        ]
        tasks.append(task(number, data, *made))
    file = tmp_path / "export.json"
    file.write_text(json.dumps(tasks), encoding="utf-8")
    return file


def rows(done):
    with done.report.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def one_task(harbour, tmp_path, result, mapping="", text=None):
    """Import one annotation, of ada."""
    document = Corpus(harbour).documents["h2_spill"]
    data = {"body": document.text if text is None else text, "file": "h2_spill.txt"}
    (tmp_path / "one.json").write_text(json.dumps([task(1, data, annotation(1, 7, result))]))
    (tmp_path / "map.toml").write_text(f'[people]\n"7" = "ada"\n{mapping}')
    done = import_labels(
        Corpus(harbour), STUDIO, [tmp_path / "one.json"], "", project=tmp_path / "map.toml", replace=True
    )
    assert_sums(done)
    return done
