"""Measures the console against others, part by part: ``make bench``, or ``python -m tests.bench PART ...``."""
