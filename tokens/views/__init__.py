"""The pages of the tokens app."""
