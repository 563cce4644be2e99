"""The pages of an import: a file goes in by the form, its dry run is a grid, and applying it asks first."""

import csv as csv_module
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.actions.import_work import work_on_imports
from accounts.imports.files import MOST_BYTES
from accounts.models import Contact, ContactImport, Login
from accounts.permissions import Permission
from audit.models import Entry
from tests.cast import Places, person
from tests.factories import ContactFactory, LoginFactory, UserTypeFactory
from tests.imports import begun, checked, csv, reasons, results

pytestmark = pytest.mark.django_db
HEADS = "First Name;Last Name;E Mail;User Name;Department;User Type"
MARIA = "Maria;Keller;maria@demo.example;;Finance;General User"


@pytest.fixture
def client(ada: Login) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def upload(client: Client, content: bytes, name: str = "people.csv") -> tuple[int, str, str]:
    response = client.post(reverse("accounts:import"), {"file": SimpleUploadedFile(name, content)})
    return response.status_code, response.headers.get("Location", ""), response.content.decode()


def test_the_way_through(client: Client, ada: Login, places: Places) -> None:
    status, address, _body = upload(client, csv(HEADS, MARIA))
    assert status == 303
    assert "Waiting for the background worker" in client.get(address).content.decode()
    work_on_imports()
    assert client.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    page = client.get(address).content.decode()
    assert "Apply 1 change" in page
    assert "User Type: Energy" not in page
    assert "User Type: General User (Finance)" in page
    dialog = client.get(f"{address}/apply").content.decode()
    assert "All rows are written together, or none of them." in dialog
    response = client.post(f"{address}/apply", {"sends_activation": "on"})
    assert (response.status_code, response.headers["Location"]) == (303, address)
    assert "Waiting for the background worker" in client.get(address).content.decode()
    work_on_imports()
    page = client.get(address).content.decode()
    assert "Everything was applied." in page
    assert "1 created" in page
    assert Login.objects.get(user_name="maria@demo.example").contact.name == "Maria Keller"
    assert client.post(f"{address}/apply").status_code == 409
    assert client.post(f"{address}/discard").status_code == 409


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\x00\x01\x02\x03" * 20, "This file is no table."),
        (HEADS.encode(), "The file holds the heads of the columns and no row below them."),
        (b"First Name,E Mail,EMail\na,b,c", "mean the same. Keep one of them."),
        (b"PK\x03\x04nothing", "This Excel workbook is damaged."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_at_once(client: Client, content: bytes, words: str) -> None:
    status, _address, body = upload(client, content, "people.xlsx" if content.startswith(b"PK") else "people.csv")
    assert status == 422
    assert words in body
    assert not ContactImport.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("people.png", csv(HEADS, MARIA), "must end in"),
        ("people", csv(HEADS, MARIA), "must end in"),
        ("people.csv.exe", csv(HEADS, MARIA), "must end in"),
        ("people.csv", b"PK\x03\x04 and more", "does not end in .xlsx"),
        ("people.xlsx", csv(HEADS, MARIA), "no Excel workbook"),
    ],
)
def test_a_file_is_what_its_name_says(client: Client, name: str, content: bytes, words: str) -> None:
    status, _address, body = upload(client, content, name)
    assert status == 422
    assert words in body
    assert not ContactImport.objects.exists()


@pytest.mark.parametrize("name", ["PEOPLE.CSV", "people.tsv", "my people.txt"])
def test_names_of_texts(client: Client, name: str) -> None:
    assert upload(client, csv(HEADS, MARIA), name)[0] == 303


def test_no_file_and_a_file_too_large(client: Client) -> None:
    assert client.post(reverse("accounts:import")).status_code == 422
    status, _address, body = upload(client, b"First Name\n" + b"x" * (MOST_BYTES + 100_000))
    assert status == 413
    assert "The file is larger than 5 MB." in body
    assert not ContactImport.objects.exists()


def test_the_form_is_guarded_against_forgery(ada: Login) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    status, _address, _body = upload(client, csv(HEADS, MARIA))
    assert status == 403
    assert not ContactImport.objects.exists()


def test_a_second_import_is_told_who_is_first(client: Client, ada: Login) -> None:
    begun(ada, HEADS, MARIA)
    status, _address, body = upload(client, csv(HEADS, MARIA))
    assert status == 409
    assert "Ada Byron began an import today at" in body


