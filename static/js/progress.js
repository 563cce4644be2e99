// How far a long piece of work is: htmx asks again and again, also on a page that came in place of another.
import { onPage } from "./pages.js";

onPage(() => {
  for (const section of document.querySelectorAll("[data-progress]")) window.htmx?.process(section);
});
