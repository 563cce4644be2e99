"""The ledger: what happened, who did it, to what. The lowest app: it imports no other."""
