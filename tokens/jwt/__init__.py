"""JWTs: what one says, how it is issued, and how its signature and the shape of its claims are verified.

A verified JWT proves only that this console issued it. Whether it admits anything is decided in the database on every
call (tokens/admission).
"""

from tokens.jwt.backend import LENGTH_LIMIT, RingBackend
from tokens.jwt.issuing import ISSUED_LIMIT, Issued, digest, issue, issue_mobile
from tokens.jwt.kinds import ApiToken, MobileAccess, MobileRefresh
from tokens.jwt.verifying import Claims, NotOurs, verified, verified_refresh

__all__ = [
    "ISSUED_LIMIT",
    "LENGTH_LIMIT",
    "ApiToken",
    "Claims",
    "Issued",
    "MobileAccess",
    "MobileRefresh",
    "NotOurs",
    "RingBackend",
    "digest",
    "issue",
    "issue_mobile",
    "verified",
    "verified_refresh",
]
