// The dialogs of access tokens: when the chosen expiry would end, and snippets for the chosen report.
import { onPage } from "./pages.js";

function showHint(within) {
  const place = within.querySelector("[data-chosen-hint]");
  if (place) place.textContent = within.querySelector("input[data-hint]:checked")?.dataset.hint ?? "";
}

document.addEventListener("change", (event) => {
  const part = event.target.closest("form");
  if (event.target.name === "expires_on") showHint(part);
  if (event.target.closest("[data-report-chooser]")) {
    for (const name of part.querySelectorAll("[data-report-name]")) name.textContent = event.target.value;
  }
});

function prepare(within) {
  showHint(within);
  for (const chooser of within.querySelectorAll("[data-report-chooser]")) chooser.hidden = false;
}

document.addEventListener("part:shown", (event) => prepare(event.target));
onPage(() => prepare(document));
