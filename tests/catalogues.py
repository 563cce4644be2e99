"""Keeps the catalogues of the console's texts: ``make messages`` brings them up to what the code says.

Every text that Python and templates mark is in ``locale/<language>/LC_MESSAGES/django.po``; what is translated already
stays, what the code no longer says goes, nothing is guessed. The ``.mo`` beside it is what a running console reads.
"""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "locale"
# How each language counts, in the words of gettext; the same as Django's own catalogues say.
PLURALS = {
    "de": (2, "(n != 1)"),
    "fr": (2, "(n > 1)"),
    "es": (2, "(n != 1)"),
    "tr": (2, "(n > 1)"),
}
SOURCES = ("config", "audit", "accounts", "tokens", "templates")
# What programs and their makers read is English by design (docs/decisions/0022-languages.md).
ENGLISH = ("tokens/api/", "tokens/reports/", "templates/api/")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Key = tuple[str | None, str]


class Texts(Catalog):
    """A catalogue whose head says how it counts and is written, and no moment that would change with every run."""

    def __init__(self, language: str | None = None) -> None:
        super().__init__(locale=language, domain="django", fuzzy=False, header_comment="")
        if language:
            self._num_plurals, self._plural_expr = PLURALS[language]

    @property
    def mime_headers(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return [
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]

    @mime_headers.setter
    def mime_headers(self, headers: object) -> None:
        """What a file says of itself is not kept: it is always the above."""


def key_of(message: Message) -> Key:
    """What a text is found by: its context, and its words (those for one)."""
    return message.context, message.id[0] if message.pluralizable else message.id


def by_key(catalogue: Catalog) -> dict[Key, Message]:
    return {key_of(message): message for message in catalogue if message.id}


def as_python(path: Path) -> bytes:
    """The file as Python that an extractor can read: of a template only what it marks, each line from its margin."""
    source = path.read_text()
    if path.suffix != ".py":
        lines = templatize(source, origin=str(path)).splitlines()
        source = "\n".join(line.lstrip() for line in lines) + "\n"
    return source.encode()


def sources() -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in {".py", ".html", ".txt"} and "/migrations/" not in name and not name.startswith(ENGLISH):
                yield path


@lru_cache(maxsize=1)
def marked() -> Catalog:
    """Every text that the code marks for translation, in the order of files and lines."""
    found = Texts()
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        for line, words, notes, context in extract("python", BytesIO(as_python(path)), KEYWORDS, ["Translators:"]):
            found.add(words, None, [(name, line)], auto_comments=notes, context=context)
    return found


def po_path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """The catalogue as it is on disk; an empty one when there is none."""
    path = po_path(language)
    if not path.exists():
        return Texts(language)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django")


def brought_up(language: str, texts: Catalog, old: Catalog) -> Texts:
    """The marked texts with the translations that there are: a changed text is a new one, without translation."""
    catalogue, known = Texts(language), by_key(old)
    for message in texts:
        if message.id:
            before = known.get(key_of(message))
            kept = before.string if before and before.id == message.id else None
            catalogue.add(
                message.id, kept, message.locations, message.flags, message.auto_comments, context=message.context
            )
    return catalogue


def written_po(catalogue: Catalog) -> bytes:
    """In the order of the first place of each text, which is named without its line: lines move too often."""
    output = BytesIO()
    write_po(output, catalogue, width=110, sort_by_file=True, include_lineno=False)
    return output.getvalue().lstrip(b"\n")


def written_mo(catalogue: Catalog, language: str) -> bytes:
    """What is translated; gettext falls back to the text itself for the rest."""
    translated, output = Texts(language), BytesIO()
    for message in by_key(catalogue).values():
        if is_translated(message):
            translated.add(message.id, message.string, context=message.context)
    write_mo(output, translated)
    return output.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    return [words for (_context, words), message in by_key(catalogue).items() if not is_translated(message)]


def is_translated(message: Message) -> bool:
    strings = message.string if message.pluralizable else [message.string]
    return not message.fuzzy and bool(strings) and all(strings)


def main() -> None:
    texts = marked()
    for language in PLURALS:
        catalogue = brought_up(language, texts, read(language))
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written_po(catalogue))
        path.with_suffix(".mo").write_bytes(written_mo(catalogue, language))
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts, {len(untranslated(catalogue))} to translate")


if __name__ == "__main__":
    main()
