// Served with every page of a seat. The editor gives a selected span the label whose key is pressed, or whose
// name is clicked, and drops its attributes without a word. Here a label is for the next span only: whatever
// is selected is let go first. A span gets another label by deleting it and marking the words again.
(() => {
  const editor = () => window.Htx && window.Htx.annotationStore && window.Htx.annotationStore.selected;

  const letGo = () => {
    const annotation = editor();
    if (annotation && annotation.selectedRegions.length) annotation.unselectAll();
  };

  const hotkeys = () => {
    const found = new Set();
    for (const control of editor()?.names?.values() ?? []) {
      for (const label of control.type === "labels" ? control.tiedChildren ?? control.children : []) {
        if (label.hotkey) found.add(String(label.hotkey).toLowerCase());
      }
    }
    return found;
  };

  const isWriting = (element) =>
    element instanceof Element && element.closest("input, textarea, select, [contenteditable=true]");

  const pressed = (event) =>
    [event.altKey && "alt", event.ctrlKey && "ctrl", event.shiftKey && "shift", event.key.toLowerCase()]
      .filter(Boolean)
      .join("+");

  window.addEventListener(
    "keydown",
    (event) => {
      if (!event.metaKey && !isWriting(event.target) && hotkeys().has(pressed(event))) letGo();
    },
    true,
  );
  window.addEventListener(
    "click",
    (event) => {
      if (event.target instanceof Element && event.target.closest(".parley-labels .lsf-label")) letGo();
    },
    true,
  );
})();
