// The keyboard in a grid: arrows go from row to row, Space selects, Enter opens, Escape selects nothing.
// Another page, order or filter that is asked for by a key keeps the focus at its place.
import { fetchPage, onPage, showPage } from "./pages.js";
import { choose, clear } from "./selection.js";

const rowsOf = (place) => [...place.closest("[data-grid]").querySelectorAll("tbody tr:not(.nothing-row)")];
const isWritten = (element) => element.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");

/** The same control of another row: its box, its dots, else its link. */
function focusIn(row, from) {
  const same = [".pick input", ".dots"].find((selector) => from.matches(selector));
  const target = (same && row.querySelector(same)) ?? row.querySelector(".name a, td:not(.pick, .actions) a") ?? row.querySelector("a, input");
  if (!target) row.tabIndex = -1;
  (target ?? row).focus();
}

function step(event, by) {
  const rows = rowsOf(event.target);
  const row = event.target.closest("tbody tr");
  const next = row ? rows[rows.indexOf(row) + by] : by > 0 && rows[0];
  if (!next) return;
  event.preventDefault();
  focusIn(next, event.target);
}

function select(event, row) {
  const box = row.querySelector("[data-pick]");
  if (!box || (event.target === box && !event.shiftKey) || event.target.matches(".dots, button, summary")) return;
  event.preventDefault();
  choose(box, { range: event.shiftKey, on: event.shiftKey || !box.checked });
}

function open(event, row) {
  const link = row.querySelector(".name a");
  if (!event.target.matches(".pick input, tr")) return;
  event.preventDefault(); // a form whose box has the focus would be sent
  link?.click();
}

function inGrid(event) {
  const { target, key } = event;
  const row = target.closest("tbody tr");
  const leadsIn = target.matches(".grid-scroll, .search input");
  if (key === "ArrowDown" && (row || leadsIn)) step(event, 1);
  else if (key === "ArrowUp" && row) step(event, -1);
  else if (key === " " && row) select(event, row);
  else if (key === "Enter" && row) open(event, row);
}

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !(target instanceof Element)) return;
  if (document.querySelector("dialog[open], [data-row-menu]:popover-open")) return;
  if (key === "Escape") {
    if (document.querySelector(".grid.is-selecting") && !(isWritten(target) && target.value)) clear();
  } else if (target.closest("[data-grid]")) inGrid(event);
});

const PLACES = [".pager [rel=next]", ".pager [rel=prev]", ".head-row a", ".chips a"];
const linksOf = (kind) => [...document.querySelectorAll(`[data-grid] ${kind}`)];

/** The link that stands where this one stood; of the last page's, the way back. */
function focusAgain(kind, index) {
  const rest = kind.startsWith(".pager") ? linksOf(".pager a") : linksOf(kind);
  (linksOf(kind)[index] ?? rest.at(-1) ?? document.querySelector("[data-grid] .grid-scroll"))?.focus();
}

async function follow(link) {
  const kind = PLACES.find((place) => link.matches(place));
  const index = linksOf(kind).indexOf(link);
  const fetched = await fetchPage(link.href);
  if (!fetched.response.ok || !fetched.hasShell) return location.assign(link.href);
  showPage(fetched);
  return focusAgain(kind, index);
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest(`[data-grid] :is(${PLACES})`);
  if (!link || event.detail || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  follow(link).catch(() => location.assign(link.href));
});

onPage(() => {
  for (const note of document.querySelectorAll("[data-keys]")) note.hidden = false;
});
