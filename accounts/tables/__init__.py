"""The tables of the app's grids."""
