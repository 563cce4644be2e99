"""Queries do not grow: every page asks the database as often for many rows as for a few."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Login, UserType
from audit.models import Entry
from audit.verbs import ACTIVITIES
from tests.addresses import Address, console_addresses, things_of
from tests.cast import Places
from tests.factories import (
    AccessTokenFactory,
    DepartmentFactory,
    LoginFactory,
    MobileSessionFactory,
    UserTypeFactory,
)
from tokens.models import AccessToken

GROWING = "growing"  # a user type that more and more logins have

pytestmark = pytest.mark.django_db


def grow(olivia: Login, places: Places, count: int) -> None:
    """More of everything that pages list, in the shapes that make pages ask further."""
    for number in range(count):
        login = LoginFactory(
            organisation=olivia.organisation,
            user_type__department=(places.south, places.finance, None)[number % 3],
            has_personal_role=True,
        )
        kind, _made = UserType.objects.get_or_create(
            organisation=olivia.organisation, slug=GROWING, defaults={"name": GROWING, "permissions": ["log:view"]}
        )
        login.assignments.create(user_type=kind, department=places.energy)
        DepartmentFactory(organisation=olivia.organisation, parent=places.south)
        UserTypeFactory(organisation=olivia.organisation)
        for owner in (olivia, login):
            MobileSessionFactory(login=owner)
            token = AccessTokenFactory(
                owner=owner,
                digest=bytes([number]) * 32,
                generated_at=timezone.now(),
                current_scopes=3,
                last_used_at=timezone.now(),
                expires_at=timezone.now() + timedelta(days=number),
                restriction=f"|{owner.assignments.first().pair.encoded()}|",
            )
            Entry.objects.bulk_create(
                Entry(
                    verb=verb,
                    organisation_id=owner.organisation_id,
                    channel="console",
                    actor_id=login.public_id,
                    actor_label=login.label,
                    owner_id=owner.public_id,
                    owner_label=owner.user_name,
                    subject_kind="login",
                    subject_id=owner.public_id,
                    token_id=token.public_id,
                    token_name=token.name,
                )
                for verb in ACTIVITIES
            )


def queries(client: Client, path: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(path)
        if response.streaming:
            b"".join(response.streaming_content)
    assert response.status_code in {200, 302, 405}
    return [query["sql"] for query in captured]


@time_machine.travel(timezone.now(), tick=False)  # a visit is noted again after a while, which asks more
def test_a_page_asks_no_more_for_more_rows(ada: Login, olivia: Login, places: Places) -> None:
    grow(olivia, places, 2)
    shown = {
        "tokens": olivia.tokens.first().public_id,
        "departments": places.south.public_id,
        "user-types": GROWING,
    }
    ids = {**things_of(olivia), **shown}
    clients = {login: Client() for login in (ada, olivia)}
    for login, client in clients.items():
        client.force_login(login)

    def asked(address: Address) -> list[str]:
        is_own = address.route.startswith(("tokens/", "personal/")) and address.blanks
        return queries(clients[olivia if is_own else ada], address.path(ids))

    addresses = console_addresses()
    few = {address: (asked(address), asked(address))[1] for address in addresses}  # the first one warms
    grow(olivia, places, 9)
    found = []
    for address in addresses:
        many = asked(address)
        if len(many) > len(few[address]):
            found.append("\n".join([f"{address}: {len(few[address])} became {len(many)}", *many]))
    assert found == []


def test_the_sweep_sees_a_query_per_row(olivia: Login, places: Places) -> None:
    grow(olivia, places, 3)
    with CaptureQueriesContext(connection) as captured:
        for token in AccessToken.objects.all():
            str(token.owner.contact.name)
    assert len(captured) > 3
