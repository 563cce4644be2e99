"""Fills a migrated database of the console: logins, tokens in every status, and those that are used."""

import django
from django.db import connection, transaction

from tests.bench import tiny


def build(size: tiny.Size) -> None:
    from tests.api_calls import make_valid
    from tests.factories import OrganisationFactory
    from tests.scale import make_people, make_tokens
    from tokens.models import AccessToken

    with transaction.atomic():
        organisation = OrganisationFactory()
        make_tokens(make_people(organisation, size.logins), size.tokens)
        step = size.tokens // tiny.ACTIVE
        chosen = AccessToken.objects.filter(name__in=[f"Token {n * step}" for n in range(tiny.ACTIVE)])
        jwts = [make_valid(token, revoked_at=None) for token in chosen.select_related("owner")]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    tiny.keep("console", [tiny.Variant("console", f"/{tiny.ADDRESS}", [f"Bearer {jwt}" for jwt in jwts])])


if __name__ == "__main__":
    django.setup()
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        connection.connection.deadline = None
    build(tiny.size_wanted())
