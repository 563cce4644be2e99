"""A migrated console gets somebody who may read every report, and a token: prints both as JSON."""

import json

import django
from django.db import transaction


def build() -> dict[str, object]:
    from tests.api_calls import valid_token
    from tests.factories import LoginFactory, OrganisationFactory

    with transaction.atomic():
        organisation = OrganisationFactory()
        owner = LoginFactory(organisation=organisation, user_type="owner", has_personal_role=True)
        _token, jwt = valid_token(owner)
    return {"organisation": organisation.pk, "jwt": jwt}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(build()))
