// Runs before the first paint: the appearance that was chosen, and the sign that script runs.
(() => {
  const root = document.documentElement;
  root.dataset.script = "";
  try {
    // Of somebody signed in the server knows the choice; it is kept here for the pages before the next sign-in.
    if ("person" in root.dataset) {
      localStorage.setItem("appearance", root.dataset.appearance ?? "");
      return;
    }
    const chosen = localStorage.getItem("appearance");
    if (chosen === "light" || chosen === "dark") root.dataset.appearance = chosen;
  } catch {
    // Storage may be refused; the device's appearance is kept then.
  }
})();
