"""The one grid pattern of the console: tables, filters, sorting, paging, export and menus."""
