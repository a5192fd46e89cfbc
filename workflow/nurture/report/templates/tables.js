const ROWS_AT_ONCE = 100;

/** Rows of a CSV text (RFC 4180). */
function readCsv(text) {
  const rows = [[]];
  for (const [, field, end] of text.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/g)) {
    rows.at(-1).push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length > 1 || row[0]);
}

/** A number for reading: three digits, and commas in whole numbers. */
function written(field) {
  const value = Number(field);
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return Math.abs(value) < 1000 ? String(Number(value.toPrecision(3))) : Math.round(value).toLocaleString("en");
}

/** Draw a table from its download, with heads to sort by and a field to search. */
async function drawTable(details) {
  details.dataset.drawn = "yes";
  const file = await unpack(details.querySelector("a.download").dataset.file);
  const [heads, ...rows] = readCsv(await file.text());
  const numeric = heads.map((_, i) => rows.every((row) => row[i] === "" || Number.isFinite(Number(row[i]))));
  const title = details.querySelector("summary").firstChild.textContent.trim();
  const search = make("input", { type: "search", id: `${details.id}-search` });
  const status = make("p", { class: "caption", role: "status" });
  const more = make("button", { type: "button" }, `${ROWS_AT_ONCE} more rows`);
  const body = make("tbody");
  let sorted = { column: null, down: false };
  let shown = ROWS_AT_ONCE;

  const buttons = heads.map((text, i) => {
    const button = make("button", { type: "button", class: "sort" }, text);
    button.addEventListener("click", () => {
      sorted = { column: i, down: sorted.column === i && !sorted.down };
      show();
    });
    return button;
  });
  const head = buttons.map((button, i) => make("th", { scope: "col", class: numeric[i] ? "number" : null }, button));

  function order(a, b) {
    const { column, down } = sorted;
    // What is missing comes last, whichever way the rest goes.
    if (a[column] === "" || b[column] === "") return (a[column] === "") - (b[column] === "");
    const by = numeric[column] ? a[column] - b[column] : a[column].localeCompare(b[column], "en");
    return down ? -by : by;
  }

  function show() {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = rows.filter((row) => wanted.every((word) => row.some((field) => field.toLowerCase().includes(word))));
    if (sorted.column !== null) found = [...found].sort(order);
    head.forEach((cell, i) => cell.setAttribute("aria-sort", i !== sorted.column ? "none" : sorted.down ? "descending" : "ascending"));
    const cells = (row) => row.map((field, i) => make("td", { class: numeric[i] ? "number" : null }, field !== "" && numeric[i] ? written(field) : field));
    body.replaceChildren(...found.slice(0, shown).map((row) => make("tr", {}, ...cells(row))));
    status.textContent = `${Math.min(shown, found.length).toLocaleString("en")} of ${found.length.toLocaleString("en")} rows`;
    more.hidden = shown >= found.length;
  }

  search.addEventListener("input", () => {
    shown = ROWS_AT_ONCE;
    show();
  });
  more.addEventListener("click", () => {
    shown += ROWS_AT_ONCE;
    show();
  });
  const field = make("div", { class: "control" }, make("label", { for: search.id }, "Search"), search);
  const table = make("table", {}, make("caption", {}, title), make("thead", {}, make("tr", {}, ...head)), body);
  const scroll = make("div", { class: "scroll tall", tabindex: 0, role: "group", "aria-label": `Table: ${title}` }, table);
  details.append(field, status, scroll, more);
  show();
}

for (const details of document.querySelectorAll("details.table")) {
  details.addEventListener("toggle", () => {
    if (details.open && !details.dataset.drawn) drawTable(details);
  });
}
