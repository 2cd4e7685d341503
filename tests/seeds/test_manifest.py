"""Reading the seeds: whatever is wrong is named, all of it at once."""

import csv
import hashlib
import tracemalloc

import pytest

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.seeds.cleaning import cut_report
from parley.seeds.manifest import COLUMNS, ManifestRows


def rows_of(corpus):
    with corpus.manifest.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write_rows(corpus, rows):
    with corpus.manifest.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def faults_of(corpus):
    with pytest.raises(DataFaults) as found:
        list(Corpus(corpus).documents.values())
    return [(fault.code, fault.place) for fault in found.value.faults]


def replace_seed(corpus, doc_id, data):
    """Give a seed other bytes, and the manifest their hash."""
    (corpus.seeds / f"{doc_id}.txt").write_bytes(data)
    rows = rows_of(corpus)
    for row in rows:
        if row["doc_id"] == doc_id:
            row["sha256"] = hashlib.sha256(data).hexdigest()
    write_rows(corpus, rows)


def test_documents_come_in_the_manifest_s_order(harbour):
    """With everything the manifest knows, and line ends, tabs and markup as they were."""
    documents = Corpus(harbour).documents
    assert list(documents) == [row["doc_id"] for row in rows_of(harbour)]
    assert documents["h2_spill"].text.startswith(
        "The tanker  Halcyon\tspilled  300 litres of <b>heavy oil</b>"
    )
    assert "Marsh &amp; Sons  said.\r\nThe firm" in documents["h2_spill"].text
    assert documents["h0_collision"].published == "2031-03-04T19:15"
    assert documents["h4_storm"].publisher == "Coast Wire"
    write_rows(harbour, rows_of(harbour)[::-1])
    assert [d.doc_id for d in Corpus(harbour).documents.values()] == list(documents)[::-1]


def test_all_faults_are_gathered(harbour):
    """Five broken seeds, five kinds of fault, one run."""
    seeds = harbour.seeds
    (seeds / "h0_collision.txt").unlink()
    with (seeds / "h1_inquiry.txt").open("ab") as out:
        out.write(b" ")
    replace_seed(harbour, "h2_spill", b"Oil \xff spill")
    replace_seed(harbour, "h3_explosion", b"For more from the coast, and .\n\n")
    rows = rows_of(harbour)
    write_rows(harbour, [*rows, rows[4]])
    (seeds / "h9_extra.txt").write_text("unlisted")
    assert sorted(faults_of(harbour), key=lambda fault: fault[1]) == [
        ("seed-missing", "h0_collision > seeds/h0_collision.txt"),
        ("seed-changed", "h1_inquiry > seeds/h1_inquiry.txt"),
        ("seed-encoding", "h2_spill > seeds/h2_spill.txt"),
        ("seed-empty", "h3_explosion > seeds/h3_explosion.txt"),
        ("seed-unlisted", "seeds/h9_extra.txt"),
        ("seed-duplicate", "seeds/manifest.csv > h4_storm"),
    ]


def test_rows_are_kept_small_and_come_back_as_they_were():
    """A row of a large manifest takes little more than in its file, and is a dictionary when asked for."""
    rows = [(n + 2, dict.fromkeys(COLUMNS, "") | {"doc_id": f"d{n}", "title": "Ž" * 20}) for n in range(2000)]
    tracemalloc.start()
    kept = ManifestRows((number, dict(row)) for number, row in rows)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 120 * len(rows)
    assert list(kept) == rows
    assert list(kept[10:20]) == rows[10:20]
    assert kept[-1] == rows[-1]


def test_the_byte_that_is_not_utf8_is_named(harbour):
    """A person can find it in an editor."""
    replace_seed(harbour, "h2_spill", b"Oil \xff spill")
    with pytest.raises(DataFaults, match="byte 4 \\(0xff\\)"):
        list(Corpus(harbour).documents.values())


def test_characters_that_later_steps_cannot_store_are_named_with_their_byte(harbour):
    """Each once, with its first byte; tabs and line breaks are text, and so is what formats it."""
    replace_seed(harbour, "h2_spill", "Öl\t\r\n\u200b\u00adspill\x00\x1b[31m\ufffe\x00.".encode())
    replace_seed(harbour, "h3_explosion", b"Oil \x0c spill\xc2\x9f")
    with pytest.raises(DataFaults) as raised:
        list(Corpus(harbour).documents.values())
    found = [f for f in raised.value.faults if f.code == "seed-character"]
    assert [(f.place, f.message) for f in found] == [
        ("h2_spill > seeds/h2_spill.txt", "byte 16: U+0000, in all 2 of it"),
        ("h2_spill > seeds/h2_spill.txt", "byte 17: U+001B, in all 1 of it"),
        ("h2_spill > seeds/h2_spill.txt", "byte 22: U+FFFE, in all 1 of it"),
        ("h3_explosion > seeds/h3_explosion.txt", "byte 11: U+009F, in all 1 of it"),
        ("h3_explosion > seeds/h3_explosion.txt", "byte 4: U+000C, in all 1 of it"),
    ]


