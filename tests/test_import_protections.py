"""What an import is kept from: writing half of a file, over others' work, twice, or beyond the reach of who imports."""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import import_work
from accounts.actions.import_work import work_on_imports
from accounts.actions.imports import apply_import, discard_import, forget_old_imports
from accounts.exceptions import Conflict
from accounts.imports.files import MOST_BYTES
from accounts.imports.present import Present
from accounts.models import Assignment, Contact, ContactImport, Login, OutboxMail
from accounts.permissions import Permission
from audit.models import Entry
from tests.cast import Places, person
from tests.factories import ContactFactory, LoginFactory, UserTypeFactory
from tests.imports import actor, applied, changes, checked, reasons, results

pytestmark = pytest.mark.django_db
HEADS = "First Name;Last Name;E Mail;User Name;Department;User Type"
ANN = "Ann;;ann@demo.example;;;View Only"
HELPS = [Permission.CONTACT_VIEW, Permission.CONTACT_MANAGE, Permission.REPORT_READ]


@pytest.fixture
def manager(ada: Login, places: Places) -> Login:
    """Manages the logins of Energy, and South below it."""
    UserTypeFactory(organisation=ada.organisation, slug="helper", name="Helper", permissions=HELPS)
    return helper(ada, "hal@demo.example", places.energy)


def helper(ada: Login, user_name: str, department: object, **more: object) -> Login:
    name = user_name.partition("@")[0].title()
    place = {"user_type": "helper", "user_type__department": department}
    if more:
        return LoginFactory(organisation=ada.organisation, user_name=user_name, **place, **more)
    return person(ada.organisation, name, "Per", user_name, **place)


