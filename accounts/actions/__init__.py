"""The only writers of organisations, people, roles and the outbox: one module per subject."""
