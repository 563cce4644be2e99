// Pages that are dialogs, shown as native dialogs: a link with `data-dialog` opens one, its form is sent from there.
import { fetchPage, showPage } from "./pages.js";
import { forgetMenus, lastOpener } from "./row-menu.js";

let opener = null;
let sending = false;
let hasActed = false;

const box = () => document.querySelector("[data-dialog-box]");
const form = () => box()?.querySelector("[data-dialog-body]");
const bodyOf = (page) => page?.querySelector("[data-dialog-body]");

function show(body) {
  const dialog = box();
  dialog.replaceChildren(document.importNode(body, true));
  dialog.setAttribute("aria-labelledby", "dialog-title");
  if (!dialog.open) dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("part:shown", { bubbles: true }));
  const wrong = dialog.querySelector(".has-error :is(input, select, textarea), [role=alert]");
  const first = wrong ?? dialog.querySelector("[autofocus], .dialog-body :is(input:not([type=hidden]), select, textarea, [data-copy], [data-copy-from])");
  (first ?? dialog.querySelector("[data-deed]"))?.focus();
}

/** Close without asking the server; when something was done meanwhile, the page below is no longer true. */
function close() {
  const dialog = box();
  dialog.close();
  dialog.replaceChildren();
  if (hasActed) location.reload();
  opener?.isConnected && opener.focus();
  opener = null;
}

/** What an answer means: the next dialog, another page, or nothing that we know. */
function take(answer) {
  const body = bodyOf(answer.page);
  if (body) return show(body);
  hasActed = false;
  if (answer.hasShell) return showPage(answer);
  location.assign(answer.address);
}

async function openDialog(link) {
  opener = lastOpener(link);
  hasActed = false;
  try {
    take(await fetchPage(link.href));
  } catch {
    location.assign(link.href);
  }
}

/** Ask by POST, for what many rows are named by; the answer is a dialog, or the page that comes in place of this one. */
export async function askByPost(address, data, from) {
  opener = from;
  hasActed = false;
  const answer = await fetchPage(address, { method: "POST", body: data });
  if (answer.address.startsWith(`${location.origin}/confirm?`)) return location.assign(answer.address);
  if (!bodyOf(answer.page) && !answer.hasShell) throw new Error(`Answered ${answer.response.status}`);
  take(answer);
}

async function send(address, data) {
  if (sending) return;
  sending = true;
  box().setAttribute("aria-busy", "true");
  try {
    const answer = await fetchPage(address, { method: "POST", body: data });
    if (answer.response.ok) hasActed = true;
    forgetMenus();
    if (answer.response.ok || bodyOf(answer.page) || answer.hasShell) take(answer);
    else tellFailure(wordsOf(answer.page));
  } catch {
    tellFailure("");
  } finally {
    sending = false;
    box()?.removeAttribute("aria-busy");
  }
}

/** What a plain page of ours (forbidden, not found, broken) says. */
function wordsOf(page) {
  return [...(page?.querySelectorAll("main h1, main p:not(:has(a))") ?? [])].map((part) => part.textContent.trim()).join(". ");
}

function tellFailure(words) {
  for (const earlier of box().querySelectorAll("[data-failure]")) earlier.remove();
  const note = document.createElement("div");
  note.className = "note note-error";
  note.dataset.failure = "";
  note.setAttribute("role", "alert");
  note.append(Object.assign(document.createElement("p"), { textContent: words || box().dataset.failed }));
  box().querySelector(".dialog-body").prepend(note);
}

/** Cancel: told to the server where the dialog asks for it, so that nothing pending is left. */
function cancel() {
  const address = form()?.dataset.cancelUrl;
  if (!address) return close();
  const token = new FormData();
  token.set("csrfmiddlewaretoken", form().querySelector("[name=csrfmiddlewaretoken]").value);
  for (const field of form().querySelectorAll("input[type=hidden]")) token.set(field.name, field.value);
  send(address, token);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && box()) {
    event.preventDefault();
    openDialog(link);
  } else if (event.target.closest("[data-dialog-box] [data-cancel]")) {
    event.preventDefault();
    cancel();
  }
});

document.addEventListener("submit", (event) => {
  if (!event.target.closest("[data-dialog-box]")) return;
  event.preventDefault();
  const { submitter } = event;
  const data = new FormData(event.target, submitter);
  send(submitter?.hasAttribute("formaction") ? submitter.formAction : event.target.action, data);
});

// Esc is Cancel. The event does not bubble, so it is caught on its way down.
document.addEventListener("cancel", (event) => {
  if (event.target !== box()) return;
  event.preventDefault();
  cancel();
}, true);
