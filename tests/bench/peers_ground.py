"""Makes the peers' database and fills it: as many logins and tokens of each kind as the console has."""

import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from tests.bench import tiny

BATCH = 2_000


def make_database() -> None:
    """Beside the console's, on the server that its address names."""
    kept = settings.DATABASES["default"]
    if kept["ENGINE"].endswith("postgresql"):
        host = kept["OPTIONS"].get("host", kept["HOST"])
        with psycopg.connect(host=host, user=kept["USER"], dbname="postgres", autocommit=True) as server:
            server.execute("CREATE DATABASE peers")
    call_command("migrate", verbosity=0)


def build(size: tiny.Size) -> None:
    from django.contrib.auth.models import User

    with transaction.atomic():
        people = saved(
            User, (User(username=f"someone{n}", email=f"someone{n}@demo.example") for n in range(size.logins))
        )
        kinds = {"token": tokens, "knox": knox, "simplejwt": simplejwt, "oauth": oauth, "key": keys}
        made = [tiny.Variant("none", "/api/none", [""])]
        made += [tiny.Variant(kind, f"/api/{kind}", spread(of(people, size))) for kind, of in kinds.items()]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    tiny.keep("peers", made)


def saved(model: Any, made: Iterable[Any]) -> list[Any]:
    found: list[Any] = model.objects.bulk_create(made, batch_size=BATCH)
    return found


def spread(authorizations: list[str]) -> list[str]:
    """Those that are used, from everywhere in the table."""
    return authorizations[:: max(1, len(authorizations) // tiny.ACTIVE)][: tiny.ACTIVE]


def turns(
    people: list[Any], size: tiny.Size, make: Callable[[Any, int], tuple[Any, str]]
) -> tuple[list[Any], list[str]]:
    """``size.tokens`` of what ``make`` makes for a person, and the headers that go with them."""
    pairs = [make(people[n % len(people)], n) for n in range(size.tokens)]
    return [made for made, _header in pairs], [header for _made, header in pairs]


def tokens(people: list[Any], size: tiny.Size) -> list[str]:
    """One of each login: there can be no more."""
    from rest_framework.authtoken.models import Token

    made = saved(Token, (Token(user=person, key=Token.generate_key()) for person in people))
    return [f"Token {token.key}" for token in made]


def knox(people: list[Any], size: tiny.Size) -> list[str]:
    from knox.models import AuthToken, get_digest_token
    from knox.settings import CONSTANTS

    ends = timezone.now() + timedelta(days=1)

    def make(person: Any, number: int) -> tuple[Any, str]:
        digest, text = get_digest_token()
        key = text[: CONSTANTS.TOKEN_KEY_LENGTH]
        return AuthToken(digest=digest, token_key=key, user=person, expiry=ends), f"Token {text}"

    made, headers = turns(people, size, make)
    saved(AuthToken, made)
    return headers


def simplejwt(people: list[Any], size: tiny.Size) -> list[str]:
    """Nothing of them is kept in the database; their logins are."""
    from rest_framework_simplejwt.tokens import AccessToken

    return [f"Bearer {AccessToken.for_user(person)}" for person in spread(people)]


def oauth(people: list[Any], size: tiny.Size) -> list[str]:
    from oauth2_provider.models import AccessToken, Application

    of = Application.objects.create(name="Tools", client_type="confidential", authorization_grant_type="password")
    ends = timezone.now() + timedelta(days=1)

    def make(person: Any, number: int) -> tuple[Any, str]:
        text = secrets.token_urlsafe(30)
        return AccessToken(user=person, token=text, application=of, expires=ends, scope="read"), f"Bearer {text}"

    made, headers = turns(people, size, make)
    saved(AccessToken, made)
    return headers


def keys(people: list[Any], size: tiny.Size) -> list[str]:
    from rest_framework_api_key.models import APIKey

    def make(person: Any, number: int) -> tuple[Any, str]:
        key = APIKey(name=f"Key {number}")
        return key, f"Api-Key {APIKey.objects.assign_key(key)}"

    made, headers = turns(people, size, make)
    saved(APIKey, made)
    return headers


if __name__ == "__main__":
    django.setup()
    make_database()
    build(tiny.size_wanted())
