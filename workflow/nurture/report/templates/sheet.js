if (data.sheet) {
  const ROWS = 6;
  const COLUMNS = 11;
  const EXPRESSIONS = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral", "other"];
  let first = 0;

  const chosen = () => data.sheet.sets.find((one) => one.name === byId("sheet-set").value);

  /** The part of a set that a picture shows: a continuum, a control, or nothing in particular. */
  const part = (set, picture) => picture.slice(set.name.length + 1);

  /** Rows of a set of expressions: identities, or where nobody knows who it is, pictures in their order. */
  function expressionRows(layout, shown) {
    const rows = new Map();
    const counts = {};
    layout.expression.forEach((code, tile) => {
      const name = EXPRESSIONS[code];
      if (!shown.includes(name)) return;
      const known = layout.identity[tile] >= 0;
      const key = known ? layout.identity[tile] : (counts[name] = (counts[name] ?? -1) + 1);
      const label = known ? personAt(layout, tile) : `picture ${key + 1}`;
      if (!rows.has(key)) rows.set(key, { label, tiles: {} });
      rows.get(key).tiles[name] ??= tile;
    });
    return [...rows.entries()].sort((a, b) => a[0] - b[0]).map((entry) => entry[1]);
  }

  /** Rows of a continuum: identities, with up to eleven levels from the first to the last. */
  function morphRows(layout) {
    const levels = [...new Set(layout.level)].sort((a, b) => a - b);
    const n = Math.min(COLUMNS, levels.length);
    const kept = Array.from({ length: n }, (_, i) => levels[Math.round((i * (levels.length - 1)) / Math.max(1, n - 1))]);
    const rows = new Map();
    layout.identity.forEach((identity, tile) => {
      if (!rows.has(identity)) rows.set(identity, { label: personAt(layout, tile), tiles: {} });
      rows.get(identity).tiles[percent(layout.level[tile])] = tile;
    });
    return [kept.map(percent), [...rows.values()]];
  }

  function show() {
    const set = chosen();
    const morphs = set.kind === "continua";
    const picture = byId("sheet-part").value;
    const layout = set.pictures[picture];
    const [heads, rows] = morphs ? morphRows(layout) : [set.expressions, expressionRows(layout, set.expressions)];
    first = Math.max(0, Math.min(first, Math.floor((rows.length - 1) / ROWS) * ROWS));
    const page = rows.slice(first, first + ROWS);
    const about = part(set, picture);
    const cells = page.map((row) => [
      row.label,
      ...heads.map((head) => (head in row.tiles ? face(picture, layout, row.tiles[head], [about, head, row.label].filter(Boolean).join(", ")) : "")),
    ]);
    const caption = morphs ? `${about}: share of the second expression` : `Set ${set.name}${about && `, ${about}`}`;
    layTable(byId("sheet-table"), caption, ["", ...heads], cells, false);
    byId("sheet-table").querySelector("thead th").replaceWith(make("td"));
    byId("sheet-status").textContent = `Rows ${first + 1} to ${first + page.length} of ${rows.length}`;
    byId("sheet-back").disabled = first === 0;
    byId("sheet-next").disabled = first + ROWS >= rows.length;
  }

  function choose() {
    const set = chosen();
    byId("sheet-part-label").textContent = set.kind === "continua" ? "Continuum" : "Control";
    byId("sheet-part-control").hidden = Object.keys(set.pictures).length < 2;
    fill(byId("sheet-part"), Object.keys(set.pictures).map((key) => [key, part(set, key)]));
    first = 0;
    show();
  }

  byId("sheet-set").addEventListener("change", choose);
  byId("sheet-part").addEventListener("change", show);
  byId("sheet-back").addEventListener("click", () => { first -= ROWS; show(); });
  byId("sheet-next").addEventListener("click", () => { first += ROWS; show(); });
  choose();
}
