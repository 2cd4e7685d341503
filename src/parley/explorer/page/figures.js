/* Figures of one event side by side: who gives which number, and which of them cannot both be true. */
"use strict";
(function (parley) {
  const { el, words, replace, to, toLabel } = parley;
  const BOUND = { ">=": "at least", ">": "more than", "<=": "at most", "<": "less than", "~": "about" };
  const WIDE = 340, HIGH = 22;
  const CLASSES = { "On one scale": "on-scale", Report: "report" };
  const fnv1a = parley.hash;

  async function show(main, where) {
    const { shards, events } = await parley.load("figures");
    const o = parley.overview, only = where.own.get("excluding") === "1";
    if (!where.name) {
      document.title = `Figures · ${o.title}`;
      const shown = events.filter((one) => !only || one[3]);
      replace(main, el("h1", null, "Figures that can be compared"), el("p", { class: "summary" }, "Every number that a report says of an event, by event. Two exclude each other if they cannot both be true of the same thing."),
        only || o.excluding ? el("p", { class: "legend" }, el("a", { class: "toggle", href: to("figures", "", { excluding: only ? null : 1 }), "aria-current": only ? "true" : null }, "only events with figures that exclude each other ", el("span", { class: "n" }, events.filter((one) => one[3]).length))) : el("p", null, "None of them excludes another: all can be true."),
        el("p", { class: "total" }, el("b", { id: "total" }, `${parley.count(shown.reduce((n, one) => n + one[2], 0), "figure")} of ${parley.count(shown.length, "event")}`)),
        await Promise.all(shown.slice(0, 12).map(async (one) => [el("h2", { class: "group" }, el("a", { href: to("figures", one[0]) }, words(one[1]))), await table(one[0], only)])),
        shown.length > 12 ? el("ul", { class: "plain" }, shown.slice(12).map(([id, name, n, k]) => el("li", null, el("a", { href: to("figures", id) }, words(name)), el("span", { class: "n" }, ` ${n}${k ? `, ${k} exclude another` : ""}`)))) : null);
      return;
    }
    const event = events.find(([id]) => id === where.name);
    if (!event) return void replace(main, el("h1", null, "No figures"), el("p", null, "Nothing is counted of ", words(where.name), ". ", el("a", { href: to("figures") }, "All figures")));
    document.title = `${event[1]} · ${o.title}`;
    replace(main, el("p", { class: "over" }, el("a", { href: to("figures") }, "Figures")), el("h1", null, words(event[1])),
      el("p", null, parley.count(event[2], "figure"), event[3] ? `, ${event[3]} of them exclude another` : ", none excludes another", " · ", el("a", { href: to("entity", event[0]) }, "all about this event")),
      only || event[3] ? el("p", { class: "legend" }, el("a", { class: "toggle", href: to("figures", event[0], { excluding: only ? null : 1 }), "aria-current": only ? "true" : null }, "only figures that exclude each other")) : null,
      await table(event[0], only));

    async function table(id, some) {
      const rows = (await parley.rows(`figures/${fnv1a(id) % shards}`)).filter((row) => row.instance === id && (!some || row.excludes));
      return drawn(rows, await parley.entities());
    }
  }

  /* Tables of what is counted alike, each with its numbers on one scale. */
  async function drawn(rows, known) {
    const named = [...new Set(rows.map((row) => row.doc_id))].map(async (doc) => [doc, parley.headline(await parley.article(doc))]);
    const headlines = new Map(await Promise.all(named));
    const groups = new Map();
    for (const row of rows) {
      const key = [row.unit, row.sort, parley.relations.get(row.role)?.title.toLowerCase() || row.role].filter(Boolean).join(" · ");
      groups.set(key, [...(groups.get(key) || []), row]);
    }
    return [...groups].map(([key, own]) => {
      const most = Math.max(...own.flatMap((row) => [row.low, row.high]).filter((n) => n !== undefined && n !== null), 1) * 1.25;
      const excluding = own.some((row) => row.excludes);
      const columns = ["value", "unit", "role", "sort", "quantity", "counted", "doc_id", "publisher", "published", "excludes"];
      return [parley.scrolling(`Figures: ${key}`, el("table", { class: "figures" },
        el("caption", null, words(key), " ", parley.saver(`figures ${key}`, columns, () => own.map((row) => columns.map((name) => row[name])))),
        el("thead", null, el("tr", null, ["Figure", own.length > 1 && "On one scale", "Of whom or what", "Who says it", "Report", excluding && "Excludes"].filter(Boolean).map((name) => el("th", { scope: "col", class: CLASSES[name] }, name)))),
        el("tbody", null, own.map((row) => el("tr", { id: row.id, class: row.excludes ? "excluding" : null },
          el("td", null, el("a", { class: "label", href: toLabel(row.doc_id, row.quantity_id) }, el("b", null, said(row))), row.quantity ? el("div", { class: "muted" }, "“", words(row.quantity), "”") : null),
          own.length > 1 ? el("td", { class: "on-scale" }, scale(row, most)) : null,
          el("td", null, row.counted_id ? el("a", { class: "quiet", href: toLabel(row.doc_id, row.counted_id) }, words(row.counted || row.counted_id)) : words(row.counted || ""), row.is_part ? el("span", { class: "muted" }, " (a part)") : null, row.modality ? el("span", { class: "attribute" }, " ", words(row.modality)) : null),
          el("td", null, row.sources?.length ? row.sources.map((one, k) => [k ? ", " : "", source(one, row, known)]) : el("span", { class: "muted" }, row.statement_id ? "nobody named" : "the report itself"), row.stance ? el("span", { class: "attribute" }, " ", words(row.stance)) : null),
          el("td", { class: "report" }, el("a", { href: toLabel(row.doc_id, row.quantity_id) }, words(headlines.get(row.doc_id))), row.publisher ? [" · ", words(row.publisher)] : null, row.published ? el("div", { class: "muted" }, row.published.slice(0, 10)) : null),
          excluding ? el("td", null, row.excludes ? row.excludes.map((id) => el("div", null, other(id, own))) : el("span", { class: "muted" }, "none")) : null)))))];
    });
  }

  const said = (row) => {
    const [number, bound] = [parley.number, BOUND[row.bound]];
    const text = row.low !== undefined && row.high !== undefined && row.low !== row.high ? `${number(row.low)} to ${number(row.high)}` : number(row.low ?? row.high ?? NaN);
    return words(`${bound ? bound + " " : ""}${text === "NaN" ? row.value : text}`);
  };

  const source = (one, row, known) => {
    const own = one.entities || [];
    return own.length ? own.map((id, k) => [k ? ", " : "", parley.entity(id, known)]) : el("a", { class: "quiet", href: toLabel(row.doc_id, one.id) }, words(one.text || one.id));
  };

  const other = (id, rows) => {
    const row = rows.find((one) => one.id === id);
    return row ? el("a", { href: toLabel(row.doc_id, row.quantity_id) }, said(row)) : words(id);
  };

  /* A number as a dot, bounds as lines that are open where the text leaves them open. */
  function scale(row, most) {
    const x = (n) => 8 + (n / most) * (WIDE - 16), y = HIGH / 2;
    const low = row.low ?? null, high = row.high ?? null;
    const from = low === null ? x(0) : x(low), until = high === null ? WIDE - 4 : x(high);
    return el("svg", { class: "scale", viewBox: `0 0 ${WIDE} ${HIGH}`, "aria-hidden": "true" },
      el("svg:line", { class: "axis", x1: 4, x2: WIDE - 4, y1: y, y2: y }),
      low !== high ? el("svg:line", { class: "range", x1: from, x2: until, y1: y, y2: y }) : null,
      low !== null ? el("svg:circle", { cx: x(low), cy: y, r: 5 }) : null, high !== null && high !== low ? el("svg:circle", { cx: x(high), cy: y, r: 5 }) : null);
  }

  parley.more.push({ view: "figures", nav: "Figures", show, when: (o) => o.figures, card: (o, draw) => draw(to("figures"), "Which numbers differ?", "What each report counts of one event, side by side, with source and bound.", `${parley.count(o.figures, "figure")}, ${parley.number(o.excluding)} exclude another`) });
})(window.parley);
