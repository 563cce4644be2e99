"""Tells whether a JWT would be admitted at this moment, without counting or recording that as a use of it.

Who asks is not who calls with it: where it may be used from is not judged.
"""

from tokens.admission import statements_for
from tokens.admission.execution import run
from tokens.jwt import Claims
from tokens.verdicts import ADMITTED

NO_WINDOW = None  # whether its calls of this minute are used up says nothing about the token
NO_SCOPE = 0


def would_be_admitted(claims: Claims, sha256: bytes) -> bool:
    """Whether the genuine JWT of these claims and this digest admits anything now: the same CASE as for a call."""
    parameters = {
        "token": claims.token_id,
        "digest": sha256,
        "expires": claims.expires,
        "tenant": None,
        "window": NO_WINDOW,
        "scope": NO_SCOPE,
    }
    row = run(statements_for(claims.token_id).look_anywhere, parameters)
    return row is not None and row[0] == ADMITTED
