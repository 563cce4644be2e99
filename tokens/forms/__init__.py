"""The forms of access tokens: what people and administrators give them, and what an organisation allows."""
