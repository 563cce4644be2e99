"""The closed list of what can happen, and which of it is the token log's business."""

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Verb(TextChoices):
    """Everything that leaves an entry. The value is stored; a value is never reused for another meaning."""

    TOKEN_CREATE = "token.create", _("Token created")
    TOKEN_GENERATE = "token.generate", _("JWT generated")
    TOKEN_UPDATE = "token.update", _("Token updated")
    TOKEN_REVOKE = "token.revoke", _("Token revoked")
    TOKEN_AUTHENTICATE = "token.authenticate", _("Token used")
    TOKEN_SHOW = "token.show", _("JWT shown, not yet saved")
    TOKEN_DISCARD = "token.discard", _("Shown JWT discarded")
    TOKEN_EXPORT = "token.export", _("Tokens exported")
    REPORT_READ = "report.read", _("Report read")
    LOG_EXPORT = "log.export", _("Log exported")
    SESSION_BEGIN = "session.begin", _("Mobile session begun")
    SESSION_REFRESH = "session.refresh", _("Mobile session refreshed")
    SESSION_END = "session.end", _("Mobile session ended")
    SIGN_IN = "login.sign_in", _("Signed in")
    SIGN_IN_FAIL = "login.sign_in_fail", _("Sign-in refused")
    SIGN_OUT = "login.sign_out", _("Signed out")
    LOGIN_CREATE = "login.create", _("Login created")
    LOGIN_UPDATE = "login.update", _("Login changed")
    LOGIN_DELETE = "login.delete", _("Login deleted")
    LOGIN_ASSIGN = "login.assign", _("Assignments changed")
    LOGIN_INVITE = "login.invite", _("Activation mail sent")
    LOGIN_REACTIVATE = "login.reactivate", _("Login re-activated")
    LOGIN_SESSION_END = "login.session_end", _("Session ended")
    LOGIN_ENABLE = "login.enable", _("Login enabled")
    LOGIN_DISABLE = "login.disable", _("Login disabled")
    LOGIN_SET_TYPE = "login.set_type", _("User type set")
    LOGIN_PASSWORD = "login.password", _("Password changed")
    LOGIN_PASSWORD_RESET = "login.password_reset", _("Password reset asked for")
    LOGIN_PASSWORD_REMIND = "login.password_remind", _("Reminded of an ending password")
    LOGIN_CONFIRM = "login.confirm", _("Identity confirmed")
    LOGIN_FACTOR_ADD = "login.factor_add", _("Second factor added")
    LOGIN_FACTOR_REMOVE = "login.factor_remove", _("Second factor removed")
    LOGIN_RECOVERY_CODES = "login.recovery_codes", _("Recovery codes made")
    LOGIN_LINK = "login.link", _("Tied to the identity provider")
    LOGIN_STOP_TOKENS = "login.stop_tokens", _("Tokens of a login stopped")
    LOGIN_START_TOKENS = "login.start_tokens", _("Tokens of a login started again")
    ROLE_ADD_PERSONAL = "role.add_personal", _("Personal role added")
    ROLE_REMOVE_PERSONAL = "role.remove_personal", _("Personal role removed")
    ROLE_ADD_ADMIN = "role.add_admin", _("Admin role added")
    ROLE_REMOVE_ADMIN = "role.remove_admin", _("Admin role removed")
    CONTACT_CREATE = "contact.create", _("Contact created")
    CONTACT_UPDATE = "contact.update", _("Contact changed")
    CONTACT_DELETE = "contact.delete", _("Contact deleted")
    CONTACT_IMPORT = "contact.import", _("Contacts imported")
    CONTACT_EXPORT = "contact.export", _("Contacts exported")
    DEPARTMENT_CREATE = "department.create", _("Department created")
    DEPARTMENT_UPDATE = "department.update", _("Department changed")
    DEPARTMENT_DELETE = "department.delete", _("Department deleted")
    USER_TYPE_CREATE = "user_type.create", _("User type created")
    USER_TYPE_UPDATE = "user_type.update", _("User type changed")
    USER_TYPE_DELETE = "user_type.delete", _("User type deleted")
    ORGANISATION_CREATE = "organisation.create", _("Organisation created")
    ORGANISATION_UPDATE = "organisation.update", _("Organisation settings changed")
    ORGANISATION_SUSPEND = "organisation.suspend", _("Organisation suspended")
    ORGANISATION_RESUME = "organisation.resume", _("Organisation resumed")
    ORGANISATION_STOP_TOKENS = "organisation.stop_tokens", _("All tokens stopped")
    ORGANISATION_START_TOKENS = "organisation.start_tokens", _("Tokens started again")
    TOKEN_REMIND = "token.remind", _("Owner reminded")
    TOKEN_NEW_USE = "token.new_use", _("Used from a new place")
    KEY_ROTATE = "key.rotate", _("Signing key replaced")
    LEDGER_VERIFY = "ledger.verify", _("Ledger verified")
    LEDGER_EXPORT = "ledger.export", _("Proofs exported")
    LEDGER_REDACT = "ledger.redact", _("Personal details removed")
    LEDGER_RESTORE = "ledger.restore", _("Older database noticed")
    LEDGER_CLOCK = "ledger.clock", _("Clock jumped")


