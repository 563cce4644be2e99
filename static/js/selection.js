// Selected rows: kept in the tab over pages and filters, counted in the blue bar, sent with the bar's deeds.
import { askByPost } from "./dialogs.js";
import { onPage } from "./pages.js";

const FACT_PAUSE = 250;
const PLACES = ["page", "size", "sort", "before", "after"];
let chosen = { ids: [], every: null };
let anchor = null;
let asking = false;
let factWait = 0;
let factAsked = null;

/** On the page to sign in: whoever comes next does not find which rows were marked. */
function forgetAll() {
  if (!document.querySelector("#id_login")) return;
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("selection ")) sessionStorage.removeItem(key);
  } catch {
    // Storage may be refused; then nothing was kept.
  }
}

const bar = () => document.querySelector("[data-bar]");
const grid = () => bar()?.closest("[data-grid]");
const boxes = () => [...(grid()?.querySelectorAll("[data-pick]") ?? [])];
const isPhone = () => matchMedia("(max-width: 640px)").matches; // there the box of the head is not shown
const query = () => document.querySelector("#grid-query")?.value ?? "";
const keyOfGrid = () => `selection ${bar().dataset.bar} ${location.pathname}`;

/** The filter alone, to tell whether "every row" still means the same rows. */
function filterOf(text) {
  const parameters = new URLSearchParams(text);
  for (const name of PLACES) parameters.delete(name);
  parameters.sort();
  return parameters.toString();
}

function recall() {
  chosen = { ids: [], every: null };
  try {
    const { ids, every } = JSON.parse(sessionStorage.getItem(keyOfGrid()) ?? "{}") ?? {};
    if (Array.isArray(ids)) chosen.ids = ids.filter((id) => typeof id === "string");
    if (Number.isInteger(every?.count)) chosen.every = every;
  } catch {
    // Storage may be refused, or hold what is none of ours; the selection then lasts as long as the page.
  }
}

function keep() {
  try {
    if (count()) sessionStorage.setItem(keyOfGrid(), JSON.stringify(chosen));
    else sessionStorage.removeItem(keyOfGrid());
  } catch {
    // As above.
  }
}

const count = () => (chosen.every ? chosen.every.count : chosen.ids.length);

function countText() {
  const { one, many } = bar().dataset;
  if (!chosen.every && chosen.ids.length === 1) return one;
  const number = chosen.every?.text ?? new Intl.NumberFormat(document.documentElement.lang).format(count());
  return many.replace("{count}", number);
}

/** Take rows in or out. With "every row" on, taking one out leaves the other rows of this page. */
function set(ids, on) {
  if (chosen.every) chosen = { ids: boxes().map((box) => box.value), every: null };
  const next = new Set(chosen.ids);
  for (const id of ids) {
    if (!on) next.delete(id);
    else if (next.size < Number(bar().dataset.most)) next.add(id);
  }
  chosen = { ids: [...next], every: null };
  show();
}

export function clear() {
  chosen = { ids: [], every: null };
  anchor = null;
  show();
}

/** The boxes, the bar and what is kept, all as they are chosen now. */
function show() {
  const all = boxes();
  if (!bar()) return;
  if (chosen.every && chosen.every.filter !== filterOf(query())) chosen = { ids: [], every: null };
  const ids = new Set(chosen.ids);
  for (const box of all) box.checked = Boolean(chosen.every) || ids.has(box.value);
  const ticked = all.filter((box) => box.checked).length;
  const head = grid().querySelector("[data-pick-page]");
  head.checked = all.length > 0 && ticked === all.length;
  head.indeterminate = ticked > 0 && ticked < all.length;
  const hadFocus = bar().contains(document.activeElement);
  grid().classList.toggle("is-selecting", count() > 0);
  if (!count() && hadFocus) head.focus();
  bar().querySelector("[data-bar-count]").textContent = count() ? countText() : "";
  const every = bar().querySelector("[data-bar-every]");
  if (every) every.hidden = Boolean(chosen.every) || !(head.checked || isPhone());
  const tooMany = !chosen.every && chosen.ids.length > Number(bar().dataset.mostInAnAddress);
  for (const button of bar().querySelectorAll("[data-bar-export]")) button.disabled = tooMany;
  keep();
  askFact();
}

