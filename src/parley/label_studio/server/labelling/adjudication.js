// On the adjudication screen, where the config has a place for the lead's list: disagreements are numbered rows; the
// one in turn shows its rivals, each kept by a key or a click. In the text is what is undecided; Shift+S shows all.
// Everything is done to Label Studio's own regions and arrows, as by hand: what is submitted is what they say.
(() => {
  const { annotation, canEdit, give, regions: regionsThere, make: makeWithText } = window.parley;
  const OPEN = "? "; // how the label of an undecided arrow begins
  const KEEP = "keep";
  const REJECT = "reject";
  const STYLE = `
    .parley-disputes, .parley-said { display: none; }
    .parley-columns .parley-details { flex: 0 0 21rem; min-width: 0; }
    .parley-decisions { max-height: calc(100vh - 31rem); min-height: 16rem; margin-bottom: 12px; display: flex; flex-direction: column;
      font-size: 13px; line-height: 1.35; border: 1px solid var(--color-neutral-border, #ccc); border-radius: 6px; }
    .parley-decisions header { padding: 8px 10px; border-bottom: 1px solid var(--color-neutral-border, #ccc); }
    .parley-decisions header b { font-size: 14px; }
    .parley-decisions header div { display: flex; justify-content: space-between; flex-wrap: wrap; gap: 0 10px; }
    .parley-decisions progress { width: 100%; height: 6px; margin: 4px 0; display: block; accent-color: #2e7d32; }
    .parley-decisions ol { list-style: none; margin: 0; padding: 0; overflow-y: auto; flex: 1 1 auto; min-height: 0; }
    .parley-decisions li { border-bottom: 1px solid var(--color-neutral-border, #e5e5e5); }
    .parley-decisions .row { display: flex; gap: 7px; width: 100%; padding: 5px 8px; border: 0; background: none;
      text-align: start; cursor: pointer; color: inherit; font: inherit; align-items: baseline; }
    .parley-decisions .row:hover { background: var(--color-neutral-emphasis-subtle, #f2f2f2); }
    .parley-decisions .number { flex: none; min-width: 1.7em; border-radius: 9px; text-align: center; font-weight: 700;
      background: #b45309; color: #fff; padding: 0 3px; }
    .parley-decisions .decided .number { background: #2e7d32; }
    .parley-decisions .words { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .parley-decisions .what { flex: none; opacity: 0.75; }
    .parley-decisions .decided .words { opacity: 0.65; }
    .parley-decisions .decided .what { color: #2e7d32; opacity: 1; font-weight: 600; }
    .parley-decisions .now { background: var(--color-primary-background, #eef3ff);
      box-shadow: inset 3px 0 0 #4c5fa9; }
    .parley-decisions .now .words { white-space: normal; }
    .parley-decisions .rivals { padding: 0 8px 8px 12px; display: flex; flex-direction: column; gap: 5px; }
    .parley-decisions .rival { display: flex; gap: 4px; }
    .parley-decisions .rivals button, .parley-decisions .rivals select { font: inherit; color: inherit; cursor: pointer;
      padding: 4px 7px; border: 1px solid var(--color-neutral-border, #bbb); border-radius: 4px;
      background: var(--color-neutral-background, #fff); }
    .parley-decisions .rivals button:hover { border-color: #4c5fa9; }
    .parley-decisions .rivals .keep { flex: 1; min-width: 0; text-align: start; }
    .parley-decisions .rivals .kept { outline: 2px solid #2e7d32; outline-offset: -1px; }
    .parley-decisions .rivals .out { opacity: 0.55; text-decoration: line-through; }
    .parley-decisions .all { display: flex; flex-wrap: wrap; gap: 5px; }
    .parley-decisions .all select { max-width: 100%; }
    .parley-decisions kbd { font: 600 11px/1 ui-monospace, monospace; opacity: 0.7; padding-right: 4px; }
    .parley-decisions .differs { background: #ffe08a; color: #222; border-radius: 2px; padding: 0 2px; }
    .parley-decisions label { cursor: pointer; user-select: none; }
  `;

  let shown = ""; // what the list looked like when it was drawn last
  let dressed = ""; // and the text
  let now = 0; // the row in turn, from 0
  let ofTask = ""; // the annotation it is a row of
  let all = false; // whether agreed and decided labels are in sight
  let unseen = []; // regions that are folded
  let folded = new Set(); // the pairs of regions whose arrows were offered
  const style = document.createElement("style"); // the labels' numbers in the text

  // ---- what is on the screen

  const screen = () => {
    const store = annotation();
    const place = document.querySelector(".parley-decisions");
    const rows = window.Htx?.task?.dataObj?.rows;
    if (!store || store.type !== "annotation" || !place || !Array.isArray(rows)) return null;
    const regions = new Map(regionsThere().map((region) => [region.cleanId, region]));
    const page = { store, place, rows, regions, arrows: null };
    lookAtArrows(page);
    return page;
  };

  const choice = (region, control) =>
    region.results.find((result) => result.from_name.name === control)?.mainValue?.[0] ?? "";

  // ---- spans: what is decided of each, as Parley reads a submission

  const isChanged = (region, candidate) => {
    const { start, end } = region.serialize().value;
    if (start !== candidate.at[0] || end !== candidate.at[1]) return true;
    const said = {};
    for (const { from_name: control, mainValue } of region.results) {
      if (!["said-by", "verdict", "reason"].includes(control.name)) said[control.name] = mainValue;
    }
    const plain = (values) =>
      JSON.stringify(Object.entries(values).filter(([, value]) => value?.length).sort(([a], [b]) => (a < b ? -1 : 1)));
    return plain(said) !== plain(candidate.given);
  };

  const spanState = (row, { regions }) => {
    const rivals = row.candidates.map((candidate) => {
      const region = regions.get(candidate.region);
      const verdict = region ? choice(region, "verdict") : REJECT;
      return { changed: region ? isChanged(region, candidate) : false, verdict };
    });
    const left = rivals.filter((rival) => rival.verdict !== REJECT);
    let chosen = left.filter((rival) => rival.verdict === KEEP || rival.changed);
    if (!chosen.length && left.length === 1 && rivals.length > 1) chosen = left;
    const kept = rivals.map((rival) => chosen.includes(rival));
    return { open: left.length > 0 && !chosen.length, kept, edited: chosen.some((rival) => rival.changed) };
  };

  // ---- what is said of the whole article: of no region, one set of values

  const ON_DOCUMENT = "verdict-document";
  const isDocument = (row) => Array.isArray(row.document);
  const saidOf = ({ store }) =>
    Object.fromEntries(
      store.results
        .filter((one) => one.from_name.name.endsWith("-document"))
        .map((one) => [one.from_name.name, [one.mainValue].flat(2)]),
    );
  const listed = (values) =>
    JSON.stringify(Object.entries(values).map(([name, value]) => [name, [value].flat(2)]).sort(([a], [b]) => (a < b ? -1 : 1)));

  const documentState = (row, page) => {
    const { [ON_DOCUMENT]: verdict = [""], ...said } = saidOf(page);
    const open = !verdict[0] && row.document.some((name) => !said[name]?.length);
    const stays = !open && verdict[0] !== REJECT;
    const kept = row.candidates.map((one) => stays && listed(one.given) === listed(said));
    return { open, kept, edited: stays && !kept.some(Boolean) };
  };

  const decideDocument = (row, page, kept) => {
    const chosen = kept?.length ? row.candidates[kept[0]].given : {};
    const names = kept?.length === 0 ? [] : new Set(row.document);
    const values = Object.fromEntries([...names].map((name) => [name, [chosen[name] ?? []].flat(2)]));
    give({ ...values, [ON_DOCUMENT]: kept === null ? [] : [kept.length ? KEEP : REJECT] });
  };

  // ---- relations

  const endsOf = ({ node1, node2, direction }) =>
    direction === "left" ? [node2.cleanId, node1.cleanId] : [node1.cleanId, node2.cleanId];
  const arrowOf = (ends, page) => page.arrows.get(ends.join());
  const lookAtArrows = (page) => {
    page.arrows = new Map(page.store.relationStore.relations.map((arrow) => [endsOf(arrow).join(), arrow]));
  };
  const pairOf = (ends) => [...ends].sort().join(); // of both ways between two regions
  const pairsOf = (row) => new Set(row && isRelation(row) ? row.candidates.flatMap((one) => one.arrows.map(pairOf)) : []);

  // whether something runs against the first candidate of its row
  const isTurned = (row, ends) => {
    const goesAs = (way) => row.candidates.find((one) => one.arrows.some((arrow) => arrow.join() === way.join()));
    const [along, against] = [goesAs(ends), goesAs([...ends].reverse())];
    const [first] = row.candidates[0].places;
    return along ? along.places[0] !== first : against?.places[0] === first;
  };
  const isOther = (row, label, turned) => row.others.some(([name, way]) => name === label && way === turned);

  const labelsOf = (arrow) => [...(arrow?.labels ?? [])];
  const isOpen = (arrow) => labelsOf(arrow).some((label) => label.startsWith(OPEN));

  const placeIsGone = (place, page) => {
    const row = page.rows.find((one) => one.id === place);
    if (!row) return !page.regions.has(place) || choice(page.regions.get(place), "verdict") === REJECT;
    const state = spanState(row, page);
    if (state.open || state.kept.some(Boolean)) return false;
    const [first, last] = [0, 1].map((end) => row.candidates.map((one) => one.at[end]));
    const offered = new Set(page.rows.flatMap((one) => one.candidates.map((candidate) => candidate.region)));
    return ![...page.regions.values()].some((region) => {
      const { start, end } = region.serialize().value;
      return !offered.has(region.cleanId) && region.origin === "manual" && start < Math.max(...last) && end > Math.min(...first);
    });
  };

  const relationState = (row, page) => {
    const gone = row.candidates.every((candidate) => candidate.places.some((place) => placeIsGone(place, page)));
    const kept = row.candidates.map((candidate) =>
      candidate.arrows.some((ends) => {
        const arrow = arrowOf(ends, page);
        return arrow && !isOpen(arrow) && labelsOf(arrow).includes(candidate.label);
      }),
    );
    const open = row.candidates.some((candidate) => candidate.arrows.some((ends) => isOpen(arrowOf(ends, page))));
    const other = otherArrow(row, page);
    return { open: !gone && open && !kept.some(Boolean), kept, edited: !kept.some(Boolean) && Boolean(other), gone, other };
  };

  // a label between the places that nobody gave: what the lead chose instead
  const otherArrow = (row, page) => {
    const pairs = row.candidates.flatMap((one) => one.arrows).flatMap(([head, tail]) => [[head, tail], [tail, head]]);
    for (const ends of pairs) {
      const [arrow, turned] = [arrowOf(ends, page), isTurned(row, ends)];
      const label = labelsOf(arrow).find((one) => isOther(row, one, turned));
      if (label && !isOpen(arrow)) return { label, turned };
    }
    return null;
  };

  const isRelation = (row) => "others" in row;
  const stateOf = (row, page) =>
    isRelation(row) ? relationState(row, page) : isDocument(row) ? documentState(row, page) : spanState(row, page);

  // ---- decisions

  const choose = (page, region, control, value) => {
    if (choice(region, control) === value) return;
    page.store.selectArea(region);
    const tag = page.store.names.get(control);
    tag.setResult(value ? [value] : []);
    tag.updateResult();
  };

  const decideSpan = (row, page, kept) => {
    row.candidates.forEach((candidate, number) => {
      const region = page.regions.get(candidate.region);
      if (region) choose(page, region, "verdict", kept === null ? "" : kept.includes(number) ? KEEP : REJECT);
    });
  };

  // kept: numbers of candidates, null if nothing is decided any more; instead: another label, and its way
  const decideRelation = (row, page, kept, instead) => {
    const [first] = row.candidates[0].arrows;
    const put = instead?.turned ? [...first].reverse() : first;
    const pairs = [...row.candidates.flatMap((one) => one.arrows), ...(instead ? [put] : [])];
    for (const ends of new Map(pairs.map((one) => [one.join(), one])).values()) {
      const turned = isTurned(row, ends);
      const given = row.candidates.filter((one) => one.arrows.some((arrow) => arrow.join() === ends.join()));
      const labels = labelsOf(arrowOf(ends, page)).filter(
        (label) => !label.startsWith(OPEN) && !given.some((one) => one.label === label) && !isOther(row, label, turned),
      );
      for (const one of given) {
        if (kept === null || kept.includes(row.candidates.indexOf(one))) labels.push(one.label);
        if (kept === null) labels.push(...one.who.map((who) => OPEN + who));
      }
      if (instead && ends.join() === put.join()) labels.push(instead.label);
      setArrow(page, ends, [...new Set(labels)], row.symmetric);
    }
  };

  const setArrow = (page, ends, labels, symmetric) => {
    const relations = page.store.relationStore;
    const there = arrowOf(ends, page);
    if (!labels.length) {
      if (there) relations.deleteRelation(there);
      lookAtArrows(page);
      return;
    }
    const [head, tail] = ends.map((end) => page.regions.get(end));
    const arrow = there ?? (head && tail && relations.addRelation(head, tail));
    if (!arrow) return;
    arrow.setRelations(labels);
    const bothWays = labels.every((label) => symmetric.includes(label) || label.startsWith(OPEN));
    const way = bothWays ? "bi" : arrow.node1 === head ? "right" : "left";
    while (arrow.direction !== way) arrow.rotateDirection();
    lookAtArrows(page);
  };

  const decide = (number, kept, instead = null) => {
    const page = screen();
    const row = page?.rows[number];
    if (!row || !canEdit()) return;
    if (isRelation(row)) decideRelation(row, page, kept, instead);
    else if (isDocument(row)) decideDocument(row, page, kept);
    else decideSpan(row, page, kept);
    if (kept === null) go(number);
    else goOn(number);
  };

  const goOn = (from, step = 1) => {
    const page = screen();
    const count = page.rows.length;
    for (let away = 1; away <= count; away += 1) {
      const next = (from + step * away + count * away) % count;
      if (stateOf(page.rows[next], page).open) return go(next);
    }
    return go(from);
  };

  // ---- where a row is in the text

  const regionsOf = (row) =>
    isRelation(row) ? row.candidates.flatMap((one) => one.arrows.flat()) : row.candidates.map((one) => one.region);

  const go = (number, which = null) => {
    now = number;
    const page = screen();
    const row = page.rows[number];
    if (!row) return;
    tidy(page);
    const regions = regionsOf(row).map((name) => page.regions.get(name)).filter(Boolean);
    page.store.relationStore.removeHighlight();
    if (isDocument(row)) {
      page.store.unselectAll();
    } else if (isRelation(row)) {
      page.store.unselectAll();
      const arrow = row.candidates.flatMap((one) => one.arrows).map((ends) => arrowOf(ends, page)).find(Boolean);
      arrow?.setSelfHighlight(true);
    } else {
      const { kept } = stateOf(row, page);
      const chosen = which ?? Math.max(0, kept.indexOf(true));
      const region = page.regions.get(row.candidates[chosen].region) ?? regions[0];
      if (region) page.store.selectArea(region);
    }
    reveal(regions);
    draw(page);
  };

  const scroller = (element) => {
    for (let at = element?.parentElement; at; at = at.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(at).overflowY) && at.scrollHeight > at.clientHeight) return at;
    }
    return document.scrollingElement;
  };

  const reveal = (regions) => {
    const spans = regions.flatMap((region) => region._spans ?? []).filter((span) => span.isConnected);
    if (!spans.length) return;
    const frame = scroller(spans[0]);
    const box = frame.getBoundingClientRect();
    const bar = document.querySelector(".parley-labels")?.getBoundingClientRect().height ?? 0;
    const tops = spans.map((span) => span.getBoundingClientRect());
    const [top, bottom] = [Math.min(...tops.map((one) => one.top)), Math.max(...tops.map((one) => one.bottom))];
    const [from, to] = [box.top + bar + 50, box.bottom - 70];
    if (top >= from && bottom <= to) return;
    const wanted = bottom - top > to - from ? top - from : (top + bottom) / 2 - (from + to) / 2;
    frame.scrollBy({ top: wanted, behavior: "instant" });
  };

  // ---- what is in sight in the text

  const tidy = (page) => {
    const states = page.rows.map((row) => stateOf(row, page));
    const marks = [...page.arrows.values()].map((arrow) => labelsOf(arrow).join()).join();
    const look = JSON.stringify([page.store.id, all, now, states, page.regions.size, marks]);
    if (look === dressed) return;
    dressed = look;
    const seen = new Set();
    const numbers = [];
    const offered = new Set();
    page.rows.forEach((row, number) => {
      const state = states[number];
      if (isRelation(row)) {
        for (const end of regionsOf(row)) if (!state.gone && (state.open || number === now)) seen.add(end);
        return;
      }
      row.candidates.forEach((candidate) => {
        offered.add(candidate.region);
        if (state.open || number === now) seen.add(candidate.region);
        const region = page.regions.get(candidate.region);
        if (!region) return;
        const words = `${number + 1} ${labelsOfRegion(region)} ${candidate.who.join(", ")}`;
        const own = `.${CSS.escape(region.className)}[data-label]`;
        numbers.push(`${own}::after { content: ${JSON.stringify(words)} !important; }`);
        if (states[number].open) numbers.push(`${own}:not(.__active)::after { color: #9a3412; background: #fffd; }`);
      });
    });
    unseen = [];
    for (const [name, region] of page.regions) {
      const proposed = region.origin !== "manual";
      const hidden = !all && proposed && !seen.has(name);
      if (region.hidden !== hidden) region.toggleHidden();
      if (hidden) unseen.push(region);
      if (!all && !hidden && proposed && !offered.has(name)) {
        const plain = JSON.stringify(labelsOfRegion(region));
        numbers.push(`.${CSS.escape(region.className)}[data-label]::after { content: ${plain} !important; opacity: 0.6 }`);
      }
    }
    const inTurn = pairsOf(page.rows[now]);
    for (const [ends, arrow] of page.arrows) {
      const name = pairOf(ends.split(",")); // one that the lead drew stays in sight
      const visible = all || isOpen(arrow) || inTurn.has(name) || !folded.has(name);
      if (arrow.visible !== visible) arrow.toggleVisibility();
    }
    style.textContent = numbers.join("\n");
    (document.querySelector(".parley-text iframe")?.contentDocument ?? document).head.append(style);
  };

  const labelsOfRegion = (region) => (region.labeling?.selectedLabels ?? []).map((label) => label.value).join(",");

  // ---- the list

  const make = (tag, kind = "", ...inside) => {
    const element = makeWithText(tag, kind);
    element.append(...inside);
    return element;
  };

  const button = (kind, key, act, ...inside) => {
    const element = make("button", kind, ...(key ? [make("kbd", "", key)] : []), ...inside);
    element.type = "button";
    element.addEventListener("click", () => {
      element.blur(); // or the next key would press it again
      act();
    });
    return element;
  };

  const short = (text, most = 60) => (text.length > most ? `${text.slice(0, most - 18)} … ${text.slice(-15)}` : text);
  const quoted = (text, most) => (/^["“‘«„]/.test(text) ? short(text, most) : `“${short(text, most)}”`);

  const summary = (row) => {
    const [first, ...more] = row.candidates;
    if (isRelation(row)) {
      const names = row.candidates.map((one) => one.label);
      return `${[...new Set(names)].join(" / ")}: ${short(first.head[1], 30)} → ${short(first.tail[1], 30)}`;
    }
    if (isDocument(row)) return "The whole article";
    const labels = new Set([first, ...more].map((one) => one.label));
    return `${[...labels].join(" / ")} ${quoted(first.text)}`;
  };

  const outcome = (row, state) => {
    if (state.gone) return "went with its span";
    if (state.open) return row.about;
    if (state.edited) return state.other ? `✓ ${state.other.label}` : "✓ edited";
    const who = row.candidates.filter((_, number) => state.kept[number]).map((one) => one.who.join(", "));
    return who.length ? `✓ ${who.join(" + ")}` : "✓ none";
  };

  const wordsOf = (row, candidate) => {
    const others = row.candidates.filter((one) => one !== candidate);
    const mark = (text, same) => (others.length && !same ? make("span", "differs", text) : text);
    if (isRelation(row)) {
      const end = ([label, text]) => `${label} ${quoted(text, 50)}`;
      const label = mark(candidate.label, others.every((one) => one.label === candidate.label));
      const way = others.every((one) => one.places[0] === candidate.places[0]);
      return [label, ": ", mark(`${end(candidate.head)} → ${end(candidate.tail)}`, way)];
    }
    const parts = isDocument(row) ? [] : [
      mark(candidate.label, others.every((one) => one.label === candidate.label)),
      " ",
      mark(quoted(candidate.text, 120), others.every((one) => one.text === candidate.text)),
    ];
    const names = new Set(row.candidates.flatMap((one) => Object.keys(one.attributes)));
    for (const name of [...names].sort()) {
      const same = others.every((one) => String(one.attributes[name]) === String(candidate.attributes[name]));
      const value = candidate.attributes[name]; // a list, if several rows are named
      if (value !== undefined || !same) parts.push(" ", mark(`${name}=${value ?? "–"}`, same));
    }
    return parts;
  };

  const rivals = (row, number, state) => {
    const decided = !state.open;
    const box = make("div", "rivals");
    row.candidates.forEach((candidate, at) => {
      const kind = decided && !state.gone ? (state.kept[at] ? "keep kept" : "keep out") : "keep";
      const who = make("b", "", `${candidate.who.join(", ")}: `);
      const line = make("div", "rival", button(kind, `⇧${at + 1}`, () => decide(number, [at]), who, ...wordsOf(row, candidate)));
      if (!isRelation(row)) {
        const edit = button("edit", "", () => {
          decide(number, [at]);
          go(number, at);
        }, "edit");
        edit.title = "keep it, and change it: attributes below, edges in the text";
        line.append(edit);
      }
      box.append(line);
    });
    const every = row.candidates.map((_, at) => at);
    const more = make("div", "all");
    if (every.length > 1 && canAll(row)) more.append(button("", "⇧A", () => decide(number, every), every.length > 2 ? "all" : "both"));
    more.append(button("", "⇧0", () => decide(number, []), every.length > 1 ? "none" : "reject"));
    if (isRelation(row) && row.others.length) more.append(other(row, number, state));
    if (decided && !state.gone) more.append(button("", "", () => decide(number, null), "undo"));
    box.append(more);
    return box;
  };

  // two labels of one name on the same words cannot both be in gold
  const canAll = (row) => {
    const names = row.candidates.map((one) => (isRelation(row) ? one.arrows.join() : one.at) + one.label);
    return new Set(names).size === names.length;
  };

  const other = (row, number, state) => {
    const list = make("select", "other");
    list.append(new Option("another relation …", ""));
    const [head, tail] = [row.candidates[0].head[1], row.candidates[0].tail[1]].map((text) => short(text, 20));
    row.others.forEach(([label, turned], at) => {
      const option = new Option(`${label}: ${turned ? `${tail} → ${head}` : `${head} → ${tail}`}`, String(at));
      option.selected = state.other?.label === label && state.other?.turned === turned;
      list.append(option);
    });
    list.addEventListener("change", () => {
      const [label, turned] = row.others[Number(list.value)] ?? [];
      list.blur();
      if (label) decide(number, [], { label, turned });
    });
    return list;
  };

  const draw = (page) => {
    const states = page.rows.map((row) => stateOf(row, page));
    const look = JSON.stringify([page.store.id, all, now, states]);
    if (look === shown && page.place.firstChild) return;
    shown = look;
    const done = states.filter((state) => !state.open).length;
    const bar = make("progress");
    bar.max = page.rows.length || 1;
    bar.value = done;
    const box = make("input");
    box.type = "checkbox";
    box.checked = all;
    box.addEventListener("change", () => {
      box.blur();
      showAll(box.checked);
    });
    const head = make(
      "header",
      "",
      make("b", "", page.rows.length ? `${done} of ${page.rows.length} disagreements decided` : "No disagreement"),
      bar,
      make(
        "div",
        "",
        make("label", "", box, " show all labels ", make("kbd", "", "⇧S")),
        make("span", "", make("kbd", "", "⇧↓ ⇧↑"), "next, previous"),
      ),
    );
    const list = make("ol");
    page.rows.forEach((row, number) => {
      const state = states[number];
      const line = make("li", `${state.open ? "open" : "decided"}${number === now ? " now" : ""}`);
      const place = button("row", "", () => go(number), make("span", "number", String(number + 1)));
      place.append(make("span", "words", summary(row)), make("span", "what", outcome(row, state)));
      line.append(place);
      if (number === now) line.append(rivals(row, number, state));
      list.append(line);
    });
    const before = page.place.querySelector("ol")?.scrollTop ?? 0;
    page.place.replaceChildren(head, list);
    list.scrollTop = before;
    const current = list.children[now];
    if (current) {
      const [top, bottom] = [current.offsetTop - list.offsetTop, current.offsetTop - list.offsetTop + current.offsetHeight];
      if (top < list.scrollTop) list.scrollTop = top;
      else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
    }
  };

  const showAll = (wanted) => {
    all = wanted;
    const page = screen();
    tidy(page);
    draw(page);
  };

  // ---- keys, and the look at what has changed

  const act = (event) => {
    const page = event.shiftKey && !event.ctrlKey && !event.altKey && screen();
    const row = page && page.rows[now];
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1];
    if (!page) return null;
    if (event.code === "KeyS") return () => showAll(!all);
    if (event.code === "ArrowDown") return () => goOn(now);
    if (event.code === "ArrowUp") return () => goOn(now, -1);
    if (!row) return null;
    if (event.code === "KeyA") return () => canAll(row) && decide(now, row.candidates.map((_, at) => at));
    if (digit === "0") return () => decide(now, []);
    if (digit) return () => row.candidates[digit - 1] && decide(now, [digit - 1]);
    return null;
  };

  window.parley.keysFirst((_, event) => {
    const wanted = window.parley.isRelating() ? null : act(event);
    wanted?.();
    return Boolean(wanted);
  });

  let quiet = ""; // what the last look was at
  let skipped = 0;
  window.parley.follow(() => {
    const store = annotation();
    const { undoIdx, history } = store?.history ?? {};
    // the editor makes the marks of a region anew now and then, and forgets that it is hidden
    if (store) for (const region of unseen) region._spans?.forEach((span) => span.classList.add("__hidden"));
    const state = [window.Htx?.task?.id, store?.id, undoIdx, history?.length, store?.areas?.size].join();
    if (state === quiet && document.querySelector(".parley-decisions > ol") && skipped < 10) {
      skipped += 1; // nothing was done: a look costs more than an editor with 300 labels has to spare
      return;
    }
    [quiet, skipped] = [state, 0];
    const page = screen();
    if (!page || ![...page.regions.values()].every((region) => region._spans || !region.object.isReady)) return;
    if (!document.getElementById("parley-adjudication")) {
      const own = make("style", "", STYLE);
      own.id = "parley-adjudication";
      document.head.append(own);
    }
    if (ofTask !== `${window.Htx.task.id}/${page.store.id}`) {
      ofTask = `${window.Htx.task.id}/${page.store.id}`;
      shown = dressed = "";
      folded = new Set([...page.arrows.keys()].map((ends) => pairOf(ends.split(","))));
      now = Math.max(0, page.rows.findIndex((row) => stateOf(row, page).open));
      go(now);
      return;
    }
    tidy(page);
    draw(page);
  });
})();
