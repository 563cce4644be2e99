"""Turkish: 24 Kas 2026 · 24 Kasım 2026 · 24 Kasım 2026 Salı · 24 Kasım."""

DAY_FORMAT = "j M Y"
LONG_DAY_FORMAT = "j F Y"
WEEKDAY_FORMAT = "j F Y l"
MONTH_DAY_FORMAT = "j F"
SHORT_DAY_FORMAT = "j M"
DATE_INPUT_FORMATS = ["%Y-%m-%d"]  # what a browser's own date field sends and wants, whatever it shows
