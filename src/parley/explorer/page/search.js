/* Search: words and filters, counts that follow, and all that is chosen in the address. */
"use strict";
(function (parley) {
  const { el, put, words, replace, to, toLabel } = parley;
  const PAGE = 40, FIRST = 8; // rows of a page, and those that fill a screen
  const MOST_SAVED = 5000; // rows of a CSV file: more of them are in the release's Parquet
  const KINDS = { articles: "Articles", spans: "Labels", relations: "Relations", rejects: "Not taken", compared: "Only compared" };
  const OF = { event: "Event", publisher: "Outlet", doc: "Article" };
  const SHOWN = 12;

  const dimensionTitle = (name) => ({ label: "Label", decision: "Decision", reason: "Reason", annotator: "Annotator", head: "From", tail: "To" })[name] || parley.overview.ontology.attribute.find((one) => one.name === name)?.title || name;

  /* What an address asks for: see `parley.ask`. */
  function asked(own) {
    const choices = {}, values = [];
    for (const [name, value] of own) {
      if (name === "entity") values.push("@=" + value);
      else if (name === "value") values.push(value);
      else if (!["q", "kind", "page", ...Object.keys(OF)].includes(name)) choices[name] = value;
    }
    const of = Object.fromEntries(Object.keys(OF).filter((name) => own.has(name)).map((name) => [name, own.get(name)]));
    return { words: own.get("q") || "", values, choices, ...of };
  }
  parley.asked = asked;

  parley.showSearch = async function (main, where) {
    const { own } = where;
    const overview = parley.overview;
    const given = own.get("kind");
    const kind = KINDS[given] ? given : own.has("q") && !overview.withheld && [...own.keys()].every((name) => ["q", "page", ...Object.keys(OF)].includes(name)) ? "articles" : "spans";
    const query = asked(own);
    const page = Math.max(1, Number(own.get("page")) || 1);
    const [found, known, named] = await Promise.all([parley.ask(kind, query, (page - 1) * PAGE, page * PAGE), parley.entities(), parley.named()]);
    document.title = `Search · ${overview.title}`;
    const link = (name, value) => {
      const said = Object.fromEntries(own);
      if (name !== "page") delete said.page;
      said[name] = value;
      return to("search", "", said);
    };
    const counts = []; // of the other tabs
    const tabs = el("div", { class: "tabs", role: "group", "aria-label": "What is looked for" }, Object.entries(KINDS).filter(([one]) => one === "articles" || overview.rows[one]).map(([one, title]) => {
      const count = el("span", { class: "n" }, one === kind ? parley.number(found.total) : "");
      if (one !== kind) counts.push(() => parley.ask(one, narrowed(one, query), 0, 0).then((other) => { count.textContent = parley.number(other.total); }));
      return el("a", { href: to("search", "", { ...kept(one, own), kind: one }), "aria-current": one === kind ? "true" : null }, title, " ", count);
    }));
    const chosen = [...own].filter(([name]) => !["kind", "page"].includes(name)).map(([name, value]) => el("a", { class: "chosen-filter", href: without(own, name, value) },
      name === "q" ? "words" : name === "entity" ? "entity" : name === "value" ? "" : dimensionTitle(name).toLowerCase(), " ", el("b", null, name === "doc" ? parley.ofArticle(value, named) : words(name === "entity" ? known.get(value)?.name || value : value)), el("span", { "aria-hidden": "true" }, " ×"), el("span", { class: "unseen" }, " take away")));
    const said = `${parley.count(found.total, { articles: "article", spans: "label", relations: "relation", rejects: "label that was not taken", compared: "label of those who were only compared" }[kind], { rejects: "labels that were not taken", compared: "labels of those who were only compared" }[kind])}` + (kind === "articles" ? "" : ` in ${parley.count(found.articles, "article")}`);
    const rows = found.rows.map(() => el("li", null, "…"));
    const draw = (some, from) => Promise.all(some.map(async (row, n) => rows[from + n].replaceWith(await shown(kind, row, own.get("q"), known))));
    const pages = Math.ceil(found.total / PAGE);
    replace(main,
      el("div", { class: "search" },
        el("h1", { class: "unseen" }, "Search"),
        tabs,
        chosen.length ? el("p", { class: "filters", "aria-label": "Chosen", role: "group" }, chosen, el("a", { href: to("search", "", { kind }), class: "toggle plain" }, "clear all")) : null,
        el("div", { class: "columns" },
          parley.filters(entityField(own, known), facets(found, own, named)),
          el("section", { "aria-label": "Found" },
            el("p", { class: "total" }, el("b", { id: "total" }, said), " ", found.total ? parley.saver(`${overview.title} ${kind}`, COLUMNS[kind], () => saved(kind, query, own.get("q"))) : null,
              found.total > MOST_SAVED ? el("span", { class: "muted" }, ` the first ${parley.number(MOST_SAVED)} rows; the release has all`) : null),
            overview.withheld && query.words ? el("p", { class: "muted" }, "The articles’ words are not in this page, so that none of them can be found.") : null,
            found.total ? el("ol", { class: "rows", start: (page - 1) * PAGE + 1 }, rows) : el("p", null, "Nothing fits. ", chosen.length > 1 ? "Take a filter away. " : "", own.has("q") ? "A word is looked for whole; write * after its beginning: ceasefire, negotiat*." : ""),
            pages > 1 ? el("nav", { class: "pages", "aria-label": "Pages" }, page > 1 ? el("a", { href: link("page", page - 1), rel: "prev" }, "← before") : null, ` page ${page} of ${parley.number(pages)} `, page < pages ? el("a", { href: link("page", page + 1), rel: "next" }, "more →") : null) : null))));
    parley.say(said);
    await draw(found.rows.slice(0, FIRST), 0);
    const rest = async () => {
      await draw(found.rows.slice(FIRST), FIRST);
      await Promise.all(counts.map((count) => count()));
    };
    return { later: rest() };
  };

  /* Filters that another table has too. */
  function kept(kind, own) {
    const table = { spans: ["label", "decision", "reason"], relations: ["decision", "reason"], rejects: ["label", "reason"], compared: ["label"], articles: [] }[kind];
    const all = ["q", ...Object.keys(OF), ...(kind === "articles" ? [] : ["entity", "value"])];
    return Object.fromEntries([...own].filter(([name]) => all.includes(name) || table.includes(name)).filter(([name, value]) => name !== "label" || kind !== "spans" || parley.spans.has(value)));
  }
  const narrowed = (kind, query) => {
    const names = Object.keys(kept(kind, Object.entries(query.choices)));
    return { ...query, choices: Object.fromEntries(names.map((name) => [name, query.choices[name]])), values: kind === "articles" ? [] : query.values };
  };

  function without(own, name, value) {
    const left = [...own].filter(([n, v]) => n !== "page" && !(n === name && v === value));
    return to("search", "", Object.fromEntries(left));
  }

  function facets(found, own, named) {
    const groups = [...Object.entries(found.facets).map(([name, counts]) => [name, counts, dimensionTitle(name)]), ...Object.entries(OF).map(([name, title]) => [name, found.of[name], title])];
    return groups.map(([name, counts, title]) => {
      const now = own.get(name);
      const values = [...counts].sort((a, b) => b[1] - a[1] || String(a[0]).localeCompare(String(b[0])));
      if (!values.length || (values.length === 1 && values[0][0] === "" )) return null;
      const item = ([value, n]) => {
        const said = Object.fromEntries([...own].filter(([one]) => one !== "page"));
        if (now === String(value)) delete said[name];
        else said[name] = value;
        const shownValue = ["label", "head", "tail"].includes(name) ? parley.chip(value) : name === "doc" ? parley.ofArticle(value, named) : words(value === "" ? "not known" : value);
        return value === "" ? null : el("li", null, el("a", { href: to("search", "", said), "aria-current": now === String(value) ? "true" : null }, shownValue, " ", el("span", { class: "n" }, parley.number(n))));
      };
      const rest = values.slice(SHOWN, 200).map(item);
      return el("details", { class: "facet", open: ["label", "annotator", "event"].includes(name) || now !== undefined },
        el("summary", null, words(title)),
        el("ul", null, values.slice(0, SHOWN).map(item)),
        rest.length ? el("details", null, el("summary", null, `${rest.length} more`), el("ul", null, rest)) : null);
    });
  }

  function entityField(own, known) {
    const options = [...known.values()].sort((a, b) => b.mentions - a.mentions).slice(0, 500);
    const id = (text) => (known.has(text) ? text : [...known.values()].find((one) => one.name === text)?.id);
    const take = (event) => {
      event.preventDefault();
      const found = id(event.target.elements.entity.value.trim());
      if (found) location.hash = to("search", "", { ...Object.fromEntries([...own].filter(([name]) => name !== "page")), kind: own.get("kind") === "articles" ? "spans" : own.get("kind"), entity: found });
    };
    return el("form", { class: "facet", onsubmit: take }, el("label", null, "Entity", el("input", { name: "entity", list: "entities", autocomplete: "off", placeholder: "a name", onchange: (event) => id(event.target.value) && event.target.form.requestSubmit() })),
      el("datalist", { id: "entities" }, options.map((one) => el("option", { value: one.name }))));
  }

  /* ---- rows ------------------------------------------------------------------------------------------------------- */

  async function shown(kind, row, query, known) {
    const article = await parley.article(row.doc);
    const from = el("span", { class: "from" }, el("a", { href: toLabel(row.doc) }, words(row.doc)), article.publisher ? [" · ", words(article.publisher)] : null, article.published ? [" · ", article.published.slice(0, 10)] : null);
    if (kind === "articles") {
      const hits = parley.places(article.text || "", query || "");
      const before = (at) => Array.from(article.text.slice(0, at)).length;
      const some = hits.slice(0, 1).concat(hits.slice(1).filter(([at], n) => at - hits[n][0] > 240)).slice(0, 3).map(([at, end]) => {
        const place = before(at), long = Array.from(article.text.slice(at, end)).length;
        return el("p", null, el("a", { class: "quiet", href: toLabel(row.doc, "", { at: `${place}-${place + long}` }) }, parley.passage(article, place, place + long)));
      });
      return el("li", null, el("h2", { dir: "auto" }, el("a", { href: toLabel(row.doc) }, words(parley.headline(article)))), some.length ? some : article.text ? el("p", null, parley.passage(article, 0, 0)) : null, from, " ", el("span", { class: "muted" }, parley.count(article.spans.id.length, "label"), query && hits.length ? `, ${parley.count(hits.length, "place")}` : ""));
    }
    if (kind === "relations") {
      const { relations: r, spans: s } = article, n = row.number;
      const side = (end) => [parley.chip(s.label[end]), " ", article.text === null ? `${s.start[end]}–${s.end[end]}` : words(article.words(end).slice(0, 90))];
      return el("li", null, el("a", { class: "label", href: toLabel(row.doc, r.id[n]) }, side(r.head[n]), " ", el("b", null, parley.chip(r.label[n]), " → "), side(r.tail[n])), el("p", null, parley.passage(article, s.start[r.head[n]], s.end[r.head[n]])), from, made(r.decision[n], r.reason[n]));
    }
    if (kind === "rejects" || kind === "compared") {
      const one = article[kind][row.number];
      const place = one.kind === "span" ? [one.start, one.end] : one.ends?.[0]?.slice(1);
      return el("li", null, el("a", { class: "label", href: toLabel(row.doc, `~${one.annotator}/${one.id}`) }, parley.chip(one.label), " ", one.kind === "span" && article.text !== null ? words(article.slice(one.start, one.end).slice(0, 120)) : one.ends?.every(Boolean) ? one.ends.map((e, k) => [k ? " → " : "", parley.chip(e[0]), " ", words(article.text === null ? `${e[1]}–${e[2]}` : article.slice(e[1], e[2]).slice(0, 60))]) : words(one.id)), " by ", words(one.annotator + parley.onlyCompared(one.annotator)), place ? el("p", null, parley.passage(article, ...place)) : null, from, made(one.decision, one.reason), one.note ? el("p", { class: "note" }, parley.prose(one.note)) : null);
    }
    const n = row.number, s = article.spans;
    return el("li", null, el("a", { class: "label", href: toLabel(row.doc, s.id[n]) }, parley.chip(s.label[n]), " ", article.text === null ? `${s.start[n]}–${s.end[n]}` : words(article.words(n).slice(0, 120))),
      article.attributes(n).map(([name, value]) => el("span", { class: "attribute" }, " ", parley.value(s.label[n], name, value, known))),
      el("p", null, parley.passage(article, s.start[n], s.end[n])), from, made(s.decision[n], s.reason[n]));
  }
  parley.shownRow = shown;

  const made = (decision, reason) => (decision && decision !== "agreed" ? el("span", { class: "attribute" }, " ", words(decision), reason ? [": ", words(reason)] : null) : null);

  const COLUMNS = {
    articles: ["doc_id", "title", "publisher", "published", "event", "address"],
    spans: ["doc_id", "id", "label", "start", "end", "text", "attributes", "decision", "reason", "address"],
    relations: ["doc_id", "id", "label", "head", "head_text", "tail", "tail_text", "decision", "reason", "address"],
    rejects: ["doc_id", "annotator", "id", "label", "start", "end", "text", "decision", "reason", "note", "address"],
    compared: ["doc_id", "annotator", "compared", "id", "label", "start", "end", "text", "address"],
  };

  async function saved(kind, query) {
    const found = await parley.ask(kind, query, 0, MOST_SAVED);
    const base = location.href.split("#")[0];
    const rows = [];
    for (const row of found.rows) {
      const a = await parley.article(row.doc), n = row.number;
      if (kind === "articles") rows.push([row.doc, a.title, a.publisher, a.published, a.event, base + toLabel(row.doc)]);
      else if (kind === "relations") rows.push([row.doc, a.relations.id[n], a.relations.label[n], a.spans.id[a.relations.head[n]], a.words(a.relations.head[n]), a.spans.id[a.relations.tail[n]], a.words(a.relations.tail[n]), a.relations.decision[n], a.relations.reason[n], base + toLabel(row.doc, a.relations.id[n])]);
      else if (kind === "rejects" || kind === "compared") {
        const r = a[kind][n];
        const own = [r.id, r.label, r.start, r.end, r.kind === "span" ? a.slice(r.start, r.end) : ""], address = base + toLabel(row.doc, `~${r.annotator}/${r.id}`);
        if (kind === "compared") rows.push([row.doc, r.annotator, parley.overview.compared[r.annotator], ...own, address]);
        else rows.push([row.doc, r.annotator, ...own, r.decision, r.reason, r.note, address]);
      } else rows.push([row.doc, a.spans.id[n], a.spans.label[n], a.spans.start[n], a.spans.end[n], a.words(n), a.attributes(n).map(([name, value]) => `${name}=${value}`), a.spans.decision[n], a.spans.reason[n], base + toLabel(row.doc, a.spans.id[n])]);
    }
    return rows;
  }
})(window.parley);
