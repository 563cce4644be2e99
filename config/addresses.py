"""Which addresses belong to programs: they get JSON, no session, no redirect."""

import re

# Also with slashes or capitals too many, as a careless base URL makes them: no such address, but said in JSON.
API = re.compile(r"/+(?:api|v1|oauth|apiops|\.well-known|healthz|readyz|metrics)(?:/|$)", re.IGNORECASE)


def is_for_programs(path: str) -> bool:
    return API.match(path) is not None
