// Copy buttons: `data-copy` holds the text, or `data-copy-from` names the element that shows it.
import { onPage } from "./pages.js";

const SHOWN_FOR = 2500;
const before = new WeakMap(); // what stood in a button until it said that it was done

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by the browser: the older way below may still work.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden-text";
  area.setAttribute("readonly", "");
  const place = document.querySelector("dialog[open]") ?? document.body;
  const focused = document.activeElement;
  place.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom) : null;
  const text = source ? (source.value ?? source.textContent).trim() : button.dataset.copy;
  if (!(await copy(text))) return;
  const words = button.querySelector("span");
  if (!before.has(words)) before.set(words, [...words.childNodes]);
  words.textContent = button.dataset.copied;
  words.setAttribute("role", "status");
  button.classList.add("is-done");
  setTimeout(() => {
    words.replaceChildren(...before.get(words));
    button.classList.remove("is-done");
  }, SHOWN_FOR);
});

const offer = (within) => {
  for (const button of within.querySelectorAll("[data-copy], [data-copy-from]")) button.hidden = false;
};

document.addEventListener("part:shown", (event) => offer(event.target));
onPage(() => offer(document));
