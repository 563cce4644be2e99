// Appearance, side menu on a phone, password eye, tabs, and panels that close again.
import { onPage } from "./pages.js";

const root = document.documentElement;

function showChoice() {
  for (const button of document.querySelectorAll("[data-appearance-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.appearanceChoice === (root.dataset.appearance ?? "")));
  }
}

/** Show the choice at once. Of somebody signed in the server keeps it, so that it is there in every browser. */
function choose(form, button) {
  const appearance = button.dataset.appearanceChoice;
  if (appearance) root.dataset.appearance = appearance;
  else delete root.dataset.appearance;
  try {
    localStorage.setItem("appearance", appearance);
  } catch {
    // Storage may be refused; the choice then lasts as long as the page, or is the server's.
  }
  showChoice();
  if (!("person" in root.dataset)) return;
  const options = { method: "POST", body: new FormData(form, button), credentials: "same-origin", redirect: "manual", keepalive: true };
  fetch(form.action, options).catch(() => {}); // it shows here all the same, and is sent with the next choice
}

function toggleSide(open) {
  document.querySelector("[data-side-toggle]")?.setAttribute("aria-expanded", String(open));
  const side = document.querySelector("#side");
  side?.classList.toggle("is-open", open);
  (open ? side : document.querySelector("[data-side-toggle]"))?.focus();
}

function toggleEye(eye) {
  const field = document.getElementById(eye.getAttribute("aria-controls"));
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  eye.setAttribute("aria-pressed", String(shown));
}

/** Choose a tab of a `data-tabs` list; each tab controls the panel that it names. */
function chooseTab(tab) {
  for (const other of tab.parentElement.querySelectorAll("[role=tab]")) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls"))?.toggleAttribute("hidden", !chosen);
  }
  tab.focus();
}

function prepareTabs(within) {
  for (const list of within.querySelectorAll("[data-tabs]:not([role])")) {
    list.setAttribute("role", "tablist");
    list.hidden = false;
    [...list.children].forEach((tab, place) => {
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(place === 0));
      tab.tabIndex = place === 0 ? 0 : -1;
      panel?.setAttribute("role", "tabpanel");
      panel?.setAttribute("aria-labelledby", tab.id);
      panel?.toggleAttribute("hidden", place !== 0);
    });
  }
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-side-toggle], [data-side-close], [data-eye], [role=tab]");
  for (const open of document.querySelectorAll("details[data-pop][open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
  if (!target) return;
  if (target.matches("[data-side-toggle], [data-side-close]")) {
    event.preventDefault();
    toggleSide(target.matches("[data-side-toggle]") && !document.querySelector("#side").classList.contains("is-open"));
  } else if (target.matches("[data-eye]")) toggleEye(target);
  else if (target.closest("[data-tabs]")) chooseTab(target);
});

// An entry that leads to a place on this page leaves the menu open by itself; the focus goes with the jump.
window.addEventListener("hashchange", () => {
  document.querySelector("#side.is-open")?.classList.remove("is-open");
  document.querySelector("[data-side-toggle]")?.setAttribute("aria-expanded", "false");
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-appearance-form]")) return;
  event.preventDefault();
  choose(event.target, event.submitter);
  const panel = event.target.closest("details");
  if (!panel) return;
  panel.open = false;
  panel.querySelector("summary").focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = event.target.closest?.("details[data-pop][open]") ?? document.querySelector("details[data-pop][open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
      event.preventDefault();
    } else if (document.querySelector("#side.is-open")) toggleSide(false);
  }
  const tab = event.target.closest?.("[data-tabs] > [role=tab]");
  if (tab && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
    const tabs = [...tab.parentElement.children];
    const step = event.key === "ArrowRight" ? 1 : -1;
    const place = { Home: 0, End: tabs.length - 1 }[event.key] ?? (tabs.indexOf(tab) + step + tabs.length) % tabs.length;
    chooseTab(tabs[place]);
    event.preventDefault();
  }
});

/** A choice that only one of its values needs a further field for: the field can be filled in with that value alone. */
function enableFurther(choice) {
  const field = document.getElementById(choice.dataset.enables);
  if (field) field.disabled = choice.value !== choice.dataset.enablingValue;
}

function prepareChoices(within) {
  for (const choice of within.querySelectorAll("[data-enables]")) enableFurther(choice);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-enables]")) enableFurther(event.target);
});

document.addEventListener("part:shown", (event) => {
  prepareTabs(event.target);
  prepareChoices(event.target);
});

onPage(() => {
  for (const hidden of document.querySelectorAll("[data-appearance-switch], [data-eye]")) hidden.hidden = false;
  showChoice();
  prepareTabs(document);
  prepareChoices(document);
});
