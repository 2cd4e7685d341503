"""The page in a real browser: what it shows is what the release says."""

import csv
import io
import json
import re
import unicodedata
from collections import Counter

import pytest

import explorer_releases as releases
from checkout import CHECKOUT
from explorer_releases import go, served, settled, until
from parley.adjudication.gold import read_ledger
from parley.corpus.corpus import Corpus
from parley.release.data.files import class_names

pytestmark = [pytest.mark.browser]

# The words of each label as they are in the text on the screen, by id.
WORDS = """() => {
  const found = {}, { spans } = article;
  for (const piece of document.querySelectorAll('#text .seg'))
    for (const n of piece.dataset.spans.split(' ').filter(Boolean)) {
      // a line break between paragraphs is no words of theirs
      const before = found[n];
      const fresh = before && before.paragraph !== piece.closest('p') ? '\\n' : '';
      const words = (before ? before.words : '') + fresh + piece.textContent;
      found[n] = { words, paragraph: piece.closest('p') };
    }
  return Object.fromEntries(Object.entries(found).map(([n, one]) => [spans.id[n], one.words]));
}"""


def shown_words(page, doc_id: str) -> dict[str, str]:
    go(page, f"#{doc_id}")
    page.evaluate("async (doc) => { window.article = await parley.article(doc); }", doc_id)
    return page.evaluate(WORDS)


@pytest.mark.parametrize("scheme", ["file", pytest.param("http", marks=pytest.mark.long)])
def test_every_label_has_the_words_of_the_release(five, look, scheme):
    """From a file and from a server, no word is lost or added in nested and crossing highlights."""
    with served(five.out) as url:
        page = look(five.url if scheme == "file" else url)
        wanted: dict[str, dict[str, str]] = {}
        for row in releases.rows(five.release, "spans"):
            wanted.setdefault(row["doc_id"], {})[row["id"]] = row["text"]
        assert {doc_id: shown_words(page, doc_id) for doc_id in wanted} == wanted


@pytest.mark.long
def test_words_from_right_to_left_and_beyond_the_basic_plane_are_in_their_places(harbour_page, look):
    page = look(harbour_page.url)
    wanted: dict[str, dict[str, str]] = {}
    for row in releases.rows(harbour_page.release, "spans"):
        wanted.setdefault(row["doc_id"], {})[row["id"]] = row["text"]
    assert any("\u0600" <= c <= "\u06ff" for own in wanted.values() for text in own.values() for c in text)
    assert any(
        ord(c) > 0xFFFF for row in releases.rows(harbour_page.release, "documents") for c in row["text"]
    )
    assert {doc_id: shown_words(page, doc_id) for doc_id in wanted} == wanted


# Choose each label in turn; return what is drawn, where its line begins and ends, and where its ends are.
DRAWN = """async ([doc, ids]) => {
  const main = document.getElementById('main');
  const found = {};
  for (const id of ids) {
    main.setAttribute('aria-busy', 'true');
    location.hash = parley.toLabel(doc, id);
    while (main.getAttribute('aria-busy') !== 'false') await new Promise((done) => setTimeout(done, 0));
    const box = (own) => {
      const n = String(article.spanOf.get(own));
      const pieces = [...document.querySelectorAll('#text .seg')];
      const piece = pieces.find((one) => one.dataset.spans.split(' ').includes(n));
      const r = [...piece.getClientRects()].find((one) => one.width > 0);
      return [r.left, r.top, r.right, r.bottom];
    };
    found[id] = [...document.querySelectorAll('.arrow')].map((arrow) => {
      const line = arrow.querySelector('.line'), place = line.getScreenCTM();
      const point = (at) => {
        const p = line.getPointAtLength(at).matrixTransform(place);
        return [p.x, p.y];
      };
      const { id: own, head, tail } = arrow.dataset;
      const boxes = { [head]: box(head), [tail]: box(tail) };
      return { id: own, head, tail, from: point(0), to: point(line.getTotalLength()), boxes };
    });
  }
  return found;
}"""


