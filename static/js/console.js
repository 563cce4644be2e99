// Everything that script adds to pages that work without it. Each module listens once, on the document.
import "./switches.js";
import "./copying.js";
import "./grid.js";
import "./row-menu.js";
import "./dialogs.js";
import "./selection.js";
import "./grid-keys.js";
import "./tokens.js";
import "./search.js";
import "./progress.js";
import "./passkeys.js";
