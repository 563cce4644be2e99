"""Run as a program: migrates the installation's database, puts people and tokens into it, and prints how to call."""

import json
import sys
from typing import Any

import django
from django.core.management import call_command

CLIENTS = 8
TOKENS_ALLOWED = 100_000


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    json.dump(planted(), sys.stdout)


def planted() -> dict[str, Any]:
    from tests.cast import person
    from tests.factories import OrganisationFactory

    organisation = OrganisationFactory(name="Demo Organisation", tokens_per_login=TOKENS_ALLOWED)
    roles = {"has_personal_role": True, "has_admin_role": True}
    ada = person(organisation, "Ada", "Byron", "ada@demo.example", user_type="owner", **roles)
    switched = person(organisation, "Peter", "John", "peter.john@demo.example", has_personal_role=True)
    owners = [
        person(organisation, "Olivia", f"Novak {number}", f"olivia{number}@demo.example", has_personal_role=True)
        for number in range(CLIENTS)
    ]
    return {
        "ada": {**signed_in(ada), "switched": switched.public_id},
        "switched": called(switched, "Switched"),
        "owners": [{**signed_in(owner), **programs(owner)} for owner in owners],
    }


def programs(owner: Any) -> dict[str, Any]:
    from tokens.scopes import Scope

    return {
        "manager": called(owner, "Manager", scopes=int(Scope.TOKEN)),
        "steady": called(owner, "Steady"),
        "renewed": called(owner, "Renewed"),
    }


def called(owner: Any, name: str, **settings: Any) -> dict[str, str]:
    """A token with a valid JWT."""
    from tests.token_story import created, generated

    token = created(owner, name, **settings)
    return {"id": token.public_id, "jwt": generated(token)}


def signed_in(login: Any) -> dict[str, Any]:
    from tests.token_story import signed_in as browser_of

    return {"cookies": {name: morsel.value for name, morsel in browser_of(login).cookies.items()}}


if __name__ == "__main__":
    main()
