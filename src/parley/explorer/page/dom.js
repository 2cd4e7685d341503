/* Elements, addresses, CSV. Whatever the data says becomes text here, never markup. */
"use strict";
window.parley = {};
(function (parley) {
  const SVG = "http://www.w3.org/2000/svg";

  /* Return an element. own: attributes; `on…` a listener, `class` its classes. inside: texts, elements, lists of both. */
  parley.el = function (tag, own, ...inside) {
    const made = tag === "svg" || tag.startsWith("svg:")
      ? document.createElementNS(SVG, tag.replace("svg:", ""))
      : document.createElement(tag);
    for (const [name, value] of Object.entries(own || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : String(value));
    }
    parley.put(made, inside);
    return made;
  };

  parley.put = function (place, inside) {
    for (const one of inside.flat(Infinity)) {
      if (one !== null && one !== undefined && one !== false) place.append(one);
    }
    return place;
  };

  parley.replace = function (place, ...inside) {
    place.textContent = "";
    return parley.put(place, inside);
  };

  /* Foreign words in a line of ours: their direction ends where they end, and what cannot be seen is shown. */
  parley.words = function (text, own) {
    const shown = String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
      (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
    return parley.el("bdi", own, shown);
  };

  /* Words with emphasis and code as Markdown writes them, nothing else. */
  parley.prose = (text) => text.split(/(\*[^*]+\*|`[^`]+`)/).map((run, n) => (n % 2 ? parley.el(run[0] === "*" ? "i" : "code", null, parley.words(run.slice(1, -1))) : parley.words(run)));

  parley.number = (n) => n.toLocaleString("en");
  parley.count = (n, one, many) => `${parley.number(n)} ${n === 1 ? one : many || one + "s"}`;

  /* Return a link to elsewhere; only https leads there, anything else stays words. */
  parley.link = function (url, text) {
    return /^https:\/\//.test(url)
      ? parley.el("a", { href: url, rel: "noopener noreferrer" }, text)
      : parley.words(text);
  };

  /* ---- addresses: `#DOC/LABEL?…` is an article, `#/VIEW/NAME?…` another view ------------------------------- */

  parley.address = function () {
    const [path, query] = location.hash.replace(/^#/, "").split("?");
    const own = new URLSearchParams(query || "");
    const parts = path.split("/").map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
    return { article: parts[0], view: parts[0] ? "article" : parts[1] || "", name: parts.slice(parts[0] ? 1 : 2).join("/"), own };
  };

  const query = (own) => {
    const said = new URLSearchParams();
    for (const [name, value] of Object.entries(own || {})) if (value !== "" && value !== null && value !== undefined) said.set(name, value);
    return said.size ? "?" + said : "";
  };
  const path = (name) => String(name).split("/").map(encodeURIComponent).join("/");
  parley.to = (view, name, own) => "#/" + view + (name ? "/" + path(name) : "") + query(own);
  parley.toLabel = (doc, label, own) => "#" + encodeURIComponent(doc) + (label ? "/" + path(label) : "") + query(own);

  /* ---- what a screen reader says, what a reader takes away --------------------------------------------------- */

  /* What narrows down what is found; on a narrow screen it is folded above it. */
  parley.filters = (...inside) => parley.el("aside", { "aria-label": "Filters" }, parley.el("details", { class: "narrow", open: !matchMedia("(max-width: 60rem)").matches }, parley.el("summary", null, "Filters"), inside));

  parley.say = (text) => { document.getElementById("said").textContent = text; };

  /* Return rows as CSV; a spreadsheet runs no cell. */
  parley.csvText = function (columns, rows) {
    const cell = (value) => {
      let text = value === null || value === undefined ? "" : Array.isArray(value) ? value.join("|") : String(value);
      if (/^'*[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text)) text = "'" + text;
      return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
    };
    return [columns, ...rows].map((row) => row.map(cell).join(",") + "\n").join("");
  };

  parley.download = function (name, text) {
    const url = URL.createObjectURL(new Blob(["\ufeff" + text], { type: "text/csv" }));
    const link = parley.el("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  };

  /* A button that saves a table; rows: () → rows, or a promise of them. */
  parley.saver = function (name, columns, rows) {
    const button = parley.el("button", { type: "button", class: "save", onclick: async () => {
      button.disabled = true;
      try {
        parley.download(name + ".csv", parley.csvText(columns, await rows()));
      } finally {
        button.disabled = false;
      }
    } }, "Save as CSV");
    return button;
  };
})(window.parley);
