/* An article: its text with every label, and beside it all that is known of the label that is chosen. */
"use strict";
(function (parley) {
  const { el, put, words, replace, toLabel } = parley;
  const SHORT = 60; // characters of an end's words in a line
  const LANE = 4; // pixels of a line below the words
  const short = (text) => (text.length > SHORT ? text.slice(0, SHORT - 1) + "…" : text);

  /* Return lanes: a label's line is below those of the labels inside it. */
  function lanes(article, shown) {
    const { start, end } = article.spans;
    const by = [...shown].sort((a, b) => end[a] - start[a] - (end[b] - start[b]) || a - b);
    const found = new Map();
    for (const n of by) {
      let lane = 0;
      for (const [other, its] of found) if (start[other] < end[n] && end[other] > start[n]) lane = Math.max(lane, its + 1);
      found.set(n, lane);
    }
    return found;
  }

  /* Return the paragraphs of a stretch of text, cut where a label begins or ends. A piece knows its labels, shortest first. */
  parley.drawn = function (article, from, to, shown, marked) {
    const { start, end, label } = article.spans;
    const lane = lanes(article, shown);
    const inside = [...shown].filter((n) => start[n] < to && end[n] > from);
    const text = article.slice(from, to);
    let at = from;
    return text.split("\n").map((line) => {
      const first = at, last = at + Array.from(line).length;
      at = last + 1;
      const own = inside.filter((n) => start[n] < last && end[n] > first);
      const cuts = new Set([first, last]);
      for (const n of own) for (const cut of [start[n], end[n]]) if (cut > first && cut < last) cuts.add(cut);
      if (marked) for (const cut of marked) if (cut > first && cut < last) cuts.add(cut);
      const places = [...cuts].sort((a, b) => a - b);
      const deepest = Math.max(0, ...own.map((n) => lane.get(n)));
      const line_ = el("p", { dir: "auto" });
      line_.style.lineHeight = `${(1.98 + deepest * 0.2).toFixed(2)}`;
      for (let n = 0; n + 1 < places.length; n++) {
        const [a, b] = [places[n], places[n + 1]];
        const cover = own.filter((one) => start[one] <= a && end[one] >= b).sort((x, y) => lane.get(x) - lane.get(y));
        const found = marked && marked[0] <= a && marked[1] >= b;
        if (!cover.length && !found) {
          line_.append(article.slice(a, b));
          continue;
        }
        const piece = el("span", { class: "seg" + (found ? " found" : ""), "data-spans": cover.join(" ") }, article.slice(a, b));
        if (cover.length) {
          piece.style.setProperty("--ink", parley.colour(label[cover[0]]));
          if (lane.get(cover[0]) === 0) piece.classList.add("inner");
          const colours = cover.map((one) => parley.colour(label[one]));
          piece.style.backgroundImage = [...colours.map((c) => `linear-gradient(${c}, ${c})`), "none"].join(", "); // the last is the tint's
          piece.style.backgroundClip = [...cover.map(() => "border-box"), "content-box"].join(", ");
          piece.style.backgroundPosition = cover.map((one) => `0 calc(1.28em + ${lane.get(one) * LANE}px)`).join(", ");
          piece.style.backgroundSize = cover.map(() => "100% 2px").join(", ");
          piece.style.paddingBottom = `${4 + lane.get(cover[cover.length - 1]) * LANE}px`;
        }
        line_.append(piece);
      }
      return line_;
    });
  };

  /* ---- the view ---------------------------------------------------------------------------------------------- */

  let open = null; // the article on the screen, and what was drawn of it

  parley.showArticle = async function (main, where) {
    const known = await parley.entities();
    if (open?.doc !== where.article || !main.contains(open.frame)) {
      const article = await parley.article(where.article);
      if (parley.address().article !== where.article) return; // the reader went on meanwhile
      open = frame(article, known);
      replace(main, open.frame);
    }
    const hidden = new Set((where.own.get("hide") || "").split(",").filter(Boolean));
    const found = where.own.get("at")?.split("-").map(Number);
    if (open.hidden === undefined || [...hidden].join() !== open.hidden || String(found) !== open.found) text(open, hidden, found);
    choose(open, where.name, known);
    document.title = `${open.article.title || open.doc} · ${parley.overview.title}`;
    if (!where.name && found) open.text.querySelector(".found")?.scrollIntoView({ block: "center" });
  };

  function frame(article, known) {
    const one = { doc: article.doc_id, article };
    const counts = new Map();
    for (const label of article.spans.label) counts.set(label, (counts.get(label) || 0) + 1);
    one.legend = el("div", { class: "legend", role: "group", "aria-label": "Labels that are shown" });
    one.counts = counts;
    one.text = el("div", { class: "text", id: "text", tabindex: 0, role: "region", "aria-label": "Article. Arrow keys go from label to label." });
    one.arrows = el("svg", { class: "arrows", "aria-hidden": "true" });
    one.sheet = el("div", { class: "sheet" }, one.text, one.arrows);
    one.panel = el("section", { class: "panel", "aria-label": "The chosen label", tabindex: -1 });
    one.list = el("details", { class: "all" }, el("summary", null, `All ${parley.count(article.spans.id.length, "label")} as a list`));
    one.list.addEventListener("toggle", () => {
      if (one.list.open && one.list.childElementCount === 1) one.list.append(list(article, known));
    });
    one.text.addEventListener("click", (event) => click(one, event));
    one.text.addEventListener("keydown", (event) => key(one, event));
    const facts = [
      article.publisher && [el("dt", null, "Outlet"), el("dd", null, words(article.publisher))],
      article.published && [el("dt", null, "Published"), el("dd", null, words(article.published.replace("T", " ")))],
      article.event && [el("dt", null, "About"), el("dd", null, el("a", { href: parley.to("articles", "", { event: article.event }) }, words(article.event)))],
      ...(article.said ?? []).map(([title, value, means]) => [el("dt", null, words(title)), el("dd", means ? { title: means } : null, words(value))]),
      [el("dt", null, "Split"), el("dd", null, article.split)],
      [el("dt", null, "Rights"), el("dd", null, article.rights ? words(article.rights) : "the publisher’s")],
    ];
    one.frame = el("article", { class: "article" },
      el("header", null, el("p", { class: "over" }, el("a", { href: parley.to("articles") }, "Articles"), " / ", words(article.doc_id)),
        el("h1", { dir: "auto" }, headline(article)), el("dl", { class: "facts" }, facts)),
      one.legend,
      el("div", { class: "reading" }, el("div", null, article.text === null ? copy(one, known) : null, one.sheet, one.list), one.panel));
    return one;
  }

  /* What is in place of the title of an article that shows none. */
  parley.headline = headline;
  function headline(article) {
    if (article.title) return article.title;
    if (article.text === null) return article.doc_id;
    const first = article.slice(0, article.sentences[1] ?? 140).trim();
    return first.length > 84 ? first.slice(0, first.lastIndexOf(" ", 82)) + " …" : first;
  }

  function list(article, known) {
    const { spans } = article;
    return el("ol", { class: "rows" }, spans.id.map((id, n) => el("li", null,
      el("a", { href: toLabel(article.doc_id, id) }, parley.chip(spans.label[n]), " ", article.text === null ? `${spans.start[n]}–${spans.end[n]}` : words(short(article.words(n)))),
      article.attributes(n).map(([name, value]) => el("span", { class: "muted" }, " ", parley.value(spans.label[n], name, value, known))))));
  }

  /* Draw the text with the labels that are not hidden. */
  function text(one, hidden, found) {
    const { article, counts } = one;
    one.hidden = [...hidden].join();
    one.found = String(found);
    const shown = article.spans.label.flatMap((label, n) => (hidden.has(label) ? [] : [n]));
    one.shown = shown;
    replace(one.text, article.text === null ? el("p", { class: "muted" }, "The article’s words are not in this page.") : parley.drawn(article, 0, article.length, shown, found));
    const here = parley.address();
    const link = (names) => toLabel(one.doc, here.name, { hide: [...names].join(",") });
    replace(one.legend, parley.overview.ontology.span.filter((label) => counts.has(label.name)).map((label) => {
      const names = new Set(hidden);
      if (!names.delete(label.name)) names.add(label.name);
      return el("a", { class: `toggle l${parley.number_of(label.name)}${hidden.has(label.name) ? " off" : ""}`, href: link(names), role: "switch", "aria-checked": String(!hidden.has(label.name)), title: label.definition },
        words(label.title), " ", el("span", { class: "n" }, counts.get(label.name)));
    }), hidden.size ? el("a", { href: link([]), class: "toggle plain" }, "show all") : el("a", { href: link(counts.keys()), class: "toggle plain" }, "hide all"));
  }

  /* ---- choosing -------------------------------------------------------------------------------------------------- */

  function go(one, n) {
    location.hash = toLabel(one.doc, n === null ? "" : one.article.spans.id[n], { hide: one.hidden });
  }

  function click(one, event) {
    if (!getSelection().isCollapsed) return;
    const cover = (event.target.closest(".seg")?.dataset.spans || "").split(" ").filter(Boolean).map(Number);
    if (!cover.length) return go(one, null);
    const at = cover.indexOf(one.chosen);
    go(one, cover[(at + 1) % cover.length]); // a second click takes the label around it
  }

  function key(one, event) {
    const { start, end } = one.article.spans;
    const order = one.shown;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = order.indexOf(one.chosen);
    const own = at < 0 ? null : order[at];
    const holds = (a, b) => a !== b && start[a] <= start[b] && end[a] >= end[b];
    const size = (n) => end[n] - start[n];
    let next;
    if (event.key === "ArrowRight") next = order[at + 1];
    else if (event.key === "ArrowLeft") next = at < 0 ? order[order.length - 1] : order[at - 1];
    else if (event.key === "ArrowUp" && own !== null) next = order.filter((n) => holds(n, own)).sort((a, b) => size(a) - size(b))[0];
    else if (event.key === "ArrowDown" && own !== null) next = order.find((n) => holds(own, n));
    else if (event.key === "Enter" && own !== null) one.panel.focus();
    else if (event.key === "Escape") next = null;
    else return;
    event.preventDefault();
    if (next !== undefined) go(one, next);
  }

  /* Show what an address names: a span, a relation, or a label of an annotator that is not published. */
  function choose(one, name, known) {
    const { article, panel } = one;
    one.chosen = article.spanOf.get(name) ?? null;
    const relation = article.relationOf.get(name);
    const reject = name && one.chosen === null && relation === undefined ? article.unpublished.find((r) => `~${r.annotator}/${r.id}` === name || r.id === name) : undefined;
    let drawn = [];
    const lit = new Set();
    if (one.chosen !== null) {
      drawn = article.relations.id.map((_, n) => n).filter((n) => article.relations.head[n] === one.chosen || article.relations.tail[n] === one.chosen);
      lit.add(one.chosen);
      spanPanel(one, one.chosen, drawn, known);
    } else if (relation !== undefined) {
      drawn = [relation];
      relationPanel(one, relation, known);
    } else if (reject) {
      rejectPanel(one, reject, known);
    } else {
      replace(panel, name ? el("p", null, "There is no label ", words(name), " in this article.") : hint(article));
    }
    panel.classList.toggle("none", !name); // of no use on a phone
    one.drawn = drawn;
    const ends = new Set(drawn.flatMap((n) => [article.relations.head[n], article.relations.tail[n]]));
    let first = null;
    for (const piece of one.text.querySelectorAll(".seg")) {
      const own = piece.dataset.spans.split(" ").filter(Boolean).map(Number);
      const chosen = own.includes(one.chosen);
      piece.classList.toggle("chosen", chosen);
      const end = own.find((n) => ends.has(n) && n !== one.chosen);
      piece.classList.toggle("end", !chosen && end !== undefined);
      if (end !== undefined || chosen) piece.style.setProperty("--mark", parley.colour(article.spans.label[chosen ? one.chosen : end]));
      if ((chosen || (one.chosen === null && end !== undefined)) && !first) first = piece;
    }
    one.text.classList.toggle("choosing", Boolean(first));
    if (first) {
      const box = first.getBoundingClientRect();
      const low = matchMedia("(max-width: 60rem)").matches ? innerHeight * 0.5 : innerHeight - 60;
      if (box.top < 70 || box.bottom > low) first.scrollIntoView({ block: matchMedia("(max-width: 60rem)").matches ? "start" : "center" });
    }
    arrows(one);
  }

  const hint = (article) => [el("h2", null, "Choose a label"),
    el("p", null, article.text === null ? "Open the list below to choose one." : "Click words with a line below them, or use the arrow keys in the text. A second click takes the label around it."),
    el("p", { class: "muted" }, `${parley.count(article.spans.id.length, "label")}, ${parley.count(article.relations.id.length, "relation")}. The relations of the label you choose are drawn in the text.`)];

  /* ---- relations, drawn over the text -------------------------------------------------------------------------- */

  function box(one, n) {
    const base = one.sheet.getBoundingClientRect();
    for (const piece of one.text.querySelectorAll(".seg")) {
      if (!piece.dataset.spans.split(" ").includes(String(n))) continue;
      const rect = [...piece.getClientRects()].find((r) => r.width > 0);
      if (rect) return { left: rect.left - base.left, right: rect.right - base.left, top: rect.top - base.top, bottom: rect.bottom - base.top };
    }
    return null;
  }

  /* Return a path that goes between two lines of text and then straight up or down, so that it strikes no words
     through. number: of the path, since several leave from one place. */
  function between(x, y, toX, toY, number) {
    const way = Math.sign(toY - y), far = Math.abs(toY - y), right = Math.sign(toX - x) || 1;
    const lane = y + way * Math.min(4 + (number % 3) * 3, far / 2), r = Math.min(5, Math.abs(lane - y), Math.abs(toX - x) / 2, far / 2);
    if (Math.abs(toX - x) < 8) return `M${x} ${y}L${toX} ${toY}`;
    return `M${x} ${y}V${lane - way * r}Q${x} ${lane} ${x + right * r} ${lane}H${toX - right * r}Q${toX} ${lane} ${toX} ${lane + way * r}V${toY}`;
  }

  function arrows(one) {
    const { relations } = one.article;
    replace(one.arrows);
    const { width, height } = one.sheet.getBoundingClientRect();
    one.arrows.setAttribute("viewBox", `0 0 ${width} ${height}`);
    one.arrows.setAttribute("width", width);
    one.arrows.setAttribute("height", height);
    const tags = []; // [left, right, top]: names of relations, none over another
    const lines = el("svg:g"), names = el("svg:g");
    one.drawn.forEach((n) => {
      const [head, tail] = [box(one, relations.head[n]), box(one, relations.tail[n])];
      if (!head || !tail) return; // an end is hidden
      const known = parley.relations.get(relations.label[n]);
      const label = known?.title || relations.label[n];
      const inward = relations.tail[n] === one.chosen;
      const [near, far] = inward ? [tail, head] : [head, tail]; // the name is above the far end
      const wide = label.length * 6 + 12;
      let y = far.top - 6;
      let x = Math.max(Math.min(far.left + Math.min(far.right - far.left, wide) / 2, width - wide / 2 - 1), wide / 2 + 1);
      while (tags.some(([l, r, t]) => Math.abs(t - y) < 15 && l < x + wide / 2 && r > x - wide / 2)) {
        if (x + wide * 1.5 < width) x += 6;
        else { x = wide / 2 + 1; y -= 15; }
      }
      tags.push([x - wide / 2, x + wide / 2, y]);
      const from = near.left + Math.min(near.right - near.left, 44) / 2;
      const below = far.top > near.bottom - 6;
      const level = Math.abs(far.top - near.top) < 8;
      const start = below ? near.bottom + 2 : near.top + 1;
      const end = below ? y - 7 : far.bottom + 1;
      const right = Math.sign(x - from) || 1, side = x - (right * wide) / 2, beside = y + ((tags.length % 3) - 1) * 3;
      const d = level ? `M${from} ${start}V${beside + 3}Q${from} ${beside} ${from + right * 3} ${beside}H${side}` : between(from, start, x, end, tags.length);
      const tip = (tx, ty, down) => `M${tx - 4} ${ty + (down ? -6 : 6)}L${tx} ${ty}L${tx + 4} ${ty + (down ? -6 : 6)}`;
      const point = known?.symmetric ? null : inward ? tip(from, start, level || !below) : level ? `M${side - right * 6} ${beside - 4}L${side} ${beside}L${side - right * 6} ${beside + 4}` : tip(x, end, below);
      lines.append(el("svg:g", { class: "arrow", "data-id": relations.id[n], "data-head": one.article.spans.id[relations.head[n]], "data-tail": one.article.spans.id[relations.tail[n]] },
        el("svg:path", { class: "halo", d }), el("svg:path", { class: "line", d }), point && el("svg:path", { class: "tip", d: point })));
      names.append(el("svg:g", { class: "name" }, el("svg:rect", { x: x - wide / 2, y: y - 7, width: wide, height: 14, rx: 7 }), el("svg:text", { x, y: y + 3.5 }, label)));
    });
    one.arrows.append(lines, names);
  }
  addEventListener("resize", () => open && arrows(open));

  /* ---- the panel -------------------------------------------------------------------------------------------------- */

  const end = (article, n) => [parley.chip(article.spans.label[n]), " ", article.text === null ? `${article.spans.start[n]}–${article.spans.end[n]}` : words(short(article.words(n)))];

  function spanPanel(one, n, drawn, known) {
    const { article, panel } = one;
    const { spans, relations } = article;
    const label = spans.label[n];
    const values = article.attributes(n);
    const lines = (side, other, before, after) => drawn.filter((r) => relations[side][r] === n && !(side === "tail" && relations.head[r] === n)).map((r) =>
      el("li", null, el("a", { href: toLabel(one.doc, relations.id[r], { hide: one.hidden }), class: "relate" }, before, parley.chip(relations.label[r]), after),
        " ", el("a", { href: toLabel(one.doc, spans.id[relations[other][r]], { hide: one.hidden }) }, end(article, relations[other][r]))));
    replace(panel,
      el("p", { class: "over" }, parley.chip(label, true)),
      el("h2", { dir: "auto", class: "quoted" }, article.text === null ? `Characters ${spans.start[n]}–${spans.end[n]}` : short2(article.words(n))),
      values.length ? el("dl", { class: "values" }, values.map(([name, value]) => [el("dt", null, words(parley.attributeOf(label, name)?.title || name)), el("dd", null, parley.value(label, name, value, known), meaning(label, name, value))])) : null,
      drawn.length ? [el("h3", null, parley.count(drawn.length, "relation")), el("ul", { class: "relations" }, lines("head", "tail", "", " →"), lines("tail", "head", "← ", ""))] : el("p", { class: "muted" }, "No relations."),
      made(one, spans, "spans", n, known),
      place(one, spans.start[n], spans.end[n]),
      el("p", { class: "links" }, el("a", { href: parley.to("labels", label) }, `What ${label} means`), " · ", el("a", { href: toLabel(one.doc, spans.id[n]) }, "Address of this label")));
    parley.say(`${parley.title(label)}: ${article.text === null ? "" : article.words(n)}. ${parley.count(drawn.length, "relation")}.`);
  }

  const short2 = (text) => (text.length > 260 ? text.slice(0, 258) + " …" : text);
  const meaning = (label, name, value) => {
    const found = parley.attributeOf(label, name)?.value?.find((one) => one.name === value)?.definition;
    return found ? el("span", { class: "muted" }, " ", found) : null;
  };

  function relationPanel(one, n, known) {
    const { article, panel } = one;
    const { relations } = article;
    const line = (side, title) => [el("dt", null, title), el("dd", null, el("a", { href: toLabel(one.doc, article.spans.id[relations[side][n]], { hide: one.hidden }) }, end(article, relations[side][n])))];
    const label = relations.label[n];
    replace(panel, el("p", { class: "over" }, parley.chip(label, true)), el("h2", null, "A relation"),
      el("dl", { class: "values" }, line("head", "From"), line("tail", "To")),
      el("p", { class: "muted" }, parley.relations.get(label)?.definition),
      made(one, relations, "relations", n, known),
      el("p", { class: "links" }, el("a", { href: parley.to("labels", label) }, `What ${label} means`), " · ", el("a", { href: toLabel(one.doc, relations.id[n]) }, "Address of this relation")));
    parley.say(`${parley.title(label)}: ${article.words(relations.head[n])} → ${article.words(relations.tail[n])}`);
  }

  function rejectPanel(one, reject, known) {
    const { article, panel } = one;
    const ends = (reject.ends || []).map((e) => e && [parley.chip(e[0]), " ", article.text === null ? `${e[1]}–${e[2]}` : words(short(article.slice(e[1], e[2])))]);
    replace(panel, el("p", { class: "over" }, parley.chip(reject.label, true), " not in the published labels"),
      el("h2", { dir: "auto", class: "quoted" }, reject.kind === "span" ? (article.text === null ? `Characters ${reject.start}–${reject.end}` : short2(article.slice(reject.start, reject.end))) : "A relation"),
      el("dl", { class: "values" }, el("dt", null, "Given by"), el("dd", null, words(reject.annotator + parley.onlyCompared(reject.annotator))),
        ends.length ? [el("dt", null, "From"), el("dd", null, ends[0]), el("dt", null, "To"), el("dd", null, ends[1])] : null,
        Object.entries(reject.attributes || {}).map(([name, value]) => [el("dt", null, words(parley.attributeOf(reject.label, name)?.title || name)), el("dd", null, parley.value(reject.label, name, value, known))]),
        decided(reject.decision, reject.reason, reject.note, reject.lead)),
      reject.into ? el("p", null, "It became ", el("a", { href: toLabel(one.doc, reject.into) }, words(reject.into)), ".") : null,
      reject.kind === "span" ? place(one, reject.start, reject.end) : null);
    const found = reject.kind === "span" ? [reject.start, reject.end] : reject.ends?.[0]?.slice(1);
    if (found && String(found) !== one.found) {
      text(one, new Set(one.hidden ? one.hidden.split(",") : []), found);
      one.found = String(found);
    }
    one.text.querySelector(".found")?.scrollIntoView({ block: "center" });
  }

  const decided = (decision, reason, note, lead) => [
    decision && [el("dt", null, "Decision"), el("dd", null, words(decision), el("span", { class: "muted" }, " ", parley.meaning("decision", decision)))],
    reason && [el("dt", null, "Reason"), el("dd", null, words(reason), el("span", { class: "muted" }, " ", parley.meaning("reason", reason)))],
    note && [el("dt", null, "Note"), el("dd", null, parley.prose(note))],
    lead && [el("dt", null, "Decided by"), el("dd", null, words(lead))],
  ];

  /* How a label came about: each annotator's vote, and what was decided. */
  function made(one, table, kind, n, known) {
    const { article } = one;
    const id = table.id[n];
    const votes = Object.entries(article.votes).map(([name, vote]) => {
      const has = vote[kind][n] === 1;
      const differs = kind === "spans" ? vote.differs[n] : undefined;
      const rivals = kind === "spans" && !has ? article.unpublished.filter((r) => r.annotator === name && r.kind === "span" && r.start < table.end[n] && r.end > table.start[n]) : [];
      return el("li", null, el("span", { class: has && !differs ? "yes" : "no", "aria-hidden": "true" }, has ? (differs ? "≠" : "✓") : "–"), " ", words(name + parley.onlyCompared(name)),
        has ? (differs ? [" gave it with ", Object.entries(differs).map(([attribute, value], k) => [k ? ", " : "", `${attribute} `, value === null ? "empty" : parley.value(table.label[n], attribute, value, known)])] : " gave it") : " did not give it",
        rivals.length ? [": ", rivals.map((r, k) => [k ? ", " : "", el("a", { href: toLabel(one.doc, `~${r.annotator}/${r.id}`) }, parley.chip(r.label), " ", article.text === null ? `${r.start}–${r.end}` : words(short(article.slice(r.start, r.end))))])] : null);
    });
    const decision = decided(table.decision[n], table.reason[n], ...(article.notes[id] || []));
    const any = decision.some(Boolean);
    if (!votes.length && !any && !table.sources[n].length) return null;
    return [el("h3", null, "How it was made"), votes.length ? el("ul", { class: "votes" }, votes) : table.sources[n].length ? el("p", null, "Given by ", words(table.sources[n].join(", "))) : null, any ? el("dl", { class: "values" }, decision) : null];
  }

  /* Where it is: in the clean text, and in the raw page before it was cleaned. */
  function place(one, start, end) {
    const { article } = one;
    const sentence = article.sentences.filter((at) => at <= start).length;
    const raw = article.segments && rawPlace(article.segments, start, end);
    const points = raw && article.raw !== undefined ? Array.from(article.raw) : null;
    return [el("h3", null, "Where it is"),
      el("p", null, `Characters ${start}–${end} of ${parley.number(article.length || end)}`, sentence ? `, sentence ${sentence}` : "", raw ? `; in the raw page ${raw[0]}–${raw[1]}` : "", "."),
      points ? el("details", null, el("summary", null, "The raw page here"),
        el("pre", { class: "raw", dir: "auto", tabindex: 0, role: "region", "aria-label": "Raw page" }, points.slice(Math.max(0, raw[0] - 200), raw[0]).join(""), el("mark", null, points.slice(raw[0], raw[1]).join("")), points.slice(raw[1], raw[1] + 200).join(""))) : null];
  }

  function rawPlace(segments, start, end) {
    const at = (place) => {
      let found = segments[0];
      for (const one of segments) if (one[2] <= place) found = one;
      return Math.min(found[1], found[0] + place - found[2]);
    };
    return [at(start), at(end - 1) + 1];
  }

  /* ---- a reader's own copy --------------------------------------------------------------------------------------- */

  function copy(one, known) {
    const { article } = one;
    const note = el("p", { role: "status" });
    const take = async (file) => {
      const bytes = await file.arrayBuffer();
      const given = new TextDecoder().decode(bytes).replace(/^\ufeff/, "");
      let clean = null;
      try {
        clean = await own(article, bytes, given);
      } catch (error) {
        note.textContent = error.message;
        return;
      }
      if (clean === null) {
        note.textContent = "This file is neither the article’s clean text nor its raw page: not one label would be sure to be in its place. `parley rehydrate` finds the labels in a copy that differs.";
        return;
      }
      Object.assign(article, { text: clean, slice: null, length: Array.from(clean).length });
      const points = Array.from(clean);
      article.slice = (start, end) => points.slice(start, end).join("");
      open = null;
      await parley.showArticle(document.getElementById("main"), parley.address());
    };
    return el("div", { class: "copy" }, el("p", null, "The text belongs to ", article.publisher ? words(article.publisher) : "its publisher", " and is not in this page. If you have a copy, put it in here: it stays in your browser."),
      el("label", null, "Your copy (the raw page, or the clean text) ", el("input", { type: "file", accept: ".txt,text/plain", onchange: (event) => event.target.files[0] && take(event.target.files[0]) })), note);
  }

  /* Return the clean text that a file is, null if it is not the article. */
  async function own(article, bytes, given) {
    if (!globalThis.crypto?.subtle) throw new Error("open the page from a file, or over https: only there can the browser compare your copy");
    const hash = async (data) => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", data)), (b) => b.toString(16).padStart(2, "0")).join("");
    if (await hash(new TextEncoder().encode(given)) === article.text_sha256) return given;
    if (!article.segments || await hash(bytes) !== article.seed_sha256) return null;
    const points = Array.from(given);
    const clean = article.segments.map(([start, end, , blank], n) => {
      const next = article.segments[n + 1];
      const long = next ? next[2] - article.segments[n][2] : end - start;
      return long === end - start && !blank ? points.slice(start, end).join("") : " ".repeat(long);
    }).join("");
    return await hash(new TextEncoder().encode(clean)) === article.text_sha256 ? clean : null;
  }
})(window.parley);
