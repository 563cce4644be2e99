"""Operational log: one structured line per event, each with its request id, none with a token."""

import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from audit.request_ids import current_request_id

# Three parts of base64url, as a JWT is; the value of a header or field that carries a secret; a one-time link's key.
JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]*\.?[\w-]*")
HEADER = re.compile(
    r"(?i)((?:proxy-)?authorization|auth-token|cookie)((?!-)\W{1,4})(?:(?:bearer|basic)\s+)?[^\s,'\"}]+"
)
# The value of such a field: to its closing quotation mark, which may be escaped itself; without one, to what ends it.
# A passphrase has blanks, so a blank ends nothing.
NAMES = r"client_secret|password\d?|current_password|new_password|passphrase|recovery_code|otp|secret_key|secret"
QUOTED_FIELD = re.compile(
    rf"""(?i)({NAMES})(\\*['"]?\s?[:=]\s?)(?P<mark>\\*['"]).*?(?:(?<!\\)(?P=mark)|$)""", re.DOTALL
)
FIELD = re.compile(rf"""(?i)({NAMES})(\\*['"]?\s?[:=]\s?)(?!\s|\\*['"])[^,'"}}&\r\n\\]+""")
ONE_TIME_KEY = re.compile(r"(/(?:key|activate|activation|invitation)/)[^\s\"']+")

Event = MutableMapping[str, Any]


def scrub(logger: object, method: str, line: str) -> str:
    """Take out of a finished line whatever could let its reader in."""
    line = JWT.sub("[removed]", line)
    line = FIELD.sub(r"\1\2[removed]", QUOTED_FIELD.sub(r"\1\2\g<mark>[removed]\g<mark>", line))
    line = HEADER.sub(r"\1\2[removed]", line)
    return ONE_TIME_KEY.sub(r"\1[removed]", line)


def one_line(logger: object, method: str, event: Event) -> Event:
    """Write what nobody sees, or what a terminal obeys, as its escape: JSON does the same for every other reader."""
    return {name: escaped(value) if isinstance(value, str) else value for name, value in event.items()}


def escaped(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Formats events of structlog and of Python's logging alike; ``scrub`` has the last word."""

    def __init__(self) -> None:
        readable = sys.stderr.isatty()
        plain = structlog.dev.plain_traceback
        super().__init__(
            foreign_pre_chain=BEFORE,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                one_line if readable else structlog.processors.format_exc_info,
                structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)
                if readable
                else structlog.processors.JSONRenderer(),
                scrub,  # type: ignore[list-item]  # runs after the renderer, so on the finished line
            ],
        )


def with_request_id(_logger: Any, _method: str, event: Event) -> Event:
    """A line of a request names it, unless it names one itself."""
    if request_id := current_request_id.get():
        event.setdefault("request_id", request_id)
    return event


BEFORE: list[Any] = [
    with_request_id,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configuration(level: str) -> dict[str, Any]:
    """``LOGGING`` of Django; also sets structlog up, so that both write the same lines to standard error."""
    structlog.configure(
        processors=[*BEFORE, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Its own handlers (mail to administrators, a console in debug mode) would hide or repeat tracebacks.
            "django": {"handlers": [], "level": level, "propagate": True},
            # Every refused call is in the ledger; a line for each 4xx would only fill the disk.
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
