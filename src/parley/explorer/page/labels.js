/* Labels in words and colours, as the ontology has them. */
"use strict";
(function (parley) {
  const { el, words } = parley;

  /* Prepare what is looked up again and again. overview: the first shard. */
  parley.prepare = function (overview) {
    parley.overview = overview;
    const scheme = overview.ontology;
    parley.spans = new Map(scheme.span.map((one, n) => [one.name, { ...one, number: n }]));
    parley.relations = new Map(scheme.relation.map((one, n) => [one.name, { ...one, number: n + scheme.span.length }]));
    parley.attributeOf = (label, name) => scheme.attribute.find((one) => one.name === name && one.labels.includes(label)) || scheme.attribute.find((one) => one.name === name);
    parley.isEntity = (label, name) => parley.attributeOf(label, name)?.kind === "entity";
  };

  parley.number_of = (label) => (parley.spans.get(label) || parley.relations.get(label) || { number: 0 }).number;
  parley.colour = (label) => `var(--l${parley.number_of(label)})`;

  /* A label's name in its colour. full: with its title. */
  parley.chip = function (label, full) {
    const known = parley.spans.get(label) || parley.relations.get(label);
    const title = known?.title || label;
    return el("span", { class: `chip l${parley.number_of(label)}${parley.relations.has(label) ? " relation" : ""}`, title },
      words(label), full && title.toLowerCase() !== label.toLowerCase() && [" ", el("span", { class: "of" }, words(title))]);
  };

  parley.title = (label) => (parley.spans.get(label) || parley.relations.get(label))?.title || label;

  let entities = null;
  parley.entities = async function () {
    if (!entities) {
      const none = { type: "", aliases: [], wikidata: "", note: "" };
      entities = new Map((await parley.rows("entities")).map((one) => [one.id, { ...none, ...one }]));
    }
    return entities;
  };

  parley.entity = (id, known) => el("a", { href: parley.to("entity", id), class: "entity" }, words(known?.get(id)?.name || id));

  /* An attribute's value: an entity's name, a choice with what it means as its title. */
  parley.value = function (label, name, value, known) {
    const attribute = parley.attributeOf(label, name);
    if (attribute?.kind === "entity") {
      return [value].flat().map((one, n) => [n ? ", " : "", parley.entity(one, known)]);
    }
    const meaning = attribute?.value?.find((one) => one.name === value)?.definition;
    return [value].flat().map((one, n) => [n ? ", " : "", words(one, { title: meaning })]);
  };

  /* A passage with some words of it marked: the label's own, or those that were looked for. */
  parley.passage = function (article, start, end, own) {
    if (article.text === null) return el("span", { class: "muted" }, `characters ${start}–${end}`);
    let [from, to] = article.around(start, end);
    if (from > 0 && !article.sentences.includes(from)) from += Math.max(0, article.slice(from, start).search(/\s/) + 1); // at a word
    if (to < article.length && !article.sentences.includes(to)) to = Math.max(end, to - (article.slice(end, to).match(/\s\S*$/)?.[0].length ?? 0));
    return el("bdi", { class: "passage", dir: "auto" }, from > 0 && !article.sentences.includes(from) && "… ",
      article.slice(from, start), el("mark", { class: own || "" }, article.slice(start, end)), article.slice(end, to),
      to < article.length && !article.sentences.includes(to) && " …");
  };

  /* What a code of a decision or a reason says. */
  parley.meaning = (kind, code) => parley.overview.meanings[kind][code] || code;
})(window.parley);
