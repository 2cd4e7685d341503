"""Kinds of exports by the file: where a value ends, what tasks are wrapped in, what is none, limits."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma

import pyarrow as pa
from export_makers import (
    ALL,
    BOTH,
    COUNTED,
    CREW,
    DEEP,
    FIRST,
    ONE,
    SOUND,
    STORM,
    TEXT,
    TWO_TASKS,
    Kind,
    annotation,
    array,
    lost,
    no_export,
    refused,
    span,
    task,
    task_lost,
)

FILES: dict[str, Kind] = {
    # ---- where a value ends
    "a pretty-printed task": Kind(json.dumps(ONE, indent=2).encode(), [FIRST]),
    "pretty-printed tasks one after the other": Kind(TWO_TASKS, ALL),
    "tasks one after the other, each line at its margin": Kind(
        b"\n".join(json.dumps(made, indent=0).encode() for made in (ONE, SOUND)), ALL
    ),
    "tasks one after the other on one line": Kind(json.dumps(ONE).encode() + json.dumps(SOUND).encode(), ALL),
    "tasks one after the other, Windows line ends": Kind(TWO_TASKS.replace(b"\n", b"\r\n"), ALL),
    "a byte order mark": Kind(b"\xef\xbb\xbf" + array(ONE, SOUND), ALL),
    "two exports one after the other": Kind(array(ONE) + b"\n" + array(SOUND), ALL),
    "pretty-printed, one of two broken": task_lost(TWO_TASKS.replace(b'"id": 1', b'"id: 1', 1), sums=False),
    "many line breaks after a task": lost(
        json.dumps(ONE).encode() + b"\n" * 300_000 + b"5", [FIRST], "studio-task", sums=False
    ),
    "no tasks": refused(b"[]", "has no tasks"),
    # ---- tasks wrapped in something
    "a page of the API": Kind(
        json.dumps({"count": 2, "next": None, "previous": None, "results": [ONE, SOUND]}, indent=1).encode(),
        ALL,
    ),
    "a page of tasks of the API": Kind(
        json.dumps({"total_annotations": 2, "total": 2, "tasks": [ONE, SOUND]}).encode(), ALL
    ),
    "a page of the API, a task of it broken": lost(
        json.dumps({"tasks": [ONE | {"data": {}}, 5, SOUND]}).encode(), ALL[1:], *["studio-task"] * 2
    ),
    "pages of the API in a list": Kind(array({"tasks": [ONE]}, {"results": [SOUND]}), ALL),
    "a page of tasks whose annotations are only counted": Kind(
        json.dumps({"total": 1, "tasks": [task(1, annotations="gone", total_annotations=1)]}).encode(),
        **COUNTED,
    ),
    "a page of the API of several": refused(
        json.dumps({"count": 250, "next": "https://x.org/api/tasks?page=2", "results": [ONE]}).encode(),
        "1 of 250 tasks",
    ),
    "a page of the API without its number": refused(
        json.dumps({"next": "https://x.org/api/tasks?page=2", "results": [ONE]}).encode(),
        "1 of 1 tasks or more",
    ),
    "a page of the API without tasks": refused(
        json.dumps({"count": 1, "results": [{"id": 1, "title": "Gull"}]}).encode(), "without tasks"
    ),
    "a page of the API, a key twice": refused(
        b'{"results": [], "results": [' + json.dumps(ONE).encode() + b"]}", "that are not tasks"
    ),
    "a file of a target storage": Kind(
        json.dumps(annotation(1, 1, CREW) | {"task": task(1, annotations="gone")}).encode(), [FIRST]
    ),
    "files of a target storage, one after the other": lost(
        "\n".join(
            json.dumps(annotation(n, n, one) | {"task": task(7, annotations="gone", total_annotations=2)})
            for n, one in ((1, CREW), (2, STORM))
        ).encode(),
        BOTH,
        *["studio-count"] * 2,
    ),
    "a file of a target storage, its task a number": refused(
        json.dumps(annotation(1, 1, CREW) | {"task": 1}).encode(), "without their tasks"
    ),
    # ---- what is not an export
    "CONLL": no_export(b"-DOCSTART- -X- O O\nThe -X- _ O\nstorm -X- _ B-INCIDENT\n", "CONLL"),
    "CSV": no_export(b'id,text,label\n1,"The storm","[]"\n', "CSV"),
    "JSON_MIN": no_export(
        array(
            {
                "id": 1,
                "text": TEXT,
                "label": [{"start": 18, "end": 22, "text": "crew", "labels": ["CREW"]}],
                "annotator": 1,
                "annotation_id": 1,
            }
        ),
        "JSON_MIN",
    ),
    "lines of doccano": no_export(
        b'{"id": 1, "text": "The storm", "label": [[4, 9, "INCIDENT"]]}\n' * 3, "doccano"
    ),
    "lines of doccano with relations": no_export(
        b'{"id": 1, "text": "The storm",'
        b' "entities": [{"id": 1, "label": "A", "start_offset": 4, "end_offset": 9}]}',
        "doccano",
    ),
    "texts to import": no_export(array({"text": TEXT}), "to import"),
    **{
        f"no export: {what}": no_export(data, says)
        for what, data, says in (
            ("bzip2", bz2.compress(array(ONE)), "bzip2"),
            ("xz", lzma.compress(array(ONE)), "xz"),
            ("7z", b"7z\xbc\xaf\x27\x1c\0\4", "an archive"),
            ("rar", b"Rar!\x1a\x07\0", "an archive"),
            ("tar", b"export.json" + b"\0" * 246 + b"ustar", "an archive"),
            ("UTF-16 without a mark", json.dumps([ONE]).encode("utf-16-le"), "UTF-16"),
            ("UTF-16, the other way round", json.dumps([ONE]).encode("utf-16-be"), "UTF-16"),
            ("UTF-32", json.dumps([ONE]).encode("utf-32"), "UTF-32"),
            (
                "Latin-1",
                array(task(1, text="caf\xe9"), ensure_ascii=False).decode().encode("latin-1"),
                "not in UTF-8",
            ),
            ("CoNLL-U", b"# sent_id = 1\n1\tThe\tthe\tDET\n", "CoNLL-U"),
            ("a label file", b'{"doc_id": "d", "spans": [], "relations": []}', "a label file of Parley"),
            ("a pointer of Git LFS", b"version https://git-lfs.github.com/spec/v1\noid\n", "git lfs pull"),
            ("an error of the API", b'{"detail": "Not found."}', "'Not found.'"),
            ("a line of commas", b"a" + b"," * 5000, "begins with"),
        )
    },
    **{
        f"no export: {what}": no_export(data, says, name=name)
        for what, data, says, name in (
            ("gzip in gzip", gzip.compress(gzip.compress(array(ONE))), "unpack it once", "e.json.gz"),
            ("a ZIP archive in gzip", gzip.compress(b"PK\x03\x04rest"), "ZIP", "e.json.gz"),
            ("plain as gzip", array(ONE), "its ending wrong", "e.json.gz"),
            ("gzip as zstd", gzip.compress(array(ONE)), "its ending wrong", "e.json.zst"),
        )
    },
    "an ending in capitals": Kind(gzip.compress(array(ONE)), [FIRST], name="EXPORT.JSON.GZ", sums=False),
    "a web page": no_export(b"<!DOCTYPE html><html>log in</html>", "web page"),
    "a labelling config": no_export(b"<View><Text name='text'/></View>", "XML"),
    "a ZIP archive": no_export(b"PK\x03\x04rest", "ZIP"),
    "compressed under a plain name": no_export(gzip.compress(array(ONE)), "ending .gz"),
    "UTF-16": no_export(json.dumps([ONE]).encode("utf-16"), "UTF-16"),
    "a number": no_export(b"17", "single value"),
    "null": no_export(b"null", "single value"),
    "a list of numbers": no_export(b"[1, 2]", "first value"),
    "an empty object": no_export(b"{}", "that are not tasks"),
    "an empty file": no_export(b"", "empty"),
    "cut off": no_export(array(ONE, SOUND)[:-40], "ends inside"),
    "broken throughout": no_export(b'[{"a":},' + b'{"k":"x\\},' * 50 + b'{"k":"x\\}]', "broken"),
    # ---- bounds
    "a task that is too large": no_export(
        array(task(1, text="a" * 30_000)), "--limit task=", options=("--limit", "task=10kB")
    ),
    "a text that is too long": refused(
        array(task(1, text="a" * 30_000)), "--limit string=", options=("--limit", "string=10kB")
    ),
    "a file that is too large": refused(array(ONE), "--limit file=", options=("--limit", "file=100")),
    "what unpacks to too much": no_export(
        gzip.compress(array(*[ONE] * 500)),
        "--limit plain=",
        options=("--limit", "plain=20kB"),
        name="export.json.gz",
    ),
    "a bomb": no_export(
        pa.Codec("zstd").compress(b'[{"id":1,"data":{"text":"' + b"a" * 2_000_000, asbytes=True),
        "--limit task=",
        options=("--limit", "task=1MB"),
        name="export.json.zst",
    ),
    "what is too deep": no_export(
        array(ONE | {"meta": 0}).replace(b'"meta": 0', f'"meta": {DEEP}'.encode()), "--limit depth="
    ),
    "what is deep and allowed": Kind(
        array(ONE | {"meta": 0}).replace(b'"meta": 0', f'"meta": {DEEP}'.encode()),
        [FIRST],
        options=("--limit", "depth=9000"),
        sums=False,
    ),
    "a bomb of regions that cover the text": no_export(
        array(
            task(
                1,
                annotation(
                    1,
                    1,
                    *(
                        span("storm", name=str(n), value={"text": None, "start": n, "end": 20_000})
                        for n in range(30)
                    ),
                ),
                text=TEXT * 500,
            )
        ),
        "--limit task=",
        options=("--limit", "task=100kB"),
    ),
    **{
        f"{number} processes": refused(array(ONE), "Must be", options=("--processes", number))
        for number in ("-1", "9999")
    },
    "a limit nobody knows": refused(array(ONE), "names no limit", options=("--limit", "people=3")),
}