@pytest.mark.long
@pytest.mark.parametrize("corpus", ["five", "harbour_page"])
def test_a_chosen_label_s_relations_are_drawn_between_their_ends_and_no_others(corpus, look, request):
    """All of them, each line from one end's words to the other's; nothing before a label is chosen."""
    made = request.getfixturevalue(corpus)
    page = look(made.url)
    relations: dict[str, list[dict]] = {}
    for row in releases.rows(made.release, "relations"):
        relations.setdefault(row["doc_id"], []).append(row)
    for doc_id, own in relations.items():
        shown_words(page, doc_id)
        assert page.locator(".arrow").count() == 0
        ends = sorted({end for row in own for end in (row["head"], row["tail"])})
        for chosen, arrows in page.evaluate(DRAWN, [doc_id, ends]).items():
            wanted = {(r["id"], r["head"], r["tail"]) for r in own if chosen in (r["head"], r["tail"])}
            assert {(one["id"], one["head"], one["tail"]) for one in arrows} == wanted
            for one in arrows:
                other = one["tail"] if one["head"] == chosen else one["head"]
                for (x, y), at, reach in ((one["from"], chosen, 6), (one["to"], other, 60)):
                    left, top, right, bottom = one["boxes"][at]
                    assert left - reach <= x <= right + reach, (doc_id, one)
                    assert top - reach <= y <= bottom + 6, (doc_id, one)


def named(release, config: str) -> list[dict]:
    """Return rows with label names."""
    names = class_names(releases.schema(release, config))
    return [
        {**row, **{c: n[row[c]] for c, n in names.items() if isinstance(row.get(c), int)}}
        for row in releases.rows(release, config)
    ]


def facet(page, title: str) -> dict[str, int]:
    items = page.locator("details.facet").filter(
        has=page.locator("summary", has_text=re.compile(f"^{title}$"))
    )
    found = items.locator("li a").evaluate_all("all => all.map(a => [...a.children].map(c => c.textContent))")
    return {name: int(count.replace(",", "")) for name, *_, count in found}


def test_counts_are_those_of_the_data(five, look):
    """Of labels, relations, entities, articles, in each view that tells them; filters narrow them all."""
    spans, relations = named(five.release, "spans"), named(five.release, "relations")
    page = look(five.url + "#/search?kind=spans")
    assert facet(page, "Label") == Counter(row["label"] for row in spans)
    assert page.locator("#total").inner_text() == f"{len(spans)} labels in 5 articles"
    attribute = "modality"
    chosen = [row for row in spans if row["label"] == "EVENT"]
    go(page, "#/search?kind=spans&label=EVENT")
    assert facet(page, "Modality") == Counter(row[attribute] for row in chosen)
    assert facet(page, "Label") == Counter(row["label"] for row in spans), "a facet is not narrowed by itself"
    value = chosen[0][attribute]
    go(page, f"#/search?kind=spans&label=EVENT&{attribute}={value}")
    narrowed = [row for row in chosen if row[attribute] == value]
    articles = len({row["doc_id"] for row in narrowed})
    assert page.locator("#total").inner_text() == f"{len(narrowed)} labels in {articles} articles"
    of_article, shown = Counter(row["doc_id"] for row in narrowed), facet(page, "Article")
    assert sorted(shown.values()) == sorted(of_article.values())
    titles = {row["doc_id"]: row["title"] for row in named(five.release, "documents")}
    headlines = {titles[doc] for doc in of_article if titles[doc]}
    assert headlines <= shown.keys(), "else the first words"
    assert of_article.keys().isdisjoint(shown)
    go(page, "#/search?kind=relations")
    assert facet(page, "Label") == Counter(row["label"] for row in relations)
    go(page, "#/entities")
    pointing = {a.name for a in Corpus.at(CHECKOUT).ontology.attributes if a.kind == "entity"}
    named_by = [row[name] for row in spans for name in pointing if row[name]]
    mentions = Counter(one for value in named_by for one in ([value] if isinstance(value, str) else value))
    shown = page.locator("tbody tr").evaluate_all(
        """all => all.map(r => [
          r.querySelector('a').getAttribute('href').split('/').pop(), Number(r.children[3].textContent)])"""
    )
    assert {one: n for one, n in shown if n} == mentions
    most, number = mentions.most_common(1)[0]
    go(page, f"#/entity/{most}")
    assert page.locator("#total").inner_text().startswith(f"{number} mentions in ")
    go(page, "#/articles")
    assert page.locator("tbody tr").count() == 5
    go(page, "#/labels")
    assert int(
        page.locator("tr", has=page.locator("a[href='#/labels/EVENT']")).locator("td").last.inner_text()
    ) == len(chosen)


