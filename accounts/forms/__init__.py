"""The forms of accounts: they clean and nothing else."""
