"""The operator's commands: organisations are made, suspended and resumed, each on record, each safe to run twice."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Login, Organisation
from accounts.permissions import BUILT_IN_NAMES, BUILT_IN_PERMISSIONS
from audit.models import Entry
from audit.verbs import Verb
from tests.factories import PASSWORD, OrganisationFactory
from tests.servers import ROOT

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def made(name: str = "Acme Energy", admin: str = "grace@acme.example", **options: str) -> str:
    more = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    return run("create_organisation", name, "--admin", admin, *more)


def link_of(output: str) -> str:
    return output.strip().splitlines()[-1]


def test_an_organisation_is_made_with_its_administrator() -> None:
    output = made(admin_name="Grace Brewster Hopper")
    organisation = Organisation.objects.get(name="Acme Energy")
    assert {t.slug: (t.name, frozenset(t.permissions), t.built_in) for t in organisation.user_types.all()} == {
        slug: (name, BUILT_IN_PERMISSIONS[slug], True) for slug, name in BUILT_IN_NAMES.items()
    }
    login = organisation.logins.get()
    assert login.user_name == login.email == login.contact.email == "grace@acme.example"
    assert (login.contact.first_name, login.contact.last_name) == ("Grace", "Brewster Hopper")
    assert login.is_system_administrator
    assert not login.has_personal_role
    assert not login.has_admin_role
    assert not login.has_usable_password()
    assert f"tenant id is {organisation.pk}" in output


def test_it_is_on_record() -> None:
    made()
    organisation = Organisation.objects.get()
    entries = Entry.objects.order_by("id")
    assert [entry.verb for entry in entries] == [Verb.ORGANISATION_CREATE, Verb.CONTACT_CREATE, Verb.LOGIN_CREATE]
    assert {(entry.channel, entry.organisation_id) for entry in entries} == {("command", organisation.pk)}
    assert all(entry.actor_label.startswith("Operator") for entry in entries)


def test_the_link_sets_the_first_password_and_then_signs_in(client: Any, settings: Any) -> None:
    link = link_of(made())
    assert link.startswith(settings.PUBLIC_URL + "/activate/")
    path = link.removeprefix(settings.PUBLIC_URL)
    page = client.get(path, follow=True)
    assert page.status_code == 200
    form_at = page.request["PATH_INFO"]
    password = f"{PASSWORD} of Grace"
    names = [field.name for field in page.context["form"] if not field.is_hidden]
    assert client.post(form_at, dict.fromkeys(names, password)).status_code in {302, 303}
    assert Login.objects.get().check_password(password)


def test_a_name_is_made_of_the_mail_address_when_none_is_given() -> None:
    made(admin="grace.hopper@acme.example")
    assert Login.objects.get().contact.name == "Grace Hopper"


def test_run_twice_it_prints_a_link_again_and_makes_nothing() -> None:
    made()
    entries = Entry.objects.count()
    assert "/activate/" in link_of(made("  Acme   Energy ", "GRACE@acme.example"))
    assert Organisation.objects.count() == Login.objects.count() == 1
    assert Entry.objects.count() == entries


def test_once_the_password_is_set_no_link_is_printed() -> None:
    made()
    login = Login.objects.get()
    login.set_password(PASSWORD)
    login.save()
    with pytest.raises(CommandError, match="has set a password"):
        made()


def test_a_name_that_is_taken_is_refused() -> None:
    made()
    with pytest.raises(CommandError, match="no System Administrator of it"):
        made(admin="mallory@acme.example")
    assert Login.objects.count() == 1


def test_a_user_name_of_another_organisation_is_refused_and_nothing_is_left() -> None:
    made()
    with pytest.raises(CommandError, match="somebody's user name"):
        made("Other", "Grace@Acme.example")
    assert Organisation.objects.count() == 1


@pytest.mark.parametrize("address", ["", "grace", "grace@", "grace hopper@acme.example", "grüß@acme.example"])
def test_what_is_no_mail_address_is_refused(address: str) -> None:
    with pytest.raises(CommandError, match="no mail address"):
        made(admin=address)
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(CommandError, match="1 to 100 characters"):
        made(name)


@pytest.mark.parametrize(
    ("admin", "name"), [("grace@" + "a." * 80 + "example", "Grace"), ("grace@acme.example", "G" * 101)]
)
def test_what_no_column_holds_is_refused(admin: str, name: str) -> None:
    with pytest.raises(CommandError):
        made(admin=admin, admin_name=name)
    assert not Organisation.objects.exists()


def test_an_organisation_is_suspended_and_resumed_by_name_or_id() -> None:
    organisation = OrganisationFactory(name="Acme")
    other = OrganisationFactory()
    assert "is suspended" in run("suspend_organisation", "Acme")
    organisation.refresh_from_db()
    other.refresh_from_db()
    assert organisation.suspended_at
    assert other.suspended_at is None
    assert "goes on" in run("resume_organisation", str(organisation.pk))
    organisation.refresh_from_db()
    assert organisation.suspended_at is None
    verbs = [Verb.ORGANISATION_SUSPEND, Verb.ORGANISATION_RESUME]
    assert list(Entry.objects.order_by("id").values_list("verb", "subject_label")) == [(verb, "Acme") for verb in verbs]


def test_twice_changes_and_records_nothing() -> None:
    organisation = OrganisationFactory(name="Acme")
    run("suspend_organisation", "Acme")
    organisation.refresh_from_db()
    before = organisation.suspended_at
    assert "already" in run("suspend_organisation", "Acme")
    organisation.refresh_from_db()
    assert organisation.suspended_at == before
    run("resume_organisation", "Acme")
    assert "was not suspended" in run("resume_organisation", "Acme")
    assert Entry.objects.count() == 2


@pytest.mark.parametrize("command", ["suspend_organisation", "resume_organisation"])
@pytest.mark.parametrize("name", ["Nobody", "999999999", "99999999999999999999999999"])
def test_an_unknown_organisation_is_told(command: str, name: str) -> None:
    with pytest.raises(CommandError, match="no organisation named"):
        run(command, name)


def test_suspending_ends_sign_in_on_the_next_request() -> None:
    organisation = OrganisationFactory(name="Acme")
    made("Second", "grace@second.example")
    login = Login.objects.get()
    assert login.is_active
    run("suspend_organisation", "Second")
    assert not Login.objects.get(pk=login.pk).is_active
    assert organisation.suspended_at is None


@pytest.mark.parametrize("command", ["createsuperuser", "changepassword"])
def test_djangos_commands_that_write_past_the_ledger_are_refused(command):
    with pytest.raises(CommandError):
        call_command(command, "ada@demo.example")


def test_without_tables_one_line_says_what_to_run_first(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    for command in (["create_organisation", "Acme", "--admin", "a@acme.example"], ["suspend_organisation", "Acme"]):
        ended = subprocess.run(
            [sys.executable, "manage.py", *command],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 1
        assert ended.stderr.strip() == "CommandError: The database is not ready. Run first: manage.py migrate"
