// Filters that apply as they are typed or chosen, and the filter row's switch. htmx fetches and swaps the rows.
import { onPage } from "./pages.js";

const PAUSE = 350;
let waiting = 0;

function isNeedless(name, value, form) {
  return value === "" || (name === "size" && value === form.querySelector("[data-size]").dataset.size);
}

function apply(form) {
  clearTimeout(waiting);
  window.htmx?.trigger(form, "filter");
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-grid]");
  if (!form || !event.target.matches("input[type=text], input[type=search]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => apply(form), PAUSE);
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-grid]");
  if (form && event.target.matches("select, .further input[type=checkbox]")) apply(form);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-grid]")) return;
  if (window.htmx && !event.submitter?.closest("details")) {
    event.preventDefault();
    apply(form);
    return;
  }
  // Days change their own head too, so the page is asked for anew, with what is set and nothing else.
  for (const field of form.elements) field.disabled ||= field.name !== "" && isNeedless(field.name, field.value, form);
});

window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("[data-grid] :disabled")) field.disabled = false;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-filter-toggle]");
  const row = button?.closest("[data-grid]").querySelector(".filter-row");
  if (!row) return;
  event.preventDefault();
  const open = getComputedStyle(row).display === "none";
  row.classList.toggle("is-open", open);
  row.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
});

// The address then holds what is set, and nothing else.
document.addEventListener("htmx:configRequest", (event) => {
  const { parameters, elt } = event.detail;
  for (const name of Object.keys(parameters)) if (isNeedless(name, parameters[name], elt)) delete parameters[name];
});

// Signed out meanwhile, or an error: the address itself tells better than rows that do not change.
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr, successful } = event.detail;
  if (!elt.matches("[data-grid]")) return;
  const asked = new URL(elt.getAttribute("hx-get"), location.href);
  if (!successful || new URL(xhr.responseURL).pathname !== asked.pathname) location.assign(asked);
});

// The address at the moment of the copy; the copying itself is done by the button's own listener.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy-address]");
  if (button) button.dataset.copy = location.href;
}, true);

/** A table that fits keeps its head below the header bar; a wider one scrolls in a region of its own, head and all. */
function measure(region) {
  const isWide = region.firstElementChild.offsetWidth > region.clientWidth + 1;
  region.classList.toggle("fits", !isWide);
  region.classList.toggle("scrolls", isWide);
}

const sizes = new ResizeObserver((changes) => {
  for (const { target } of changes) measure(target.closest(".grid-scroll"));
});

onPage(() => {
  sizes.disconnect();
  for (const region of document.querySelectorAll(".grid-scroll")) {
    measure(region);
    sizes.observe(region);
    sizes.observe(region.firstElementChild);
  }
  for (const form of document.querySelectorAll("[data-grid]")) window.htmx?.process(form);
  for (const button of document.querySelectorAll("[data-filter-toggle]")) {
    const row = button.closest("[data-grid]").querySelector(".filter-row");
    if (row) button.setAttribute("aria-expanded", String(getComputedStyle(row).display !== "none"));
    else button.hidden = true;
  }
});
