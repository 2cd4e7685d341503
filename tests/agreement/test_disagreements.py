"""Every disagreement of the harbour layers is listed once, the worst first."""

import json

from checkout import HARBOUR
from parley.agreement.disagreements import CONTEXT, KINDS, disagreements, write_entries, write_lists
from parley.agreement.figures import pairs
from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths
from parley.runtime.threads import threads

# the list of tests/harbour/README.md; a span that one lacks takes its relations with it (kind end)
BY_HAND = [
    ("label", "h1_inquiry"),
    ("entity", "h1_inquiry"),
    ("direction", "h1_inquiry"),
    ("relation", "h3_explosion"),
    ("attribute", "h3_explosion"),
    ("attribute", "h3_explosion"),
    ("attribute", "h4_storm"),
    ("span", "h1_inquiry"),
    ("span", "h2_spill"),
    ("span", "h4_storm"),
    ("span", "h4_storm"),
    ("link", "h0_collision"),
    ("link", "h3_explosion"),
    ("link", "h4_storm"),
    ("boundary", "h0_collision"),
    ("boundary", "h2_spill"),
    ("boundary", "h3_explosion"),
    ("boundary", "h4_storm"),
    ("end", "h1_inquiry"),
    ("end", "h1_inquiry"),
    ("end", "h4_storm"),
]


def found(links):
    corpus = Corpus(CorpusPaths(HARBOUR))
    (batch,) = corpus.batches(annotators=("ada", "bo"), gold=False).load()
    table = disagreements(pairs(batch, corpus.ontology), batch.texts, corpus.ontology, links)
    return batch.texts, table


def test_the_list_is_that_made_by_hand():
    _, table = found({})
    kinds = [list(KINDS)[severity - 1] for severity in table["severity"].to_pylist()]
    assert list(zip(kinds, table["doc_id"].to_pylist(), strict=True)) == BY_HAND
    of_harbour = [kind for kind in KINDS if kind != "document"]  # it says nothing of whole articles
    assert list(dict.fromkeys(kind for kind, _ in BY_HAND)) == of_harbour


def test_each_entry_says_what_each_one_has():
    texts, table = found({"h1_inquiry/bo": "http://127.0.0.1/7"})
    rows = table.to_pylist()
    label, entity = rows[0], rows[1]
    assert texts[label["doc_id"]][label["start"] : label["end"]] == "port authority"
    assert (label["first_id"], label["second_id"]) == ("PORT-79-93", "FIRM-79-93")
    assert label["severity"] == 1
    assert (entity["first_says"], entity["second_says"]) == ("ship_mon_express", "ship_halcyon")
    assert (label["first_url"], label["second_url"]) == ("", "http://127.0.0.1/7")
    assert all(row["first_says"] or row["second_says"] for row in rows)


def test_the_files_say_what_the_table_does(tmp_path):
    """And quote the text; the JSON as it is; the Markdown links who says what to the task."""
    texts, table = found({"h1_inquiry/bo": "http://127.0.0.1/7"})
    paths = CorpusPaths(tmp_path)
    paths.build.mkdir()
    with threads(0) as begin:
        write_lists([write_entries(table, texts, tmp_path, 0)], tmp_path, paths, begin)
    listed = json.loads((paths.build / "disagreements.json").read_text())["disagreements"]
    for one, row in zip(listed, table.to_pylist(), strict=True):
        text, start, end = texts[row["doc_id"]], row["start"], row["end"]
        assert one == {
            **{name: row[name] for name in ("doc_id", "start", "end", "what")},
            "before": text[max(0, start - CONTEXT) : start],
            "text": text[start:end],
            "after": text[end : end + CONTEXT],
            "kind": list(KINDS)[row["severity"] - 1],
            "severity": row["severity"],
            "versions": [
                {
                    "annotator": row[f"{side}_annotator"],
                    "labels": [row[f"{side}_id"]] if row[f"{side}_id"] else [],
                    "says": row[f"{side}_says"],
                    **({"url": row[f"{side}_url"]} if row[f"{side}_url"] else {}),
                }
                for side in ("first", "second")
            ],
        }
    page = (paths.build / "disagreements.md").read_text()
    assert page.count("\n- `") == len(listed)
    assert " The **port authority** said " in page
    assert "  - [bo](http://127.0.0.1/7): FIRM “port authority” 79:93\n" in page
    assert "  - ada: nothing\n" in page
