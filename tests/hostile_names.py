"""Forty names that somebody gives a thing so that a page, a mail, a file or a log does what the name says."""

RTL, LINE, ZERO, BOM = "\u202e", "\u2028", "\u200b", "\ufeff"

NAMES = (
    # scripts, in whatever place a name may stand
    "<script>planted()</script>",
    "\"><img src=x onerror=planted()>",
    "' onmouseover='planted()' x='",
    "</title><svg onload=planted()>",
    "</textarea><iframe src=javascript:planted()>",
    "javascript:planted()//",
    "<a href=\"javascript:planted()\" autofocus onfocus=planted()>x</a>",
    "--><b id=planted>",
    "]]><planted>",
    "&lt;script&gt;planted()&lt;/script&gt;",
    "&#x3c;script>planted()",
    "\\u003cscript\\u003eplanted()",
    "'-planted()-'",
    "`${planted()}`",
    "<style>*{display:none}</style>",
    "<base href=//elsewhere.example/>",
    "<meta http-equiv=refresh content=0;url=//elsewhere.example>",
    "<form action=//elsewhere.example><button>Save",
    "hx-get=//elsewhere.example hx-trigger=load",
    # templates and formats
    "{{7*7}}",
    "{% debug %}",
    "${7*7} #{7*7}",
    "%s %d %(name)s %n",
    "{0.__class__.__mro__} {name}",
    # databases and shells
    "'; DROP TABLE accounts_login; --",
    "1' OR '1'='1",
    "$(touch planted) `touch planted` | planted",
    "../../../../etc/passwd",
    # cells of spreadsheets
    "=HYPERLINK(\"http://elsewhere.example\",\"x\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd",
    "@SUM(1+1)*cmd",
    "\uff1d1+1",
    # lines, directions, letters
    "Bcc: all@elsewhere.example",
    "a\r\nSet-Cookie: planted=1",
    f"a{LINE}{{\"event\": \"planted\"}}",
    f"a{RTL}gpj.exe",
    "a\x1b[2J\x1b[31mplanted\x07",
    f"a{ZERO}{BOM}b\x00c",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 Z\u0351\u036b\u0343a\u0308\u0332\u035fl\u0315go \u0430dm\u0456n",
)  # fmt: skip
