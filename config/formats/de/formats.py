"""German: 24. Nov. 2026 · 24. November 2026 · Dienstag, 24. November 2026 · 24. November."""

DAY_FORMAT = "j. N Y"
LONG_DAY_FORMAT = "j. F Y"
WEEKDAY_FORMAT = "l, j. F Y"
MONTH_DAY_FORMAT = "j. F"
SHORT_DAY_FORMAT = "j. N"
DATE_INPUT_FORMATS = ["%Y-%m-%d"]  # what a browser's own date field sends and wants, whatever it shows
