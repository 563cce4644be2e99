"""The demonstration: two made-up organisations, their people and tokens, and what happened in them.

Everything is told relative to the moment it is made, and made the same each time but for ids and secrets.
"""
