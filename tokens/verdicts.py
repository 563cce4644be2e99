"""Why a call was refused: the closed list of reasons, each with its words for a log and its way out for a caller."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ADMITTED = "ok"


class Verdict(TextChoices):
    """The reason of a Fail entry. The statement that decides (tokens/admission/statement.py) speaks these words."""

    REVOKED = "revoked", _("Token revoked")
    NOT_SAVED = "not_saved", _("JWT shown, not saved")
    NOT_GENERATED = "not_generated", _("JWT never generated")
    REPLACED = "replaced", _("JWT replaced")
    WRONG_TENANT = "wrong_tenant", _("Tenant id of another organisation")
    EXPIRED = "expired", _("JWT expired")
    ORGANISATION_SUSPENDED = "organisation_suspended", _("Organisation suspended")
    TOKENS_STOPPED = "tokens_stopped", _("All tokens stopped")
    LOGIN_STOPPED = "login_stopped", _("Tokens of the login stopped")
    LOGIN_DISABLED = "login_disabled", _("Login disabled")
    LOGIN_EXPIRED = "login_expired", _("Login expired")
    ROLE_MISSING = "role_missing", _("Personal role missing")
    NETWORK_REFUSED = "network_refused", _("Address not allowed")
    SCOPE_MISSING = "scope_missing", _("Scope missing")
    NO_ASSIGNMENT = "no_assignment", _("No user type or department left")
    TOO_MANY_CALLS = "too_many_calls", _("Too many calls in a minute")
    # Of mobile sessions alone:
    SESSION_ENDED = "session_ended", _("Mobile session ended")
    PASSWORD_CHANGED = "password_changed", _("Password changed since")
    VIEW_ONLY = "view_only", _("View Only login")
    REUSED = "reused", _("Refresh JWT used twice")
    SIGN_IN_REFUSED = "sign_in_refused", _("Password alone no longer enough")


STATUS_OF_VERDICT: Mapping[Verdict, int] = {
    Verdict.NETWORK_REFUSED: 403, Verdict.SCOPE_MISSING: 403, Verdict.TOO_MANY_CALLS: 429,
}  # fmt: skip
"""What HTTP calls those that are no fault of the JWT itself: another one would not help. All others are 401."""

WAYS_OUT: Mapping[str, Promise] = {
    Verdict.REVOKED: _("This access token was revoked, for good. Create a new one, or ask the token endpoint for one."),
    Verdict.NOT_SAVED: _(
        "This JWT was shown but not saved. Save it in the console within 15 minutes, or generate another."
    ),
    Verdict.NOT_GENERATED: _("This access token has no JWT that is valid. Generate and save one in the console."),
    Verdict.REPLACED: _(
        "Another JWT of this access token is the one that was saved. Use that one, or generate a new one."
    ),
    Verdict.WRONG_TENANT: _("The access token belongs to another organisation than the tenant id that came with it."),
    Verdict.EXPIRED: _(
        "This JWT has expired. Get a new one where it came from: Generate Token in the console, or the token endpoint."
    ),
    Verdict.ORGANISATION_SUSPENDED: _("The organisation is suspended. Ask whoever operates this console."),
    Verdict.TOKENS_STOPPED: _("All access tokens of the organisation are stopped. Ask a System Administrator."),
    Verdict.LOGIN_STOPPED: _(
        "All access tokens of the login that owns this one are stopped. Ask a System Administrator."
    ),
    Verdict.LOGIN_DISABLED: _("The login that owns this access token is disabled. Ask a System Administrator."),
    Verdict.LOGIN_EXPIRED: _("The login that owns this access token has expired. Ask a System Administrator."),
    Verdict.ROLE_MISSING: _("The owner no longer holds the Personal role for API tokens. Ask a System Administrator."),
    Verdict.NETWORK_REFUSED: _(
        "This access token may not be used from this address. Call from an allowed network, or have it added."
    ),
    Verdict.SCOPE_MISSING: _(
        "This JWT lacks the scope of this address. Edit the token's scopes and generate a new JWT."
    ),
    Verdict.NO_ASSIGNMENT: _(
        "The owner no longer has a user type and department that this access token is limited to."
    ),
    Verdict.TOO_MANY_CALLS: _("The limit of calls a minute is reached. The next minute has room again."),
    Verdict.SESSION_ENDED: _("This mobile session has ended. Sign in again on the device."),
    Verdict.PASSWORD_CHANGED: _("The password was changed after this mobile session began. Sign in again."),
    Verdict.VIEW_ONLY: _("View Only logins have no access from mobile devices. Ask a System Administrator."),
    Verdict.REUSED: _(
        "This refresh JWT was used before, so somebody else may have it: the mobile session was ended. Sign in again."
    ),
    Verdict.SIGN_IN_REFUSED: _(
        "This login may no longer sign in from a mobile device with its password alone. Ask a System Administrator."
    ),
}
# Where a mobile session has another way out than an access token.
MOBILE_WAYS_OUT: Mapping[str, Promise] = {
    Verdict.REPLACED: _("This JWT was replaced when the mobile session was refreshed. Use the newest."),
    Verdict.EXPIRED: _("This JWT has expired. Refresh the mobile session at /api/mobile/refresh."),
    Verdict.WRONG_TENANT: _("The mobile session belongs to another organisation than the tenant id that came with it."),
    Verdict.LOGIN_DISABLED: _("The login of this mobile session is disabled. Ask a System Administrator."),
    Verdict.LOGIN_EXPIRED: _("The login of this mobile session has expired. Ask a System Administrator."),
    Verdict.NETWORK_REFUSED: _(
        "Mobile sessions may not be used from this address. Call from a network that the organisation allows."
    ),
    Verdict.SCOPE_MISSING: _("A mobile session reads reports and nothing else. Use an access token of this scope."),
    Verdict.NO_ASSIGNMENT: _(
        "The login no longer has the user type and department that were chosen. Sign in again and choose another."
    ),
}


def way_out(verdict: Verdict, kind: str = "token") -> Promise:
    """What to do, for who holds a JWT of that kind ("token" or "mobile")."""
    return (MOBILE_WAYS_OUT if kind == "mobile" else WAYS_OUT).get(verdict, WAYS_OUT[verdict])
