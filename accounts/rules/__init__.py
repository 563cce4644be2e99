"""Who may have, give and change what: one function per rule, asked by menus, pages, actions and imports alike."""
