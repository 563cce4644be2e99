"""Public ids: random, unguessable, the same shape everywhere."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits
RANDOM_LENGTH = 21  # 21 characters of 62: 125 bits


def public_id(prefix: str) -> str:
    """A new id such as ``lgn_`` + 21 letters and digits, from the operating system's random source."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))


def contact_id() -> str:
    return public_id("con_")


def department_id() -> str:
    return public_id("dep_")


def import_id() -> str:
    return public_id("imp_")


def login_id() -> str:
    return public_id("lgn_")


def token_id() -> str:
    return public_id("api_")


def session_id() -> str:
    return public_id("mob_")
