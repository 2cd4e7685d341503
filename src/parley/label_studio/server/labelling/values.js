// The panel of the selected span. Each legal value has a key, which acts only if the value is on the panel:
// Label Studio's own keys act on values that are not in sight. Above the values is what the span may be given at
// once: what its words were given before in this article, and rows of entities.csv whose name or alias they are.
// Space takes the first; ↓ and ↑ go to another; / opens the list of all rows, ranked by what is typed, with the
// words of the span to begin with; its last line proposes a row that entities.csv lacks.
(() => {
  const { annotation, canEdit, regions, selected, labelOf, tags, panel, choicesOf, valuesOf, config, give } = window.parley;
  const { make, isWriting } = window.parley;
  const SHOWN = 4;
  const FOUND = 8;

  // ---- keys of values ----------------------------------------------------------------------------------------

  const tagOf = (name) => config()?.querySelector(`[name="${CSS.escape(name)}"]`);
  const keysOf = (tag) => {
    const given = new Map([...(tagOf(tag.name)?.children ?? [])].map((one) => [one.getAttribute("value"), one.getAttribute("key")]));
    return choicesOf(tag).map((choice) => [choice, given.get(choice._value) ?? choice.hotkey ?? ""]);
  };

  window.parley.keys((key) => {
    const here = panel("choices").flatMap(keysOf);
    const found = here.find(([, one]) => one === key);
    if (found && canEdit()) found[0].toggleSelected();
    return Boolean(found) || tags("choices").flatMap(choicesOf).some((choice) => choice.hotkey === key);
  });

  // The editor shows its own keys; where the script has another it is written over.
  const writeKeys = () => {
    for (const tag of panel("choices")) {
      for (const [choice, key] of keysOf(tag)) {
        const box = document.querySelector(`.parley-details input[name="${CSS.escape(choice._value)}"]`)?.closest(".lsf-choice__item");
        if (box && key && box.dataset.key !== key) box.dataset.key = key;
      }
    }
  };

  // ---- entities ----------------------------------------------------------------------------------------------

  const names = (row) => row.label.split(/ \(|, |\)$/).filter(Boolean);
  const plain = (words) => words.normalize("NFKC").toLowerCase();
  const rowsOf = (tag) => tag.items.map((row) => ({ id: row.path.at(-1), shown: row.label, names: names(row), hint: row.hint ?? "" }));
  window.parley.namesOf = (label) =>
    tags("taxonomy")
      .filter((tag) => (tag.whenlabelvalue ?? "").split(",").includes(label))
      .flatMap((tag) => rowsOf(tag).flatMap((row) => row.names));

  // How well a row fits words: a name of it, a name but for capitals, all words begin words of it, some do.
  const fit = (row, words) => {
    if (row.names.includes(words)) return 4;
    if (row.names.some((name) => plain(name) === plain(words))) return 3;
    const parts = (one) => plain(one).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    const typed = parts(words);
    const there = parts(`${row.shown} ${row.hint}`);
    const begun = typed.filter((part) => there.some((one) => one.startsWith(part)));
    return typed.length && begun.length === typed.length ? 2 : begun.some((part) => part.length > 2) ? 1 : 0;
  };

  const ranked = (tag, words) =>
    rowsOf(tag)
      .map((row) => [fit(row, words), row])
      .filter(([rank]) => rank || !words.trim())
      .sort(([one], [other]) => other - one)
      .map(([rank, row]) => ({ ...row, rank }));

  // ---- proposals ---------------------------------------------------------------------------------------------

  // Values that go with a row: those for which the row is asked for, as `level=NAM`.
  const withRow = (tag) => {
    const asked = (tagOf(tag.name)?.getAttribute("requiredWhen") ?? "").split(" ").filter(Boolean);
    const found = {};
    for (const [attribute, value] of asked.map((one) => one.split("="))) {
      const other = panel("choices").find((one) => one.name.startsWith(`${attribute}-`));
      if (other) found[other.name] ??= [value];
    }
    return found;
  };

  const proposals = (region) => {
    const there = valuesOf(region);
    const lacking = (values) => Object.entries(values).some(([name]) => !there[name]);
    const agrees = (values) => Object.entries(values).every(([name, one]) => !there[name] || String(there[name]) === String(one));
    const made = [];
    for (const other of [...regions()].reverse()) {
      if (other !== region && labelOf(other) === labelOf(region) && plain(other.text ?? "") === plain(region.text ?? "")) {
        made.push(valuesOf(other));
      }
    }
    for (const tag of panel("taxonomy")) {
      for (const row of ranked(tag, region.text ?? "")) {
        if (row.rank > 2) made.push({ ...withRow(tag), [tag.name]: [row.id] });
      }
    }
    const known = new Set();
    return made.filter((values) => {
      const key = JSON.stringify(Object.entries(values).sort());
      if (known.has(key) || !lacking(values) || !agrees(values)) return false;
      return known.add(key);
    });
  };

  const inWords = (values) =>
    Object.entries(values)
      .map(([name, given]) => {
        const tag = annotation().names.get(name);
        const rows = tag.type === "taxonomy" ? rowsOf(tag) : [];
        return given.map((one) => rows.find((row) => row.id === one)?.names[0] ?? one).join(", ");
      })
      .join(" · ");

  let offered = [];
  let at = 0;
  let weighed = ""; // the span and its values, of which these are the proposals
  let shown = "";
  const take = (values) => {
    give(values);
    window.parley.watch();
  };

  window.parley.keys((key) => {
    if (!selected() || !canEdit()) return false;
    draw();
    if (key === " " && offered[at]) take(offered[at]);
    else if (key === "arrowdown" && offered.length > 1) at = (at + 1) % offered.length;
    else if (key === "arrowup" && offered.length > 1) at = (at + offered.length - 1) % offered.length;
    else if (key === "/" && panel("taxonomy").length) search();
    else return key === " ";
    shown = "";
    return true;
  });

  // ---- what is seen ------------------------------------------------------------------------------------------

  const place = () => document.querySelector(".parley-proposals");
  const row = (words, hint, chosen, act) => {
    const made = make("div", `parley-row${chosen ? " parley-chosen" : ""}`, words);
    made.title = hint;
    made.addEventListener("mousedown", (event) => {
      event.preventDefault();
      act();
    });
    return made;
  };

  const draw = () => {
    const box = place();
    const region = selected();
    if (!box || box.contains(document.activeElement) || window.parley.isRelating?.()) return;
    writeKeys();
    const seen = region && JSON.stringify([region.id, region.text, labelOf(region), valuesOf(region), regions().length]);
    if (seen !== weighed) [weighed, offered, at, shown] = [seen, region && canEdit() ? proposals(region).slice(0, SHOWN) : [], 0, ""];
    const state = `${seen} ${at}`;
    if (state === shown && (box.childElementCount || !region)) return;
    shown = state;
    const found = offered;
    box.replaceChildren();
    if (!region) return;
    const head = make("div", "parley-title");
    head.append(make("b", "", labelOf(region)), ` ${region.text ?? ""}`);
    box.append(head, ...found.map((values, number) => row(inWords(values), "Space", number === at, () => take(values))));
    const can = [found.length && "Space takes it", found.length > 1 && "↓ the next", panel("taxonomy").length && "/ search", "r relate", ""];
    const rules = make("a", "parley-rules", "? rules");
    rules.addEventListener("click", () => window.parley.openRules());
    const keys = make("div", "parley-keys", can.filter((one) => one !== false && one !== 0).join(" · "));
    keys.append(rules);
    box.append(keys);
  };
  window.parley.follow(draw);

  // ---- the list of rows --------------------------------------------------------------------------------------

  const search = () => {
    const [tag] = panel("taxonomy");
    const region = selected();
    const lacks = annotation().names.get(`${tag.name}-new`);
    const field = make("input", "parley-search");
    const list = make("div", "parley-list");
    let rows = [];
    let chosen = 0;
    const leave = () => {
      field.blur();
      shown = "";
      place().replaceChildren();
      window.parley.watch();
    };
    const act = (one) => {
      const had = tagOf(tag.name)?.getAttribute("maxUsages") ? [] : valuesOf(region)[tag.name] ?? []; // of a group
      leave();
      give(one.id ? { [tag.name]: [...new Set([...had, one.id])] } : { [lacks.name]: [one.name] });
    };
    const fill = () => {
      rows = ranked(tag, field.value).slice(0, FOUND).map((one) => ({ ...one, words: one.shown }));
      const words = field.value.trim();
      if (lacks && words) rows.push({ name: words, words: `+ a new row: ${words}`, hint: "entities.csv lacks it" });
      chosen = Math.min(chosen, Math.max(rows.length - 1, 0));
      list.replaceChildren(...rows.map((one, number) => row(one.words, one.hint, number === chosen, () => act(one))));
    };
    field.value = region.text ?? "";
    field.setAttribute("aria-label", "search the entities");
    field.addEventListener("input", () => {
      chosen = 0;
      fill();
    });
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" && rows[chosen]) act(rows[chosen]);
      else if (event.key === "Escape") leave();
      else if (event.key === "ArrowDown") chosen = Math.min(chosen + 1, rows.length - 1);
      else if (event.key === "ArrowUp") chosen = Math.max(chosen - 1, 0);
      else return;
      event.preventDefault();
      if (isWriting(document.activeElement)) fill();
    });
    place().replaceChildren(field, list, make("div", "parley-keys", "Enter takes it · ↓ ↑ · Esc"));
    fill();
    field.focus();
    field.select();
  };
})();
