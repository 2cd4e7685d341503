/* Shards: classic scripts that hand over JSON when they are asked for; and the index of labels in them. */
"use strict";
(function (parley) {
  const waiting = new Map();
  const kept = new Map();
  const KEPT = 3000; // shards

  parley.shard = function (name, value) {
    const one = waiting.get(name);
    if (one) one(value);
  };

  /* Promise a shard; a name without a file is an error that says so. */
  parley.load = function (name) {
    if (kept.has(name)) return kept.get(name);
    const coming = new Promise((done, failed) => {
      const script = document.createElement("script");
      waiting.set(name, (value) => { waiting.delete(name); done(value); });
      script.src = "data/" + name.split("/").map(encodeURIComponent).join("/") + ".js";
      script.onload = () => {
        script.remove();
        if (waiting.delete(name)) failed(new Error(name + " is not what it should be"));
      };
      script.onerror = () => { script.remove(); waiting.delete(name); kept.delete(name); failed(new Error("there is no " + name)); };
      document.head.append(script);
    });
    kept.set(name, coming);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return coming;
  };

  const fnv1a = (text) => {
    let found = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(text)) found = Math.imul(found ^ byte, 0x01000193) >>> 0;
    return found;
  };

  parley.hash = fnv1a;

  parley.article = (doc) => parley.load(`articles/${(fnv1a(doc) % parley.overview.folders).toString(16)}/${doc}`).then(opened);

  /* ---- numbers and columns, as `shards.py` writes them --------------------------------------------------------- */

  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const VALUE = new Uint8Array(128);
  for (let n = 0; n < 64; n++) VALUE[DIGITS.charCodeAt(n)] = n;

  function numbers(text) {
    const found = new Uint32Array(text.length);
    let n = 0, value = 0, shift = 0;
    for (let at = 0; at < text.length; at++) {
      const digit = VALUE[text.charCodeAt(at)];
      value |= (digit & 31) << shift;
      if (digit > 31) shift += 5;
      else {
        found[n++] = value;
        value = shift = 0;
      }
    }
    return found.subarray(0, n);
  }

  function rising(text) {
    const found = numbers(text);
    for (let n = 1; n < found.length; n++) found[n] += found[n - 1];
    return found;
  }

  /* Return the places of a column's values, row by row. */
  function places(text) {
    const given = numbers(text);
    let rows = 0;
    for (let n = 0; n < given.length; n++) rows += given[n] & 1 ? given[++n] + 2 : 1;
    const found = new Uint32Array(rows);
    for (let n = 0, row = 0; n < given.length; n++) {
      const value = given[n] >>> 1, end = row + (given[n] & 1 ? given[++n] + 2 : 1);
      found.fill(value, row, end);
      row = end;
    }
    return found;
  }

  const column = ({ of, at }) => Array.from(places(at), (place) => of[place]);

  /* Return a table's rows as objects; what a row does not have is not in it. */
  function rowsOf(table) {
    const columns = Object.entries(table).map(([name, one]) => [name, column(one)]);
    const first = columns[0]?.[1] || [];
    return first.map((_, n) => Object.fromEntries(columns.filter(([, one]) => one[n] !== null).map(([name, one]) => [name, one[n]])));
  }

  parley.rows = async (name) => rowsOf(await parley.load(name));

  const SPANS = ["id", "statement_id", "within"]; // columns of claims and statements

  /* What is said beside the name of an annotator whose labels were not adjudicated. */
  parley.onlyCompared = function (name) {
    const { compared } = parley.overview;
    return Object.hasOwn(compared, name) ? ` (only compared${compared[name] ? `: ${compared[name]}` : ""})` : "";
  };

  /* The id of a label that is not published, from its places, as all ids are that do not say otherwise. */
  function derived(one) {
    if (one.kind === "span") return `${one.label}-${one.start}-${one.end}`;
    const [head, tail] = one.ends.map((end) => end.join("-"));
    return `${head}.${one.label}.${tail}`;
  }

  /* Offsets count code points, the browser's texts UTF-16: `slice` takes the first. */
  function opened(article) {
    if (article.slice) return article;
    const text = article.text;
    if (text === null) article.slice = () => "";
    else if (/[\ud800-\udfff]/.test(text)) {
      const points = Array.from(text);
      article.slice = (start, end) => points.slice(start, end).join("");
    } else article.slice = (start, end) => text.slice(start, end);
    const { spans, relations } = article;
    for (const table of [spans, relations]) {
      table.label = column(table.label);
      for (const name of ["id", "decision", "reason", "sources"]) table[name] = table[name] ? column(table[name]) : table.label.map(() => 0);
      table.sources = table.sources.map((one) => one || []);
      for (const name of ["decision", "reason"]) table[name] = table[name].map((one) => one || "");
    }
    for (const name of Object.keys(spans.attributes)) spans.attributes[name] = column(spans.attributes[name]);
    spans.start = Array.from(rising(spans.start));
    const lengths = numbers(spans.length);
    spans.end = spans.start.map((start, n) => start + lengths[n]);
    article.sentences = Array.from(rising(article.sentences));
    for (const side of ["head", "tail"]) relations[side] = Array.from(numbers(relations[side]));
    for (const vote of Object.values(article.votes)) for (const kind of ["spans", "relations"]) vote[kind] = column(vote[kind]);
    for (const name of ["rejects", "compared"]) article[name] = rowsOf(article[name]).map((one) => ({ ...one, id: one.id || derived(one) }));
    article.unpublished = [...article.rejects, ...article.compared];
    spans.id = spans.id.map((id, n) => id || `${spans.label[n]}-${spans.start[n]}-${spans.end[n]}`);
    relations.id = relations.id.map((id, n) => id || `${spans.id[relations.head[n]]}.${relations.label[n]}.${spans.id[relations.tail[n]]}`);
    article.spanOf = new Map(spans.id.map((id, n) => [id, n]));
    article.relationOf = new Map(relations.id.map((id, n) => [id, n]));
    article.attributes = (n) => Object.entries(spans.attributes)
      .filter(([, column]) => column[n] !== 0).map(([name, column]) => [name, column[n]]);
    article.words = (n) => article.slice(spans.start[n], spans.end[n]);
    if (article.seed) article.raw = article.seed.map((piece) => (typeof piece === "string" ? piece : article.slice(...piece))).join("");
    const entities = (n) => article.attributes(n).filter(([name]) => parley.isEntity(spans.label[n], name)).flatMap(([, value]) => value);
    const id = (place) => (typeof place === "number" ? spans.id[place] : place);
    const part = (one) => {
      const given = typeof one === "number" ? { id: one, own: 1 } : { ...one };
      if (given.own) Object.assign(given, { via: "row", entities: [...new Set(entities(given.id))] });
      return { ...given, id: id(given.id) };
    };
    const cell = ([name, value]) => [name, SPANS.includes(name) ? id(value) : Array.isArray(value) && typeof value[0] !== "string" ? value.map(part) : value];
    for (const name of ["claims", "statements"]) article[name] = rowsOf(article[name]).map((row) => Object.fromEntries(Object.entries(row).map(cell)));
    article.around = (start, end) => {
      const from = article.sentences.filter((at) => at <= start).pop() ?? Math.max(0, start - 80);
      const to = article.sentences.find((at) => at >= end) ?? article.length;
      return [Math.max(from, start - 170), Math.min(to, end + 170)];
    };
    return article;
  }

  /* ---- words, as the builder folds them -------------------------------------------------------------------- */

  const UNWRITTEN = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
  const WORD = new RegExp(`[${UNWRITTEN}]|(?:(?![${UNWRITTEN}])[\\p{L}\\p{N}_])+\\*?`, "gu");
  const fold = (text) => text.normalize("NFKD").replace(/\p{Mn}+/gu, "").toLowerCase().replaceAll("ς", "σ");
  parley.queryWords = (text) => fold(text).match(WORD) || [];

  /* Return where words of a query are in a text: [start, end] in UTF-16, each word as the query has it. */
  parley.places = function (text, query) {
    const wanted = parley.queryWords(query);
    const found = [];
    for (const one of text.matchAll(new RegExp(`[${UNWRITTEN}]|(?:(?![${UNWRITTEN}])[\\p{L}\\p{N}\\p{Mn}_])+`, "gu"))) {
      const word = fold(one[0]);
      if (wanted.some((w) => w === word || (w.endsWith("*") && word.startsWith(w.slice(0, -1))))) found.push([one.index, one.index + one[0].length]);
    }
    return found;
  };

  /* ---- the index ---------------------------------------------------------------------------------------------- */

  const OF = ["event", "publisher"];
  const MOST_NAMED = 2000; // articles
  const MOST = 300; // articles that are counted by name

  parley.listed = (part) => parley.rows(`parts/${part}/articles`);

  /* What each article is called, by doc_id: its headline, or its first words; of very many none. */
  parley.called = (one) => one.title || (one.opening ? one.opening + " …" : one.doc_id);
  parley.named = async () => {
    const parts = parley.overview.articles > MOST_NAMED ? [] : parley.overview.parts;
    return new Map((await Promise.all(parts.map((_, part) => parley.listed(part)))).flat().map((one) => [one.doc_id, one]));
  };

  /* What an article is called in a filter; its id tells it from others of that name. named: as above. */
  parley.ofArticle = (doc, named) => parley.words(parley.called(named.get(doc) || { doc_id: doc }), { title: doc });

  /* Return the articles: doc_id, event, publisher; of a table's rows, where those of each article begin. */
  let known = null;
  parley.documents = async function () {
    if (known) return known;
    const found = await parley.load("documents");
    const of = Object.fromEntries(OF.map((name) => [name, { values: found[name].of, at: places(found[name].at) }]));
    const firsts = new Map([["articles", Uint32Array.from({ length: found.doc_id.length + 1 }, (_, n) => n)]]);
    const first = (table) => {
      if (!firsts.has(table)) firsts.set(table, begins(numbers(found[table])));
      return firsts.get(table);
    };
    return (known = { ids: found.doc_id, of, first, parts: begins(parley.overview.parts) });
  };

  function begins(sizes) {
    const found = new Uint32Array(sizes.length + 1);
    for (let n = 0; n < sizes.length; n++) found[n + 1] = found[n] + sizes[n];
    return found;
  }

  /* Return the combinations of values of a table's rows, and which one each row of a part has. */
  async function combinations(table) {
    const own = await parley.load(table);
    if (table === "articles") return { dimensions: [], columns: [], size: 1, of: async () => null };
    const numbersOf = own.parts.map(numbers);
    const of = async (part) => {
      const shard = await parley.load(`${table}/${part}`);
      return (shard.of = shard.of || places(shard.at).map((place) => numbersOf[part][place]));
    };
    return { dimensions: Object.keys(own.dimensions), columns: Object.values(own.dimensions).map(column), size: own.size, of };
  }

  /* Return the places of what begins with a key, or is it, among shards that begin with `firsts`. */
  function shardsOf(firsts, from, until) {
    const after = (key) => firsts.findIndex((first) => first > key);
    const last = after(until) < 0 ? firsts.length : after(until);
    return firsts.map((_, n) => n).slice(Math.max(0, (after(from) < 0 ? firsts.length : after(from)) - 1), last);
  }

  /* Mark the rows of a table that have a key, a word, the beginning of words as `beginning*`, or NAME=VALUE:
     each with its combination, from 1. */
  async function marked(table, kind, key, size) {
    const found = new Uint32Array(size), firsts = (await parley.load(table))[kind];
    const begins = kind === "words" && key.endsWith("*"), from = begins ? key.slice(0, -1) : key;
    const shards = shardsOf(firsts, from, begins ? from + "\uffff" : from);
    for (const shard of await Promise.all(shards.map((n) => parley.load(`${table}/${kind}-${n}`)))) {
      const keys = begins ? Object.keys(shard).filter((one) => one.startsWith(from)) : [key];
      for (const one of keys.filter((name) => Object.hasOwn(shard, name))) {
        const [rows, codes] = shard[one].split("."), own = codes && places(codes);
        rising(rows).forEach((row, n) => { found[row] = own ? own[n] + 1 : 1; });
      }
    }
    return found;
  }

  /* Mark the relations one of whose ends is marked; their combinations are in the shards of the parts. */
  async function byEnds(spans, articles) {
    const [first, own] = [articles.first("spans"), articles.first("relations")];
    const rows = new Uint32Array(own.at(-1));
    await Promise.all(parley.overview.parts.map(async (_, part) => {
      const shard = await parley.load(`relations/${part}`);
      const [heads, tails] = (shard.ends = shard.ends || [numbers(shard.head), numbers(shard.tail)]);
      const begin = own[articles.parts[part]];
      for (let article = articles.parts[part]; article < articles.parts[part + 1]; article++) {
        const at = first[article];
        for (let row = own[article]; row < own[article + 1]; row++) rows[row] = spans[at + heads[row - begin]] || spans[at + tails[row - begin]] ? 1 : 0;
      }
    }));
    return rows;
  }

  /* Mark the rows that have all words and values that are asked for; null if none are. */
  async function passing(table, asked, articles) {
    const keys = [...parley.queryWords(asked.words || "").map((word) => ["words", word]), ...(asked.values || []).map((key) => ["values", key])];
    if (!keys.length) return null;
    const indexed = table === "relations" ? "spans" : table;
    const lists = await Promise.all(keys.map(async ([kind, key]) => {
      const rows = await marked(indexed, kind, key, articles.first(indexed).at(-1));
      return table === indexed ? rows : byEnds(rows, articles);
    }));
    const [all, ...others] = lists;
    for (const rows of others) for (let row = 0; row < all.length; row++) if (!rows[row]) all[row] = 0;
    return all;
  }

  /* Count what is asked of a table, and give rows `from` up to `to` of it; of `articles`, those whose text has the words.
     asked: words; values, keys NAME=VALUE; choices, a value for each dimension that is chosen; doc, event, publisher.
     Returns total, articles, facets (dimension → value → rows), of (doc, event, publisher → rows), rows. */
  parley.ask = async function (table, asked, from, to) {
    const [articles, { dimensions, columns, size, of }] = await Promise.all([parley.documents(), combinations(table)]);
    const first = articles.first(table), passed = await passing(table, asked, articles);
    const chosen = dimensions.map((name) => asked.choices?.[name]);
    const misses = (d, code) => chosen[d] !== undefined && String(columns[d][code]) !== chosen[d];
    const missed = Uint8Array.from({ length: size }, (_, code) => dimensions.reduce((n, _, d) => n + misses(d, code), 0));
    const seen = new Uint32Array(size); // rows by combination
    const mine = new Uint32Array(articles.ids.length); // rows by article
    const wrong = new Uint8Array(articles.ids.length); // what of an article is not what is asked for: a bit each
    const doc = asked.doc === undefined ? -1 : articles.ids.indexOf(asked.doc);
    if (asked.doc !== undefined) for (let n = 0; n < wrong.length; n++) wrong[n] = n === doc ? 0 : 1;
    OF.forEach((name, bit) => {
      if (asked[name] === undefined) return;
      const { values, at } = articles.of[name], place = values.indexOf(asked[name]);
      for (let n = 0; n < wrong.length; n++) if (at[n] !== place) wrong[n] |= 2 << bit;
    });
    const found = { total: 0, articles: 0, facets: {}, of: {}, rows: [] };
    const known = passed && table !== "relations"; // each row's combination
    const codes = await Promise.all(parley.overview.parts.map((_, part) => (known ? null : of(part))));
    for (const [part, own] of codes.entries()) {
      const begin = first[articles.parts[part]];
      for (let n = articles.parts[part]; n < articles.parts[part + 1]; n++) {
        const fits = !wrong[n];
        for (let row = first[n]; row < first[n + 1]; row++) {
          if (passed && !passed[row]) continue;
          const code = own ? own[row - begin] : passed ? passed[row] - 1 : 0;
          if (fits) seen[code] += 1;
          if (missed[code]) continue;
          mine[n] += 1;
          if (!fits) continue;
          if (found.total >= from && found.total < to) found.rows.push({ doc: articles.ids[n], part, number: row - first[n] });
          found.total += 1;
        }
        if (fits && mine[n]) found.articles += 1;
      }
    }
    dimensions.forEach((name, d) => {
      const counts = (found.facets[name] = new Map());
      for (let code = 0; code < size; code++) {
        const value = columns[d][code];
        if (seen[code] && missed[code] - misses(d, code) === 0 && value !== null) counts.set(value, (counts.get(value) || 0) + seen[code]);
      }
    });
    OF.forEach((name, bit) => {
      const { values, at } = articles.of[name], counts = new Float64Array(values.length);
      for (let n = 0; n < mine.length; n++) if (!(wrong[n] & ~(2 << bit))) counts[at[n]] += mine[n];
      found.of[name] = values.map((value, place) => [value, counts[place]]).filter(([, n]) => n);
    });
    const named = mine.map((n, article) => (wrong[article] & ~1 ? 0 : n));
    const least = Math.max(1, Uint32Array.from(named).sort().at(-MOST) || 1);
    found.of.doc = articles.ids.map((id, n) => [id, named[n]]).filter(([, n]) => n >= least).sort((a, b) => b[1] - a[1]).slice(0, MOST);
    return found;
  };
})(window.parley);
