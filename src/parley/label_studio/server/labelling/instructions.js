// The guidelines at the section of a label: ? opens them there for the selected span, or for the label whose
// key was pressed. The section is the first whose heading names the label, else the first line of a list, table
// or paragraph that begins with it.
(() => {
  const { selected, labelOf, tags, choicesOf } = window.parley;
  const GUIDE = ".parley-guidelines";

  const section = (guide, label) => {
    const names = (words) => new RegExp(`(^|[^\\p{L}\\p{N}_])${label.replace(/[^\w]/g, "\\$&")}($|[^\\p{L}\\p{N}_])`, "u").test(words);
    const headings = [...guide.querySelectorAll("h2, h3, h4")];
    const lines = [...guide.querySelectorAll("li, p, td:first-child")];
    return (
      headings.find((one) => names(one.textContent)) ??
      lines.find((one) => names(one.querySelector("strong, code")?.textContent ?? "") && one.textContent.trim().startsWith(label)) ??
      guide
    );
  };

  const open = (label) => {
    const button = [...document.querySelectorAll("button")].find((one) => one.textContent.trim() === "Instructions");
    if (!document.querySelector(GUIDE)) button?.click();
    let tries = 50;
    const go = () => {
      const guide = document.querySelector(GUIDE);
      if (!guide) return tries-- && setTimeout(go, 20);
      const found = label ? section(guide, label) : guide;
      for (let box = found; box && box !== guide; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
      const details = found.closest("summary")?.parentElement;
      if (details) details.open = true;
      found.scrollIntoView({ block: "start" });
    };
    go();
  };

  window.parley.openRules = () => {
    const chosen = tags("labels").flatMap(choicesOf).find((label) => label.selected);
    open(selected() ? labelOf(selected()) : chosen?._value ?? "");
  };
  window.parley.keys((key) => {
    if (key === "?") window.parley.openRules();
    return key === "?";
  });
})();
