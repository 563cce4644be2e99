// Fetching a page of ours, and putting one in place of the page that is shown.

/** Fetch an address; the answer's document, where it ended and whether it is a page of this console. */
export async function fetchPage(address, options = {}) {
  const response = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options });
  const isPage = (response.headers.get("Content-Type") ?? "").startsWith("text/html");
  const parsed = isPage ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  return { response, page: parsed, address: response.url, hasShell: Boolean(parsed?.querySelector("body[data-shell]")) };
}

const here = () => location.pathname + location.search;
let shown = here();

/** Show a fetched page without asking for it again: what it says once (messages) would be lost. */
export function showPage({ page, address }) {
  if (address === location.href) history.replaceState(null, "", address);
  else history.pushState({ replaced: true }, "", address);
  shown = here();
  document.title = page.title;
  document.documentElement.lang = page.documentElement.lang; // a saved setting may have changed it
  for (const script of page.querySelectorAll("script")) script.remove();
  document.body.replaceChildren(...document.importNode(page.body, true).childNodes);
  window.scrollTo(0, 0);
  document.dispatchEvent(new CustomEvent("page:shown"));
  (document.querySelector("[data-notes]") ?? document.querySelector("main"))?.focus({ preventScroll: true });
}

// Going back to a page that was replaced asks for it anew; a mere fragment (the skip link) does not.
window.addEventListener("popstate", () => {
  if (here() !== shown) location.reload();
});
document.addEventListener("htmx:replacedInHistory", () => { shown = here(); });

/** Run for the page as it is and for every page that comes in its place. */
export function onPage(prepare) {
  prepare();
  document.addEventListener("page:shown", prepare);
}
