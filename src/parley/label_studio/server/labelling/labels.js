// A label is for the next span only. The editor itself gives a selected span the label whose key is pressed, or
// whose name is clicked, and drops its attributes without a word; here whatever is selected is let go first. A
// span gets another label by deleting it and marking the words again. A new span is selected. If it was made by
// a double click on a word of a name that entities.csv has, it is the whole name; blanks at its edges go.
(() => {
  const { annotation, canEdit, regions, selected, labelOf, tags, choicesOf, text, setEdges, regionAt } = window.parley;
  const { CONTAINER } = window.parley;

  const letGo = () => {
    if (annotation()?.selectedRegions.length) annotation().unselectAll();
  };

  window.parley.keys((key) => {
    const labels = tags("labels").flatMap(choicesOf);
    if (labels.some((label) => label.hotkey && String(label.hotkey).toLowerCase() === key)) letGo();
    return false;
  });
  window.addEventListener(
    "click",
    (event) => {
      if (event.target instanceof Element && event.target.closest(".parley-labels .lsf-label")) letGo();
    },
    true,
  );

  let before = new Set();
  let started = false; // the mouse went down in the text
  let handle = false; // and on an edge of the selected span
  let clicks = 0; // 2: the latest was a double click
  window.addEventListener(
    "mousedown",
    (event) => {
      if (!(event.target instanceof Element) || !event.target.closest(CONTAINER)) return;
      started = true;
      before = new Set(regions().map((region) => region.id));
      handle = event.target.tagName === "AREA";
      if (event.detail === 1 && event.button === 0 && !handle && !regionAt(event.target)) letGo();
    },
    true,
  );
  window.addEventListener(
    "mouseup",
    (event) => {
      if (!canEdit() || !started) return;
      started = false;
      clicks = event.detail;
      const dragged = handle && selected() ? marked() : null;
      setTimeout(() => {
        const made = regions().filter((region) => !before.has(region.id));
        if (dragged && selected()) fit(selected(), false, dragged);
        if (made.length !== 1) return;
        before.add(made[0].id);
        fit(made[0], clicks === 2);
        if (selected() !== made[0]) annotation().selectArea(made[0]);
      }, 5);
    },
    true,
  );

  // Where the browser's selection begins and ends, in code points. The editor counts a character beyond the
  // basic plane twice if an edge is dragged over it.
  const marked = () => {
    const root = document.querySelector(CONTAINER);
    const range = getSelection().rangeCount ? getSelection().getRangeAt(0) : null;
    if (!range || range.collapsed || !root.contains(range.startContainer) || !root.contains(range.endContainer)) return null;
    const until = (node, offset) => {
      const before = document.createRange();
      before.setStart(root, 0);
      before.setEnd(node, offset);
      const part = before.cloneContents();
      return Array.from(part.textContent).length + part.querySelectorAll("br").length;
    };
    return [until(range.startContainer, range.startOffset), until(range.endContainer, range.endOffset)];
  };

  const fit = (region, whole, edges = [region.globalOffsets.start, region.globalOffsets.end]) => {
    const points = text();
    let [start, end] = edges;
    while (start < end && !points[start].trim()) start++;
    while (end > start && !points[end - 1].trim()) end--;
    if (whole) [start, end] = knownName(points, start, end, labelOf(region)) ?? [start, end];
    if (start < end && (start !== region.globalOffsets.start || end !== region.globalOffsets.end)) {
      setEdges(region, start, end);
    }
  };

  // The longest name or alias of an entity that fits the label and of which the words are a part.
  const knownName = (points, start, end, label) => {
    const isWord = (point) => point !== undefined && /[\p{L}\p{N}\p{M}]/u.test(point);
    let found = null;
    for (const name of window.parley.namesOf(label)) {
      const letters = Array.from(name);
      for (let from = Math.max(0, end - letters.length); from <= start; from++) {
        const to = from + letters.length;
        if (points.slice(from, to).join("") !== name) continue;
        if (isWord(points[from - 1]) || isWord(points[to])) continue;
        if (!found || to - from > found[1] - found[0]) found = [from, to];
      }
    }
    return found;
  };
})();
