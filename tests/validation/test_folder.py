"""A corpus folder holds what steps read and write, and nothing that is followed out of it or awaited."""

import os

from parley.agreement.study import measure_corpus
from parley.corpus.corpus import Corpus
from parley.steps.derive import derive
from parley.validation.folder import folder_faults


def found(corpus):
    return [(fault.code, fault.place) for fault in folder_faults(corpus)]


def test_what_steps_write_is_expected(harbour):
    derive(harbour)
    measure_corpus(Corpus(harbour), draws=0)
    assert found(harbour) == []


def test_what_a_tool_keeps_for_itself_is_left_alone(harbour):
    """A name that begins with a dot: the listing of a file manager, attributes of version control."""
    for folder in (harbour.annotation, harbour.labels / "ada", harbour.seeds):
        (folder / ".DS_Store").write_bytes(b"\0")
    assert found(harbour) == []


def test_each_thing_that_is_no_file_is_named_once_at_its_own_path(harbour, tmp_path):
    """A link to a folder is not walked, whether it leads out of the corpus, into it or nowhere."""
    os.mkfifo(harbour.seeds / "pipe.txt")
    for name, target in (("out", tmp_path), ("inside", harbour.labels), ("nowhere", tmp_path / "gone")):
        (harbour.labels / name).symlink_to(target)
    assert found(harbour) == [
        ("file-irregular", "seeds/pipe.txt"),
        ("corpus-link", "annotation/labels/inside"),
        ("corpus-link", "annotation/labels/nowhere"),
        ("corpus-link", "annotation/labels/out"),
    ]


def test_a_folder_of_the_corpus_that_is_a_link_or_a_file_is_named(harbour, tmp_path):
    harbour.annotation.rename(tmp_path / "elsewhere")
    harbour.annotation.symlink_to(tmp_path / "elsewhere")
    harbour.validation.write_bytes(b"")
    assert found(harbour) == [("corpus-link", "annotation"), ("file-unexpected", "validation")]


def test_a_corpus_within_a_corpus_is_judged_by_itself(harbour):
    """As the pilot of a scheme below annotation/; a folder that is not a corpus is named file by file."""
    inner = harbour.annotation / "pilot" / "annotation"
    inner.mkdir(parents=True)
    (inner / "guidelines.md").write_text("x")
    (inner.parent / "decisions.md").write_text("x")
    strays = [
        ("file-unexpected", f"annotation/pilot/{name}")
        for name in ("annotation/guidelines.md", "decisions.md")
    ]
    assert found(harbour) == strays
    (inner / "ontology.toml").write_text("x")
    assert found(harbour) == []
