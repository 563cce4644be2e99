"""The Actions menus. What cannot be done now stays, grey, with its reason."""
