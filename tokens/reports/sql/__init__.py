"""Reports from SQL files: an organisation publishes its own data in one file (docs/reports.md)."""
