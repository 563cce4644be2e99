"""Secrets of the environment: the value itself, or a file that holds it (``SECRET_KEY_FILE`` for ``SECRET_KEY``).

A file is what Docker, Kubernetes, systemd and the agent of a vault hand out, and no list of processes shows it.
"""

import os
from pathlib import Path

from config.exceptions import Refused

SECRETS = (
    "DATABASE_OWNER_URL",
    "DATABASE_URL",
    "DEMO_PASSWORD",
    "EMAIL_URL",
    "METRICS_TOKEN",
    "REPORTS_DATABASE_URL",
    "SECRET_KEY",
)
CLOSED = 0o037  # to reading by others, and to writing by a group; Kubernetes lets a group read
LONGEST = 64 * 1024


def secret(name: str, default: str = "") -> str:
    """The secret of that name; the default where neither it nor a file is given. Raises ``Refused``."""
    given, place = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if given and place:
        raise Refused(f"{name} and {name}_FILE are both given: leave one out.")
    return _content(f"{name}_FILE", Path(place)) if place else given or default


def _content(name: str, path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & CLOSED:
                raise Refused(f"{name}: others may read or change {path}; close it to them (chmod 600).")
            content = file.read(LONGEST)
    except UnicodeDecodeError:
        raise Refused(f"{name}: {path} is no text.") from None
    except OSError as error:
        raise Refused(f"{name} cannot be read at {path}: {error.strerror}.") from None
    content = content.rstrip("\r\n")
    if not content:
        raise Refused(f"{name}: {path} is empty.")
    return content