@pytest.fixture
def just_before_writing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Has something happen when all is prepared and the transaction that writes it has not begun; once."""
    write = import_work._write

    def happen(deed: Callable[[], object]) -> None:
        deeds = [deed]

        def write_after(*args: object) -> None:
            if deeds:
                deeds.pop()()
            write(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(import_work, "_write", write_after)

    return happen


# --- All or nothing --------------------------------------------------------------------------------------------------


def test_a_step_refused_at_the_last_moment_undoes_the_whole_file(ada: Login, vera: Login, peter: Login) -> None:
    """Either of two System Administrators may be set as SSO, as the dry run says; not both, when Ada is one as well."""
    first, second = (LoginFactory(organisation=ada.organisation, user_type="owner") for _ in range(2))
    Login.objects.filter(pk=ada.pk).update(is_sso=True)
    one = checked(
        ada,
        "Action;First Name;Last Name;E Mail;User Name;Phone;Kind;User Type",
        ";Ann;;ann@demo.example;ann@demo.example;;;View Only",
        ";Peter;John;peter.john@demo.example;peter.john@demo.example;123;;",
        *(f";{x.contact.first_name};{x.contact.last_name};;{x.user_name};;SSO;" for x in (first, second)),
        "Delete;;;;vera@demo.example;;;",
    )
    assert results(one) == {2: "create", 3: "update", 4: "update", 5: "update", 6: "delete"}
    assert one.counts == {"create": 1, "update": 3, "delete": 1}

    applied(one, ada, sends_activation=True)
    assert (one.state, one.ended_at) == ("checked", None)
    assert one.trouble.startswith("Nothing was applied")
    assert reasons(one) == {5: ["The last System Administrator with a password stays"]}
    assert not Login.objects.filter(pk__in=[first.pk, second.pk], is_sso=True).exists()
    assert not Contact.objects.filter(first_name="Ann").exists()
    assert Contact.objects.get(pk=peter.contact_id).phone == ""
    assert Login.objects.filter(pk=vera.pk).exists()
    assert not OutboxMail.objects.exists()
    assert not Entry.objects.exists()


def test_what_another_worker_took_over_is_not_written_by_the_first(
    ada: Login, just_before_writing: Callable[[Callable[[], object]], None]
) -> None:
    one = checked(ada, HEADS, ANN)
    taken_until = timezone.now() + timedelta(minutes=5)
    just_before_writing(lambda: ContactImport.objects.update(lease_until=taken_until))
    applied(one, ada)
    assert (one.state, one.lease_until, one.trouble) == ("writing", taken_until, "")
    assert not Login.objects.filter(user_name="ann@demo.example").exists()
    assert not Entry.objects.exists()
    ContactImport.objects.update(lease_until=None)
    work_on_imports()
    one.refresh_from_db()
    assert one.state == "applied"
    assert Entry.objects.filter(verb="contact.import").count() == 1


def test_a_change_of_somebody_else_that_the_file_does_not_touch_stays(
    ada: Login, peter: Login, just_before_writing: Callable[[Callable[[], object]], None]
) -> None:
    one = checked(ada, "User Name;First Name;Last Name;Phone", "peter.john@demo.example;Peter;John;123")
    peters = Contact.objects.filter(pk=peter.contact_id)
    just_before_writing(lambda: peters.update(notes="Written meanwhile"))
    applied(one, ada)
    assert (one.state, peters.get().phone, peters.get().notes) == ("applied", "123", "Written meanwhile")


def test_a_change_that_the_dry_run_did_not_know_of_has_it_read_anew(
    ada: Login, peter: Login, just_before_writing: Callable[[Callable[[], object]], None]
) -> None:
    one = checked(
        ada,
        "User Name;First Name;Last Name;E Mail;Phone;User Type",
        "peter.john@demo.example;Peter;John;peter.john@demo.example;123;",
        "ann@demo.example;Ann;;ann@demo.example;;View Only",
    )
    assert changes(one, 2) == {"Phone": ("", "123")}
    peters = Contact.objects.filter(pk=peter.contact_id)
    just_before_writing(lambda: peters.update(phone="456"))
    applied(one, ada)
    assert one.state == "checked"
    assert one.trouble.startswith("Nothing was applied: something changed after the dry run.")
    assert changes(one, 2) == {"Phone": ("456", "123")}
    assert peters.get().phone == "456"
    assert not Contact.objects.filter(first_name="Ann").exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize("loss", ["right", "login", "access"])
def test_who_may_not_import_at_the_moment_of_writing_does_not(
    ada: Login, loss: str, just_before_writing: Callable[[Callable[[], object]], None]
) -> None:
    second = LoginFactory(organisation=ada.organisation, user_type="owner")
    one = checked(second, HEADS, ANN)
    view_only = ada.organisation.user_types.get(slug="view-only")
    deeds = {
        "right": lambda: Assignment.objects.filter(login=second).update(user_type=view_only),
        "login": second.delete,
        "access": lambda: Login.objects.filter(pk=second.pk).update(enabled=False),
    }
    just_before_writing(deeds[loss])
    applied(one, second)
    assert (one.state, one.trouble) == ("stopped", "Whoever began this import may not import any more.")
    assert not Contact.objects.filter(first_name="Ann").exists()
    assert not Entry.objects.exists()


def test_what_is_being_applied_is_neither_discarded_nor_forgotten(ada: Login) -> None:
    one = checked(ada, HEADS, ANN)
    apply_import(contact_import=one, sends_activation=False, by=actor(ada))
    with pytest.raises(Conflict, match="being applied"):
        discard_import(contact_import=one, by=actor(ada))
    client = Client()
    client.force_login(ada)
    assert client.post(reverse("accounts:discard_import", args=[one.public_id])).status_code == 409
    ContactImport.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert forget_old_imports() == ""
    work_on_imports()
    one.refresh_from_db()
    assert one.state == "applied"
    assert Login.objects.filter(user_name="ann@demo.example").exists()


# --- Limits ----------------------------------------------------------------------------------------------------------


def test_one_import_deletes_five_hundred_at_most(ada: Login) -> None:
    contacts = ContactFactory.create_batch(501, organisation=ada.organisation)
    one = checked(ada, "Action;Contact Id", *(f"Delete;{contact.public_id}" for contact in contacts))
    assert reasons(one) == {502: ["Action: One import deletes at most 500."]}
    assert one.counts == {"delete": 500, "refused": 1}


def test_a_file_may_have_five_megabytes_and_not_a_byte_more(ada: Login) -> None:
    client, most = Client(), b"First Name\n" + b"Ann\n" * (MOST_BYTES // 4)
    client.force_login(ada)
    answers = [
        client.post(reverse("accounts:import"), {"file": SimpleUploadedFile("people.csv", most[:size])})
        for size in (MOST_BYTES + 1, MOST_BYTES)
    ]
    assert [answer.status_code for answer in answers] == [422, 303]
    assert "The file is larger than 5 MB." in answers[0].content.decode()
    assert ContactImport.objects.count() == 1


# --- Whom it may touch -----------------------------------------------------------------------------------------------


def test_a_dry_run_asks_who_may_change_a_login(manager: Login, ada: Login, peter: Login, places: Places) -> None:
    """Columns of the login alone, which applying only writes: no rule is asked again."""
    one = checked(
        manager,
        "User Name;First Name;Last Name;E Mail;Enabled;Language;Expires On",
        f"peter.john@demo.example;Peter;John;{peter.email};no;;",
        f"hal@demo.example;Hal;Per;{manager.email};no;;",
    )
    assert reasons(one) == {2: ["Has rights that you cannot give"], 3: ["Nobody disables their own login"]}
    ends = checked(
        manager,
        "User Name;First Name;Last Name;E Mail;Language;Expires On",
        f"peter.john@demo.example;Peter;John;{peter.email};de;",
        f"hal@demo.example;Hal;Per;{manager.email};;2099-12-31",
    )
    told = {2: ["Has rights that you cannot give"], 3: ["Expires On: Nobody sets the end of their own login."]}
    assert reasons(ends) == told
    last = checked(ada, "User Name;First Name;Last Name;E Mail;User Type", f"{ada.email};Ada;Byron;{ada.email};Helper")
    assert reasons(last) == {2: ["The last System Administrator stays"]}


def test_a_login_is_added_by_who_manages_all_that_its_contact_has(manager: Login, ada: Login, places: Places) -> None:
    """Of Kim the manager sees the login in South; the other in Finance is not theirs."""
    kim, lee = (helper(ada, f"{name}@demo.example", places.south).contact for name in ("kim", "lee"))
    helper(ada, "kims-second", places.finance, contact=kim)
    one = checked(
        manager,
        "Contact Id;" + HEADS,
        f"{kim.public_id};Kim;Per;kim@demo.example;kims-third;South;Helper",
        f"{lee.public_id};Lee;Per;lee@demo.example;lees-second;South;Helper",
    )
    assert reasons(one) == {2: ["Has rights that you cannot give"]}
    assert results(one)[3] == "create"


def test_contacts_out_of_reach_are_as_if_they_were_not_there(
    manager: Login, ada: Login, olga: Login, places: Places
) -> None:
    far = helper(ada, "far@demo.example", places.finance).contact
    nobody = "Contact Id: There is no contact with this id. Leave it blank for somebody new."
    deleting = ["Action;Contact Id", f"Delete;{olga.contact.public_id}"]
    assert reasons(checked(manager, *deleting, f"Delete;{far.public_id}")) == {2: [nobody], 3: [nobody]}
    assert reasons(checked(ada, *deleting)) == {2: [nobody]}

    one = applied(checked(manager, HEADS, "Far;Per;far@demo.example;near@demo.example;South;Helper"), manager)
    assert one.state == "applied"
    near = Login.objects.get(user_name="near@demo.example")
    assert near.contact_id != far.pk
    assert [login.user_name for login in far.logins.all()] == ["far@demo.example"]


def test_logins_are_held_in_the_order_of_their_keys(ada: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by every deed that holds several, or the two could wait for each other; in portions of one it shows."""
    first, second = [ContactFactory(organisation=ada.organisation) for _number in range(2)]
    logins = [LoginFactory(contact=contact, organisation=ada.organisation) for contact in (second, first)]
    monkeypatch.setattr("accounts.imports.present.PORTION", 1)
    present = Present(ada.organisation, ada, contacts={contact.public_id: contact for contact in (first, second)})
    held: list[int] = []

    class Noting(list[Login]):
        def append(self, login: Login) -> None:
            held.append(login.pk)

    present.logins_of = defaultdict(Noting)
    present._read_logins(Login.objects.all(), [])
    assert held == sorted(login.pk for login in logins)
