"""What somebody brings who begins a corpus: texts, and labels that two people gave elsewhere.

Eight invented texts in five languages, one of them long and one a web page; one person's labels as a brat
folder, the other's as the export of a Label Studio project with names of its own; later one text more.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LONG = 60_000  # characters of the long text
PAGE = "mill"  # the text that is a web page
LATER = "later"

TEXTS = {
    "flood": "On 2031-03-02 the river Orne rose in Lindholm. Ada Berg left her house in Lindholm.",
    "bridge": "2031-03-03. The bridge of Lindholm is closed. Tom Reed of Marsh End repairs it.",
    "brücke": "Lindholm, 4. März 2031. Die Brücke ist gesperrt. Ada Berg wohnt in Köln und fährt über Bonn.",
    "pont": "Le 5 mars 2031, le pont de Lindholm a été fermé. Jean Moreau, maçon à Lyon, l'a réparé.",
    "мост": "6 марта 2031 года мост в Линдхольме закрыли. Анна Петрова живёт в Москве и ждёт парома.",
    "جسر": "في 7 مارس 2031 أغلق الجسر في لندهولم. تعيش ليلى حداد في بيروت وتنتظر العبارة.",
    PAGE: "The old mill of Lindholm stands again. Ada Berg reopened it in Lindholm on Sunday, with a feast.",
    "chronicle": "The chronicle of Lindholm. Tom Reed wrote it in Marsh End. ",
}
PEOPLE = ("Ada Berg", "Tom Reed", "Jean Moreau", "Анна Петрова", "ليلى حداد")
PLACES = ("Lindholm", "Marsh End", "Köln", "Bonn", "Lyon", "Москве", "بيروت", "لندهولم")
FERRY = "2031-04-01. A ferry crosses the Orne at Lindholm. Tom Reed of Marsh End steers it."

Span = tuple[int, int, str]


def text_of(name: str) -> str:
    """Return a text; the chronicle goes on for as long as a book's chapter."""
    text = FERRY if name == LATER else TEXTS[name]
    if name == "chronicle":
        filler = "In year {} nothing of note happened there, as far as anybody wrote it down. "
        number = 0
        while len(text) < LONG:
            number += 1
            text += filler.format(number) + ("\n\n" if number % 20 == 0 else "")
    return text


def spans_of(text: str) -> list[Span]:
    """Return the places of all names in a text, in order."""
    found = []
    for label, names in (("PERSON", PEOPLE), ("PLACE", PLACES)):
        for name in names:
            start = text.find(name)
            while start >= 0:
                found.append((start, start + len(name), label))
                start = text.find(name, start + 1)
    return sorted(found)


def relation_of(spans: list[Span]) -> tuple[Span, Span] | None:
    """Return the first person with the place after it."""
    for person in spans:
        if person[2] == "PERSON":
            after = [one for one in spans if one[2] == "PLACE" and one[0] > person[1]]
            return (person, after[0]) if after else None
    return None


def write_articles(folder: Path) -> None:
    """Write the texts, one of them as the page of a web site."""
    folder.mkdir()
    for name in TEXTS:
        text = text_of(name)
        if name == PAGE:
            more = "".join(
                f"<p>{line}</p>\n"
                for line in (
                    text,
                    "Two hundred people came, the band of the brigade played, and there was bread for all.",
                    "The wheel had stood still for thirty years; the council paid for the new one in spring.",
                )
            )
            page = f"""<!DOCTYPE html><html lang="en"><head><title>The mill is back</title></head>
<body><nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article><h1>The mill is back</h1>
{more}</article><footer>All rights reserved &copy; The Lindholm Post</footer></body></html>"""
            (folder / f"{name}.html").write_text(page, encoding="utf-8")
        else:
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def write_brat(folder: Path, names: tuple[str, ...] = tuple(TEXTS)) -> None:
    """Write the labels of one person: a text and a standoff file an article."""
    folder.mkdir()
    for name in names:
        text = text_of(name)
        spans = spans_of(text)
        lines = [f"T{n}\t{s[2]} {s[0]} {s[1]}\t{text[s[0] : s[1]]}\n" for n, s in enumerate(spans, 1)]
        ends = relation_of(spans)
        if ends and name != LATER:
            head, tail = (spans.index(one) + 1 for one in ends)
            lines.append(f"R1\tat Arg1:T{head} Arg2:T{tail}\n")
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        (folder / f"{name}.ann").write_text("".join(lines), encoding="utf-8")


def write_export(file: Path) -> None:
    """Write the export of the other person's project; on one text the labels are not quite the same."""
    tasks = []
    for number, name in enumerate(TEXTS, 1):
        text = text_of(name)
        spans = spans_of(text)
        if name == "bridge":
            spans = spans[:-1]  # a place was overseen, so there is no relation
        ends = relation_of(spans)
        result: list[dict[str, Any]] = [_region(n, text, span) for n, span in enumerate(spans)]
        if ends:
            head, tail = (f"r{spans.index(one)}" for one in ends)
            result.append({"type": "relation", "from_id": head, "to_id": tail, "direction": "right"})
        annotation = {"id": 100 + number, "completed_by": 12, "result": result, "was_cancelled": False}
        made = {"id": number, "data": {"content": text, "file": f"{name}.txt"}, "predictions": []}
        tasks.append(made | {"annotations": [annotation | {"updated_at": "2031-03-09T10:00:00Z"}]})
    file.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")


def _region(number: int, text: str, span: Span) -> dict[str, Any]:
    start, end, label = span
    named = {"PERSON": "Person", "PLACE": "Place name"}[label]
    value = {"start": start, "end": end, "text": text[start:end], "labels": [named]}
    return {"id": f"r{number}", "from_name": "ner", "to_name": "content", "type": "labels", "value": value}


def write_later(folder: Path) -> None:
    """Write the text that comes later, and the labels of both on it: brat, and a line of JSON."""
    (folder / f"{LATER}.txt").write_text(FERRY, encoding="utf-8")
    write_brat(folder / "brat-later", (LATER,))
    for file in (folder / "brat-later").glob("*.ann"):
        file.write_text(file.read_text(encoding="utf-8").replace("PLACE", "SITE"), encoding="utf-8")
    spans = [
        {"start": s, "end": e, "label": label.replace("PLACE", "SITE")} for s, e, label in spans_of(FERRY)
    ]
    line = json.dumps({"doc_id": LATER, "spans": spans})
    (folder / "later.jsonl").write_text(f"{line}\n", encoding="utf-8")


def write_copies(folder: Path) -> None:
    """Write what a reader has of the articles: the page is a newer one, with another line of news."""
    write_articles(folder)
    (folder / f"{LATER}.txt").write_text(FERRY, encoding="utf-8")
    page = folder / f"{PAGE}.html"
    page.write_text(page.read_text(encoding="utf-8").replace("for all", "for everybody"), encoding="utf-8")


def write_all(folder: Path) -> None:
    """Write all that is brought along into a folder."""
    write_articles(folder / "articles")
    write_brat(folder / "brat")
    write_export(folder / "export.json")
    write_later(folder)
    write_copies(folder / "copies")
