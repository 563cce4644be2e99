"""What the app's grids can be filtered by."""
