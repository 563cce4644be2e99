"""Files with the import's columns: the empty template, and everybody who is there, to be edited and imported again."""

import csv
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

import xlsxwriter
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.imports.cells import guarded
from accounts.imports.columns import COLUMNS
from accounts.imports.words import KIND_NAMES, assignment_cells, day_text, yes_or_no
from accounts.models import Contact, Department, Login
from audit.long_reading import long_reading

FORMS = ("csv", "xlsx")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel misreads every letter beyond ASCII
CHUNK = 1_000
Cells = dict[str, str]


def example() -> list[Cells]:
    """The one row of the template."""
    return [{column.key: column.example for column in COLUMNS}]


def people(contacts: QuerySet[Contact], organisation_id: int) -> Iterator[Cells]:
    """A row for each contact and login of ``ContactQuerySet.with_logins``."""
    paths = Department.objects.paths(organisation_id)
    with long_reading():
        for contact in contacts.order_by("first_name", "last_name", "pk", "logins__pk").iterator(chunk_size=CHUNK):
            wanted = contact.login_id  # type: ignore[attr-defined]  # an annotation
            login = next((login for login in contact.logins.all() if login.pk == wanted), None)
            yield {**_contact_cells(contact), **(_login_cells(login, paths) if login else {})}


def _contact_cells(contact: Contact) -> Cells:
    return {
        "contact_id": contact.public_id,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "email": contact.email,
        "phone": contact.phone,
        "notes": contact.notes,
    }


def _login_cells(login: Login, paths: dict[int, str]) -> Cells:
    department, user_type = assignment_cells(login.assignments.all(), paths)
    return {
        "user_name": login.user_name,
        "login_email": login.email,
        "kind": KIND_NAMES[login.kind],
        "enabled": yes_or_no(login.enabled),
        "expires_on": day_text(login),
        "language": login.language,
        "time_zone": login.time_zone,
        "department": department,
        "user_type": user_type,
    }


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_file(rows: Iterable[Cells]) -> Iterator[str]:
    """Lines of CSV; ``cells.unguarded`` takes back what is put before a text that looks like a formula."""
    writer = csv.writer(Echo())
    yield BYTE_ORDER_MARK + writer.writerow([column.head for column in COLUMNS])
    for row in rows:
        yield writer.writerow([guarded(row.get(column.key, "")) for column in COLUMNS])


def xlsx_file(rows: Iterable[Cells], choices: dict[str, list[str]]) -> Any:
    """A workbook in a temporary file: the rows, and a sheet that explains the columns. Every cell is a text."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet("Contacts & Logins")
        for number, column in enumerate(COLUMNS):
            sheet.set_column(number, number, column.width, text)
            if values := choices.get(column.key):
                sheet.data_validation(1, number, 10_000, number, _one_of(values))
        sheet.freeze_panes(1, 0)
        _write(sheet, 0, [column.head for column in COLUMNS], bold)
        for number, row in enumerate(rows, 1):
            _write(sheet, number, [row.get(column.key, "") for column in COLUMNS], text)
        _explain(book, bold)
    target.seek(0)
    return target


def _one_of(values: list[str]) -> dict[str, Any]:
    """A list to choose from, which keeps nobody from typing something else."""
    return {"validate": "list", "source": values, "error_type": "information", "show_error": False}


def _write(sheet: Any, number: int, cells: list[str], form: Any) -> None:
    for position, value in enumerate(cells):
        if value:
            sheet.write_string(number, position, value, form)


def _explain(book: Any, bold: Any) -> None:
    sheet = book.add_worksheet(_("Columns"))
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 100, book.add_format({"text_wrap": True}))
    sheet.set_column(2, 2, 40)
    _write(sheet, 0, [_("Column"), _("What belongs there"), _("Also understood")], bold)
    for number, column in enumerate(COLUMNS, 1):
        _write(sheet, number, [column.head, str(column.tells), ", ".join(column.synonyms)], None)


def choices_of(organisation_id: int, type_names: Iterable[str]) -> dict[str, list[str]]:
    """What a workbook offers to choose from. Excel holds 255 characters of such a list."""
    kinds = list(KIND_NAMES.values())
    offered = {"action": ["Create", "Update", "Delete"], "kind": kinds, "enabled": ["Yes", "No"]}
    offered["language"] = ["en", "de", "fr", "es", "tr"]
    offered["user_type"] = [name for name in type_names if "," not in name]
    return {key: values for key, values in offered.items() if values and len(",".join(values)) <= 255}
