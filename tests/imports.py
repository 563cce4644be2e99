"""Imports in tests: a file goes in, the worker does its part, and what the dry run found comes back."""

from accounts.actions.import_work import work_on_imports
from accounts.actions.imports import apply_import, begin_import
from accounts.models import ContactImport, ImportRow, Login, RowResult
from audit.actor import Actor

Found = dict[int, tuple[str, list[list[str]], str]]


def actor(login: Login) -> Actor:
    return Actor(id=login.public_id, label=login.label, organisation_id=login.organisation_id, channel="console")


def csv(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def begun(by: Login, *lines: str, content: bytes = b"") -> ContactImport:
    return begin_import(
        organisation=by.organisation, file_name="people.csv", content=content or csv(*lines), by=actor(by)
    )


def checked(by: Login, *lines: str, content: bytes = b"") -> ContactImport:
    """The dry run."""
    one = begun(by, *lines, content=content)
    work_on_imports()
    one.refresh_from_db()
    return one


def applied(one: ContactImport, by: Login, *, sends_activation: bool = False) -> ContactImport:
    apply_import(contact_import=one, sends_activation=sends_activation, by=actor(by))
    work_on_imports()
    one.refresh_from_db()
    return one


def dry_run(login: Login) -> ContactImport:
    """One whose dry run is done, with a row of each result; by somebody of the login's organisation."""
    one = ContactImport.objects.create(
        organisation=login.organisation, state="checked", by_id=login.public_id, by_label=login.label,
        actor={"id": login.public_id, "label": login.label, "channel": "console"},
        file_name="Envizi_SetupContacts.xlsx",
        form="XLSX, the first sheet", total=len(RowResult), counts=dict.fromkeys(RowResult.values, 1),
        notes=["The column Password is passed over: people choose their own by the link of the activation mail."],
    )  # fmt: skip
    ImportRow.objects.bulk_create(
        ImportRow(
            contact_import=one, line=line, result=result, name=f"Person {line}", user_name=f"p{line}@demo.example",
            changes=[["Phone", "+41 44 123 45 67", "+41 44 765 43 21"], ["User Type", "", "View Only (Energy)"]],
        )
        for line, result in enumerate(RowResult.values, 2)
    )  # fmt: skip
    return one


def results(one: ContactImport) -> dict[int, str]:
    return dict(one.rows.order_by("line").values_list("line", "result"))


def reasons(one: ContactImport) -> dict[int, list[str]]:
    """Why rows are refused, by line: each column with its reason."""
    return {
        row.line: [f"{column}: {why}" if column else why for column, _held, why in row.changes] or [row.told]
        for row in one.rows.filter(result="refused").order_by("line")
    }


def changes(one: ContactImport, line: int) -> dict[str, tuple[str, str]]:
    return {column: (before, after) for column, before, after in one.rows.get(line=line).changes}
