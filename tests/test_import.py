"""The import of contacts and logins: the dry run tells every row and writes nothing; applying is all or nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.actions import import_work, import_writing
from accounts.actions.import_work import work_on_imports
from accounts.actions.imports import apply_import, discard_import, forget_old_imports
from accounts.exceptions import Conflict, Refused
from accounts.models import Assignment, Contact, ContactImport, ImportedFile, ImportRow, Login, OutboxMail
from audit.models import Entry
from tests.cast import Places
from tests.factories import AccessTokenFactory, ContactFactory, LoginFactory, UserTypeFactory
from tests.imports import actor, applied, begun, changes, checked, reasons, results

pytestmark = pytest.mark.django_db
HEADS = "First Name;Last Name;E Mail;User Name;Department;User Type"
ENDED = datetime(2027, 12, 31, 23, tzinfo=UTC)


def people() -> tuple[int, int, int]:
    return Contact.objects.count(), Login.objects.count(), Assignment.objects.count()


def test_a_dry_run_writes_nobody_and_applying_writes_everybody(ada: Login, places: Places) -> None:
    before, entries = people(), Entry.objects.count()
    one = checked(
        ada,
        HEADS + ";Kind;Enabled;Expires On;Language;Time Zone;Phone;Notes",
        "Maria;Keller;maria@demo.example;;Energy > South;General User;;;2027-12-31;Deutsch;Europe/Zurich;+41 1;a",
        "Rob;;;etl-robot;Finance; View Only ;service;No;;;;;",
        "Nina;Ops;nina@demo.example;;;;;;;;;;",
    )
    assert (one.state, one.trouble, one.form) == ("checked", "", "CSV, UTF-8, columns separated by “;”")
    assert results(one) == {2: "create", 3: "create", 4: "create"}
    assert one.counts == {"create": 3}
    assert changes(one, 2) == {"User Type": ("", "General User (Energy › South)")}
    assert people() == before
    assert Entry.objects.count() == entries

    applied(one, ada, sends_activation=True)
    assert (one.state, one.trouble) == ("applied", "")
    maria, robot = Login.objects.get(user_name="maria@demo.example"), Login.objects.get(user_name="etl-robot")
    assert (maria.contact.name, maria.contact.phone, maria.contact.notes) == ("Maria Keller", "+41 1", "a")
    assert (maria.email, maria.language, maria.time_zone) == ("maria@demo.example", "de", "Europe/Zurich")
    assert maria.expires_at == ENDED
    assert not maria.has_usable_password()
    assert [(item.user_type.slug, item.department) for item in maria.assignments_now] == [
        ("general-user", places.south)
    ]
    assert (robot.is_service, robot.enabled, robot.is_view_only) == (True, False, True)
    assert not Contact.objects.get(first_name="Nina").logins.exists()
    # Only who can set a password is sent the mail for it.
    assert [mail.to for mail in OutboxMail.objects.all()] == ["maria@demo.example"]


def test_what_is_applied_is_on_record_like_the_same_deeds_by_hand(ada: Login, places: Places) -> None:
    one = checked(ada, HEADS, "Maria;Keller;maria@demo.example;;Finance;General User")
    applied(one, ada)
    made, login, summary = Entry.objects.order_by("pk")
    assert [entry.verb for entry in (made, login, summary)] == ["contact.create", "login.create", "contact.import"]
    assert {entry.actor_id for entry in (made, login, summary)} == {ada.public_id}
    assert login.subject_label == "maria@demo.example"
    assert login.details["after"]["assignments"] == [{"user_type": "General User", "department": "Finance"}]
    assert summary.details == {"file": "people.csv", "rows": {"create": 1}, "activation_mails": 0}


def test_what_a_file_said_of_people_is_forgotten(ada: Login) -> None:
    first = checked(ada, HEADS, "Maria;Keller;maria@demo.example;;;General User")
    applied(first, ada)
    second = checked(ada, HEADS, "Nobody;Else;nobody@demo.example;;;General User")
    discard_import(contact_import=second, by=actor(ada))
    assert not ImportedFile.objects.exists()
    assert not ImportRow.objects.exists()
    second.refresh_from_db()
    assert (second.state, second.counts) == ("discarded", {"create": 1})
    with pytest.raises(Conflict):
        discard_import(contact_import=second, by=actor(ada))


def test_people_who_are_there_are_changed_where_the_file_differs(ada: Login, peter: Login, places: Places) -> None:
    Contact.objects.filter(pk=peter.contact_id).update(phone="1", notes="old")
    lines = ["User Name;First Name;Last Name;E Mail;Phone;Enabled;Time Zone;Expires On;Department;User Type"]
    same = "PETER.JOHN@demo.example;Peter;John;peter.john@demo.example;1;Yes;UTC;;Energy > South;General User"
    assert results(checked(ada, *lines, same)) == {2: "unchanged"}
    ContactImport.objects.all().delete()

    one = checked(
        ada,
        *lines,
        "peter.john@demo.example;Pete;John;peter.john@demo.example;;no;Asia/Tokyo;31.12.2027;Finance;View Only",
    )
    assert changes(one, 2) == {
        "First Name": ("Peter", "Pete"),
        "Phone": ("1", ""),
        "Enabled": ("Yes", "No"),
        "Expires On": ("", "2027-12-31"),
        "Time Zone": ("UTC", "Asia/Tokyo"),
        "User Type": ("General User (Energy › South)", "View Only (Finance)"),
    }
    applied(one, ada)
    login = Login.objects.get(pk=peter.pk)
    assert (login.contact.name, login.contact.phone, login.contact.notes) == ("Pete John", "", "old")
    assert (login.enabled, login.time_zone) == (False, "Asia/Tokyo")
    assert login.expires_at == datetime(2027, 12, 31, 15, tzinfo=UTC)
    assert [(item.user_type.slug, item.department) for item in login.assignments_now] == [("view-only", places.finance)]
    assert sorted(Entry.objects.values_list("verb", flat=True)) == [
        "contact.import", "contact.update", "login.assign", "login.disable", "login.update",
    ]  # fmt: skip


def test_a_column_that_is_missing_and_a_blank_cell_leave_rights_alone(ada: Login, olivia: Login) -> None:
    one = checked(ada, "User Name;First Name;Department;User Type", "olivia@demo.example;Olivia;;")
    assert results(one) == {2: "unchanged"} or changes(one, 2) == {}


def test_changes_that_are_more_than_a_row_are_done_by_their_own_actions(
    ada: Login, olivia: Login, peter: Login, vera: Login, places: Places
) -> None:
    token = AccessTokenFactory(owner=olivia, generated_at=timezone.now(), digest=b"1" * 32, current_scopes=3)
    ContactFactory(organisation=ada.organisation, first_name="Gone")
    one = checked(
        ada,
        "Action;User Name;First Name;Last Name;Login E Mail;Kind;User Type",
        "Update;olivia@demo.example;Olivia;Novak;;;View Only",
        "Delete;vera@demo.example;;;;;",
        ";peter.john@demo.example;Peter;John;other@demo.example;SSO;",
        "delete;;Gone;Example;;;",
    )
    assert results(one) == {2: "update", 3: "delete", 4: "update", 5: "delete"}
    assert one.rows.get(line=2).told == f"1 token stops on its next call: {token.name}."
    assert one.rows.get(line=3).told == "The contact stays."
    applied(one, ada)
    assert one.state == "applied"
    olivia.refresh_from_db()
    peter.refresh_from_db()
    assert (olivia.has_personal_role, peter.is_sso, peter.email) == (False, True, "other@demo.example")
    assert not Login.objects.filter(pk=vera.pk).exists()
    assert Contact.objects.filter(pk=vera.contact_id).exists()
    assert not Contact.objects.filter(first_name="Gone").exists()
    assert {"role.remove_personal", "login.delete", "contact.delete", "login.update"} <= set(
        Entry.objects.values_list("verb", flat=True)
    )


def test_several_assignments_stand_in_several_rows_or_in_one(ada: Login, places: Places) -> None:
    one = checked(
        ada,
        HEADS,
        "Maria;Keller;m@demo.example;;Finance;General User",
        ";;;m@demo.example;Energy › South;View Only",
        'Nina;Ops;n@demo.example;;"Finance; South";View Only',
        'Otto;Ops;o@demo.example;;"; Finance";"View Only; General User"',
    )
    assert results(one) == {2: "create", 3: "joined", 4: "create", 5: "create"}
    applied(one, ada)

    def held(name: str) -> set[tuple[str, str | None]]:
        login = Login.objects.get(user_name=name)
        return {
            (item.user_type.slug, item.department.name if item.department else None) for item in login.assignments_now
        }

    assert held("m@demo.example") == {("general-user", "Finance"), ("view-only", "South")}
    assert held("n@demo.example") == {("view-only", "Finance"), ("view-only", "South")}
    assert held("o@demo.example") == {("view-only", None), ("general-user", "Finance")}


def test_each_bad_row_says_why_and_how_to_mend_it(ada: Login, olga: Login, vera: Login, places: Places) -> None:
    LoginFactory(organisation=ada.organisation, contact=vera.contact, user_name="second@demo.example")
    one = checked(
        ada,
        "Action;Contact Id;First Name;E Mail;User Name;Kind;Enabled;Expires On;Language;Time Zone;Department;User Type",
        ";;;a@demo.example;;;;;;;;View Only",
        ";;Ann;not a mail;ann1;;;;;;;View Only",
        ";;Ann;;ann2;;;;;;;View Only",
        ";;Ann;b@demo.example;olga@other.example;;;;;;;View Only",
        ";;Ann;c@demo.example;;;;;;;;Boss",
        ";;Ann;d@demo.example;;;;;;;Mars;View Only",
        ";;Ann;e@demo.example;;;;31/12/2027;;;;View Only",
        ";;Ann;f@demo.example;;;;2020-01-01;;;;View Only",
        ";;Ann;g@demo.example;;;perhaps;;;;;View Only",
        ";;Ann;h@demo.example;;;;;Klingon;;;View Only",
        ";;Ann;i@demo.example;;;;;;Mars/Base;;View Only",
        ";;Ann;j@demo.example;;robot;;;;;;View Only",
        ";con_000;Ann;k@demo.example;;;;;;;;View Only",
        "Update;;Ann;l@demo.example;;;;;;;;View Only",
        "Create;;Vera;vera@demo.example;vera@demo.example;;;;;;;View Only",
        "Rename;;Ann;m@demo.example;;;;;;;;View Only",
        ";;Ann;n@demo.example;;;;;;;Finance;",
        ";;Ann;o@demo.example;o@demo.example;;;;;;Finance;",
        ";;Ann;p@demo.example;;;;;;;Finance;System Administrator",
        "Delete;;Ada;;ada@demo.example;;;;;;;",
        ";;Ann;q@demo.example;;;;;;;;View Only;surplus",
        ";;Vera;;second@demo.example;service;;;;;;",
    )
    found = reasons(one)
    assert {line: why[0] for line, why in found.items()} == {
        2: "First Name: Give at least the first name.",
        3: "E Mail: This is no mail address.",
        4: "E Mail: A login with a password needs a mail address: the links go there.",
        5: "User Name: olga@other.example is somebody's user name already. Choose another.",
        6: "User Type: There is no user type “Boss”.",
        7: "Department: There is no department “Mars”. Write its path, such as Energy › South.",
        8: "Expires On: Write the day as 2027-12-31.",
        9: "Expires On: This day is over. To shut a login out at once, disable it.",
        10: "Enabled: Write Yes or No.",
        11: "Language: Choose one of the languages.",
        12: "Time Zone: Choose one of the time zones, such as Europe/London.",
        13: "Kind: Write normal, SSO or service.",
        14: "Contact Id: There is no contact with this id. Leave it blank for somebody new.",
        15: "Action: There is no login with this user name.",
        16: "Action: There is one already: write Update, or leave it blank.",
        17: "Action: Write Create, Update or Delete, or leave it blank.",
        18: "User Type: Say which user type it is to be in this department.",
        19: "User Type: Say which user type it is to be in this department.",
        20: "User Type: A System Administrator is one for the whole organisation.",
        21: "Nobody deletes their own login",
        22: "More cells than heads: a text that holds the separator needs quotation marks around it.",
        23: "Kind: A service login stays one, and no other becomes one. Create a new login.",
    }
    assert not one.changes
    with pytest.raises(Refused, match="Rows are refused"):
        apply_import(contact_import=one, sends_activation=False, by=actor(ada))


def test_rows_of_one_user_name_must_agree(ada: Login) -> None:
    one = checked(
        ada,
        HEADS,
        "Ann;;a@demo.example;a@demo.example;;View Only",
        "Bob;;a@demo.example;A@demo.example;;General User",
        "Cy;;c@demo.example;;;View Only",
        "Cy;;c@demo.example;c@demo.example;;View Only",
        "Di;;;;;",
        "Di;;;;;",
    )
    assert reasons(one) == {
        2: ["First Name: Line 3 gives this user name another First Name than line 2."],
        3: ["Refused together with line 2."],
        4: ["User Name: Lines 4 and 5 say the same of this user name. Keep one of them."],
        5: ["Refused together with line 4."],
        7: ["An earlier line is about the same new contact. Keep one of them."],
    }


def test_what_one_row_deletes_no_other_changes(ada: Login, peter: Login, vera: Login, olivia: Login) -> None:
    ids = [login.contact.public_id for login in (peter, vera, olivia)]
    one = checked(
        ada,
        "Action;Contact Id;First Name;Last Name;User Name",
        f"Delete;{ids[0]};;;",
        "Update;;Pete;John;peter.john@demo.example",
        "Update;;Vera;Klein;vera@demo.example",
        f"Delete;{ids[1]};;;",
        "Delete;;;;olivia@demo.example",
        f"Delete;{ids[2]};;;",
    )
    assert reasons(one) == {
        3: ["Contact Id: Line 2 deletes this contact."],
        5: ["Action: Line 4 changes the same contact."],
    }


def test_one_refused_row_and_nothing_is_applied(ada: Login) -> None:
    one = checked(ada, HEADS, "Ann;;a@demo.example;;;View Only", "Bob;;b@demo.example;;;Boss")
    before = people()
    with pytest.raises(Refused):
        apply_import(contact_import=one, sends_activation=False, by=actor(ada))
    work_on_imports()
    assert people() == before


# --- What happens meanwhile ------------------------------------------------------------------------------------------


def test_what_changed_since_the_dry_run_is_shown_and_nothing_applied(ada: Login, peter: Login) -> None:
    one = checked(
        ada, HEADS, "Ann;;a@demo.example;;;View Only", "Pete;John;peter.john@demo.example;peter.john@demo.example;;"
    )
    LoginFactory(user_name="A@demo.example")
    before = people()
    applied(one, ada)
    assert one.state == "checked"
    assert one.trouble.startswith("Nothing was applied: something changed after the dry run.")
    assert list(reasons(one)) == [2]
    assert people() == before
    assert Contact.objects.get(pk=peter.contact_id).first_name == "Peter"


@pytest.mark.parametrize("rival", ["while it prepares", "at the last moment"])
def test_a_user_name_taken_while_it_is_written_undoes_everything(
    ada: Login, rival: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = checked(ada, HEADS, *[f"Ann{n};;a{n}@demo.example;;;View Only" for n in range(3)])
    before = Contact.objects.count()
    writing = import_writing.Writing
    prepare, invite = writing.prepare, writing._write_edits

    def prepare_beside(self: import_writing.Writing, outcomes: object) -> None:
        if not Login.objects.filter(user_name="a2@demo.example"):
            LoginFactory(user_name="a2@demo.example")
        prepare(self, outcomes)

    def fail_late(self: import_writing.Writing) -> object:
        yield from invite(self)
        raise IntegrityError

    if rival == "while it prepares":
        monkeypatch.setattr(writing, "prepare", prepare_beside)
    else:
        monkeypatch.setattr(writing, "_write_edits", fail_late)
    applied(one, ada)
    assert one.state == "checked"
    assert one.trouble
    assert Contact.objects.filter(organisation=ada.organisation).count() == before
    assert not Entry.objects.exists()


def test_of_two_last_administrators_one_stays(ada: Login, olivia: Login) -> None:
    """Each alone may go; the rule of the action is asked again at each, and refuses the second with all of it."""
    second = LoginFactory(organisation=ada.organisation, user_type="owner")
    third = LoginFactory(organisation=ada.organisation, user_type="owner")
    Login.objects.filter(pk=ada.pk).update(has_admin_role=False)
    one = checked(
        ada, "Action;User Name", f"Delete;{second.user_name}", f"Delete;{third.user_name}", "Delete;olivia@demo.example"
    )
    assert set(results(one).values()) == {"delete"}
    Assignment.objects.filter(login=ada).update(user_type=ada.organisation.user_types.get(slug="general-user"))
    Assignment.objects.filter(login=ada).update(
        user_type=UserTypeFactory(organisation=ada.organisation, permissions=["contact:manage", "contact:view"])
    )
    applied(one, ada)
    assert one.state == "checked"
    assert Login.objects.filter(pk__in=[second.pk, third.pk, olivia.pk]).count() == 3


def test_a_worker_that_died_is_followed_by_another(ada: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    one = begun(ada, HEADS, "Ann;;a@demo.example;;;View Only")
    with monkeypatch.context() as patch:
        patch.setattr(import_work, "_check", _die)
        with pytest.raises(Killed):
            work_on_imports()
    assert work_on_imports() == ""  # still the lease of the one that died
    ContactImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work_on_imports()
    one.refresh_from_db()
    assert (one.state, one.counts) == ("checked", {"create": 1})
    apply_import(contact_import=one, sends_activation=False, by=actor(ada))
    with monkeypatch.context() as patch:
        patch.setattr(import_work, "record", _die)
        with pytest.raises(Killed):
            work_on_imports()
    assert not Login.objects.filter(user_name="a@demo.example").exists()
    ContactImport.objects.update(lease_until=None)
    work_on_imports()
    assert Login.objects.filter(user_name="a@demo.example").count() == 1


class Killed(Exception):
    pass


def _die(*args: object, **kwargs: object) -> None:
    raise Killed


def test_an_import_that_always_breaks_off_ends(ada: Login) -> None:
    one = begun(ada, HEADS, "Ann;;a@demo.example;;;View Only")
    ContactImport.objects.update(attempts=3)
    work_on_imports()
    one.refresh_from_db()
    assert (one.state, one.trouble[:34]) == ("stopped", "The import broke off several times")


def test_a_discarded_import_is_taken_from_the_worker(ada: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    one = begun(ada, HEADS, "Ann;;a@demo.example;;;View Only")
    check = import_work._check

    def discarded_meanwhile(*args: object) -> None:
        discard_import(contact_import=one, by=actor(ada))
        check(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(import_work, "_check", discarded_meanwhile)
    work_on_imports()
    one.refresh_from_db()
    assert one.state == "discarded"
    assert not ImportRow.objects.exists()


def test_one_import_is_at_work_in_an_organisation(ada: Login, olga: Login) -> None:
    first = begun(ada, HEADS, "Ann;;a@demo.example;;;View Only")
    with pytest.raises(Conflict, match="Ada Byron began an import today at"):
        begun(ada, HEADS, "Bob;;b@demo.example;;;View Only")
    begun(olga, HEADS, "Oleg;;oleg@other.example;;;View Only")
    work_on_imports()
    first.refresh_from_db()
    assert first.state == "checked"
    second = begun(ada, HEADS, "Bob;;b@demo.example;;;View Only")
    with pytest.raises(Conflict, match="it is still at work"):
        apply_import(contact_import=first, sends_activation=False, by=actor(ada))
    assert second.pk != first.pk


def test_who_may_not_import_any_more_does_not(ada: Login, vera: Login) -> None:
    one = checked(ada, HEADS, "Ann;;a@demo.example;;;View Only")
    apply_import(contact_import=one, sends_activation=False, by=actor(ada))
    Assignment.objects.filter(login=ada).update(user_type=ada.organisation.user_types.get(slug="view-only"))
    work_on_imports()
    one.refresh_from_db()
    assert (one.state, one.trouble) == ("stopped", "Whoever began this import may not import any more.")
    assert not Login.objects.filter(user_name="a@demo.example").exists()


def test_a_file_that_goes_wrong_further_down_says_where(ada: Login) -> None:
    one = checked(ada, "First Name,Notes", *["Ann,fine"] * 3, 'Bob,"open', "Cy,x")
    assert (one.state, one.trouble) == (
        "stopped",
        "Line 5 cannot be taken apart: a quotation mark is not closed, or stands within a text.",
    )


def test_old_imports_are_forgotten(ada: Login) -> None:
    one = checked(ada, HEADS, "Ann;;a@demo.example;;;View Only")
    assert forget_old_imports() == ""
    ContactImport.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert forget_old_imports() == "1 discarded, 0 dropped"
    one.refresh_from_db()
    assert one.state == "discarded"
    assert not ImportRow.objects.exists()
    ContactImport.objects.update(ended_at=timezone.now() - timedelta(days=400))
    assert forget_old_imports() == "0 discarded, 1 dropped"
