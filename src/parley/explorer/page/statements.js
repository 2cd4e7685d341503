/* Who said what; who demands, offers, refuses what of whom. */
"use strict";
(function (parley) {
  const { el, words, replace, to, toLabel } = parley;
  const ALL = 400; // rows up to which they are counted and grouped by whom they name
  const PAGE = 40;
  const PARTS = { sources: "Who says it", actors: "By whom", addressees: "To whom", targets: "Against whom", beneficiaries: "For whom", mediators: "Mediated by", instances: "Event instance" };
  const TITLES = { says: "What is done", modality: "Modality", stance: "Stance", sides: "Sides", quotation: "Quotation" };
  const OF = { event: "Event of the article", publisher: "Outlet", doc: "Article" };
  const named = (row, part) => (row[part] || []).flatMap((one) => (typeof one === "string" ? [one] : one.entities || []));

  /* The words of a part, with the entities it means. */
  function party(article, part, known) {
    const n = article.spanOf.get(part.id);
    const own = (part.entities || []).map((id, k) => [k ? ", " : "", parley.entity(id, known)]);
    const text = n === undefined ? part.id : article.text === null ? `${article.spans.start[n]}–${article.spans.end[n]}` : article.words(n);
    const said = el("a", { class: "quiet", href: toLabel(article.doc_id, part.id) }, words(text));
    const how = { coref: "by another mention", affiliation: "whom it belongs to", group: "its members" }[part.via];
    return own.length ? el("span", { class: "party" }, own, " ", el("span", { class: "muted" }, "“", said, "”", how ? ` (${how})` : "")) : el("span", { class: "party" }, said);
  }

  const several = (article, parts, known) => (parts || []).map((part, k) => [k ? ", " : "", party(article, part, known)]);
  const span = (article, id) => article.spanOf.get(id);
  const place = (article, id) => { const n = span(article, id); return [article.spans.start[n], article.spans.end[n]]; };

  function from(article) {
    return el("p", { class: "from" }, el("a", { href: toLabel(article.doc_id), title: article.doc_id }, words(parley.headline(article))), article.publisher ? [" · ", words(article.publisher)] : null, article.published ? ` · ${article.published.slice(0, 10)}` : null);
  }

  function stance(row) {
    return row.stance ? el("span", { class: `badge stance` }, words(row.stance)) : null;
  }

  function claim(article, row, known) {
    const label = article.spans.label[span(article, row.id)];
    const act = el("a", { href: toLabel(article.doc_id, row.id), class: "act" }, article.text === null ? words(row.id) : words(article.words(span(article, row.id))));
    const statement = row.statement_id && (article.statements || []).find((one) => one.id === row.statement_id);
    const facts = [["addressees", "to"], ["targets", "against"], ["beneficiaries", "for"], ["mediators", "mediated by"], ["places", "in"], ["times", "when"], ["conditions", "on the condition"], ["instances", "event"]].filter(([name]) => row[name]?.length);
    return el("li", { class: "told" },
      el("p", { class: "line" }, row.actors ? several(article, row.actors, known) : el("i", { class: "muted" }, "somebody"), " ", act, " ", row.themes ? several(article, row.themes, known) : null),
      el("p", { class: "badges" }, row.modality ? el("span", { class: "badge modality" }, words(row.modality)) : null, el("span", { class: `badge l${parley.number_of(label)}`, title: row.type }, words(row.says || row.type || label)), row.sides === 1 ? el("span", { class: "badge" }, "one side") : row.sides > 1 ? el("span", { class: "badge" }, `${row.sides} sides`) : null, stance(row)),
      facts.length ? el("dl", { class: "values" }, facts.map(([name, title]) => [el("dt", null, title), el("dd", null, row[name].map((part, k) => [k ? "; " : "", typeof part === "string" ? parley.entity(part, known) : [party(article, part, known), part.value ? ` (${part.value})` : "", name === "conditions" && part.relation ? el("span", { class: "muted" }, " ", words(parley.relations.get(part.relation)?.title || part.relation)) : null]]))])) : null,
      statement ? el("p", { class: "attribution" }, "as said by ", statement.sources ? several(article, statement.sources, known) : "somebody") : null,
      el("p", null, parley.passage(article, ...place(article, row.id))), from(article));
  }

  function statement(article, row, known) {
    const content = span(article, row.id);
    const cues = (row.cues || []).map((part, k) => [k ? ", " : " ", el("a", { class: "act", href: toLabel(article.doc_id, part.id) }, article.text === null ? part.id : words(article.words(span(article, part.id))))]);
    return el("li", { class: "told" },
      el("p", { class: "line" }, row.sources ? several(article, row.sources, known) : el("i", { class: "muted" }, row.unsourced ? `no source: ${row.unsourced}` : "no source"), cues, ": "),
      el("blockquote", { dir: "auto" }, el("a", { class: "quiet", href: toLabel(article.doc_id, row.id) }, article.text === null ? `characters ${place(article, row.id).join("–")}` : article.words(content))),
      el("p", { class: "badges" }, row.quotation ? el("span", { class: "badge" }, words(row.quotation)) : null, stance(row), row.within ? el("a", { class: "badge", href: toLabel(article.doc_id, row.within) }, "within another’s words") : null),
      from(article));
  }

  const KIND = {
    claims: { title: "Demands, offers, refusals", one: "claim", draw: claim, by: ["actors", "instances"], parts: ["actors", "addressees", "targets", "beneficiaries", "mediators", "instances"], dimensions: ["says", "modality", "stance", "sides"], says: "Who demands, offers, threatens, refuses or agrees to what, and of whom, as the reports say. An agreement here is one side’s word unless more sides are named; a modality other than actual did not happen." },
    statements: { title: "Who said what", one: "statement", draw: statement, by: ["sources"], parts: ["sources"], dimensions: ["stance", "quotation"], says: "What the reports ascribe to somebody: who says it, the word that ascribes it, and what is said; a denial is marked." },
  };

  async function show(config, main, where) {
    const view = KIND[config], { own } = where, overview = parley.overview;
    document.title = `${view.title} · ${overview.title}`;
    const [known, called] = await Promise.all([parley.entities(), parley.named()]);
    const values = [], choices = {};
    for (const [name, value] of own) {
      if (PARTS[name]) values.push(`${name}=${value}`);
      else if (name === "entity") values.push("@=" + value);
      else if (TITLES[name]) choices[name] = value;
    }
    const asked = { words: own.get("q") || "", values, choices, ...Object.fromEntries(Object.keys(OF).filter((name) => own.has(name)).map((name) => [name, own.get(name)])) };
    const page = Math.max(1, Number(own.get("page")) || 1);
    let found = await parley.ask(config, asked, 0, ALL);
    const few = found.total <= ALL;
    if (!few) found = await parley.ask(config, asked, (page - 1) * PAGE, page * PAGE);
    const rows = await Promise.all(found.rows.map(async (row) => {
      const article = await parley.article(row.doc);
      return [article, article[config][row.number]];
    }));
    const link = (name, value) => {
      const said = Object.fromEntries([...own].filter(([one]) => one !== "page"));
      said[name] = own.get(name) === String(value) ? null : value;
      return to(config, "", said);
    };
    const group = few ? (own.has("by") ? own.get("by") : view.by[0]) : "";
    const facet = (name, title, counts, show) => {
      const all = [...counts].filter(([value]) => value !== "" && value !== null).sort((a, b) => b[1] - a[1] || String(a[0]).localeCompare(String(b[0])));
      if (!all.length) return null;
      const item = ([value, n]) => el("li", null, el("a", { href: link(name, value), "aria-current": own.get(name) === String(value) ? "true" : null }, show(value), " ", el("span", { class: "n" }, parley.number(n))));
      return el("details", { class: "facet", open: !OF[name] || own.has(name) }, el("summary", null, title), el("ul", null, all.slice(0, 10).map(item)), all.length > 10 ? el("details", null, el("summary", null, `${all.length - 10} more`), el("ul", null, all.slice(10, 300).map(item))) : null);
    };
    const counted = (part) => {
      const counts = new Map();
      for (const [, row] of rows) for (const id of new Set(named(row, part))) counts.set(id, (counts.get(id) || 0) + 1);
      return counts;
    };
    const chosen = [...own].filter(([name]) => !["by", "page"].includes(name));
    replace(main, el("h1", null, view.title), el("p", { class: "summary" }, view.says),
      chosen.length ? el("p", { class: "filters", role: "group", "aria-label": "Chosen" }, chosen.map(([name, value]) => el("a", { class: "chosen-filter", href: link(name, value) }, (PARTS[name] || TITLES[name] || OF[name] || { q: "words", entity: "entity" }[name] || name).toLowerCase(), " ", el("b", null, name === "doc" ? parley.ofArticle(value, called) : words(known.get(value)?.name || value)), el("span", { "aria-hidden": "true" }, " ×"), el("span", { class: "unseen" }, " take away"))), el("a", { class: "toggle plain", href: to(config) }, "clear all")) : null,
      el("div", { class: "columns" },
        parley.filters(
          overview.withheld ? null : el("form", { class: "facet", onsubmit: (event) => { event.preventDefault(); location.hash = to(config, "", { ...Object.fromEntries(own), page: null, q: event.target.elements.q.value.trim() || null }); } }, el("label", null, "Words", el("input", { name: "q", type: "search", value: own.get("q") || "", placeholder: "such as ceasefire" }))),
          few ? view.parts.map((part) => facet(part, PARTS[part], counted(part), (id) => words(known.get(id)?.name || id))) : null,
          view.dimensions.map((name) => facet(name, TITLES[name], found.facets[name] || [], (value) => words(value))),
          Object.entries(OF).map(([name, title]) => facet(name, title, found.of[name], (value) => (name === "doc" ? parley.ofArticle(value, called) : words(value))))),
        el("section", { "aria-label": "Found" },
          el("p", { class: "total" }, el("b", { id: "total" }, `${parley.count(found.total, view.one)} in ${parley.count(found.articles, "article")}`), " ", found.total ? parley.saver(`${overview.title} ${config}`, COLUMNS[config], async () => saved(config, asked)) : null),
          few ? el("p", { class: "legend", role: "group", "aria-label": "Order" }, [...view.by, ""].map((by) => el("a", { class: "toggle plain", href: to(config, "", { ...Object.fromEntries(own), by: by === view.by[0] ? null : by || "text" }), "aria-current": group === (by || "text") ? "true" : null }, by ? PARTS[by].toLowerCase() : "in the order of the texts"))) : null,
          found.total ? grouped(view, rows, PARTS[group] ? group : "", known) : el("p", null, "Nothing fits."),
          few ? null : parley.pager(Math.ceil(found.total / PAGE), page, (n) => to(config, "", { ...Object.fromEntries(own), page: n })))));
    parley.say(`${parley.count(found.total, view.one)}`);
  }

  /* Rows below whom they name; one that names several is below each. */
  function grouped(view, rows, part, known) {
    if (!part) return el("ol", { class: "rows" }, rows.map(([article, row]) => view.draw(article, row, known)));
    const groups = new Map();
    for (const pair of rows) for (const id of named(pair[1], part).length ? new Set(named(pair[1], part)) : [""]) groups.set(id, [...(groups.get(id) || []), pair]);
    return [...groups].sort((a, b) => (a[0] === "") - (b[0] === "") || b[1].length - a[1].length || a[0].localeCompare(b[0])).map(([id, own]) => [
      el("h2", { class: "group" }, id ? parley.entity(id, known) : "Not named, or no row of its own", " ", el("span", { class: "n" }, own.length)),
      el("ol", { class: "rows" }, own.map(([article, row]) => view.draw(article, row, known)))]);
  }

  const COLUMNS = {
    claims: ["doc_id", "id", "text", "type", "says", "modality", "stance", "sides", "actors", "addressees", "targets", "beneficiaries", "mediators", "themes", "conditions", "instances", "statement_id", "address"],
    statements: ["doc_id", "id", "text", "sources", "cues", "quotation", "stance", "unsourced", "within", "address"],
  };

  async function saved(config, asked) {
    const found = await parley.ask(config, asked, 0, 5000);
    return Promise.all(found.rows.map(async ({ doc, number }) => {
      const article = await parley.article(doc), row = article[config][number];
      const cell = (value) => (Array.isArray(value) ? value.map((one) => (typeof one === "string" ? one : one.entities?.join("+") || article.words(span(article, one.id)))) : value);
      return COLUMNS[config].map((name) => ({ doc_id: doc, text: article.words(span(article, row.id)), address: location.href.split("#")[0] + toLabel(doc, row.id) })[name] ?? cell(row[name]));
    }));
  }

  const card = (config, question, says) => (o, draw) => draw(to(config), question, says, parley.count(o.rows[config], KIND[config].one));
  parley.more = [
    { view: "claims", nav: "Claims", show: (main, where) => show("claims", main, where), when: (o) => o.rows.claims, card: card("claims", "Who wants what of whom?", "Demands, offers, threats, refusals and agreements, by party and event; whether they happened or are only wished for.") },
    { view: "statements", nav: "Statements", show: (main, where) => show("statements", main, where), when: (o) => o.rows.statements, card: card("statements", "Who said what?", "Each report’s sources with their words, in quotation or not; what is denied is marked.") },
  ];

  /* On an entity's page: its claims and statements, by its part. */
  parley.moreOfEntity = async (one) => {
    const o = parley.overview, made = [];
    for (const [config, part, title] of [["claims", "actors", "it demands, offers or refuses"], ["claims", "addressees", "is asked of it"], ["claims", "targets", "is aimed at it"], ["claims", "instances", "about this event"], ["statements", "sources", "it says"]]) {
      if (!o.rows[config]) continue;
      const found = await parley.ask(config, { values: [`${part}=${one.id}`] }, 0, 0);
      if (found.total) made.push(el("li", null, el("a", { href: to(config, "", { [part]: one.id }) }, `${title} `), el("span", { class: "n" }, parley.number(found.total))));
    }
    if (o.figures) {
      const { events } = await parley.load("figures");
      const own = events.find(([id]) => id === one.id);
      if (own) made.push(el("li", null, el("a", { href: to("figures", one.id) }, "figures said of it "), el("span", { class: "n" }, parley.number(own[2]))));
    }
    return made.length ? [el("h2", null, "What is said"), el("ul", { class: "roles" }, made)] : null;
  };
})(window.parley);
