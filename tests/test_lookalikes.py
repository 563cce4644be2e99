"""Names that only look like others: told, never refused."""

import pytest
from django.urls import reverse

from accounts.lookalikes import lookalike
from accounts.models import Department, Login
from tests.imports import checked
from tests.people import new_user, signed_in
from tokens.models import AccessToken

LIKE = "looks like"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Pаyroll", "Payroll"),  # a Cyrillic а
        ("ΡΟΡ", "pop"),  # Greek capitals
        ("Payroll", "Pаyrоll"),
        ("Excel ｒｅｐｏｒｔ", "Excel rероrt"),  # full width beside Cyrillic
        ("Modern", "Modem"),
        ("T0ken", "Token"),
        ("To ken", "Token"),
        ("To\u200bken", "Token"),
    ],
)
def test_they_look_alike(name: str, other: str) -> None:
    assert lookalike(name, ["Something else", other]) == other


@pytest.mark.parametrize(
    ("name", "other"),
    [("Payroll", "payroll"), ("Payroll", "Payroll 2"), ("Müller", "Muller"), ("Москва", "Moskva"), ("", ""), ("a", "")],
)
def test_they_do_not(name: str, other: str) -> None:
    """Or are the same, which the rules for names see to."""
    assert lookalike(name, [other]) == ""


@pytest.mark.django_db
def test_of_a_department(ada: Login) -> None:
    Department.objects.create(organisation=ada.organisation, name="Payroll")
    client = signed_in(ada)
    for name, told in (("Pаyroll", True), ("Logistics", False)):
        page = client.post(reverse("accounts:create_department"), {"name": name, "parent": ""}, follow=True)
        assert Department.objects.filter(name=name).exists()
        assert (LIKE in page.content.decode()) is told


@pytest.mark.django_db
def test_of_a_user_name(ada: Login, olivia: Login) -> None:
    client = signed_in(ada)
    for name, told in ((olivia.user_name.replace("o", "0", 1), True), ("nora.lund@demo.example", False)):
        page = client.post(reverse("accounts:create_user"), new_user(user_name=name), follow=True)
        assert Login.objects.filter(user_name=name).exists()
        assert (LIKE in page.content.decode()) is told


@pytest.mark.django_db
def test_of_user_names_in_a_file(ada: Login, olivia: Login) -> None:
    like = olivia.user_name.replace("o", "0", 1)
    names = [like, "modern@demo.example", "modem@demo.example", "nora.lund@demo.example"]
    one = checked(
        ada,
        "First Name,Last Name,E Mail,User Name,User Type",
        *(f"Some,Person {number},{name},{name},General User" for number, name in enumerate(names)),
    )
    told = dict(one.rows.values_list("user_name", "told"))
    assert [LIKE in told[name] for name in names] == [True, False, True, False]
    assert olivia.user_name in told[like]


@pytest.mark.django_db
def test_of_a_token(olivia: Login) -> None:
    client = signed_in(olivia)
    for name, told in (("Excel", False), ("Ехсеl", True)):
        form = {"name": name, "expires_on": "30", "scopes": ["1", "2"]}
        page = client.post(reverse("tokens:create"), form, follow=True)
        assert AccessToken.objects.filter(name=name).exists()
        assert (LIKE in page.content.decode()) is told
