// A relation by keys. With a span selected, or under the mouse, r begins: letters appear on every span that may
// be the other end, the nearest first. The other end is the span that is clicked, whose letters are typed, or
// that is under the mouse as r is pressed. Then only the names that are legal between the two labels are shown,
// each with its key; if there is one, it is given at once. A name runs from head to tail whichever was first.
// The first span stays selected, for its next relation. A name given again is taken off. Esc leaves.
(() => {
  const { annotation, canEdit, regions, selected, labelOf, config, regionAt, make, CONTAINER } = window.parley;
  const LETTERS = "asdfgqwetzxcvbyhjklnmuiop";
  const MOVED = 5; // px

  let head = null; // the span that was first, while a relation is made
  let tail = null;
  let hints = new Map(); // span by letters
  let typed = "";
  let under = null; // the element under the mouse, if the mouse was moved since it clicked
  let clicked = [0, 0];
  const layer = make("div", "parley-hints");

  window.parley.isRelating = () => head !== null;
  window.parley.lettersOf = (id) => [...hints].find(([, region]) => region.cleanId === id)?.[0] ?? null;
  window.addEventListener(
    "mousemove",
    (event) => {
      const moved = Math.hypot(event.clientX - clicked[0], event.clientY - clicked[1]) > MOVED;
      under = moved ? event.target : null;
    },
    true,
  );
  window.addEventListener("mouseup", (event) => ([clicked, under] = [[event.clientX, event.clientY], null]), true);

  // ---- what is legal -----------------------------------------------------------------------------------------

  const relations = () => {
    const words = (one, name) => (one.getAttribute(name) ?? "").split(" ").filter(Boolean);
    return [...(config()?.querySelectorAll("Relations > Relation") ?? [])].map((one) => ({
      name: one.getAttribute("value"),
      key: one.getAttribute("key"),
      heads: words(one, "head"),
      tails: words(one, "tail"),
      same: one.getAttribute("sameLabel") === "true",
    }));
  };
  const runs = (relation, from, to) =>
    relation.heads.includes(from) && relation.tails.includes(to) && (!relation.same || from === to);
  const legal = (one, other) => {
    const [from, to] = [labelOf(one), labelOf(other)];
    return relations().flatMap((relation) => {
      if (runs(relation, from, to)) return [{ ...relation, from: one, to: other }];
      return runs(relation, to, from) ? [{ ...relation, from: other, to: one }] : [];
    });
  };

  // ---- steps -------------------------------------------------------------------------------------------------

  const start = (first) => {
    if (!relations().length) return;
    if (selected() !== first) annotation().selectArea(first);
    [head, tail, typed] = [first, null, ""];
    const other = under instanceof Element && under.isConnected ? regionAt(under) : null;
    if (other && other !== first && legal(first, other).length) choose(other);
    else point();
  };

  const leave = () => {
    [head, tail, typed, hints] = [null, null, "", new Map()];
    layer.remove();
    document.querySelector(".parley-proposals")?.replaceChildren();
    window.parley.watch();
  };

  const choose = (other) => {
    const names = legal(head, other);
    if (names.length === 1) return name(names[0]);
    tail = other;
    layer.replaceChildren();
    mark(tail, "→");
    show(`${labelOf(head)} – ${labelOf(other)} ${other.text ?? ""}`, names);
  };

  const name = (relation) => {
    const { history, relationStore } = annotation();
    const first = head;
    history.freeze("parley");
    const [there] = relationStore.findRelations(relation.from, relation.to);
    const drawn = there ?? relationStore.addRelation(relation.from, relation.to);
    const labels = [...(drawn.labels ?? [])];
    const left = labels.includes(relation.name) ? labels.filter((one) => one !== relation.name) : [...labels, relation.name];
    if (left.length) drawn.setRelations(left);
    else relationStore.deleteRelation(drawn);
    history.unfreeze("parley");
    leave();
    if (selected() !== first) annotation().selectArea(first);
  };

  // ---- letters on the spans ----------------------------------------------------------------------------------

  // Where a span begins, if that is in sight: not scrolled away, and not under a bar. Arrows cover nothing.
  const boxOf = (region) => {
    const box = region._spans?.[0]?.getClientRects()[0];
    if (!box) return null;
    const there = document.elementsFromPoint(box.left + 2, box.top + box.height / 2);
    const above = there.findIndex((one) => one.closest(CONTAINER));
    return above >= 0 && there.slice(0, above).every((one) => one.closest(".relations-overlay")) ? box : null;
  };

  const mark = (region, words) => {
    const box = boxOf(region);
    if (!box) return;
    const made = make("span", "parley-hint", words);
    // spans that begin at one place have their letters side by side
    const beside = [...layer.children].filter(
      (one) => Math.abs(parseFloat(one.style.top) - box.top) < 4 && Math.abs(parseFloat(one.dataset.left) - box.left) < 4,
    ).length;
    made.dataset.left = box.left;
    made.style.left = `${box.left + beside * 18}px`;
    made.style.top = `${box.top}px`;
    layer.append(made);
  };

  const point = () => {
    const middle = (region) => (region.globalOffsets.start + region.globalOffsets.end) / 2;
    const near = regions()
      .filter((region) => region !== head && !region.hidden && boxOf(region) && legal(head, region).length)
      .sort((one, other) => Math.abs(middle(one) - middle(head)) - Math.abs(middle(other) - middle(head)));
    // as many single letters as leave two-letter ones for the rest
    let single = LETTERS.length;
    while (single > 0 && single + (LETTERS.length - single) * LETTERS.length < near.length) single--;
    if (near.length <= LETTERS.length) single = near.length;
    const words = [...LETTERS.slice(0, single)];
    for (const first of LETTERS.slice(single)) for (const second of LETTERS) words.push(first + second);
    hints = new Map(near.slice(0, words.length).map((region, number) => [words[number], region]));
    drawHints();
    show(`${labelOf(head)} ${head.text ?? ""} → ?`, [], hints.size ? "letters or a click: the other end · Esc" : "no span in sight may be the other end · Esc");
  };

  const drawHints = () => {
    layer.replaceChildren();
    document.body.append(layer);
    for (const [words, region] of hints) if (words.startsWith(typed)) mark(region, words.slice(typed.length));
  };
  window.addEventListener("scroll", () => head && !tail && point(), true);

  const show = (title, names, keys = "a key names it · Esc") => {
    const box = document.querySelector(".parley-proposals");
    if (!box) return;
    box.replaceChildren(make("div", "parley-title", title));
    for (const relation of names) {
      const row = make("div", "parley-row");
      row.append(make("kbd", "", relation.key ?? ""), ` ${relation.name} `);
      row.append(make("small", "", `${labelOf(relation.from)} → ${labelOf(relation.to)}`));
      row.addEventListener("mousedown", (event) => {
        event.preventDefault();
        name(relation);
      });
      box.append(row);
    }
    box.append(make("div", "parley-keys", keys));
  };

  // ---- keys and clicks ---------------------------------------------------------------------------------------

  window.parley.keysFirst((key) => {
    if (!head) {
      const first = key === "r" && canEdit() ? selected() ?? regionAt(under) : null;
      if (first) start(first);
      return key === "r";
    }
    if (key === "escape" || !annotation().areas.has(head.id)) leave();
    else if (key === "backspace") [tail, typed] = [null, ""], point();
    else if (tail) {
      const found = legal(head, tail).find((relation) => relation.key === key);
      if (found) name(found);
    } else {
      typed = [...hints.keys()].some((words) => words.startsWith(typed + key)) ? typed + key : typed;
      if (hints.has(typed)) choose(hints.get(typed));
      else drawHints();
    }
    return true;
  });
  for (const kind of ["mousedown", "mouseup", "click"]) {
    window.addEventListener(
      kind,
      (event) => {
        if (!head || !(event.target instanceof Element) || !event.target.closest(CONTAINER)) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        const other = kind === "click" ? regionAt(event.target) : null;
        if (other && other !== head && legal(head, other).length) choose(other);
      },
      true,
    );
  }
})();
