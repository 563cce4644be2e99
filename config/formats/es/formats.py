"""Spanish: 24 nov 2026 · 24 de noviembre de 2026 · martes, 24 de noviembre de 2026 · 24 de noviembre."""

DAY_FORMAT = "j b Y"
LONG_DAY_FORMAT = r"j \d\e F \d\e Y"
WEEKDAY_FORMAT = r"l, j \d\e F \d\e Y"
MONTH_DAY_FORMAT = r"j \d\e F"
SHORT_DAY_FORMAT = "j b"
DATE_INPUT_FORMATS = ["%Y-%m-%d"]  # what a browser's own date field sends and wants, whatever it shows
