/* The frame: views by their address, the search field, whose the texts are. */
"use strict";
(function (parley) {
  const { el, words, replace, to } = parley;
  const main = document.getElementById("main");
  parley.views = { "": "showHome", articles: "showArticles", search: "showSearch", entities: "showEntities", entity: "showEntity", times: "showTimes", disagreements: "showDisagreements", labels: "showLabels", guidelines: "showGuidelines", article: "showArticle" };
  const NAV = [["articles", "Articles"], ["search", "Search"], ["entities", "Entities"], ["times", "Dates"], ["disagreements", "Disagreements"], ["labels", "Labels"]];
  let turn = 0;

  async function show() {
    const where = parley.address();
    const mine = ++turn;
    const more = parley.more.find((one) => one.view === where.view && one.when(parley.overview));
    const draw = more ? more.show : parley[parley.views[where.view]];
    for (const link of document.querySelectorAll("#nav a")) {
      const here = link.dataset.view === where.view || (where.view === "article" && link.dataset.view === "articles") || (where.view === "entity" && link.dataset.view === "entities");
      if (here) {
        link.setAttribute("aria-current", "page");
        const nav = link.parentElement; // wider than a phone
        nav.scrollLeft = link.offsetLeft - nav.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2;
      }
      else link.removeAttribute("aria-current");
    }
    const field = document.getElementById("query");
    if (document.activeElement !== field) field.value = where.view === "search" ? where.own.get("q") || "" : "";
    main.setAttribute("aria-busy", "true");
    const page = where.view === "article" ? main : el("div", { class: "view view-" + (where.view || "home") });
    try {
      if (!draw) throw new Error(`there is no view ${where.view}`);
      const made = await draw(page, where);
      if (mine === turn) present(page, where);
      await made?.later; // what is not needed to see the first of it
    } catch (error) {
      replace(page, el("h1", null, "Not here"), el("p", null, where.view === "article" ? ["This release has no article ", words(where.article), "."] : String(error.message)), el("p", null, el("a", { href: to("") }, "To the first view")));
    }
    if (mine !== turn) return; // another address meanwhile
    present(page, where);
    main.setAttribute("aria-busy", "false");
  }

  function present(page, where) {
    const name = where.view + where.article + (where.view === "article" ? "" : where.name);
    if (page !== main && page.parentElement !== main) replace(main, page);
    if (parley.shown !== name && !(where.view === "article" && (where.name || where.own.has("at")))) scrollTo(0, 0);
    parley.shown = name;
  }

  async function start() {
    parley.prepare(await parley.load("overview"));
    const o = parley.overview;
    const nav = [...parley.more.filter((one) => one.when(o)).map((one) => [one.view, one.nav]), ...NAV];
    document.querySelector(".brand").textContent = o.title.split(":")[0];
    replace(document.getElementById("nav"), nav.filter(([view]) => view !== "disagreements" || o.rows.rejects || o.rows.compared || Object.keys(o.decisions).some((name) => name && name !== "agreed")).map(([view, title]) => el("a", { href: to(view), "data-view": view }, title)));
    document.getElementById("find").addEventListener("submit", (event) => {
      event.preventDefault();
      location.hash = to("search", "", { q: document.getElementById("query").value.trim() });
    });
    replace(document.getElementById("foot"),
      el("p", null, el("b", null, "Whose it is. "), o.licences.map(({ description, name, url }) => {
        const [part, ...note] = description.split(". "); // what it covers, and what is to be said of it
        return [words(part ? `${part}: ` : ""), url ? parley.link(url, name) : words(name), words(["", ...note].join(". ")), ". "];
      }),
        o.withheld ? "The articles’ words are not in this page." : "The articles’ words are in this page for your own reading: the page is not for a public place."),
      el("p", { class: "muted" }, `${o.title} ${o.version}${o.date ? ", " + o.date : ""}. Nothing here is loaded from elsewhere, and nobody is told what you read.`));
    addEventListener("hashchange", show);
    addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.target.closest("input, textarea, select") && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        document.getElementById("query").focus();
      }
    });
    await show();
  }

  start().catch((error) => replace(main, el("h1", null, "The page cannot be shown"), el("p", null, String(error.message)), el("p", null, "A file of its folder is missing or damaged: make the page again with `parley explore`.")));
})(window.parley);