def test_refused_rows_leave_no_way_to_apply(client: Client, ada: Login) -> None:
    one = checked(ada, HEADS, "Maria;Keller;maria@demo.example;;Mars;General User", "<b>;;b@demo.example;;;View Only")
    address = reverse("accounts:show_import", args=[one.public_id])
    page = client.get(address).content.decode()
    assert "1 row is refused, so nothing can be applied." in page
    assert "There is no department “Mars”." in page
    assert "&lt;b&gt;" in page
    assert "Apply " not in page
    assert client.post(f"{address}/apply").status_code == 422
    refused = client.get(address, {"result": "refused"}).content.decode()
    assert "Maria Keller" in refused
    assert "&lt;b&gt;" not in refused


def test_the_result_is_exported_safely_and_on_record(client: Client, ada: Login, places: Places) -> None:
    one = checked(ada, HEADS, "'=cmd;;c@demo.example;;;Boss", MARIA)
    response = client.get(reverse("accounts:show_import", args=[one.public_id]), {"export": "csv"})
    text = b"".join(response).decode("utf-8-sig")  # type: ignore[arg-type]
    rows = list(csv_module.reader(io.StringIO(text)))
    assert rows[0] == ["Line", "Result", "Name", "User Name", "What"]
    assert rows[1] == ["2", "Refused", "'=cmd", "c@demo.example", "User Type: There is no user type “Boss”. (“Boss”)"]
    assert rows[2][1] == "Will be created"
    assert list(Entry.objects.values_list("verb", flat=True)) == ["contact.export"]


def test_discarding(client: Client, ada: Login) -> None:
    one = checked(ada, HEADS, MARIA.replace("Finance", ""))
    address = reverse("accounts:discard_import", args=[one.public_id])
    assert "What the file says is forgotten." in client.get(address).content.decode()
    assert client.post(address).status_code == 303
    page = client.get(reverse("accounts:show_import", args=[one.public_id])).content.decode()
    assert "This import was discarded. Nobody was changed." in page
    assert "people.csv" in client.get(reverse("accounts:imports")).content.decode()


# --- Templates and round trips ---------------------------------------------------------------------------------------


def downloaded(client: Client, address: str) -> bytes:
    response = client.get(address)
    assert response.status_code == 200
    return b"".join(response) if response.streaming else response.content  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_can_be_imported_as_it_is(client: Client, ada: Login, form: str) -> None:
    one = checked(ada, content=downloaded(client, reverse(f"accounts:import_template_{form}")))
    assert (one.state, one.counts) == ("checked", {"create": 1})


def test_the_workbook_explains_its_columns(client: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(downloaded(client, reverse("accounts:import_template_xlsx"))))
    assert book.sheetnames == ["Contacts & Logins", "Columns"]
    assert book["Columns"]["A2"].value == "Action"


HOSTILE = (
    "=cmd|' /C calc'!A1",
    "'=already",
    "''+x",
    "@SUM(1)",
    "-1",
    'quo"te; semi, "comma"',
    "ünï 名",
    "a\nb",
    "O'Neil",
)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_exported_and_imported_again_changes_nothing(
    client: Client, ada: Login, olivia: Login, peter: Login, vera: Login, robot: Login, places: Places, form: str
) -> None:
    for number, text in enumerate(HOSTILE):
        ContactFactory(
            organisation=ada.organisation, first_name=text.replace("\n", " "), last_name=f"No. {number}", notes=text
        )
    LoginFactory(organisation=ada.organisation, contact=vera.contact, user_type="owner", is_sso=True)
    Contact.objects.filter(pk=peter.contact_id).update(phone="+49 30 1")
    content = downloaded(client, reverse("accounts:export_for_editing") + f"?export={form}")
    if form == "csv":
        assert not [line for line in content.splitlines() if b",=" in line or b",@" in line or b",-" in line]
    one = checked(ada, content=content)
    assert reasons(one) == {}
    assert set(results(one).values()) == {"unchanged"}
    assert one.counts == {"unchanged": 15}
    assert Entry.objects.filter(verb="contact.export").count() == 1


