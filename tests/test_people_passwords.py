"""Links by mail, forced changes and blocked logins: what a System Administrator does about the passwords of others."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import blocks, limits
from accounts.actions import sign_in
from accounts.models import Login, OutboxMail
from audit.models import Entry
from tests.factories import PASSWORD
from tests.people import address, fresh, login_fields, signed_in

pytestmark = pytest.mark.django_db


def link_in(mail: OutboxMail) -> str:
    found = re.search(r"https?://[^/]+(/\S+)", mail.body)
    assert found
    return found[1]


def without_password(login: Login) -> None:
    login.set_unusable_password()
    login.save()


def sign_in_as(user_name: str, password: str) -> int:
    return Client().post(reverse("account_login"), {"login": user_name, "password": password}).status_code


def block(login: Login) -> None:
    for _attempt in range(login.organisation.password_attempts_limit):
        sign_in_as(login.user_name, "not this one")


# --- links by mail


def test_the_activation_mail_again_in_the_language_of_the_login(ada: Login, peter: Login) -> None:
    without_password(peter)
    Login.objects.filter(pk=peter.pk).update(language="de")
    client = signed_in(ada)
    page = client.get(address("send_activation_mail", peter)).content.decode()
    assert "peter.john@demo.example" in page
    assert client.post(address("send_activation_mail", peter)).status_code == 303
    mail = OutboxMail.objects.get()
    fields = {"password": "tulip anchor seven", "again": "tulip anchor seven"}
    assert Client().post(link_in(mail), fields).status_code == 303
    assert sign_in_as(peter.user_name, "tulip anchor seven") == 302
    entry = Entry.objects.get(verb="login.invite")
    assert entry.details["to"] == "peter.john@demo.example"
    assert "activate" not in str(entry.details)


def test_a_login_with_a_password_is_not_invited_and_one_without_not_reset(ada: Login, peter: Login) -> None:
    client = signed_in(ada)
    assert client.post(address("send_activation_mail", peter)).status_code == 422
    without_password(peter)
    assert client.post(address("reset_login_password", peter)).status_code == 422
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize(
    "more", [{"enabled": False}, {"email": ""}, {"expires_at": timezone.now() - timedelta(days=1)}]
)
def test_a_link_goes_only_to_who_could_use_it(ada: Login, peter: Login, more: dict) -> None:
    Login.objects.filter(pk=peter.pk).update(**more)
    assert signed_in(ada).post(address("reset_login_password", peter)).status_code == 422
    assert not OutboxMail.objects.exists()


def test_a_reset_by_mail_keeps_the_password_until_the_link_is_used(ada: Login, peter: Login) -> None:
    assert signed_in(ada).post(address("reset_login_password", peter)).status_code == 303
    assert sign_in_as(peter.user_name, PASSWORD) == 302
    mail = OutboxMail.objects.get()
    assert "Ada Byron" in mail.body
    assert Client().get(link_in(mail)).status_code == 404  # signing in showed that the password is known


def test_a_reset_link_sets_the_new_password(ada: Login, peter: Login) -> None:
    signed_in(ada).post(address("reset_login_password", peter))
    where = link_in(OutboxMail.objects.get())
    assert Client().post(where, {"password": "tulip anchor seven", "again": "tulip anchor seven"}).status_code == 303
    assert fresh(peter).check_password("tulip anchor seven")
    assert Client().get(where).status_code == 404


def test_a_new_mail_address_ends_links_that_went_to_the_old_one(ada: Login, peter: Login) -> None:
    client = signed_in(ada)
    client.post(address("reset_login_password", peter))
    link = link_in(OutboxMail.objects.get())
    where = address("edit_login", peter)
    page = client.get(where).content.decode()
    assert client.post(where, login_fields(peter, page, login_email="new@demo.example")).status_code == 303
    assert Client().get(link).status_code == 404


def test_a_forced_change_acts_on_the_next_page(ada: Login, peter: Login) -> None:
    peters = signed_in(peter)
    assert signed_in(ada).post(address("force_password_change", peter)).status_code == 303
    assert peters.get("/")["Location"] == reverse("account_change_password")
    assert Entry.objects.get(verb="login.update").details["after"] == {"must_change_password": True}
    assert signed_in(ada).post(address("force_password_change", peter)).status_code == 422


# --- blocked


def test_too_many_wrong_passwords_block_and_re_activate_lets_in_again(ada: Login, peter: Login) -> None:
    client = signed_in(ada)
    assert client.post(address("reactivate_login", peter)).status_code == 303  # harmless; the page says "not blocked"
    assert "not blocked" in client.get(address("reactivate_login", peter)).content.decode()
    block(peter)
    assert sign_in_as(peter.user_name, PASSWORD) == 422
    page = client.get(address("contacts")).content.decode()
    assert "Blocked" in page
    assert re.search(r"until \d\d:\d\d", page)
    assert "peter.john@demo.example is blocked until" in client.get(address("logins", peter.contact)).content.decode()
    assert client.post(address("reactivate_login", peter)).status_code == 303
    assert sign_in_as(peter.user_name, PASSWORD) == 302
    assert "Blocked</span>" not in client.get(address("contacts")).content.decode()
    assert Entry.objects.filter(verb="login.reactivate").exists()


def test_the_filter_and_the_export_know_who_is_blocked(ada: Login, peter: Login, olga: Login) -> None:
    client = signed_in(ada)
    assert "peter.john" not in client.get(address("contacts"), {"enabled": "blocked"}).content.decode()
    block(peter)
    block(olga)
    exported = client.get(address("contacts"), {"enabled": "blocked", "export": "csv"}).getvalue().decode()
    assert "Peter John" in exported
    assert "Blocked" in exported
    assert "Ada" not in exported
    assert "Olga" not in exported


def test_blocks_are_one_query_however_many_rows(ada: Login, peter: Login, olivia: Login, vera: Login) -> None:
    logins = list(Login.objects.select_related("organisation"))
    with CaptureQueriesContext(connection) as found:
        assert blocks.blocked_until(logins) == {}
    assert len(found) == 1


def test_it_is_the_window_in_which_sign_ins_are_counted(peter: Login) -> None:
    assert blocks.WINDOW == sign_in.WINDOW
    assert blocks.name_key(peter) == limits.key_of("name", peter.user_name.upper())


@pytest.mark.parametrize(
    ("more", "choice", "tag"),
    [
        ({"password": "!"}, "invited", "Invited"),
        ({"enabled": False}, "no", "Disabled"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expired", "Expired"),
        ({"is_sso": True}, "sso", "SSO"),
        ({"is_service": True}, "service", "service"),
    ],
)
def test_how_a_login_stands_is_shown_and_filtered(ada: Login, peter: Login, more: dict, choice: str, tag: str) -> None:
    Login.objects.filter(pk=peter.pk).update(**more)
    page = signed_in(ada).get(address("contacts"), {"enabled": choice}).content.decode()
    rows = page.partition("<tbody")[2].partition("</tbody>")[0]
    assert f"{tag}</span>" in rows
    assert "Peter John" in rows
    assert "ada@demo.example" not in rows
