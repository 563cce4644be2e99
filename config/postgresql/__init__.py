"""Django's PostgreSQL engine with a deadline on every wait and dead connections found before use."""
