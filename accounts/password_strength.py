"""How hard a password is to guess for somebody who knows common passwords, keyboards, and the words of its place.

The password is read as the cheapest row of pieces that a guesser would try: common passwords and known words (also
capitalised, backwards or in the usual disguises), runs of a keyboard or an alphabet, years, repetitions, and single
characters for the rest. A piece costs about the logarithm of the tries that it takes, so the sum is in bits. The idea
is that of zxcvbn (Wheeler, USENIX Security 2016); this one takes bounded time, whatever is typed.
"""

import math
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import cache

from django.contrib.auth.password_validation import CommonPasswordValidator

BITS_WANTED = 33.0  # 10^10 tries, where the highest class of zxcvbn begins
JUDGED = 100  # characters; what follows could only add to the sum
WORD_LENGTHS = range(3, 31)
KNOWN_WORD_BITS = 4.0  # a handful of words that everybody of the place knows
COMMON_WORD_BITS = math.log2(20_000)
RUN_BITS = 7.0
YEAR_BITS = 7.0
COPY_BITS = 4.0
SIGN_AGAIN_BITS = 1.0
DISGUISE_BITS = 1.0  # for each of: capitals, digits for letters, backwards
CHARACTER_BITS = {"digit": math.log2(10), "letter": math.log2(26), "other": math.log2(33)}
DISGUISES = str.maketrans("4@83(6910!|5$7+2", "aabecggioiissttz")
LINES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "!@#$%^&*()",
    "147258369",
    "qazwsxedcrfvtgbyhnujmikolp",
)
RUNS = LINES + tuple(line[::-1] for line in LINES)
PRODUCT_WORDS = (
    "access", "admin", "administrator", "api", "apis", "console", "jwt", "login", "passphrase", "password", "pass",
    "report", "reports", "secret", "sign", "token", "tokens", "user", "welcome",
)  # fmt: skip


def bits(password: str, known_words: Iterable[str] = ()) -> float:
    """About the logarithm of the tries that the password takes; one that is long may take more."""
    typed = password[:JUDGED]
    plain = folded(typed)
    words = frozenset(parts_of((*PRODUCT_WORDS, *known_words)))
    costs = [0.0]
    for end in range(1, len(plain) + 1):
        starts = range(max(0, end - WORD_LENGTHS.stop + 1), end)
        costs.append(min(costs[start] + _cost(typed, plain, start, end, words) for start in starts))
    return costs[-1]


def is_easy(password: str, known_words: Iterable[str] = ()) -> bool:
    return bits(password, known_words) < BITS_WANTED


def folded(text: str) -> str:
    """Small letters without accents, one for each character."""
    return "".join((unicodedata.normalize("NFKD", character.casefold()) or character)[0] for character in text)


def parts_of(texts: Iterable[str]) -> Iterator[str]:
    """The words of names and addresses, folded; each text also as a whole, with its blanks left out."""
    for text in texts:
        plain = folded(text)
        words = "".join(character if character.isalnum() else " " for character in plain).split()
        yield from (word for word in (*words, "".join(words)) if len(word) in WORD_LENGTHS)


def _cost(typed: str, plain: str, start: int, end: int, words: Collection[str]) -> float:
    piece, length = plain[start:end], end - start
    if length == 1:
        return _character_bits(plain, start)
    found = [math.inf]
    if length in WORD_LENGTHS:
        if plain.find(piece) < start:  # it may overlap itself, as in a word that is repeated
            found.append(COPY_BITS)
        found.append(_word_bits(typed[start:end], piece, words))
        if any(piece in run for run in RUNS):
            found.append(RUN_BITS)
    if length == 4 and piece[:2] in {"19", "20"} and piece.isdecimal():
        found.append(YEAR_BITS)
    return min(found)


def _character_bits(plain: str, at: int) -> float:
    character = plain[at]
    if character.isdecimal() and character.isascii():
        kind = "digit"
    else:
        kind = "letter" if character.isalpha() and character.isascii() else "other"
    if at and character == plain[at - 1]:
        return SIGN_AGAIN_BITS
    return SIGN_AGAIN_BITS if kind == "other" and character in plain[:at] else CHARACTER_BITS[kind]


def _word_bits(typed: str, piece: str, words: Collection[str]) -> float:
    capitals = DISGUISE_BITS if typed != typed.lower() else 0.0
    plainly = piece.translate(DISGUISES)
    readings = {piece: 0.0, piece[::-1]: DISGUISE_BITS}
    for reading in (plainly, plainly.replace("i", "l"), plainly[::-1]):
        readings.setdefault(reading, DISGUISE_BITS)
    costs = [
        capitals + extra + (KNOWN_WORD_BITS if reading in words else COMMON_WORD_BITS)
        for reading, extra in readings.items()
        if reading in words or reading in common()
    ]
    return min(costs, default=math.inf)


@cache
def common() -> frozenset[str]:
    """Some 20,000 passwords that are used most; Django brings them."""
    return frozenset(CommonPasswordValidator().passwords)
