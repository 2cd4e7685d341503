"""What a lead submitted, read from an annotation: regions by themselves, arrows, verdicts."""

from __future__ import annotations

from parley.adjudication.studio import screen
from parley.adjudication.studio.submission import Submission
from parley.faults import Fault, check
from parley.label_studio.export.findings import Refusal
from parley.label_studio.export.regions import Annotation, Region, Task
from parley.label_studio.export.results import Place, ResultReader
from parley.label_studio.screen import LABEL
from parley.model.labels import Span, span_id
from parley.model.ontology import Ontology


def read_regions(
    task: Task, annotation: Annotation, ontology: Ontology
) -> tuple[dict[str, Span], list[Refusal]]:
    """Return the span of each region of an annotation by itself, by region id; and what was refused.

    Unlike in a layer two regions may be the same span here: adjudication offers rivals side by side.
    Relations, and what is said of the document, are left aside.
    """
    by_region: dict[str, list[Region]] = {}
    reader = ResultReader(ontology)
    reader.of_document = {}
    for region in annotation.result:
        if region.type != "relation" and not reader.is_of_document(region):
            by_region.setdefault(region.id, []).append(region)
    read = []
    for name, regions in by_region.items():
        alone = Annotation(annotation.id, regions)
        at = Place(task, task.data.doc_id, alone)
        if sum(region.from_name == LABEL for region in regions) > 1:
            reader.refuse(at, regions[0], "studio-region", "several regions have its id")
        elif reader.labels(at, alone)[0]:
            read.append(name)
    found = reader.found
    spans = {}
    for row, name in enumerate(read):
        label, start, end = reader.label(row), found.starts[row], found.ends[row]
        values = {n: by_row[row] for n, by_row in found.attributes.items() if row in by_row}
        spans[name] = Span(span_id(label, start, end), start, end, found.texts[row], label, values)
    return spans, found.refusals


def read_document(
    task: Task, annotation: Annotation, ontology: Ontology
) -> tuple[dict[str, str], list[Refusal]]:
    """Return what an annotation says of the whole article, by attribute; and what was refused of that."""
    reader = ResultReader(ontology)
    reader.take_document(Place(task, task.data.doc_id, annotation), annotation.result)
    found = reader.found
    return {name: by_row[0] for name, by_row in found.of_document.items() if by_row}, found.refusals


def read_submission(task: Task, annotation: Annotation, ontology: Ontology) -> tuple[Submission, list[Fault]]:
    """Return an annotation as a submission; and faults that cost nothing of it.

    Raises DataFaults for labels that cannot be read.
    """
    choices: dict[str, dict[str, str]] = {}
    labels: list[Region] = []
    arrows: list[Region] = []
    on_document = ""
    for region in annotation.result:
        if region.type == "relation":
            arrows.append(region)
        elif region.from_name == screen.DOCUMENT_VERDICT:
            on_document = next(iter((region.value and region.value.choices) or ()), "")
        elif region.from_name in (screen.VERDICT, screen.REASON, screen.SAID):
            chosen = region.value.choices if region.value else None
            choices.setdefault(region.id, {})[region.from_name] = (chosen or [""])[0]
        else:
            labels.append(region)
    kept, rejected = list[Region](), list[Region]()
    for region in labels:
        verdict = choices.get(region.id, {}).get(screen.VERDICT)
        (rejected if verdict == screen.REJECT else kept).append(region)
    spans, refusals = read_regions(task, Annotation(annotation.id, kept), ontology)
    others, _ = read_regions(task, Annotation(annotation.id, rejected), ontology)  # whatever is wrong there
    spans |= others
    said, of_document = read_document(task, annotation, ontology)
    refusals += of_document
    check(refusal.fault for refusal in refusals if refusal.lost)
    submission = Submission(spans, arrows, choices, annotation.updated_at, said, on_document)
    return submission, [refusal.fault for refusal in refusals]
