"""The background worker: its jobs, and the lanes in which it runs them."""
