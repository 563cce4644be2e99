"""Which addresses belong to programs: they get JSON, no session, no redirect."""

import re

API = re.compile(r"/(?:api|v1|oauth|apiops|\.well-known|healthz|readyz|metrics)(?:/|$)")


def is_for_programs(path: str) -> bool:
    return API.match(path) is not None
