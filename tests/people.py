"""Forms of contacts and logins as a browser would send them."""

from django.test import Client
from django.urls import reverse

from accounts.models import Contact, Department, Login, UserType
from accounts.pairs import Pair
from tests.cast import person
from tests.factories import UserTypeFactory


def signed_in(login: Login) -> Client:
    client = Client()
    client.force_login(login)
    return client


def address(name: str, thing: Contact | Login | None = None) -> str:
    return reverse(f"accounts:{name}", args=[thing.public_id] if thing else [])


def new_user(**more: object) -> dict[str, object]:
    """What Create New User sends; a value of None leaves the field out."""
    fields = {
        "first_name": "Nora",
        "last_name": "Lund",
        "email": "nora.lund@demo.example",
        "phone": "",
        "notes": "",
        "kind": "person",
        "user_name": "",
        "expires_on": "",
        "enabled": "on",
        "language": "de",
        "time_zone": "Europe/Berlin",
        "department": ["whole"],
        "user_type": ["general-user"],
        "send_activation": "on",
        **more,
    }
    return {name: value for name, value in fields.items() if value is not None}


def login_fields(login: Login, page: str, **more: object) -> dict[str, object]:
    """What Edit Login sends after that page was shown."""
    fields = {
        "version": version_in(page),
        "user_name": login.user_name,
        "login_email": login.email,
        "kind": login.kind.value,
        "expires_on": "",
        "language": login.language,
        "time_zone": login.time_zone,
    }
    return {**fields, **more}


def version_in(page: str) -> str:
    return page.partition('name="version" value="')[2].partition('"')[0]


def fresh(login: Login) -> Login:
    return Login.objects.get(pk=login.pk)


def manager_of(department: Department, *permissions: str) -> Login:
    """Mona, who manages the contacts and logins of one department."""
    organisation = department.organisation
    held = permissions or ("contact:view", "contact:manage", "report:read", "token:create")
    user_type = UserTypeFactory(organisation=organisation, slug="manager", name="Manager", permissions=list(held))
    login = person(organisation, "Mona", "Manager", "mona@demo.example")
    login.assignments.update(user_type=user_type, department=department)
    return login


def pair_of(user_type: UserType, department: Department | None = None) -> Pair:
    return Pair(user_type.pk, department.pk if department else None)
