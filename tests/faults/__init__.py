"""An installation of its own that may be killed in any part, load on it, and the checks of what it promised."""
