"use strict";

const root = document.documentElement;
const part = (id) => JSON.parse(document.getElementById(id).textContent);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// -- light and dark ------------------------------------------------------------------------------------------

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
let chosen = null;
try { chosen = localStorage.getItem("workbench-theme"); } catch { /* a file may be denied storage */ }

function theme() {
  return chosen || (prefersDark.matches ? "dark" : "light");
}

function dress() {
  root.dataset.theme = theme();
  const button = document.getElementById("theme");
  button.textContent = theme() === "dark" ? "Light" : "Dark";
  button.setAttribute("aria-label", `Show the page in ${theme() === "dark" ? "light" : "dark"} colours`);
}

document.getElementById("theme").addEventListener("click", () => {
  chosen = theme() === "dark" ? "light" : "dark";
  try { localStorage.setItem("workbench-theme", chosen); } catch { /* as above */ }
  dress();
  draw(theme());
});
prefersDark.addEventListener("change", () => { dress(); draw(theme()); });
dress();

// -- figures -------------------------------------------------------------------------------------------------

const figures = part("figures");
const palettes = part("palettes");
const narrow = matchMedia("(max-width: 46rem), (pointer: coarse)");
let ready = false;

function coloured(value, palette) {
  if (Array.isArray(value)) return value.map((one) => coloured(one, palette));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, coloured(one, palette)]));
  }
  return Object.hasOwn(palette, value) ? palette[value] : value;  // a class may be called "constructor"
}

function draw(name, width = null) {
  if (!ready) return;
  for (const place of all(".plot")) {
    const figure = coloured(figures[place.dataset.figure], palettes[name]);
    const layout = { ...figure.layout, autosize: width === null };
    if (width !== null) layout.width = place.closest(".many") ? width / 2 - 12 : width;
    if (narrow.matches) layout.dragmode = false;  // a finger scrolls the page
    if (layout.yaxis.scaleanchor) layout.height = Math.min(layout.height, place.clientWidth + 40);
    const config = { responsive: true, displayModeBar: false };  // its buttons would lie over the legend
    place.style.minHeight = "";
    Plotly.react(place, figure.data, layout, config);
  }
}

async function load() {
  const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
  ready = true;
  draw(theme());
  root.dataset.drawn = "yes";
}

const PAPER = 680;  // pixels of a page's width at 96 a inch, margins off
addEventListener("beforeprint", () => draw("light", PAPER));
addEventListener("afterprint", () => draw(theme()));

// -- the ranking ---------------------------------------------------------------------------------------------

const table = document.getElementById("ranking");
if (table) {
  const FIRST = narrow.matches ? 10 : 25;
  const body = table.tBodies[0];
  const heads = all("thead th", table);
  const names = heads.map((head) => head.dataset.name.toLowerCase());
  const rows = [...body.rows].map((row) => ({
    row,
    text: row.textContent.toLowerCase(),
    values: [...row.cells].map((cell) => sortable(cell.dataset.v ?? cell.textContent)),
  }));
  const search = document.getElementById("filter");
  const state = document.getElementById("state");
  const told = document.getElementById("told");
  const more = document.getElementById("more");
  let limit = FIRST;

  function sortable(text) {
    text = text.trim();
    if (text === "" || text === "-") return null;
    const number = Number(text.replaceAll(",", ""));
    return Number.isNaN(number) ? text.toLowerCase() : number;
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  }

  function sort(column, down) {
    rows.sort((a, b) => {
      const [x, y] = [a.values[column], b.values[column]];
      if (x === null || y === null) return (x === null) - (y === null);  // what is missing comes last
      return down ? compare(y, x) : compare(x, y);
    });
    body.append(...rows.map((each) => each.row));
    heads.forEach((head, i) => {
      head.setAttribute("aria-sort", i === column ? (down ? "descending" : "ascending") : "none");
    });
    show();
  }

  function condition(word) {
    const match = /^(.+?)(<=|>=|<|>|=)(.+)$/.exec(word);
    const column = match ? names.indexOf(match[1]) : -1;
    if (column < 0) return (each) => each.text.includes(word);
    const wanted = sortable(match[3].replace("%", ""));
    return (each) => {
      const value = each.values[column];
      if (value === null) return false;
      const order = compare(value, wanted);
      return { "<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0, "=": order === 0 }[match[2]];
    };
  }

  function show() {
    const conditions = search.value.toLowerCase().split(/\s+/).filter(Boolean).map(condition);
    let found = 0;
    for (const each of rows) {
      const fits = (!state.value || each.row.dataset.state === state.value) && conditions.every((ok) => ok(each));
      if (fits) found += 1;
      each.row.hidden = !fits || found > limit;
    }
    told.textContent = `${Math.min(found, limit)} of ${rows.length} trials shown` +
      (found > limit ? `, ${found} match` : "");
    more.hidden = found <= limit;
    more.textContent = `Show all ${found}`;
  }

  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      sort(column, now === "none" ? "down" in head.dataset : now === "ascending");
    });
  });
  search.addEventListener("input", show);
  state.addEventListener("change", show);
  more.addEventListener("click", () => { limit = Infinity; show(); });
  show();
}

// -- commands to copy ----------------------------------------------------------------------------------------

for (const box of all(".copied")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy the command");
  button.addEventListener("click", async () => {
    const text = box.querySelector("pre").textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {  // no clipboard for this page: mark it, so that one key copies
      getSelection().selectAllChildren(box.querySelector("pre"));
      button.textContent = "Ctrl+C";
    }
  });
  box.append(button);
}

load();
