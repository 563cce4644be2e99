"""The API: programs' addresses, with tokens of this console and problem bodies of RFC 9457."""