def test_a_file_without_a_byte_is_empty(harbour):
    """Not a crash."""
    replace_seed(harbour, "h3_explosion", b"")
    assert faults_of(harbour) == [("seed-empty", "h3_explosion > seeds/h3_explosion.txt")]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("doc_id", "other"),
        ("doc_id", "../h1"),
        ("file", "sub/h1_inquiry.txt"),
        ("sha256", "ABC"),
        ("published", "yesterday"),
        ("published", "2031-02-30"),
        ("event", ""),
        ("event", "Two Words"),
        ("language", "english language"),
        ("title", "Another headline"),
        ("publisher", "Another paper"),
    ],
)
def test_a_row_that_cannot_be_right_is_named_by_its_line(harbour, column, value):
    """Shape, calendar, and what the text itself shows otherwise."""
    rows = rows_of(harbour)
    rows[0][column] = value
    write_rows(harbour, rows)
    assert ("manifest-malformed", "seeds/manifest.csv > row 2") in faults_of(harbour)


@pytest.mark.parametrize("text", ["doc_id,file\n", "", ",".join(COLUMNS) + "\nonly,two\n"])
def test_a_manifest_of_another_shape_is_refused(harbour, text):
    """Columns and cells are counted."""
    harbour.manifest.write_text(text)
    assert "manifest-malformed" in {code for code, _ in faults_of(harbour)}


def test_a_manifest_that_is_not_there_is_named(harbour):
    """And so is one that is not text."""
    harbour.manifest.write_bytes(b"\xff")
    assert faults_of(harbour) == [("manifest-malformed", "seeds/manifest.csv")]
    harbour.manifest.unlink()
    assert faults_of(harbour) == [("manifest-malformed", "seeds/manifest.csv")]


BAD_RULES = {
    "not TOML": "[[rule",
    "kind": '[[rule]]\nname = "a"\nkind = "vanish"\nreason = "x"',
    "unknown setting": '[[rule]]\nname = "a"\nkind = "trim"\nreason = "x"\ncolour = "red"',
    "no reason": '[[rule]]\nname = "a"\nkind = "trim"\nreason = ""',
    "no pattern": '[[rule]]\nname = "a"\nkind = "drop-line"\nreason = "x"',
    "pattern too many": '[[rule]]\nname = "a"\nkind = "trim"\nreason = "x"\npattern = "x"',
    "not a pattern": '[[rule]]\nname = "a"\nkind = "drop-line"\nreason = "x"\npattern = "("',
    "no value": '[[rule]]\nname = "a"\nkind = "metadata"\nfield = "title"\nreason = "x"\npattern = "x"',
    "no date": '[[rule]]\nname = "a"\nkind = "metadata"\nfield = "published"\nreason = "x"\npattern = "x"',
    "twice": '[[rule]]\nname = "a"\nkind = "trim"\nreason = "x"\n' * 2,
    "months": 'months = ["January"]',
    "unknown document": '[[rule]]\nname = "a"\nkind = "trim"\nreason = "x"\ndocs = ["nothing"]',
}


@pytest.mark.parametrize("text", BAD_RULES.values(), ids=BAD_RULES.keys())
def test_a_rule_that_cannot_work_is_named(harbour, text):
    """Before anything is cut."""
    harbour.cleaning.write_text(text)
    assert "cleaning-malformed" in {code for code, _ in faults_of(harbour)}


def test_without_rules_nothing_is_cut(harbour):
    """A corpus of clean texts needs no cleaning.toml."""
    harbour.cleaning.unlink()
    assert all(
        d.text.encode() == (harbour.seeds / d.file).read_bytes() and d.cuts == ()
        for d in Corpus(harbour).documents.values()
    )


def test_the_report_names_every_cut_by_its_rule(harbour):
    """Characters before and after, the rule, its size and how the cut begins."""
    documents = list(Corpus(harbour).documents.values())
    lines = cut_report(documents, Corpus(harbour).rules).splitlines()
    storm = lines.index(next(line for line in lines if line.startswith("h4_storm")))
    assert lines[storm].split() == ["h4_storm", "388", "->", "296"]
    assert [line.split()[:2] for line in lines[storm + 1 : storm + 5]] == [
        ["headline", "31"],
        ["edges", "1"],
        ["agency", "15"],
        ["comment-form", "45"],
    ]
    assert any("hard-wrap" in line and "4" in line.split() for line in lines)
