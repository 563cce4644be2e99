"""Second factors: what a login has of them, and how a code or a passkey is made and checked. Nothing here writes."""
