"""Files for the import: every encoding and separator is found out, and each bad file is told what is wrong with it."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from contextlib import suppress

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports.cells import guarded, unguarded
from accounts.imports.exceptions import Unreadable
from accounts.imports.files import MOST_ROWS, open_table

HEADS = "First Name;Last Name;E Mail;User Name"
PERSON = "Jörg;Müller;joerg@demo.example;joerg@demo.example"
TEXT = f"{HEADS}\r\n{PERSON}\r\n"


def table(content: bytes) -> tuple[str, tuple[str, ...], list[tuple[int, list[str], bool]]]:
    found = open_table(content)
    return found.form, found.header.keys, list(found.rows)


def workbook(*rows: tuple[object, ...], change: Callable[[openpyxl.Workbook], None] = lambda book: None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (TEXT.encode(), "CSV, UTF-8, columns separated by “;”"),
        (TEXT.encode("utf-8-sig"), "CSV, UTF-8, columns separated by “;”"),
        (TEXT.encode("utf-16"), "CSV, UTF-16, columns separated by “;”"),
        (TEXT.encode("utf-16-le"), "CSV, UTF-16, columns separated by “;”"),
        (TEXT.encode("utf-16-be"), "CSV, UTF-16, columns separated by “;”"),
        (TEXT.encode("cp1252"), "CSV, Windows-1252, columns separated by “;”"),
        (TEXT.replace(";", ",").encode(), "CSV, UTF-8, columns separated by “,”"),
        (TEXT.replace(";", "\t").encode("utf-16"), "CSV, UTF-16, columns separated by Tab"),
        (("\n\n" + TEXT.replace("\r\n", "\n") + ";;;\n\n").encode(), "CSV, UTF-8, columns separated by “;”"),
        (("sep=;\r\n" + TEXT).encode(), "CSV, UTF-8, columns separated by “;”"),
    ],
)
def test_a_csv_file_is_understood_as_it_comes(content: bytes, told: str) -> None:
    form, keys, rows = table(content)
    assert form == told
    assert keys == ("first_name", "last_name", "email", "user_name")
    assert [row[1:] for row in rows] == [(PERSON.split(";"), False)]


def test_rows_carry_the_number_of_the_line_that_they_begin_in() -> None:
    content = 'First Name,Notes\n\nAda,"two\nlines"\nOlga,=1+1,surplus\n'
    assert table(content.encode())[2] == [
        (3, ["Ada", "two\nlines"], False),
        (5, ["Olga", "=1+1"], True),
    ]


def test_a_workbook_is_read_by_its_values() -> None:
    content = workbook(
        ("First Name", "Phone", "Enabled", "Expires On", "Notes", None),
        (None, None),
        ("Ada", 4930123, True, dt.datetime(2027, 12, 31), "=1+1"),  # noqa: DTZ001 - workbooks know no zones
        (" Olga ", 1.5, False, dt.date(2027, 1, 2), "'=cmd"),
    )
    form, _keys, rows = table(content)
    assert form == "XLSX, the first sheet"
    assert rows == [
        # The formula was never computed, so it has no value; and it is not run here.
        (3, ["Ada", "4930123", "Yes", "2027-12-31", ""], False),
        (4, ["Olga", "1.5", "No", "2027-01-02", "'=cmd"], False),
    ]


def test_heads_of_other_products_are_understood_and_the_rest_is_told() -> None:
    heads = "Action,Associate,Location Name,First Name,Phone No,EMail,Contact Notes,User Name,Password,Role"
    found = open_table(f"{heads}\nCreate,X,South,Ada,1,a@b.example,-,a@b.example,******,Client Browse\n".encode())
    assert found.header.keys == (
        "action", "department", "first_name", "phone", "email", "notes", "user_name", "user_type",
    )  # fmt: skip
    assert [note.partition(":")[0] for note in found.header.notes] == [
        "The column Password is passed over", "Columns that are passed over",
    ]  # fmt: skip


def packed(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/"), content)
    return target.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """A sound workbook in which one part is another."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(("First Name",), ("Ada",)))) as sound,
        zipfile.ZipFile(target, "w") as file,
    ):
        for part in sound.namelist():
            file.writestr(part, content if part == name else sound.read(part))
    return target.getvalue()


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">
<c r="A1" t="inlineStr"><is><t>First Name</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>&a;</t></is></c>
</row></sheetData></worksheet>"""
SPARSE = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">
<c r="A1" t="inlineStr"><is><t>First Name</t></is></c></row>
<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row></sheetData></worksheet>"""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b" \r\n\r\n", "The file is empty."),
        (HEADS.encode(), "no row below them"),
        (HEADS.encode() + b"\n;;;\n", "no row below them"),
        (b"Hue;Saturation\n1;2\n", "It holds: “Hue”, “Saturation”."),
        (b"First Name;E Mail;EMail\nAda;a@b.example;\n", "“E Mail” and “EMail” mean the same"),
        (b"\x89PNG\r\n\x1a\n" + bytes(32), "This file is no table"),
        (b"First Name\nAda\n\x81\x8d", "Line 3 is no text in Windows-1252"),
        (b"\xff\xfeF\x00i\x00\x00\xd8", "Line 1 is no text in UTF-16"),
        (b'First Name,Notes\nAda,fine\nOlga,"open\nPeter,x\n', "Line 3 cannot be taken apart"),
        (b'First Name,Notes\nAda,"a"b\n', "Line 2 cannot be taken apart"),
        (b"First Name\n" + b"Ada\n" * (MOST_ROWS + 1), "more than 10,000 rows"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel file, or one with a password"),
        (b"%PDF-1.7", "This is a PDF"),
        (packed(word__document=b"x"), "This is no Excel workbook"),
        (packed(xl__workbook=b"x"), "This Excel workbook is damaged"),
        (b"PK\x03\x04 and nothing", "This Excel workbook is damaged"),
        (packed(xl__workbook=bytes(60 * 1024 * 1024)), "too large inside"),
        (packed(**{f"xl__{number}": b"" for number in range(1_100)}), "too large inside"),
        (with_part("xl/worksheets/sheet1.xml", ENTITIES), "This Excel workbook is damaged"),
        (with_part("xl/worksheets/sheet1.xml", b"<worksheet"), "This Excel workbook is damaged"),
        (workbook(("First Name",), *[("Ada",)] * (MOST_ROWS + 1)), "more than 10,000 rows"),
    ],
)
def test_a_bad_file_is_told_what_is_wrong(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        table(content)
    assert words in refusal.value.message


def test_a_cell_far_away_takes_no_memory() -> None:
    with pytest.raises(Unreadable, match="no row below"):
        table(with_part("xl/worksheets/sheet1.xml", SPARSE))


@given(st.text(alphabet="'=+-@\t\n＝a1", max_size=8))
def test_the_apostrophe_of_an_export_is_taken_back_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_nothing_else_goes_wrong(content: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"First Name,Notes\n", b"\xff\xfe"):
        with suppress(Unreadable):
            table(start + content)
