// Runs before the first paint: the appearance that was chosen, and the sign that script runs.
(() => {
  const root = document.documentElement;
  root.dataset.script = "";
  try {
    const chosen = localStorage.getItem("appearance");
    if (chosen === "light" || chosen === "dark") root.dataset.appearance = chosen;
  } catch {
    // Storage may be refused; the device's appearance is kept then.
  }
})();
