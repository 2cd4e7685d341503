"""What is said of the whole article, through the real server: labelled, decided in the browser, pulled."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import msgspec
import pytest

from browser import Screen, chromium
from label_studio_fixtures import tasks_on_server
from made_up_schemes import NEWS, OF_ARTICLES, OPINION
from parley.adjudication.compare import open_adjudication
from parley.adjudication.studio import project as adjudication
from parley.corpus.corpus import Corpus
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import LabelStudioServer
from parley.label_studio.server.projects import ensure_accounts, find_project
from parley.label_studio.server.pull import pull
from parley.label_studio.server.push import push
from parley.model.labels import DocumentLabel, decode_layer, layer_path, layer_paths, write_layer
from parley.model.paths import CorpusPaths

pytestmark = [pytest.mark.server, pytest.mark.long]

ARTICLE = "h1_inquiry"


@pytest.fixture
def corpus(harbour: CorpusPaths) -> CorpusPaths:
    """Return the second corpus under a name of its own, with one article and such a scheme; bo said NEWS."""
    name = f"harbour-{uuid.uuid4().hex[:8]}"
    harbour.ontology.write_text(harbour.ontology.read_text().replace('"harbour"', f'"{name}"') + OF_ARTICLES)
    for path in layer_paths(harbour):
        if path.stem != ARTICLE or path.parent.name != "bo":
            path.unlink()
    path = layer_path(harbour, "bo", ARTICLE)
    layer = decode_layer(path.read_bytes())
    layer = msgspec.structs.replace(layer, ontology=f"{name} 0.3", document=DocumentLabel(NEWS))
    write_layer(path, layer)
    document = Corpus(harbour).documents[ARTICLE]
    data = {n: getattr(document, n) for n in ("doc_id", "text", "text_sha256", "title", "published")}
    harbour.build.mkdir(exist_ok=True)
    (harbour.build / "tasks.json").write_text(json.dumps([{"data": data, "predictions": []}]))
    return harbour


def test_it_is_said_and_decided_on_the_screens(
    corpus: CorpusPaths, label_studio: LabelStudioServer, tmp_path: Path
) -> None:
    """An annotator says it beside the text; it is pulled; a lead decides with a key, and it is gold."""
    name = Corpus(corpus).ontology.name
    with Studio(label_studio.url, label_studio.token) as studio:
        accounts = {a.name: a for a in ensure_accounts(studio, label_studio.secrets, ["ada", "cy"])}
        push(Corpus(corpus), studio, ["bo"], labels=True)
        push(Corpus(corpus), studio, ["ada"])

        def log_in(who: str) -> Screen:
            password = label_studio.secrets.account(who)["password"]
            return Screen.log_in(
                browser, label_studio.url, accounts[who].email, password, width=1440, height=900
            )

        with chromium() as browser:
            screen = log_in("ada")
            screen.open(screen.projects()[f"{name}: ada"], ARTICLE)
            screen.choose("Genre", "opinion")
            screen.write("Thesis", "Tugs are slow.")
            screen.picture(tmp_path / "labelling.png")
            screen.submit()
            before = layer_path(corpus, "bo", ARTICLE).read_bytes()
            pulled = pull(Corpus(corpus), studio)
            assert pulled.faults == []
            assert msgspec.structs.replace(
                decode_layer(layer_path(corpus, "bo", ARTICLE).read_bytes()), updated=""
            ) == msgspec.structs.replace(decode_layer(before), updated="")
            ada = decode_layer(layer_path(corpus, "ada", ARTICLE).read_bytes())
            assert ada.document == DocumentLabel(OPINION)
            assert not ada.spans

            bo = decode_layer(layer_path(corpus, "bo", ARTICLE).read_bytes())
            write_layer(
                layer_path(corpus, "ada", ARTICLE),
                msgspec.structs.replace(bo, annotator="ada", document=ada.document),
            )
            opened = open_adjudication(Corpus(corpus), ["ada", "bo"])
            adjudication.push(opened, studio, "cy")
            lead = log_in("cy")
            lead.open(lead.projects()[f"{name}: adjudication cy"], ARTICLE)
            lead.rows().first.wait_for()
            assert lead.rows().count() == 1
            lead.picture(tmp_path / "disputed.png")
            lead.decide(1, "2")
            lead.decide(1, "1")
            lead.picture(tmp_path / "decided.png")
            lead.submit()
        done, faults = adjudication.pull(opened, studio, "cy")
        assert faults == []
        assert done.decided == [ARTICLE]
        gold = decode_layer((corpus.gold / f"{ARTICLE}.json").read_bytes())
        assert gold.document == DocumentLabel(OPINION, ("ada",), "kept", "attribute")
        project = find_project(studio, name, "ada")
        assert project is not None
        (task,) = tasks_on_server(studio, project.id)
        assert len(task["annotations"]) == 1
