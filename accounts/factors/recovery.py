"""Recovery codes: made ten at a time, shown once, kept as digests of a password hash, each good for one time."""

import secrets
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from django.views.decorators.debug import sensitive_variables

COUNT = 10
LETTERS = "abcdefghjkmnpqrstvwxyz23456789"  # none that is easily taken for another
LENGTH = 10  # of 30 signs each: 49 bits
# Argon2id with 19 MiB: what the code is of, random signs, leaves a guesser nothing to begin with.
ROUNDS, KIBIBYTES, LANES, BYTES = 2, 19 * 1024, 1, 32


def normal(code: str) -> str:
    """A code as it is kept, however it was typed."""
    return "".join(sign for sign in code.lower() if sign.isalnum())


def is_shaped(code: str) -> bool:
    """Whether it could be one at all: anything else costs no hash."""
    typed = normal(code)
    return len(typed) == LENGTH and set(typed) <= set(LETTERS)


@sensitive_variables()
def new_codes() -> tuple[list[str], dict[str, Any]]:
    """Ten codes as they are shown, and what is kept of them. One salt for all ten: to check a code takes one hash."""
    typed = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(COUNT)]
    salt = secrets.token_hex(16)
    kept = {"salt": salt, "digests": [digest(code, salt) for code in typed]}
    return [f"{code[:5]}-{code[5:]}" for code in typed], kept


@sensitive_variables("code")
def digest(code: str, salt: str) -> str:
    plain, salted = normal(code).encode(), bytes.fromhex(salt)
    return hash_secret_raw(plain, salted, ROUNDS, KIBIBYTES, LANES, BYTES, Type.ID).hex()
