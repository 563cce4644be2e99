"""The operator's commands: organisations are made, suspended and resumed here, never by a page."""
