"""Run as a program: fills a database, and prints whom to attack as: a cookie, a JWT, every parameter with a value."""

import json
import re
import sys
from typing import Any
from urllib.parse import quote

import django
from django.core.management import call_command

VALUES = {"page": "1", "size": "25", "before": "99", "after": "1", "sort": "name", "q": "a", "export": "csv"}


A_DAY = "2026-10-01"
# Of the forms around a list, and of dialogs, not of its questions.
ASIDE = {"csrfmiddlewaretoken", "selected", "every", "filter", "back", "next", "column", "grid", "shown"}


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("demo", stdout=sys.stderr)
    from django.conf import settings

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    from accounts.models import Login, UserType
    from tests.addresses import things_of
    from tests.api_calls import valid_token
    from tests.token_story import signed_in
    from tokens.scopes import ALL

    ada, olivia = Login.objects.get(user_name="ada@demo.example"), Login.objects.get(user_name="olivia@demo.example")
    UserType.objects.filter(slug="report-reader").update(slug="reader-of-reports")  # its name is wanted below
    client, ids = signed_in(ada), things_of(olivia)
    _token, jwt = valid_token(ada, name="The attacker's", scopes=int(ALL))
    targets = [*grids(client, ids), *reports(client, jwt)]
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    own = [f"/logins/{ada.public_id}", f"/contacts/{ada.contact.public_id}"]
    sys.stdout.write(json.dumps({"cookie": cookie, "jwt": jwt, "targets": targets, "own": own}))


def grids(client: Any, ids: dict[str, str]) -> list[tuple[str, str, str]]:
    """Each parameter of each list: the path, its name, a value with which there are rows."""
    from django.http import HttpResponse

    from tests.addresses import console_addresses

    found = []
    for address in console_addresses():
        path = address.path(ids)
        answer = client.get(path)
        if isinstance(answer, HttpResponse) and b'id="grid-rows"' in answer.content:
            shown = set(re.findall(r'<(?:input|select)[^>]*\sname="(\w+)"', answer.content.decode()))
            names = (shown - ASIDE) | {*VALUES}
            found += [(path, name, value_for(name, answer.content.decode())) for name in sorted(names)]
    return found


def value_for(name: str, page: str) -> str:
    if name in VALUES:
        return VALUES[name]
    if name.endswith(("_from", "_to")):
        return "2026-01-01" if name.endswith("_from") else "2027-01-01"
    select = re.search(rf'<select[^>]*\sname="{name}".*?</select>', page, re.DOTALL)
    options = re.findall(r'<option value="([^"]+)"', select[0]) if select else []
    return options[0] if options else "a"


def reports(client: Any, jwt: str) -> list[tuple[str, str, str]]:
    """Each parameter of each report, as its meta record names them."""
    from tokens.reports import registry

    headers, found = {"HTTP_AUTHORIZATION": f"Bearer {jwt}"}, []
    for name in registry.reports():
        meta = client.get(f"/api/meta/reports/{quote(name)}", **headers).json()
        for parameter in meta[0]["params"]:
            offered = [parameter["defaultValue"], *(value["value"] for value in parameter["availableValues"])]
            value = next((str(one) for one in offered if one), A_DAY)
            found.append((f"/api/data/{quote(name)}", parameter["name"], value))
        found.append((f"/api/data/{quote(name)}", "format", "json"))
    return found


if __name__ == "__main__":
    main()
