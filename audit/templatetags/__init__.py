"""Template tags of the console's look."""
