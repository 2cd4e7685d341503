// The script of the labelling page, served by Parley's own seats with every page; a server of one's own works
// without it, by Label Studio's own means. It is in seven files, one an idea:
//   editor.js        what Label Studio's editor holds: regions, controls, the labelling config; keys; edges
//   labels.js        a label is for the next span; a new span is selected, and a known name taken whole
//   values.js        the panel of the selected span: keys of its values, proposals, entities by what is typed
//   relations.js     a relation by keys: head, tail, name; only legal names
//   instructions.js  the guidelines at the section of a label
//   connection.js    a server that is gone is said, and what was sent waits for it
//   adjudication.js  the lead's list of disagreements
// All is done through the editor's own store (mobx-state-tree), so that what is seen is what is saved and every
// step can be undone. Text of articles and entities is shown as text, never as markup.
window.parley = (() => {
  const annotation = () => window.Htx?.annotationStore?.selected ?? null;
  const canEdit = () => Boolean(annotation() && !annotation().isReadOnly());
  const regions = () => annotation()?.regionStore?.regions ?? [];
  const selected = () => annotation()?.highlightedNode ?? null;
  const labelOf = (region) => region.labels[0] ?? "";
  const tags = (type) => [...(annotation()?.names?.values() ?? [])].filter((tag) => tag.type === type);

  // The controls of the selected span, by their kind.
  const panel = (type) =>
    selected() ? tags(type).filter((tag) => tag.perregion && tag.isVisible !== false && tag.perRegionVisible()) : [];
  const choicesOf = (tag) => tag.tiedChildren ?? tag.children;
  const valuesOf = (region) =>
    Object.fromEntries(
      region.results.filter((one) => !one.from_name.isLabeling).map((one) => [one.from_name.name, [one.mainValue].flat(2)]),
    );

  // The labelling config has what Label Studio itself has no use for: keys of values, head and tail of relations.
  let read = ["", null];
  const config = () => {
    const text = window.Htx?.config ?? "";
    if (read[0] !== text) read = [text, new DOMParser().parseFromString(text, "text/xml")];
    return read[1];
  };

  const give = (values) => {
    const { history } = annotation();
    history.freeze("parley");
    for (const [name, given] of Object.entries(values)) {
      const tag = annotation().names.get(name);
      if (tag.type === "choices") {
        for (const choice of choicesOf(tag)) {
          if (given.includes(choice._value) !== Boolean(choice.sel)) choice.toggleSelected();
        }
      } else if (tag.type === "taxonomy") {
        tag.onChange(null, given.map((id) => ({ path: [id] })));
      } else if (tag.type === "number") {
        if (given.length) tag.setNumber(Number(given[0]));
        else if (tag.result) {
          tag.result.area.removeResult(tag.result);
          tag.needsUpdate(); // or its field shows the number that is gone
        }
      } else {
        for (const region of [...tag.regions]) tag.remove(region);
        for (const text of given) tag.addText(text);
      }
    }
    history.unfreeze("parley");
  };

  // The text as the editor counts it, in code points; and a region moved to other edges, as a drag moves it.
  const text = () => Array.from(tags("text")[0]?._value ?? "");
  const setEdges = (region, start, end) => {
    const { history } = annotation();
    history.freeze("parley");
    region.detachHandles();
    region.removeHighlight();
    region.updateGlobalOffsets(start, end);
    region.updateTextOffsets(start, end);
    region.applyHighlight();
    if (region.selected) {
      region.addClass("__active");
      region.attachHandles();
    }
    region.updateHighlightedText({ force: true });
    history.unfreeze("parley");
  };

  const CONTAINER = ".parley-text .lsf-richtext__container";
  const regionAt = (element) => {
    const span = element instanceof Element && element.closest(`${CONTAINER} .htx-highlight:not(.__hidden)`);
    return span ? regions().find((region) => region.find?.(span)) ?? null : null;
  };

  const isWriting = (element) =>
    element instanceof Element && element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]");
  const pressed = (event) =>
    [event.altKey && "alt", event.ctrlKey && "ctrl", event.shiftKey && event.key.length > 1 && "shift", event.key.toLowerCase()]
      .filter(Boolean)
      .join("+");

  // Each takes a key and says whether it did; the first that does is the last. Label Studio never sees it then.
  const takers = [];
  window.addEventListener(
    "keydown",
    (event) => {
      const elsewhere = event.metaKey || isWriting(event.target) || document.querySelector("[role=dialog]");
      if (elsewhere || !annotation() || !document.querySelector(CONTAINER)) return;
      if (takers.some((take) => take(pressed(event), event))) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
      watch();
    },
    true,
  );

  // What follows the selection is drawn anew if it changed: soon after a key or a click, else within 0.2 s.
  const watchers = [];
  const look = () => watchers.forEach((one) => one());
  const watch = () => setTimeout(look, 20);
  setInterval(look, 200);
  window.addEventListener("mouseup", watch, true);

  const make = (kind, name, words = "") => {
    const made = document.createElement(kind);
    made.className = name;
    made.textContent = words;
    return made;
  };

  return {
    annotation, canEdit, regions, selected, labelOf, tags, panel, choicesOf, valuesOf, config, give, text, setEdges,
    regionAt, isWriting, watch, make, CONTAINER,
    keys: (take) => takers.push(take),
    keysFirst: (take) => takers.unshift(take),
    follow: (one) => watchers.push(one),
  };
})();
