// The dialogs of access tokens: when the chosen expiry would end, snippets for the chosen report, the JWT filled in.
import { onPage } from "./pages.js";

function hintOf(part) {
  const chosen = part.querySelector("input[data-hint]:checked");
  const day = part.querySelector("input[data-hint-day]");
  if (chosen?.value !== "date" || !day?.value) return chosen?.dataset.hint ?? "";
  const { hintDay, hintLate, lateAfter } = day.dataset;
  const words = { day: "numeric", month: "long", year: "numeric" };
  const language = document.documentElement.lang;
  const date = new Date(`${day.value}T12:00`).toLocaleDateString(language === "en" ? "en-GB" : language, words);
  return (day.value > lateAfter ? hintLate : hintDay).replace("{date}", date);
}

function showHint(part) {
  const place = part.querySelector("[data-chosen-hint]");
  if (place) place.textContent = hintOf(part);
}

/** Put the JWT that is shown into the lines to copy, or take it out again. It never leaves this page. */
function fillIn(part) {
  const jwt = part.querySelector("#jwt")?.textContent.trim();
  const wanted = part.querySelector("[data-fill-in] input")?.checked;
  if (!jwt) return;
  for (const place of part.querySelectorAll("[data-token]")) {
    place.dataset.placeholder ??= place.textContent;
    const filled = place.dataset.token === "quoted" ? `"${jwt}"` : jwt;
    place.textContent = wanted ? filled : place.dataset.placeholder;
    place.classList.toggle("is-filled", wanted);
  }
}

document.addEventListener("change", (event) => {
  const part = event.target.closest("form, main");
  if (event.target.matches("[name=expires_on], [data-hint-day]")) showHint(part);
  if (event.target.closest("[data-fill-in]")) fillIn(part);
  if (event.target.closest("[data-report-chooser]")) {
    for (const name of part.querySelectorAll("[data-report-name]")) name.textContent = event.target.value;
  }
});

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-hint-day]")) showHint(event.target.closest("form"));
});

function prepare(within) {
  showHint(within);
  for (const tool of within.querySelectorAll("[data-report-chooser], [data-fill-in]")) tool.hidden = false;
  fillIn(within);
}

/** What a browser keeps of a page, to come back to it, holds no JWT. */
function forget() {
  for (const place of document.querySelectorAll("#jwt, .is-filled")) place.textContent = "";
}

window.addEventListener("pagehide", forget);
document.addEventListener("part:shown", (event) => prepare(event.target));
onPage(() => prepare(document));