class Result(TextChoices):
    OK = "ok", _("OK")
    FAIL = "fail", _("Fail")


# The token log's five activities, by the words of the seed documents.
ACTIVITIES: dict[str, str] = {
    Verb.TOKEN_CREATE: "CREATE",
    Verb.TOKEN_GENERATE: "GENERATE",
    Verb.TOKEN_UPDATE: "UPDATE",
    Verb.TOKEN_REVOKE: "REVOKE",
    Verb.TOKEN_AUTHENTICATE: "AUTHENTICATE",
}
# How a JWT, or a password, came with a call: the words of ``Entry.scheme``. "Basic" is a JWT in a password's place.
SCHEMES: dict[str, Promise] = {
    "bearer": _("Bearer"),
    "basic": _("Basic"),
    "auth-token": _("auth-token"),
    "password": _("User name and password"),
}
USUAL_SCHEMES = ("", "bearer")
USUAL_CHANNELS = ("console", "api")
REPORTS_API = "Reports API"  # who acts when a token is used, in the same words

# Comings and goings, which change nothing of a login.
SIGNING = (Verb.SIGN_IN, Verb.SIGN_IN_FAIL, Verb.SIGN_OUT, Verb.LOGIN_SESSION_END, Verb.LOGIN_PASSWORD_RESET)

# What programs do over and over; everything else is done by people, and rare.
CALLS = (Verb.TOKEN_AUTHENTICATE, Verb.REPORT_READ)
# Who came in, or tried to: the rows of Login Activity. A mobile session begins with a password too.
COMINGS = (Verb.SIGN_IN, Verb.SIGN_IN_FAIL, Verb.SESSION_BEGIN)

# The verbs by what they are about, as the activity log offers them.
GROUPS: tuple[tuple[Promise, tuple[Verb, ...]], ...] = (
    (
        _("Access tokens"),
        (
            Verb.TOKEN_CREATE,
            Verb.TOKEN_GENERATE,
            Verb.TOKEN_UPDATE,
            Verb.TOKEN_REVOKE,
            Verb.TOKEN_SHOW,
            Verb.TOKEN_DISCARD,
            Verb.TOKEN_REMIND,
            Verb.TOKEN_NEW_USE,
        ),
    ),
    (_("Calls"), (Verb.TOKEN_AUTHENTICATE, Verb.REPORT_READ)),
    (_("Mobile sessions"), (Verb.SESSION_BEGIN, Verb.SESSION_REFRESH, Verb.SESSION_END)),
    (
        _("Signing in"),
        (
            Verb.SIGN_IN,
            Verb.SIGN_IN_FAIL,
            Verb.SIGN_OUT,
            Verb.LOGIN_SESSION_END,
            Verb.LOGIN_PASSWORD,
            Verb.LOGIN_PASSWORD_RESET,
            Verb.LOGIN_PASSWORD_REMIND,
            Verb.LOGIN_CONFIRM,
            Verb.LOGIN_FACTOR_ADD,
            Verb.LOGIN_FACTOR_REMOVE,
            Verb.LOGIN_RECOVERY_CODES,
            Verb.LOGIN_LINK,
        ),
    ),
    (
        _("Logins"),
        (
            Verb.LOGIN_CREATE,
            Verb.LOGIN_UPDATE,
            Verb.LOGIN_DELETE,
            Verb.LOGIN_ASSIGN,
            Verb.LOGIN_SET_TYPE,
            Verb.LOGIN_INVITE,
            Verb.LOGIN_REACTIVATE,
            Verb.LOGIN_ENABLE,
            Verb.LOGIN_DISABLE,
            Verb.LOGIN_STOP_TOKENS,
            Verb.LOGIN_START_TOKENS,
        ),
    ),
    (
        _("Token roles"),
        (Verb.ROLE_ADD_PERSONAL, Verb.ROLE_REMOVE_PERSONAL, Verb.ROLE_ADD_ADMIN, Verb.ROLE_REMOVE_ADMIN),
    ),
    (_("Contacts"), (Verb.CONTACT_CREATE, Verb.CONTACT_UPDATE, Verb.CONTACT_DELETE, Verb.CONTACT_IMPORT)),
    (
        _("Departments and user types"),
        (
            Verb.DEPARTMENT_CREATE,
            Verb.DEPARTMENT_UPDATE,
            Verb.DEPARTMENT_DELETE,
            Verb.USER_TYPE_CREATE,
            Verb.USER_TYPE_UPDATE,
            Verb.USER_TYPE_DELETE,
        ),
    ),
    (
        _("Organisation"),
        (
            Verb.ORGANISATION_CREATE,
            Verb.ORGANISATION_UPDATE,
            Verb.ORGANISATION_SUSPEND,
            Verb.ORGANISATION_RESUME,
            Verb.ORGANISATION_STOP_TOKENS,
            Verb.ORGANISATION_START_TOKENS,
            Verb.KEY_ROTATE,
        ),
    ),
    (_("Exports"), (Verb.TOKEN_EXPORT, Verb.LOG_EXPORT, Verb.CONTACT_EXPORT, Verb.LEDGER_EXPORT)),
    (_("Ledger"), (Verb.LEDGER_VERIFY, Verb.LEDGER_REDACT, Verb.LEDGER_RESTORE, Verb.LEDGER_CLOCK)),
)
