// The one menu of a page: opened by a row's three dots, by right click, by the Menu key and by Shift+F10.
import { onPage } from "./pages.js";

const fetched = new Map();
const LONGEST_LINE = 30;
let opener = null;
let lastDots = null;
let typed = "";
let typedAt = 0;
let placedFor = null;

const menu = () => document.querySelector("[data-row-menu]");
const entries = () => [...menu().querySelectorAll("[data-entry]")];
const isOpen = () => Boolean(opener);
const isPhone = () => matchMedia("(max-width: 640px)").matches;

async function contentOf(address) {
  if (!fetched.has(address)) {
    const response = await fetch(address, { credentials: "same-origin", headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected) throw new Error(`Answered ${response.status}`);
    fetched.set(address, await response.text());
  }
  return fetched.get(address);
}

function place(point) {
  const box = menu().getBoundingClientRect();
  if (isPhone()) return;
  const around = opener.getBoundingClientRect();
  placedFor = around;
  let left = point ? point.x : around.right - box.width;
  let top = point ? point.y : around.bottom;
  if (left + box.width > innerWidth - 8) left = point ? point.x - box.width : innerWidth - box.width - 8;
  if (top + box.height > innerHeight - 8) top = point ? innerHeight - box.height - 8 : around.top - box.height;
  menu().style.left = `${Math.max(8, left)}px`;
  menu().style.top = `${Math.max(8, top)}px`;
}

function fill(html) {
  menu().innerHTML = html;
  const title = menu().querySelector(".menu-title");
  if (title) menu().setAttribute("aria-label", title.textContent);
  for (const list of menu().querySelectorAll("ul")) list.setAttribute("role", "group");
  for (const item of menu().querySelectorAll("li, form")) item.setAttribute("role", "none");
  for (const [place, entry] of entries().entries()) {
    entry.setAttribute("role", "menuitem");
    entry.tabIndex = place === 0 ? 0 : -1; // a long menu scrolls, and what scrolls must be reached by keyboard
    const hint = entry.querySelector("small");
    if (hint) hint.classList.toggle("is-long", entry.textContent.replace(/\s+/g, " ").trim().length > LONGEST_LINE);
  }
}

async function open(dots, point) {
  close();
  opener = dots;
  placedFor = null;
  lastDots = dots;
  dots.setAttribute("aria-expanded", "true");
  dots.closest("tr, [data-menu-row]")?.classList.add("has-menu");
  const box = menu();
  box.setAttribute("role", "menu");
  try {
    if (!fetched.has(dots.href)) {
      box.innerHTML = '<p class="menu-wait" role="presentation"></p>';
      box.firstChild.textContent = box.dataset.wait;
      box.showPopover();
      place(point);
    }
    const html = await contentOf(dots.href);
    if (opener !== dots) return;
    fill(html);
    box.showPopover();
    place(point);
    entries()[0]?.focus();
  } catch {
    if (opener === dots) location.assign(dots.href);
  }
}

function close({ restore = false } = {}) {
  if (!opener) return;
  const dots = opener;
  opener = null;
  dots.setAttribute("aria-expanded", "false");
  dots.closest("tr, [data-menu-row]")?.classList.remove("has-menu");
  menu()?.hidePopover();
  menu()?.removeAttribute("style");
  if (restore) dots.focus();
}

/** The three dots that a dialog opened from the menu gives the focus back to. */
export function lastOpener(element) {
  return element.closest("[data-row-menu]") ? lastDots : element;
}

/** What a deed changed may change what the menus offer. */
export function forgetMenus() {
  fetched.clear();
}

function move(step) {
  const all = entries();
  const now = all.indexOf(document.activeElement);
  all[(now + step + all.length) % all.length]?.focus();
}

function typeAhead(key) {
  typed = Date.now() - typedAt > 600 ? key : typed + key;
  typedAt = Date.now();
  const words = typed.toLocaleLowerCase();
  entries().find((entry) => entry.querySelector("span").textContent.trim().toLocaleLowerCase().startsWith(words))?.focus();
}

document.addEventListener("click", (event) => {
  const dots = event.target.closest("[data-menu]");
  if (dots && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    if (opener === dots) close({ restore: true });
    else open(dots);
  } else if (isOpen() && !menu().contains(event.target)) close();
  else if (event.target.closest("[data-row-menu] .is-off")) event.preventDefault();
  else if (event.target.closest("[data-row-menu] a[data-entry]")) queueMicrotask(() => close());
});

document.addEventListener("contextmenu", (event) => {
  if (event.shiftKey) return;
  if (event.target.closest("[data-row-menu]")) return;
  const row = event.target.closest("[data-grid] tbody tr, [data-menu-row]");
  const dots = row?.querySelector("[data-menu]");
  if (!dots) return close();
  event.preventDefault();
  const byKey = event.button !== 2 || (event.clientX === 0 && event.clientY === 0);
  open(dots, byKey ? null : { x: event.clientX, y: event.clientY });
});

document.addEventListener("keydown", (event) => {
  if (!isOpen()) {
    const dots = event.target.closest?.("[data-grid] tbody tr, [data-menu-row]")?.querySelector("[data-menu]");
    if (!dots) return;
    const onDots = event.target === dots && [" ", "ArrowDown"].includes(event.key);
    if (onDots || event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      event.preventDefault();
      open(dots);
    }
    return;
  }
  const deeds = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Home: () => entries()[0]?.focus(),
    End: () => entries().at(-1)?.focus(),
    Escape: () => close({ restore: true }),
    " ": () => document.activeElement.click(),
  };
  if (event.key === "Tab") close({ restore: true });
  else if (deeds[event.key]) {
    event.preventDefault();
    event.stopPropagation();
    deeds[event.key]();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) typeAhead(event.key);
});

window.addEventListener("resize", () => close());
// The event of a scroll that ended just before the click comes late: only a row that moved closes its menu.
document.addEventListener("scroll", (event) => {
  if (!isOpen() || !placedFor || isPhone() || menu().contains(event.target)) return;
  const { top, left } = opener.getBoundingClientRect();
  if (Math.hypot(top - placedFor.top, left - placedFor.left) > 4) close();
}, true);
document.addEventListener("page:shown", () => { opener = null; forgetMenus(); });

const prepare = () => {
  for (const dots of document.querySelectorAll("[data-menu]")) {
    dots.setAttribute("role", "button");
    dots.setAttribute("aria-haspopup", "menu");
    dots.setAttribute("aria-expanded", "false");
  }
};
onPage(prepare);
document.addEventListener("htmx:oobAfterSwap", prepare);
