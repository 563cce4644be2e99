"""Which secrets are refused: too short, too simple, an example of somebody's, or one that serves for something else."""

from config.exceptions import Refused

SECRET_LENGTH_MINIMUM = 50
SECRET_VARIETY_MINIMUM = 8
METRICS_TOKEN_MINIMUM = 16
METRICS_VARIETY_MINIMUM = 6
# Parts of what documents and templates show in place of a secret. A random one never has them.
EXAMPLES = (
    "0123456789", "1234567890", "abcdefgh", "change-me", "change_me", "changeme", "changethis", "dummy", "example",
    "insecure", "password", "placeholder", "replace-me", "replace_me", "replaceme", "secret-key", "secret_key",
    "secretkey", "very-secret", "verysecret", "your-secret", "your_secret", "yoursecret",
)  # fmt: skip


def checked_secret_key(written: str, name: str = "SECRET_KEY") -> str:
    """Raises ``Refused``."""
    if len(written) < SECRET_LENGTH_MINIMUM or len(set(written)) < SECRET_VARIETY_MINIMUM or is_example(written):
        raise Refused(f"{name} is weak: at least {SECRET_LENGTH_MINIMUM} random characters, or leave it out.")
    return written


def checked_metrics_token(written: str, secret_key: str) -> str:
    """Empty where none is set. Raises ``Refused``."""
    if not written:
        return ""
    if len(written) < METRICS_TOKEN_MINIMUM:
        raise Refused(f"METRICS_TOKEN must have at least {METRICS_TOKEN_MINIMUM} characters, or be left out.")
    if len(set(written)) < METRICS_VARIETY_MINIMUM or is_example(written):
        raise Refused("METRICS_TOKEN is weak: use random characters, or leave it out.")
    if written == secret_key:
        raise Refused("METRICS_TOKEN is the SECRET_KEY: one secret serves one purpose.")
    return written


def is_example(written: str) -> bool:
    plain = written.casefold()
    return any(example in plain for example in EXAMPLES)