def test_dates_are_those_that_a_relation_ties_to_an_act(five, look):
    """In the order of their values, each with the words of the act and of the date."""
    scheme = json.loads((five.release / "ontology.json").read_text(encoding="utf-8"))
    dated = {label: a["name"] for a in scheme["attribute"] if a["kind"] == "timex3" for label in a["labels"]}
    spans = {(row["doc_id"], row["id"]): row for row in named(five.release, "spans")}
    wanted = []
    for row in releases.rows(five.release, "relations"):
        head, tail = (spans[row["doc_id"], row[end]] for end in ("head", "tail"))
        for act, time in ((head, tail), (tail, head)):
            value = time[dated[time["label"]]] if time["label"] in dated else None
            if value and act["label"] not in dated and re.match(r"[~<>=]{0,2}[\dX]{4}", value):
                wanted.append((row["doc_id"], act["id"]))
    page = look(five.url + "#/times")
    assert page.locator("#total").inner_text() == f"{len(wanted)} dated acts" and wanted
    links = page.locator(".times a.label").evaluate_all(
        "all => all.map(a => a.getAttribute('href').slice(1))"
    )
    assert sorted(links) == sorted("/".join(one) for one in wanted)
    days = page.locator(".times h2").evaluate_all("all => all.map(one => [one.title, one.innerText])")
    assert days == sorted(days) and len(dict(days)) == len(days)
    assert "X" not in "".join(said for _, said in days)
    assert dict(days)["XXXX-WXX-5"].startswith("Friday,")


def test_disagreements_are_those_of_the_release(five, look):
    page = look(five.url + "#/disagreements")
    told = Counter(
        row["decision"] for config in ("spans", "relations") for row in releases.rows(five.release, config)
    )
    cells, compared = (
        page.locator(f"table{which} tbody tr").evaluate_all(
            "all => all.map(r => [...r.children].map(c => c.innerText))"
        )
        for which in (":not(.compared)", ".compared")
    )
    found = {
        name.split()[0]: sum(int(n) for n in counts) for name, *counts in cells if "not taken" not in name
    }
    assert found == told
    published = {
        (row["doc_id"], row["id"])
        for config in ("spans", "relations")
        for row in releases.rows(five.release, config)
    }
    refused = [row for row in releases.given(five.release) if (row["doc_id"], row["id"]) not in published]
    adjudicated = releases.adjudicated(five.release)
    assert int(cells[-1][-1]) == sum(row["annotator"] in adjudicated for row in refused)
    listed = Corpus.at(CHECKOUT).annotators
    others = Counter(row["annotator"] for row in refused if row["annotator"] not in adjudicated)
    assert {name for name, one in listed.items() if one.compared} <= others.keys()
    assert compared == [[name, listed[name].compared, str(n)] for name, n in sorted(others.items())]


def folded(text: str) -> set[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return set(re.findall(r"\w+", plain.lower()))


def test_search_finds_each_label_and_article_with_the_words_and_nothing_else(five, look):
    page = look(five.url)
    page.keyboard.press("/")
    page.keyboard.type("ceasefire")
    page.keyboard.press("Enter")
    until(page, "location.hash.includes('q=ceasefire')")
    page.wait_for_selector("#total")
    documents = releases.rows(five.release, "documents")
    with_it = [row["doc_id"] for row in documents if "ceasefire" in folded(row["text"])]
    assert page.locator("#total").inner_text() == f"{len(with_it)} articles"
    assert set(page.locator(".rows mark").all_inner_texts()) <= {"ceasefire", "Ceasefire", "CEASEFIRE"}
    go(page, "#/search?kind=spans&q=full+ceasefire")
    wanted = {
        row["id"]
        for row in releases.rows(five.release, "spans")
        if {"full", "ceasefire"} <= folded(row["text"])
    }
    links = page.locator(".rows a.label").evaluate_all(
        "all => all.map(a => a.getAttribute('href').split('/').pop())"
    )
    assert set(links) == wanted and wanted
    go(page, "#/search?kind=spans&q=negotia*")
    wanted = [
        row
        for row in releases.rows(five.release, "spans")
        if any(w.startswith("negotia") for w in folded(row["text"]))
    ]
    assert page.locator("#total").inner_text().startswith(f"{len(wanted)} labels")
    go(page, "#/search?q=notawordofthesearticles")
    assert "Nothing fits" in page.locator("#main").inner_text()


def test_what_is_shown_is_saved_as_csv_and_an_address_gives_it_again(five, look):
    """A link that is sent shows the same; the table has the rows that are counted, each with its address."""
    page = look(five.url + "#/search?kind=spans&label=TERM&q=ceasefire")
    with page.expect_download() as told:
        page.get_by_role("button", name="Save as CSV").click()
    table = list(csv.DictReader(io.StringIO(told.value.path().read_text(encoding="utf-8-sig"))))
    wanted = [
        r for r in named(five.release, "spans") if r["label"] == "TERM" and "ceasefire" in folded(r["text"])
    ]
    assert {(r["doc_id"], r["id"], r["text"]) for r in table} == {
        (r["doc_id"], r["id"], r["text"]) for r in wanted
    }
    assert {r["reason"] for r in table} == {r["reason"] or "" for r in wanted}
    again = look(page.url)
    assert again.locator("#total").inner_text() == page.locator("#total").inner_text()
    label = look(table[0]["address"])
    assert label.locator(".panel h2").inner_text() == table[0]["text"]


def test_keys_alone_lead_from_label_to_label_and_into_what_is_known_of_them(five, look):
    page = look(five.url + "#" + releases.rows(five.release, "documents")[0]["doc_id"])
    page.locator("#text").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".seg.chosen")
    first = page.url
    page.keyboard.press("ArrowRight")
    until(page, "(before) => location.href !== before", first)
    settled(page)
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.press("ArrowLeft")
    until(page, "(before) => location.href === before", first)
    settled(page)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "panel"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.panel') !== null")
    page.locator("#text").focus()
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('.seg.chosen')")
    page.locator(".toggle").first.focus()
    page.keyboard.press("Enter")
    until(page, "location.hash.includes('hide=')")