/** What the rows are named by, in an address. */
const named = () => (chosen.every ? `every=1&filter=${encodeURIComponent(query())}` : `selected=${chosen.ids.map(encodeURIComponent).join(",")}`);

/** The one fact beside the count, where the grid has one to tell. */
function askFact() {
  const place = bar().querySelector("[data-bar-fact]");
  clearTimeout(factWait);
  factAsked?.abort();
  place.textContent = "";
  const { dataset } = bar();
  if (!("hasFact" in dataset) || !count() || (!chosen.every && chosen.ids.length > Number(dataset.mostInAnAddress))) return;
  factWait = setTimeout(async () => {
    factAsked = new AbortController();
    try {
      const response = await fetch(`${location.pathname}?fact=1&${named()}`, { credentials: "same-origin", signal: factAsked.signal });
      if (response.ok && !response.redirected) place.textContent = await response.text();
    } catch {
      // The count stands without it.
    }
  }, FACT_PAUSE);
}

async function ask(button) {
  const data = new FormData();
  data.set(button.name, button.value);
  data.set("filter", query());
  if (chosen.every) data.set("every", "1");
  else data.set("selected", chosen.ids.join(","));
  try {
    asking = true;
    await askByPost(button.formAction, data, button);
  } catch {
    asking = false;
    bar().querySelector("[data-bar-fact]").textContent = document.querySelector("[data-dialog-box]").dataset.failed;
  }
}

function exported(form) {
  const parameters = new URLSearchParams(query());
  parameters.delete("page");
  if (chosen.every) return `?${parameters}&export=${form}`;
  const sort = parameters.get("sort");
  return `?export=${form}${sort ? `&sort=${encodeURIComponent(sort)}` : ""}&${named()}`;
}

/** The row's box, or with Shift every box from the one before to this one. */
export function choose(box, { range = false, on = box.checked } = {}) {
  const all = boxes();
  const from = range && anchor !== null ? all.findIndex((other) => other.value === anchor) : -1;
  const to = all.indexOf(box);
  const met = from < 0 ? [box] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
  anchor = box.value;
  set(met.map((other) => other.value), on);
}

function togglePicking(on) {
  const button = document.querySelector("[data-picking]");
  grid().classList.toggle("is-picking", on);
  button?.setAttribute("aria-pressed", String(on));
}

document.addEventListener("click", (event) => {
  if (!bar()) return;
  const { target } = event;
  const button = target.closest("[data-bar-deed], [data-bar-export], [data-bar-every], [data-bar-cancel], [data-picking]");
  if (target.matches("[data-pick]")) choose(target, { range: event.shiftKey });
  else if (target.matches("[data-pick-page]")) set(boxes().map((box) => box.value), target.checked);
  else if (!button) return;
  else if (button.matches("[data-picking]")) togglePicking(!grid().classList.contains("is-picking"));
  else if (button.matches("[data-bar-cancel]")) {
    clear();
    togglePicking(false);
  } else if (button.matches("[data-bar-every]")) {
    chosen = { ids: [], every: { count: Number(button.dataset.barEvery), text: button.dataset.text, filter: filterOf(query()) } };
    show();
    bar().querySelector("[data-bar-cancel]").focus();
  } else {
    event.preventDefault();
    for (const open of bar().querySelectorAll("details[open]")) open.open = false;
    if (button.matches("[data-bar-deed]")) ask(button);
    else location.assign(exported(button.value));
  }
});

// A dialog of the bar that was closed changed nothing; a page that came in its place means that the deed is done.
document.addEventListener("close", () => { asking = false; }, true);

forgetAll();
onPage(() => {
  const done = asking;
  asking = false;
  anchor = null;
  if (!bar()) return;
  recall();
  if (done) clear();
  else show();
  togglePicking(count() > 0);
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted || !bar()) return;
  recall();
  show();
});
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (["grid-rows", "grid-head", "grid-query", "grid-every"].includes(event.detail.target?.id)) queueMicrotask(show);
});
