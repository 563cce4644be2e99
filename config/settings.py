"""Django's settings: what the environment says (``config/environment.py``) and what is the same everywhere.

There is no debug mode: a page that shows settings and local variables to whoever meets an error has no place here.
"""

from pathlib import Path
from urllib.parse import urlsplit

import fontpkg_ibm_plex_mono
import fontpkg_ibm_plex_sans
from csp.constants import NONE, SELF

from accounts.languages import DEFAULT_LANGUAGE, DEFAULT_TIME_ZONE
from accounts.languages import LANGUAGES as LOGIN_LANGUAGES
from config import environment, logs, static_version

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = environment.read(BASE_DIR)

# --- The product's own -----------------------------------------------------------------------------------------------

DATA_DIR = ENVIRONMENT.data_dir
PUBLIC_URL = ENVIRONMENT.public_url
HTTPS_ONLY = ENVIRONMENT.is_https  # what comes in clear is refused (config/in_clear.py)
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
METRICS_TOKEN = ENVIRONMENT.metrics_token
LEDGER_DIR = ENVIRONMENT.ledger_dir  # what is kept of the ledger outside its database (audit/seals/outside.py)
DEMO = ENVIRONMENT.demo
DEMO_PASSWORD = ENVIRONMENT.demo_password

# --- Apps and layers -------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config",  # first: its commands stand in for Django's that would write past the ledger
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "csp",
    "lucide",
    "audit",
    "accounts",
    "tokens",
]
MIDDLEWARE = [
    "config.middleware.Surroundings",
    "config.middleware.Programs",
    "config.static_files.StaticFiles",
    "config.middleware.Console",
    "allauth.account.middleware.AccountMiddleware",  # must be named here
]
CONSOLE_MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.session_limits",
    "config.middleware.preferences",
    "accounts.middleware.forced_password_change",
    "accounts.middleware.forced_second_factor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.paces.Paces",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.navigation",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database --------------------------------------------------------------------------------------------------------

# ATOMIC_REQUESTS stays off: a call's entry must be durable before its answer, and IMMEDIATE makes readers writers.
DATABASES = {"default": ENVIRONMENT.database}
DATABASE_OWNER = ENVIRONMENT.database_owner
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}  # no state that another process needs

# --- Signing in ------------------------------------------------------------------------------------------------------

SECRET_KEY = ENVIRONMENT.secret_key
AUTH_USER_MODEL = "accounts.Login"
SILENCED_SYSTEM_CHECKS = [
    # The user name is unique by a constraint on its lower case, which these two checks do not see.
    "auth.E003",
    "auth.W004",
    # These look for Django's layers in MIDDLEWARE (tests/test_deploy.py holds what stands in for them):
    "security.W001",  # SecurityMiddleware: config/protective.py adds its headers, config/in_clear.py refuses http
    "security.W002",  # XFrameOptionsMiddleware: X-Frame-Options is one of those headers
    "security.W003",  # CsrfViewMiddleware: it stands in CONSOLE_MIDDLEWARE; programs bring no cookies
]
AUTHENTICATION_BACKENDS = ["accounts.backends.LoginBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.password_validation.UnlikeTheLogin"},
    {"NAME": "accounts.password_validation.LongEnough"},
    {"NAME": "accounts.password_validation.OfEnoughKinds"},
    {"NAME": "accounts.password_validation.HardToGuess"},
    {"NAME": "accounts.password_validation.NotListed"},
]
PASSWORD_LIST = ENVIRONMENT.password_list  # known passwords, which nobody may choose; None: no such list
PASSWORD_RESET_TIMEOUT = 48 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "user_name"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_TIMEOUT = 10 * 60  # seconds between a right password and the second step
ACCOUNT_RATE_LIMITS = False  # its counters lose counts and let anyone lock anyone out; ours are in accounts
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_ADAPTER = "accounts.factors.adapter.FactorAdapter"

# --- Sessions and cookies --------------------------------------------------------------------------------------------

COOKIE_PREFIX = "__Host-" if ENVIRONMENT.is_https else ""
SESSION_ENGINE = "config.session_store"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
SESSION_COOKIE_SECURE = ENVIRONMENT.is_https
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 24 * 3600  # the longest possible; organisations set shorter ones
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
CSRF_COOKIE_AGE = None  # as long as the browser is open, like the session
CSRF_COOKIE_SECURE = ENVIRONMENT.is_https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "config.errors.forgery_suspected"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts

# Nothing is loaded from elsewhere, nothing inline runs, and no page of another site may frame or take a form of ours.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Language, time, files, mail, log --------------------------------------------------------------------------------

LANGUAGE_CODE = DEFAULT_LANGUAGE
LANGUAGES = LOGIN_LANGUAGES
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = DEFAULT_TIME_ZONE
USE_TZ = True

STATIC_URL = f"/static/{static_version.version_of(BASE_DIR / 'static', BASE_DIR / 'requirements.txt')}/"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("fonts/sans", Path(fontpkg_ibm_plex_sans.__file__).parent / "files"),
    ("fonts/mono", Path(fontpkg_ibm_plex_mono.__file__).parent / "files"),
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our style and scripts are for our pages

vars().update(ENVIRONMENT.email)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = f"console@{urlsplit(PUBLIC_URL).hostname}"

LOGGING = logs.configuration(ENVIRONMENT.log_level)

# --- The API ---------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # each address says itself who may call it; one that forgets lets nobody in
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
# Which other sites' pages may read the API: off unless the environment lists origins. Never with cookies.
CORS_ALLOWED_ORIGINS = ENVIRONMENT.cors_origins
CORS_URLS_REGEX = r"^/(?:api|v1|oauth|apiops|\.well-known)(?:/|$)"
CORS_ALLOW_METHODS = ["GET", "HEAD", "POST", "DELETE"]
CORS_ALLOW_HEADERS = [
    "accept", "authorization", "auth-token", "auth-tenant-id", "content-type", "if-none-match", "x-epilot-org-id",
]  # fmt: skip
CORS_EXPOSE_HEADERS = [
    "WWW-Authenticate", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-ID", "ETag",
]  # fmt: skip
CORS_PREFLIGHT_MAX_AGE = 600  # seconds; so long a browser may go on asking after its origin was taken off the list
if CORS_ALLOWED_ORIGINS:
    MIDDLEWARE.insert(1, "config.cors.ApiCors")
JWT_ALGORITHM = ENVIRONMENT.jwt_algorithm
SIMPLE_JWT = {"TOKEN_TYPE_CLAIM": "token_use"}
REPORTS = [
    "tokens.reports.contacts.ContactsAndLogins",
    "tokens.reports.inventory.TokenInventory",
    "tokens.reports.activity.TokenActivity",
    "tokens.reports.logins.RecentLogins",
    "tokens.reports.usage.ReportUsage",
    "tokens.reports.envizi.RecentLoginsOfEnvizi",
    "tokens.reports.envizi.ReportUsageDetailsOfEnvizi",
    "tokens.reports.envizi.ExtractForContactsOfEnvizi",
]
GRID_COLUMNS = "accounts:grid_columns"  # the address that keeps which columns of a grid a person sees
# Reports from SQL files (docs/reports.md): read as the role of this address may, never from the console's database.
REPORTS_DIR = ENVIRONMENT.reports_dir
REPORTS_DATABASE = ENVIRONMENT.reports_database
REPORTS_TIMEOUT = ENVIRONMENT.reports_timeout
