// Passkeys: the browser's own dialog answers our question, and the answer goes with the form. And recovery codes, kept.
import { onPage } from "./pages.js";

const able = () => Boolean(window.PublicKeyCredential && navigator.credentials);

// What a browser without the newer functions of PublicKeyCredential is spared: bytes travel as base64url.
function bytes(written) {
  const plain = atob(written.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

function written(buffer) {
  const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const named = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function toMake(question) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(question);
  const user = { ...question.user, id: bytes(question.user.id) };
  const excludeCredentials = named(question.excludeCredentials);
  return { ...question, challenge: bytes(question.challenge), user, excludeCredentials };
}

function toUse(question) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(question);
  return { ...question, challenge: bytes(question.challenge), allowCredentials: named(question.allowCredentials) };
}

function inWords(credential) {
  if (credential.toJSON) return credential.toJSON();
  const response = { clientDataJSON: written(credential.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = written(credential.response[part]);
  }
  const { id, type } = credential;
  return { id, rawId: written(credential.rawId), type, response, clientExtensionResults: {} };
}

const noteOf = (form) => form.querySelector("[data-passkey-refusal]");

/** Say why it did not come to a passkey: in the server's words, or in those that the page has for it. */
function refuse(form, words = "") {
  const note = noteOf(form);
  const line = note.querySelector("p");
  note.dataset.usual ??= line.textContent;
  line.textContent = words || note.dataset.usual;
  note.hidden = false;
}

/** Ask the server for its question; the words of a refusal are shown as they are. */
async function questionFor(form) {
  const body = new FormData(form);
  body.delete("answer");
  const options = { method: "POST", body, credentials: "same-origin", cache: "no-store" };
  const response = await fetch(form.dataset.question, options);
  if (response.redirected) {
    location.reload(); // the session has ended, or who is there has to be confirmed first
    return null;
  }
  const told = await response.json();
  if (told.refused) refuse(form, told.refused);
  return told.publicKey ?? null;
}

async function answer(form) {
  const question = await questionFor(form);
  if (!question) return;
  const credential = form.dataset.passkey === "make"
    ? await navigator.credentials.create({ publicKey: toMake(question) })
    : await navigator.credentials.get({ publicKey: toUse(question) });
  form.elements.answer.value = JSON.stringify(inWords(credential));
  form.submit();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-passkey]") || !able()) return;
  const name = form.elements.name;
  if (name && !name.value.trim()) return; // the server says what is missing
  event.preventDefault();
  noteOf(form).hidden = true;
  const button = form.querySelector("button:not([type=button])");
  button.disabled = true;
  try {
    await answer(form);
  } catch {
    refuse(form); // closed, refused, too late, or no passkey there
  }
  button.disabled = false;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-keep], [data-print]");
  if (!button) return;
  if ("print" in button.dataset) {
    window.print();
    return;
  }
  const address = URL.createObjectURL(new Blob([`${button.dataset.keep}\n`], { type: "text/plain" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: button.dataset.keepAs });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
});

onPage(() => {
  for (const form of document.querySelectorAll("form[data-passkey][hidden]")) form.hidden = !able();
  for (const button of document.querySelectorAll("[data-keep], [data-print]")) button.hidden = false;
});
