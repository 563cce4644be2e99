"""Inside a console that grows: fills its ledger, and signs in the people who look at it.

``python -m tests.bench.growth_inside fill COUNT | people COUNT``
"""

import json
import sys

import django
from django.db import connection

ADMINISTRATOR = "administrator@demo.example"


def fill(count: int) -> None:
    from accounts.models import Organisation
    from tests import scale
    from tests.bench.grids_ledger import indexes_away

    organisation = Organisation.objects.earliest("pk")
    with indexes_away():
        scale.make_entries(organisation, count)
    scale.count_calls(organisation)


def people(count: int) -> dict[str, object]:
    """The cookies of so many browsers of an administrator, and the header of their reporting tool."""
    from accounts.models import Organisation
    from tests.api_calls import valid_token
    from tests.factories import ContactFactory, LoginFactory
    from tests.people import signed_in

    organisation = Organisation.objects.earliest("pk")
    login = LoginFactory(
        organisation=organisation, contact=ContactFactory(organisation=organisation), user_name=ADMINISTRATOR,
        user_type="owner", has_personal_role=True, has_admin_role=True,
    )  # fmt: skip
    cookies = [
        "; ".join(f"{name}={morsel.value}" for name, morsel in signed_in(login).cookies.items()) for _ in range(count)
    ]
    return {"cookies": cookies, "authorization": f"Bearer {valid_token(login)[1]}"}


if __name__ == "__main__":
    django.setup()
    connection.ensure_connection()
    connection.connection.deadline = None
    what, argument = sys.argv[1], int(sys.argv[2])
    if what == "fill":
        fill(argument)
    else:
        json.dump(people(argument), sys.stdout)
