"""Texts that may be the same in a translation as in English; any other that is the same was forgotten."""

# In every language: names and formats.
EVERYWHERE = {
    "OK",
    "auth-token",
    "Bearer",
}
# In one language: words that it shares with English.
IN: dict[str, set[str]] = {
    "de": set(),
    "fr": set(),
    "es": set(),
    "tr": set(),
}