# --- Who may ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def manager(ada: Login, places: Places) -> Login:
    """Manages the logins of Energy, and South below it."""
    given = [Permission.CONTACT_VIEW, Permission.CONTACT_MANAGE, Permission.REPORT_READ]
    kind = UserTypeFactory(organisation=ada.organisation, slug="helper", name="Helper", permissions=given)
    return person(
        ada.organisation, "Hal", "Per", "hal@demo.example", user_type=kind.slug, user_type__department=places.energy
    )


def test_who_manages_a_department_imports_into_it_alone(
    manager: Login, ada: Login, peter: Login, olivia: Login
) -> None:
    one = checked(
        manager,
        HEADS,
        "New;One;new@demo.example;;Energy > South;Helper",
        "New;Two;two@demo.example;;Finance;Helper",
        "New;Three;three@demo.example;;South;General User",
        "Ada;Byron;ada@demo.example;ada@demo.example;;",
        "Only;Contact;only@demo.example;;;",
        "Olive;Novak;olivia@demo.example;olivia@demo.example;;",
    )
    assert results(one)[2] == "create"
    assert reasons(one) == {
        3: ["User Type: You do not manage logins there."],
        4: ["User Type: You cannot give or take General User: it may do more than you."],
        5: ["User Name: ada@demo.example is somebody's user name already. Choose another."],
        6: ["Only who manages the whole organisation creates contacts without a login."],
        7: ["Has rights that you cannot give"],
    }
    own, other = Client(), Client()
    own.force_login(manager)
    other.force_login(peter)
    address = reverse("accounts:show_import", args=[one.public_id])
    assert own.get(address).status_code == 200
    assert other.get(address).status_code == 403
    assert own.get(reverse("accounts:show_import", args=[checked(ada, HEADS, MARIA).public_id])).status_code == 404


CHOSEN = {"language", "time_zone"}  # the form offers a list, and has words of its own for what is not in it
SAME_RULES = [
    ({"first_name": ""}, "first_name"),
    ({"first_name": "x" * 101}, "first_name"),
    ({"last_name": "a\u202eb"}, "last_name"),
    ({"email": "no mail"}, "email"),
    ({"phone": "1" * 41}, "phone"),
    ({"notes": "n" * 2001}, "notes"),
    ({"user_name": "with blank"}, "user_name"),
    ({"user_name": "OLGA@other.example"}, "user_name"),
    ({"language": "xx"}, "language"),
    ({"time_zone": "Nowhere"}, "time_zone"),
    ({"expires_on": "2020-01-01"}, "expires_on"),
]


@pytest.mark.parametrize(("wrong", "column"), SAME_RULES, ids=lambda value: str(value)[:40])
def test_the_form_and_the_import_refuse_alike(
    client: Client, ada: Login, olga: Login, wrong: dict[str, str], column: str
) -> None:
    """What Create New User says at a field, the dry run says at the column of that name."""
    fields = {
        "first_name": "Maria", "last_name": "Keller", "email": "maria@demo.example", "phone": "", "notes": "",
        "user_name": "maria", "language": "en", "time_zone": "UTC", "expires_on": "", **wrong,
    }  # fmt: skip
    keys = list(fields)
    file = io.StringIO()
    writer = csv_module.writer(file)
    writer.writerow([*(key.replace("_", " ") for key in keys), "User Type"])
    writer.writerow([*(fields[key] for key in keys), "View Only"])
    one = checked(ada, content=file.getvalue().encode())
    (row,) = one.rows.all()
    heads = {head for head, _held, _why in row.changes}
    assert {head.lower().replace(" ", "_").replace("e_mail", "email") for head in heads} <= {column, "login_email"}
    assert row.result == "refused"
    view_only = ada.organisation.user_types.get(slug="view-only")
    response = client.post(
        reverse("accounts:create_user"),
        {**fields, "enabled": "on", "kind": "person", "user_type": view_only.pk, "department": ""},
    )
    assert response.status_code in {409, 422}
    for _head, _held, why in row.changes if column not in CHOSEN else ():
        if why.startswith("At most"):
            continue  # Django's own words for the same
        assert why.replace("'", "&#x27;") in response.content.decode(), why


def test_the_file_for_editing_holds_whom_its_reader_may_see(manager: Login, ada: Login, peter: Login) -> None:
    client = Client()
    client.force_login(manager)
    text = downloaded(client, reverse("accounts:export_for_editing") + "?export=csv").decode()
    assert peter.user_name in text
    assert ada.user_name not in text
