"""One command a module, named like it."""
