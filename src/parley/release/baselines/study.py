"""The baselines of a corpus, or of any release: measured, and kept for the card."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.model.ontology import Ontology
from parley.release.baselines.articles import Score, read_articles
from parley.release.baselines.relations import relation_scores
from parley.release.baselines.report import Baselines, Counts, Figures, Spans
from parley.release.baselines.spans import span_scores
from parley.release.data.schema import configs
from parley.release.data.shards import write_shards
from parley.release.inputs import read_inputs, read_settings
from parley.release.measured import encode
from parley.release.versions.history import read_versions
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import temporary_folder, write_whole

ONTOLOGY = "ontology.json"


def measure_corpus(corpus: Corpus, engine: Engine | None = None) -> Baselines:
    """Measure the baselines of the labels that a publish would publish now, and write baselines.json.

    Its content hash is that of the release. Raises DataFaults and UsageError as `read_inputs` and
    `read_articles` do.
    """
    engine = engine or Cores()
    settings = read_settings(corpus)
    inputs = read_inputs(corpus, settings, engine)
    with temporary_folder() as scratch:
        batches, folder = corpus.batches(engine), scratch / "dataset"
        written = write_shards(inputs, configs(inputs.ontology), batches, folder, engine, withheld=False)
        measured = Baselines(content_sha256=written.content_sha256, figures=measure(folder, inputs.ontology))
    write_whole(corpus.paths.baselines, encode(measured))
    return measured


def measure_release(folder: Path) -> Baselines:
    """Measure the baselines of a release folder; nothing is written.

    Raises UsageError if it is none, DataFaults naming a file that cannot be read.
    """
    try:
        ontology = msgspec.json.decode((folder / ONTOLOGY).read_bytes(), type=Ontology)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(
            f"{folder} is not a release: {ONTOLOGY}: {error}", "name the folder of one"
        ) from error
    versions = read_versions(folder)
    content = versions[-1]["content_sha256"] if versions else ""
    return Baselines(content_sha256=content, figures=measure(folder, ontology))


def measure(folder: Path, ontology: Ontology) -> Figures:
    """Return what plain models find in the data of a release folder; the same data give the same figures."""
    articles = read_articles(folder, ontology)
    spans = span_scores(articles, ontology.span_names)
    relations, far = relation_scores(articles, ontology)
    return Figures(
        articles=len(articles),
        folds=len({article.fold for article in articles}),
        spans={model: Spans(_counts(parts), _counts(labels)) for model, (parts, labels) in spans.items()},
        relations=_counts(relations),
        far=far,
    )


def _counts(scores: dict[str, Score]) -> dict[str, Counts]:
    return {name: astuple(score) for name, score in scores.items()}
