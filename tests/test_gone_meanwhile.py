"""Between a page and its deed things go and rights end: the deed is refused in words, and nothing is left half done."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.actions import logins, people, roles, user_types
from accounts.bulk.contacts import ManyContacts
from accounts.drafts import ContactDraft
from accounts.exceptions import Conflict, Refused
from accounts.models import Contact, Login, UserType
from accounts.roles import TokenRole
from audit.actor import Actor
from audit.models import Entry
from tests.cast import person
from tests.factories import AccessTokenFactory, ContactFactory
from tests.people import address
from tokens import actions
from tokens.expiry import Expiry
from tokens.scopes import ALL

pytestmark = pytest.mark.django_db


def by(login: Login) -> Actor:
    return Actor(id=login.public_id, label=login.label, organisation_id=login.organisation_id, channel="console")


DEEDS: dict[str, Callable[[Login, Actor], object]] = {
    "disable": lambda login, actor: logins.disable(login=login, by=actor),
    "delete": lambda login, actor: logins.delete_login(login=login, by=actor),
    "role": lambda login, actor: roles.add_role(login=login, role=TokenRole.PERSONAL, by=actor),
    "contact": lambda login, actor: people.delete_contact(contact=login.contact, by=actor),
    "token": lambda login, actor: actions.create(
        owner=login, name="New", expiry_choice=Expiry.NEVER, scopes=int(ALL), by=actor
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_gone_is_told(ada: Login, peter: Login, deed: str) -> None:
    stale = Login.objects.select_related("organisation", "contact").get(pk=peter.pk)
    people.delete_contact(contact=peter.contact, by=by(ada))
    entries = Entry.objects.count()
    with pytest.raises(Conflict) as refused:
        DEEDS[deed](stale, by(ada))
    assert refused.value.code == "gone"
    assert refused.value.message
    assert Entry.objects.count() == entries


def test_a_token_that_is_gone_is_revoked(ada: Login, peter: Login) -> None:
    token = AccessTokenFactory(owner=peter)
    people.delete_contact(contact=peter.contact, by=by(ada))
    with pytest.raises(Conflict):
        actions.revoke(token=token, by=by(ada))


def test_of_many_those_that_are_gone_stop_nobody_else(ada: Login, organisation) -> None:
    first, second = ContactFactory(organisation=organisation), ContactFactory(organisation=organisation)
    many = ManyContacts.of(Contact.objects.filter(pk__in=[first.pk, second.pk]), ada)
    people.delete_contact(contact=Contact.objects.get(pk=first.pk), by=by(ada))
    done, reasons = many.act(by(ada))
    assert (done, len(reasons)) == (1, 1)
    assert not Contact.objects.filter(pk=second.pk).exists()


def test_who_was_shut_out_meanwhile_changes_nobody(ada: Login, peter: Login) -> None:
    """Two administrators disable each other: the second is none any more."""
    others = [person(ada.organisation, name, "Admin", f"{name}@demo.example", user_type="owner") for name in "ab"]
    logins.disable(login=others[0], by=by(others[1]))
    for deed in (
        lambda: logins.disable(login=others[1], by=by(others[0])),
        lambda: DEEDS["role"](peter, by(others[0])),
    ):
        with pytest.raises(Refused):
            deed()
    assert Login.objects.get(pk=others[1].pk).enabled


def test_who_is_no_administrator_any_more_gives_no_role(ada: Login, peter: Login) -> None:
    second = person(ada.organisation, "Second", "Admin", "second@demo.example", user_type="owner")
    acting = by(second)
    roles.set_user_type(login=second, slug="general-user", by=by(ada))
    had = peter.has_personal_role
    for deed in (
        lambda: roles.add_role(login=peter, role=TokenRole.PERSONAL, by=acting),
        lambda: roles.remove_role(login=peter, role=TokenRole.PERSONAL, by=acting),
        lambda: roles.set_user_type(login=second, slug="owner", by=acting),
    ):
        with pytest.raises(Refused) as refused:
            deed()
        assert refused.value.code == "not_allowed"
    assert Login.objects.get(pk=peter.pk).has_personal_role == had


def test_nobody_is_not_the_operator(organisation) -> None:
    """A page's actor without a login gives no permissions; the operator's commands do."""
    nobody = Actor(label="", organisation_id=organisation.pk, channel="console")
    with pytest.raises(Refused):
        user_types.create_user_type(organisation=organisation, name="All", permissions=["log:view"], by=nobody)
    assert not UserType.objects.filter(name="All").exists()


def test_a_right_that_ends_under_a_form_is_told(ada: Login, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the guard of the page and the transaction of the action."""
    made = ContactFactory(organisation=ada.organisation)
    client.force_login(ada)
    page = client.get(address("edit_contact", made)).content.decode()
    version = page.partition('name="version" value="')[2].partition('"')[0]

    def refuse(**_more: object) -> None:
        raise Refused("not_allowed", "Not any more")

    for name in ("create_contact", "edit_contact"):
        monkeypatch.setattr(people, name, refuse)
    fields = {**dict.fromkeys(ContactDraft.__dataclass_fields__, ""), "first_name": "Nora", "version": version}
    for where in (address("create_contact"), address("edit_contact", made)):
        answer = client.post(where, fields)
        assert answer.status_code == 422
        assert "Not any more" in answer.content.decode()
