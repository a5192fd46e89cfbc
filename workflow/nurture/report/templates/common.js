const data = JSON.parse(document.getElementById("report-data").textContent);
const byId = (id) => document.getElementById(id);

/** Make an element with attributes and children; text is never read as HTML. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Fill a menu; entries are [value, text] or, in groups, {label, entries}. */
function fill(select, entries) {
  const option = ([value, text]) => make("option", { value }, text);
  select.replaceChildren(
    ...entries.map((entry) =>
      Array.isArray(entry) ? option(entry) : make("optgroup", { label: entry.label }, ...entry.entries.map(option)),
    ),
  );
}

/** A face out of a picture of many, with its description. */
function face(picture, layout, tile, label) {
  const column = tile % layout.columns;
  const row = Math.floor(tile / layout.columns);
  const at = (i, n) => (n > 1 ? (100 * i) / (n - 1) : 0);
  const element = make("span", { class: `face sprite-${picture}`, role: "img", "aria-label": label, "data-tile": tile });
  element.style.backgroundSize = `${100 * layout.columns}% ${100 * layout.rows}%`;
  element.style.backgroundPosition = `${at(column, layout.columns)}% ${at(row, layout.rows)}%`;
  return element;
}

/** Whom a tile shows: the name that the user gave, or of a rendered face its number. */
const personAt = (layout, tile) => layout.person?.[tile] ?? `identity ${layout.identity[tile]}`;

const TYPES = { svg: "image/svg+xml", pdf: "application/pdf", csv: "text/csv;charset=utf-8", js: "text/javascript" };

/** A file that the page holds compressed. */
async function unpack(name) {
  const bytes = Uint8Array.from(atob(byId(`file-${name}`).textContent), (one) => one.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Blob([await new Response(plain).arrayBuffer()], { type: TYPES[name.split(".").at(-1)] });
}

const charts = { loaded: null };

/** What draws charts: run when the first chart is wanted. */
function embedder() {
  charts.loaded ??= unpack("charts.js").then(async (file) => {
    document.head.append(make("script", {}, `(() => {${await file.text()}})();`));
    return window.vegaEmbed;
  });
  return charts.loaded;
}

const addresses = new Map();

/** Put what was chosen into the page's address, so that it can be shared. */
const address = (kind, ...parts) => history.replaceState(null, "", `#${kind}=${parts.map(encodeURIComponent).join("/")}`);

/** Choose from a menu by value; whether there is such a value. */
function pick(select, value) {
  const found = [...select.options].some((option) => option.value === String(value));
  if (found) select.value = value;
  return found;
}

/** Lay out a table: a caption, column heads, and rows that start with their head. */
function layTable(table, caption, heads, rows, numeric = true) {
  const head = make("tr", {}, ...heads.map((text, i) => make("th", { scope: "col", class: numeric && i ? "number" : null }, text)));
  const body = rows.map(([first, ...cells]) =>
    make("tr", {}, make("th", { scope: "row" }, first), ...cells.map((cell) => (cell instanceof Element && cell.tagName === "TD" ? cell : make("td", { class: numeric ? "number" : null }, cell)))),
  );
  table.replaceChildren(make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...body));
}

const percent = (share) => (share === null ? "none" : `${Math.round(100 * share)} %`);
const probability = (value) => (value === null ? "p unknown" : value < 0.001 ? "p < 0.001" : `p = ${digits(value)}`);
const digits = (value, n = 3) => (value === null ? "not finite" : Number(value.toPrecision(n)).toLocaleString("en", { maximumSignificantDigits: n }));

/** A chart that is drawn with its first data; returns a function that replaces some or all of them. */
function chart(element, spec) {
  let ready = null;
  return (sets) => {
    if (ready === null) {
      const options = { actions: false, renderer: "svg", tooltip: { theme: "light" } };
      ready = embedder()
        .then((embed) => embed(element, { ...spec, datasets: sets }, options))
        .then((result) => {
          element.dataset.drawn = "yes";
          return result.view;
        });
      return ready;
    }
    return ready.then((view) => {
      for (const [name, values] of Object.entries(sets)) view.data(name, values);
      return view.runAsync();
    });
  };
}

// A figure is in the page once; its link takes the picture's own address.
for (const image of document.querySelectorAll("figure img[data-file]")) {
  unpack(image.dataset.file).then((file) => {
    const link = image.closest("figure").querySelector("a.svg");
    image.src = link.href = URL.createObjectURL(file);
    link.hidden = false;
  });
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-file]");
  if (!link || link.href.startsWith("blob:")) return;
  event.preventDefault();
  link.href = URL.createObjectURL(await unpack(link.dataset.file));
  link.click();
});

const SHARP = 300 / 96; // pixels of a PNG for each of the browser's: 300 dpi
for (const link of document.querySelectorAll("figure a.png")) {
  const image = link.closest("figure").querySelector("img");
  link.hidden = false;
  link.addEventListener("click", () => {
    const canvas = make("canvas", { width: Math.round(SHARP * image.naturalWidth), height: Math.round(SHARP * image.naturalHeight) });
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    link.href = canvas.toDataURL("image/png"); // which the click then follows
  });
}

/** Open the table that a link points to. */
function openTarget() {
  const target = /^#[\w-]+$/.test(location.hash) ? byId(location.hash.slice(1)) : null;
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.querySelector("summary").focus({ preventScroll: true });
    target.scrollIntoView();
  }
}
window.addEventListener("hashchange", openTarget);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#table-"]');
  if (link && link.hash === location.hash) openTarget();
});
openTarget();

const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
if ("IntersectionObserver" in window) {
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of links.values()) link.removeAttribute("aria-current");
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-20% 0px -70% 0px" },
  );
  document.querySelectorAll("main section").forEach((section) => seen.observe(section));
}
