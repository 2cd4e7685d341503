/* The other views: the first one, articles, entities, dates, disagreements, labels with their guidelines. */
"use strict";
(function (parley) {
  const { el, words, replace, to, toLabel } = parley;
  const titled = (title) => { document.title = `${title} · ${parley.overview.title}`; };

  /* ---- the first view ---------------------------------------------------------------------------------------------- */

  parley.showHome = async function (main) {
    const o = parley.overview;
    document.title = o.title;
    const n = (table) => o.rows[table] || 0;
    const card = (href, question, says, figure) => el("li", null, el("a", { class: "card", href }, el("b", null, question), el("span", null, says), el("span", { class: "figure" }, figure)));
    const sample = el("div", { class: "sample" });
    const verdict = (o.makers.at(-1) || "").split(". ").at(-1);
    const disputed = Object.entries(o.decisions).reduce((sum, [name, k]) => sum + (name && name !== "agreed" ? k : 0), 0);
    replace(main, el("div", { class: "home" },
      el("section", { class: "hero" },
        el("div", null, el("h1", null, words(o.title)), el("p", { class: "summary" }, words(firstSentence(o.summary))),
          el("p", { class: "muted" }, [`Version ${o.version || "unpublished"}`, parley.count(o.articles, "article"), parley.count(n("spans"), "label"), parley.count(n("relations"), "relation"), parley.count(o.entities, "entity", "entities")].join(" · ")),
          verdict ? el("p", { class: "verdict" }, words(verdict)) : null),
        sample),
      el("h2", { class: "unseen" }, "What you can look at"),
      el("ul", { class: "cards" },
        parley.more.filter((one) => one.when(o)).map((one) => one.card(o, card)),
        card(to("articles"), "What does a report say?", "Each article with every label, what ties them together, and who decided so.", parley.count(o.articles, "article")),
        card(to("entities"), "Who and what is in them?", "Persons, places, happenings: where each is named, and in which part.", parley.count(o.entities, "entity", "entities")),
        card(to("times"), "What happened when?", "All that the reports date, in the order of the dates.", o.dated ? parley.count(o.dated, "dated act") : "no dates"),
        card(to("search"), "Where is it said?", "Search by word, label, value, entity, article and event; save what you find.", `${parley.count(n("spans"), "label")}`),
        n("rejects") || n("compared") || disputed ? card(to("disagreements"), "How sure are the labels?", "Where the annotators differed, and what the lead decided and why.", `${parley.number(disputed)} decided, ${parley.number(n("rejects"))} not taken`) : null,
        card(to("labels"), "What does a label mean?", "Each label, relation and value with its definition" + (o.guidelines ? " and guidelines." : "."), `${o.ontology.span.length} labels, ${o.ontology.relation.length} relations`)),
      el("section", null, el("h2", null, o.articles > FEW ? "Events that the articles are about" : "The articles, by the event that they are about"), await events(o)),
      o.makers.length ? el("section", { class: "warning" }, el("h2", null, "Before you rely on it"), el("ul", null, [...o.makers.slice(-1), ...o.limits.slice(0, 4)].map((text) => el("li", null, parley.prose(text)))),
        o.limits.length > 4 ? el("details", null, el("summary", null, `${o.limits.length - 4} more`), el("ul", null, o.limits.slice(4).map((text) => el("li", null, parley.prose(text))))) : null) : null,
      o.citation ? el("details", null, el("summary", null, "How to cite it"), el("pre", { tabindex: 0, role: "region", "aria-label": "Citation" }, o.citation)) : null));
    if (o.first && !o.withheld) parley.article(o.first).then((article) => example(sample, article));
  };

  const FEW = 20; // articles up to which each is on the first view

  /* The events with their articles if these are few, else with their number. */
  async function events(o) {
    const listed = o.articles > FEW ? [] : [...(await parley.named()).values()];
    return [el("ul", { class: "plain" }, o.events.map(([event, articles, first, last]) => {
      const own = listed.filter((one) => (one.event || "") === (event || ""));
      return el("li", null, el("a", { href: to("articles", "", { event }) }, words(event || "none named")), el("span", { class: "muted" }, ` ${parley.count(articles, "article")}`, first ? `, ${first === last ? first : `${first} to ${last}`}` : ""),
        own.length ? el("ul", null, own.map((one) => el("li", { dir: "auto" }, el("a", { href: toLabel(one.doc_id) }, words(parley.called(one))), one.publisher ? el("span", { class: "muted" }, " · ", words(one.publisher)) : null))) : null);
    })), o.all_events > o.events.length ? el("p", null, `and ${parley.number(o.all_events - o.events.length)} more: search has them all`) : null];
  }

  const firstSentence = (text) => (text.length > 330 ? text.slice(0, text.lastIndexOf(". ", 330) + 1) || text.slice(0, text.lastIndexOf(" ", 330)) + " …" : text);

  /* A sentence of the first article, as labelled. */
  function example(place, article) {
    const { spans } = article;
    const ends = [...article.sentences.slice(1), article.length];
    const rich = article.sentences.map((start, n) => {
      const own = spans.id.map((_, k) => k).filter((k) => spans.start[k] >= start && spans.end[k] <= ends[n]);
      return { start, end: ends[n], own, worth: new Set(own.map((k) => spans.label[k])).size - Math.abs(ends[n] - start - 150) / 60 };
    }).sort((a, b) => b.worth - a.worth)[0];
    if (!rich) return;
    const labels = [...new Set(rich.own.map((k) => spans.label[k]))];
    replace(place, parley.drawn(article, rich.start, rich.end, rich.own).filter((p) => p.textContent.trim()), el("p", { class: "muted" }, labels.map((label) => [parley.chip(label, true), " "])),
      el("p", null, el("a", { href: toLabel(article.doc_id) }, "Open this article →")));
  }

  /* ---- articles ---------------------------------------------------------------------------------------------------- */

  parley.showArticles = async function (main, where) {
    titled("Articles");
    const { ids, of, parts } = await parley.documents();
    const event = where.own.get("event");
    const about = (n) => of.event.values[of.event.at[n]];
    const rows = ids.map((_, n) => n).filter((n) => event === null || about(n) === event)
      .sort((a, b) => (about(a) < about(b) ? -1 : about(a) > about(b) ? 1 : ids[a] < ids[b] ? -1 : 1));
    const page = Math.max(1, Number(where.own.get("page")) || 1), size = 100;
    const listed = async (numbers) => {
      const part = (n) => parts.findLastIndex((begin) => begin <= n);
      const lists = new Map(await Promise.all([...new Set(numbers.map(part))].map(async (one) => [one, await parley.listed(one)])));
      return numbers.map((n) => lists.get(part(n))[n - parts[part(n)]]);
    };
    const some = await listed(rows.slice((page - 1) * size, page * size));
    const columns = ["doc_id", "title", "publisher", "published", "event", "language", "rights", "split", "length"];
    const pages = Math.ceil(rows.length / size);
    replace(main, el("h1", null, "Articles"), event !== null ? el("p", null, "About ", el("b", null, words(event)), " · ", el("a", { href: to("articles") }, "all articles")) : null,
      el("p", { class: "total" }, el("b", { id: "total" }, parley.count(rows.length, "article")), " ", parley.saver(`${parley.overview.title} articles`, columns, async () => (await listed(rows)).map((one) => columns.map((name) => one[name])))),
      scrolling("Articles", el("table", null, el("thead", null, el("tr", null, ["Article", "Outlet", "Published", "Event", "Language", "Characters"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", null, some.map((one) => el("tr", null, el("td", { dir: "auto", class: "wide" }, el("a", { href: toLabel(one.doc_id) }, words(parley.called(one)))), el("td", null, words(one.publisher || "–")), el("td", { class: "date" }, words((one.published || "–").slice(0, 10))), el("td", null, one.event ? el("a", { href: to("articles", "", { event: one.event }) }, words(one.event)) : "–"), el("td", null, words(one.language)), el("td", { class: "right" }, parley.number(one.length))))))),
      pager(pages, page, (n) => to("articles", "", { event, page: n })));
  };

  const pager = (pages, page, link) => (pages > 1 ? el("nav", { class: "pages", "aria-label": "Pages" }, page > 1 ? el("a", { href: link(page - 1) }, "← before") : null, ` page ${page} of ${parley.number(pages)} `, page < pages ? el("a", { href: link(page + 1) }, "more →") : null) : null);
  const scrolling = (title, table) => el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": title }, table);
  Object.assign(parley, { pager, scrolling });

  /* ---- entities ------------------------------------------------------------------------------------------------------ */

  parley.showEntities = async function (main, where) {
    titled("Entities");
    const known = [...(await parley.entities()).values()];
    const type = where.own.get("type"), sought = (where.own.get("q") || "").toLowerCase();
    const types = new Map();
    for (const one of known) types.set(one.type, (types.get(one.type) || 0) + 1);
    const rows = known.filter((one) => (type === null || one.type === type) && (!sought || [one.id, one.name, ...one.aliases].some((name) => name.toLowerCase().includes(sought)))).sort((a, b) => b.mentions - a.mentions || a.name.localeCompare(b.name));
    const page = Math.max(1, Number(where.own.get("page")) || 1), size = 100;
    const columns = ["id", "type", "name", "aliases", "wikidata", "note", "mentions", "articles"];
    replace(main, el("h1", null, "Entities"),
      el("p", null, "What mentions in the articles point at, one row a person, body, place or event."),
      el("p", { class: "legend" }, [...types].map(([name, n]) => el("a", { class: `toggle l${parley.number_of(name)}`, href: to("entities", "", { type: type === name ? null : name, q: sought }), "aria-current": type === name ? "true" : null }, words(name ? parley.title(name) : "no row"), " ", el("span", { class: "n" }, n)))),
      el("form", { class: "inline", onsubmit: (event) => { event.preventDefault(); location.hash = to("entities", "", { type, q: event.target.elements.q.value }); } }, el("label", null, "Name ", el("input", { name: "q", type: "search", value: sought }))),
      el("p", { class: "total" }, el("b", { id: "total" }, parley.count(rows.length, "entity", "entities")), " ", parley.saver(`${parley.overview.title} entities`, columns, () => rows.map((one) => columns.map((name) => one[name])))),
      scrolling("Entities", el("table", null, el("thead", null, el("tr", null, ["Entity", "Is", "What tells it from others", "Mentions", "Articles"].map((name, n) => el("th", { scope: "col", class: n > 2 ? "right" : null }, name)))),
        el("tbody", null, rows.slice((page - 1) * size, page * size).map((one) => el("tr", null, el("td", null, el("a", { href: to("entity", one.id) }, words(one.name))), el("td", null, one.type ? parley.chip(one.type) : ""), el("td", { class: "wide" }, words(one.note)), el("td", { class: "right" }, parley.number(one.mentions)), el("td", { class: "right" }, parley.number(one.articles))))))),
      pager(Math.ceil(rows.length / size), page, (n) => to("entities", "", { type, q: sought, page: n })));
  };

  parley.showEntity = async function (main, where) {
    const [known, named] = await Promise.all([parley.entities(), parley.named()]);
    const one = known.get(where.name);
    if (!one) return void replace(main, el("h1", null, "No such entity"), el("p", null, words(where.name), " is not in this release. ", el("a", { href: to("entities") }, "All entities")));
    titled(one.name);
    const page = Math.max(1, Number(where.own.get("page")) || 1), size = 40;
    const asked = { words: "", values: ["@=" + one.id], choices: where.own.has("label") ? { label: where.own.get("label") } : {}, doc: where.own.get("doc") ?? undefined };
    const found = await parley.ask("spans", asked, (page - 1) * size, page * size);
    const rows = await Promise.all(found.rows.map((row) => parley.shownRow("spans", row, "", known)));
    const roles = Object.entries(one.roles).sort((a, b) => b[1] - a[1]);
    const more = await parley.moreOfEntity(one);
    const link = (name, value) => to("entity", one.id, { ...Object.fromEntries([...where.own].filter(([key]) => key !== "page")), [name]: where.own.get(name) === value ? null : value });
    replace(main, el("p", { class: "over" }, el("a", { href: to("entities") }, "Entities"), " / ", one.type ? parley.chip(one.type, true) : "no row of its own"),
      el("h1", null, words(one.name)), one.note ? el("p", { class: "summary" }, words(one.note)) : null,
      el("dl", { class: "facts" }, one.aliases.length ? [el("dt", null, "Also"), el("dd", null, one.aliases.filter((name) => name !== one.name).map((name, n) => [n ? ", " : "", words(name)]))] : null,
        el("dt", null, "Id"), el("dd", null, words(one.id)), /^Q\d+$/.test(one.wikidata) ? [el("dt", null, "Wikidata"), el("dd", null, parley.link("https://www.wikidata.org/wiki/" + one.wikidata, one.wikidata))] : null),
      roles.length ? [el("h2", null, "Its part in the relations"), el("ul", { class: "roles" }, roles.map(([role, n]) => {
        const label = role.slice(1);
        return el("li", null, el("a", { href: to("search", "", { kind: "relations", label, entity: one.id }) }, role[0] === ">" ? ["is ", parley.chip(label)] : [parley.chip(label), " leads from it"], " ", el("span", { class: "n" }, parley.number(n))));
      }))] : null,
      more,
      el("h2", null, "Mentions"),
      el("p", { class: "legend" }, [...found.facets.label].map(([label, n]) => el("a", { class: `toggle l${parley.number_of(label)}`, href: link("label", label), "aria-current": where.own.get("label") === label ? "true" : null }, words(parley.title(label)), " ", el("span", { class: "n" }, parley.number(n))))),
      el("p", { class: "legend" }, [...found.of.doc].slice(0, 60).map(([doc, n]) => el("a", { class: "toggle plain", href: link("doc", doc), "aria-current": where.own.get("doc") === doc ? "true" : null }, parley.ofArticle(doc, named), " ", el("span", { class: "n" }, parley.number(n))))),
      el("p", { class: "total" }, el("b", { id: "total" }, `${parley.count(found.total, "mention")} in ${parley.count(found.articles, "article")}`)),
      el("ol", { class: "rows", start: (page - 1) * size + 1 }, rows), pager(Math.ceil(found.total / size), page, (n) => to("entity", one.id, { ...Object.fromEntries(where.own), page: n })));
  };

  /* ---- dates ----------------------------------------------------------------------------------------------------------- */

  parley.showTimes = async function (main, where) {
    titled("What happened when");
    const [known, named] = await Promise.all([parley.entities(), parley.named()]);
    const parts = await Promise.all(parley.overview.parts.map((_, part) => parley.load(`parts/${part}/times`)));
    const doc = where.own.get("doc"), entity = where.own.get("entity");
    const rows = parts.flat().filter((row) => (doc === null || row[1] === doc) && (entity === null || (row[7] || []).includes(entity))).sort((a, b) => (day(a[0]) < day(b[0]) ? -1 : day(a[0]) > day(b[0]) ? 1 : a[1] < b[1] ? -1 : 1));
    const page = Math.max(1, Number(where.own.get("page")) || 1), size = 150;
    const groups = [];
    for (const row of rows.slice((page - 1) * size, page * size)) {
      if (groups.at(-1)?.[0] !== day(row[0])) groups.push([day(row[0]), []]);
      groups.at(-1)[1].push(row);
    }
    replace(main, el("h1", null, "What happened when"),
      el("p", null, "Acts that the reports date, in the order of the dates; those of which the text leaves the year or the day open come last. Dates are what a report says, not what is known."),
      el("p", { class: "legend" }, doc !== null || entity !== null ? el("a", { class: "toggle plain", href: to("times") }, "all articles") : null),
      el("p", { class: "total" }, el("b", { id: "total" }, parley.count(rows.length, "dated act")), " ", parley.saver(`${parley.overview.title} dates`, ["value", "doc_id", "relation", "label", "words", "date_words"], () => rows.map((row) => [row[0], row[1], row[2], row[4], row[5], row[6]]))),
      el("ol", { class: "times" }, groups.map(([value, own]) => el("li", null, el("h2", { title: value }, dayInWords(value)), el("ul", null, own.map(([exact, article, relation, span, label, text, time, entities]) => el("li", null,
        el("a", { href: toLabel(article, span), class: "label" }, parley.chip(label), " ", words(text ?? span)), " ", el("a", { href: toLabel(article, relation), class: "quiet muted" }, words(time ?? exact), exact !== value ? ` (${exact})` : ""),
        (entities || []).map((id) => [" · ", parley.entity(id, known)]), el("span", { class: "from" }, " ", el("a", { href: to("times", "", { doc: article }) }, words(parley.called(named.get(article) || { doc_id: article })))))))))),
      pager(Math.ceil(rows.length / size), page, (n) => to("times", "", { doc, entity, page: n })));
  };

  /* A day, week, month or year of TIMEX3 as a reader says it where the text leaves a part of it open. */
  function dayInWords(value) {
    const [, year, weekday, month] = value.match(/^(....)(?:-W..-(\d)|-(\d\d)(?:-..)?)?/) || [];
    const said = (options, ...place) => new Date(Date.UTC(...place)).toLocaleDateString("en", { timeZone: "UTC", ...options });
    if (!value.includes("X")) return value;
    if (weekday) return `${said({ weekday: "long" }, 2001, 0, Number(weekday))}, of a week that is not given`; // 1 January 2001 was a Monday
    if (month) return `${said({ month: "long" }, 2001, Number(month) - 1)}${year.includes("X") ? ", of a year that is not given" : ` ${year}`}`;
    return "A day that is not given";
  }

  const day = (value) => value.replace(/^[~<>=]+/, "").split("..")[0].split("T")[0];

  /* ---- disagreements ----------------------------------------------------------------------------------------------------- */

  parley.showDisagreements = async function (main, where) {
    titled("Disagreements");
    const known = await parley.entities();
    const tables = await Promise.all(["spans", "relations", "rejects"].map((table) => parley.ask(table, parley.asked(where.own), 0, 0)));
    const disputed = ["kept", "edited", "added"];
    const rows = (await Promise.all(["spans", "relations"].flatMap((table) => disputed.map(async (decision) => {
      const found = await parley.ask(table, { choices: { decision } }, 0, 60);
      return Promise.all(found.rows.map((row) => parley.shownRow(table, row, "", known)));
    })))).flat();
    const compared = await parley.ask("compared", parley.asked(where.own), 0, 0);
    const refused = await parley.ask("rejects", {}, 0, 100);
    const rejected = await Promise.all(refused.rows.map((row) => parley.shownRow("rejects", row, "", known)));
    const reasons = new Map();
    for (const table of tables) for (const [reason, n] of table.facets.reason || []) reasons.set(reason, (reasons.get(reason) || 0) + n);
    const total = (table, decision) => table.facets.decision?.get(decision) || 0;
    const all = [...new Set(tables.slice(0, 2).flatMap((table) => [...(table.facets.decision?.keys() || [])]))];
    replace(main, el("h1", null, "Disagreements"),
      el("p", null, "Annotators worked alone; where they differed a lead decided. What all gave in the same way is published as it is."),
      all.length ? scrolling("Decisions", el("table", null, el("thead", null, el("tr", null, ["Decision", "Labels", "Relations"].map((name, n) => el("th", { scope: "col", class: n ? "right" : null }, name)))),
        el("tbody", null, all.map((decision) => el("tr", null, el("td", null, el("b", null, words(decision)), " ", el("span", { class: "muted" }, parley.meaning("decision", decision))), ["spans", "relations"].map((kind, n) => el("td", { class: "right" }, el("a", { href: to("search", "", { kind, decision }) }, parley.number(total(tables[n], decision))))))),
          el("tr", null, el("td", null, el("b", null, "not taken"), " ", el("span", { class: "muted" }, "labels of one annotator that are not among the published")), el("td", { class: "right", colspan: 2 }, el("a", { href: to("search", "", { kind: "rejects" }) }, parley.number(tables[2].total))))))) : null,
      reasons.size ? [el("h2", null, "Why they had to be decided"), el("dl", { class: "values" }, [...reasons].sort((a, b) => b[1] - a[1]).map(([reason, n]) => [el("dt", null, words(reason), " ", el("span", { class: "n" }, n)), el("dd", null, parley.meaning("reason", reason))]))] : null,
      rows.length ? [el("h2", null, "What the lead decided"), el("ol", { class: "rows" }, rows)] : null,
      rejected.length ? [el("h2", null, "What was not taken"), el("ol", { class: "rows" }, rejected), refused.total > rejected.length ? el("p", null, el("a", { href: to("search", "", { kind: "rejects" }) }, `all ${parley.number(refused.total)}`)) : null] : null,
      comparedWith(compared),
      !rows.length && !rejected.length && !compared.total ? el("p", null, "No label of this release was disputed, or it does not say.") : null);
  };

  /* Those whose labels nobody adjudicated: what the comparison tells, and how many labels differ. */
  function comparedWith(found) {
    const names = Object.entries(parley.overview.compared);
    if (!names.length) return null;
    const count = (name) => found.facets.annotator?.get(name) || 0;
    return [el("h2", null, "Only compared with the published labels"),
      el("p", null, "Nobody decided on the labels of these annotators: where they differ from the published labels, they were neither taken nor refused."),
      scrolling("Only compared", el("table", { class: "compared" }, el("thead", null, el("tr", null, ["Annotator", "What it tells", "Labels that are not published"].map((name, n) => el("th", { scope: "col", class: n === 2 ? "right" : null }, name)))),
        el("tbody", null, names.map(([name, tells]) => el("tr", null, el("td", null, el("b", null, words(name))), el("td", null, words(tells)), el("td", { class: "right" }, el("a", { href: to("search", "", { kind: "compared", annotator: name }) }, parley.number(count(name)))))))))];
  }

  /* ---- labels and guidelines ------------------------------------------------------------------------------------------------ */

  parley.showLabels = async function (main, where) {
    const scheme = parley.overview.ontology;
    if (where.name) return showLabel(main, where.name);
    titled("Labels");
    const counts = parley.overview.labels;
    const row = (one, table) => el("tr", null, el("td", null, el("a", { href: to("labels", one.name) }, parley.chip(one.name))), el("td", null, words(one.title)), el("td", { class: "wide" }, words(one.definition)), el("td", { class: "right" }, el("a", { href: to("search", "", { kind: table, label: one.name }) }, parley.number(counts[table][one.name] || 0))));
    const head = el("thead", null, el("tr", null, ["Name", "Is", "Definition", "Labels"].map((name, n) => el("th", { scope: "col", class: n > 2 ? "right" : null }, name))));
    replace(main, el("h1", null, "What a label means"), el("p", null, `The scheme ${scheme.name} ${scheme.version}. A label is a stretch of words; a relation leads from one label to another.`, parley.overview.guidelines ? [" ", el("a", { href: to("guidelines") }, "The guidelines as a whole")] : null),
      scheme.group.map((group) => [el("h2", null, words(group.title)), scrolling(group.title, el("table", null, head.cloneNode(true), el("tbody", null, scheme.span.filter((one) => one.group === group.name).map((one) => row(one, "spans")))))]),
      el("h2", null, "Relations"), scrolling("Relations", el("table", null, head.cloneNode(true), el("tbody", null, scheme.relation.map((one) => row(one, "relations"))))));
  };

  async function showLabel(main, name) {
    const scheme = parley.overview.ontology;
    const span = parley.spans.get(name), relation = parley.relations.get(name);
    const one = span || relation;
    titled(name);
    if (!one) return void replace(main, el("h1", null, "No such label"), el("p", null, el("a", { href: to("labels") }, "All labels")));
    const chips = (names) => names.map((label) => [el("a", { href: to("labels", label) }, parley.chip(label)), " "]);
    const table = span ? "spans" : "relations";
    const attributes = scheme.attribute.filter((a) => a.labels.includes(name));
    const leads = span ? scheme.relation.filter((r) => r.head.includes(name)) : [], reach = span ? scheme.relation.filter((r) => r.tail.includes(name)) : [];
    const guide = await guides(name, attributes.map((a) => a.name));
    replace(main, el("p", { class: "over" }, el("a", { href: to("labels") }, "Labels"), " / ", span ? "label" : "relation"), el("h1", null, parley.chip(name), " ", words(one.title)), el("p", { class: "summary" }, words(one.definition)),
      el("p", null, el("a", { href: to("search", "", { kind: table, label: name }) }, `Where it is: ${parley.count(parley.overview.labels[table][name] || 0, "place")}`)),
      el("dl", { class: "values" },
        relation ? [el("dt", null, "From"), el("dd", null, chips(relation.head)), el("dt", null, "To"), el("dd", null, chips(relation.tail)), relation.symmetric ? [el("dt", null, "Direction"), el("dd", null, "none")] : null] : null,
        leads.length ? [el("dt", null, "Relations from it"), el("dd", null, chips(leads.map((r) => r.name)))] : null, reach.length ? [el("dt", null, "Relations to it"), el("dd", null, chips(reach.map((r) => r.name)))] : null),
      attributes.map((a) => [el("h2", null, words(a.title), " ", el("code", null, words(a.name))), el("p", null, words(a.definition)), a.value.length ? el("dl", { class: "values" }, a.value.map((v) => [el("dt", null, el("a", { href: to("search", "", { kind: "spans", label: name, [a.name]: v.name }) }, words(v.name))), el("dd", null, words(v.definition))])) : null]),
      guide.length ? [el("h2", null, "In the guidelines"), guide] : null);
  }

  async function guides(name, attributes) {
    if (!parley.overview.guidelines) return [];
    const { sections, about } = await parley.load("guidelines");
    const numbers = [...new Set([name, ...attributes].flatMap((one) => about[one] || []))];
    return numbers.map((number) => el("details", { class: "guide", open: (about[name] || []).includes(number) }, el("summary", null, words(sections[number].title)), blocks(sections[number].blocks)));
  }

  parley.showGuidelines = async function (main) {
    titled("Guidelines");
    const { sections } = await parley.load("guidelines");
    replace(main, el("p", { class: "over" }, el("a", { href: to("labels") }, "Labels"), " / guidelines"), el("div", { class: "guide" }, sections.map((one, n) => [one.title ? el("h" + Math.min(6, Math.max(1, one.level)), null, words(one.title)) : null, blocks(one.blocks)])));
  };

  const runs = (list) => [list].flat().map((run) => (typeof run === "string" ? run : el({ b: "b", i: "i", c: "code" }[run[0]], null, run[1])));
  const blocks = (list) => list.map((block) => {
    if (typeof block === "string") return el("p", null, block);
    const [kind, inside] = block;
    if (kind === "ul" || kind === "ol") return el(kind, null, inside.map((item) => el("li", null, blocks(item))));
    if (kind === "quote") return el("blockquote", null, blocks(inside));
    if (kind === "pre") return el("pre", { tabindex: 0, role: "group", "aria-label": "Example" }, inside);
    if (kind === "table") return scrolling("Table", el("table", null, el("thead", null, el("tr", null, inside[0].map((cell) => el(cell.length ? "th" : "td", cell.length ? { scope: "col" } : null, runs(cell))))), el("tbody", null, inside.slice(1).map((row) => el("tr", null, row.map((cell) => el("td", null, runs(cell))))))));
    return el("p", null, runs(inside));
  });
})(window.parley);