FOUND = """async () => (await axe.run()).violations.map(
  (v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary)])"""
VIEWS = [
    "#/",
    "#/articles",
    "#/search",
    "#/entities",
    "#/times",
    "#/disagreements",
    "#/labels",
    "#/guidelines",
]


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(five, look, scheme):
    """Contrast, names, roles, order of headings: in each view, also with a label chosen."""
    from axe_playwright_python.sync_playwright import Axe

    doc_id = releases.rows(five.release, "documents")[0]["doc_id"]
    row = next(r for r in releases.rows(five.release, "relations") if r["doc_id"] == doc_id)
    with served(five.out) as url:
        page = look(url, color_scheme=scheme, bypass_csp=True)  # axe writes styles of its own
        page.evaluate(releases.axe_script(Axe))
        of_articles = [f"#{doc_id}", f"#{doc_id}/{row['head']}", f"#{doc_id}/{row['id']}"]
        found = {}
        for address in (
            *VIEWS,
            *of_articles,
            "#/entity/per_erdogan",
            "#/labels/EVENT",
            "#/search?q=ceasefire",
        ):
            go(page, address)
            found[address] = page.evaluate(FOUND)
    assert {address: one for address, one in found.items() if one} == {}


@pytest.mark.long
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(five, look, width):
    page = look(five.url, viewport={"width": width, "height": 844})
    doc_id = releases.rows(five.release, "documents")[0]["doc_id"]
    for address in (*VIEWS, f"#{doc_id}"):
        go(page, address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_the_first_view_comes_within_a_second(five, look):
    page = look(five.url)
    page.reload()
    settled(page)
    assert page.evaluate("performance.now()") < 3000  # a busy machine; benchmarks/ measures it
    assert page.evaluate("performance.getEntriesByType('resource').every(r => r.name.startsWith('file:'))")


def test_a_lead_s_decision_the_votes_and_the_raw_page_are_beside_a_label(five, look):
    page = look(five.url)
    decided = [r for r in releases.rows(five.release, "spans") if r["decision"] == "kept"]
    if not decided:
        pytest.skip("the annotators of the five articles differ nowhere")
    text = decided[0]
    lead = next(row.adjudicator for row in read_ledger(Corpus.at(CHECKOUT)) if row.doc_id == text["doc_id"])
    go(page, f"#{text['doc_id']}/{text['id']}")
    panel = page.locator(".panel").inner_text()
    assert "kept" in panel and text["reason"] in panel and lead in panel
    agreed = next(
        r for r in releases.rows(five.release, "spans") if r["decision"] == "agreed" and not r["reason"]
    )
    go(page, f"#{agreed['doc_id']}/{agreed['id']}")
    assert not {"0", "null", "undefined"} & set(page.locator(".panel").inner_text().splitlines())
    go(page, f"#{text['doc_id']}/{text['id']}")
    assert panel.count("gave it") >= 2
    page.locator(".panel summary").click()
    assert page.locator(".raw mark").inner_text().split() == text["text"].split()
