"""Every text that the console shows is translated, completely, into every language; ``make messages`` collects them."""

import re
import string
from collections.abc import Callable, Iterable, Iterator

import pytest
from babel.messages.catalog import Message
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import fields
from django.utils import translation

from accounts.languages import DEFAULT_LANGUAGE, LANGUAGES
from accounts.models import Login, Organisation
from accounts.password_validation import HardToGuess, LongEnough, OfEnoughKinds, UnlikeTheLogin
from tests import catalogues
from tests.words_kept import EVERYWHERE, IN

PERCENT = re.compile(r"%\(\w+\)[#0+-]*\d*(?:\.\d+)?[a-zA-Z]|%[#0+-]*\d*(?:\.\d+)?[a-zA-Z]|%%")
TAG = re.compile(r"<[^>]+>")
each_language = pytest.mark.parametrize("language", catalogues.PLURALS)


def placeholders(text: str) -> list[str]:
    """What is put into the text: ``%(name)s``, ``%d``, ``{name}``, and its tags."""
    percents = [match for match in PERCENT.findall(text) if match != "%%"]
    braces = ["{" + name + "}" for _before, name, _format, _convert in string.Formatter().parse(text) if name]
    return sorted([*percents, *braces, *TAG.findall(text)])


def has_stray_percent(text: str) -> bool:
    """A text that something is put into writes a percent sign twice."""
    return bool(placeholders(text)) and "%" in PERCENT.sub("", text)


def ends(text: str) -> tuple[str, str]:
    """The blanks and line ends around the text: what it is joined to counts on them. Others belong to a language."""
    return text[: len(text) - len(text.lstrip(" \n"))], text[len(text.rstrip(" \n")) :]


def faults(message: Message) -> Iterable[str]:
    """What is wrong with a translation."""
    strings = message.string if message.pluralizable else [message.string]
    yield from (f"has a single percent sign: {words!r}" for words in strings if has_stray_percent(words))
    if not message.pluralizable:
        if placeholders(message.string) != placeholders(message.id):
            yield f"puts in {placeholders(message.string)} instead of {placeholders(message.id)}: {message.string!r}"
        if ends(message.string) != ends(message.id):
            yield f"begins or ends with other white space: {message.string!r}"
        return
    one, many = (placeholders(words) for words in message.id)
    for place, words in enumerate(message.string):
        # In some languages the first form also stands for none, and says the number.
        if placeholders(words) not in ([one, many] if place == 0 else [many]):
            yield f"puts in {placeholders(words)} instead of {many}: {words!r}"


def test_a_catalogue_for_every_language() -> None:
    assert {DEFAULT_LANGUAGE, *catalogues.PLURALS} == {code for code, _name in LANGUAGES}
    assert len(catalogues.by_key(catalogues.marked())) > 600


@each_language
def test_the_catalogue_has_every_text_and_no_other(language: str) -> None:
    fresh = catalogues.brought_up(language, catalogues.marked(), catalogues.read(language))
    assert catalogues.po_path(language).read_bytes() == catalogues.written_po(fresh), "run `make messages`"


@each_language
def test_what_runs_is_what_is_written(language: str) -> None:
    compiled = catalogues.po_path(language).with_suffix(".mo").read_bytes()
    assert compiled == catalogues.written_mo(catalogues.read(language), language), "run `make messages`"


@each_language
def test_every_text_is_translated(language: str) -> None:
    assert catalogues.untranslated(catalogues.read(language)) == []


@each_language
def test_a_translation_puts_in_what_the_text_does(language: str) -> None:
    found = [
        (message.id, fault)
        for message in catalogues.by_key(catalogues.read(language)).values()
        if catalogues.is_translated(message)
        for fault in faults(message)
    ]
    assert found == []


@each_language
def test_nothing_is_left_in_english(language: str) -> None:
    texts = catalogues.by_key(catalogues.read(language)).values()
    same = {str(message.id) for message in texts if not message.pluralizable and message.string == message.id}
    assert same - EVERYWHERE - IN[language] == set()


def test_the_lists_of_kept_words_name_nothing_that_is_gone() -> None:
    texts = {words for _context, words in catalogues.by_key(catalogues.marked())}
    assert (EVERYWHERE | set().union(*IN.values())) - texts == set()


@each_language
def test_the_texts_of_the_framework_that_we_show_are_translated(language: str) -> None:
    assert set(refusals_in(language)) & set(refusals_in(DEFAULT_LANGUAGE)) == set()


def refusals_in(language: str) -> Iterator[str]:
    """What the framework's fields and validators say of wrong values of each kind."""
    strict = Organisation(password_classes_minimum=2)
    somebody = Login(user_name="olivia@demo.example", organisation=strict)
    tries: list[Callable[[], object]] = [
        lambda: LongEnough().validate("short", somebody),
        lambda: OfEnoughKinds().validate("small", somebody),
        lambda: HardToGuess().validate("password2026"),
        lambda: UnlikeTheLogin().validate("olivia@demo.example", somebody),
        lambda: fields.CharField(max_length=3).clean("long"),
        lambda: fields.CharField(min_length=3).clean("a"),
        lambda: fields.CharField().clean(""),
        lambda: fields.CharField().clean("a\0"),
        lambda: fields.EmailField().clean("nobody"),
        lambda: fields.IntegerField(max_value=3).clean("4"),
        lambda: fields.IntegerField(min_value=3).clean("2"),
        lambda: fields.IntegerField().clean("many"),
        lambda: fields.DateField().clean("soon"),
        lambda: fields.ChoiceField(choices=[]).clean("pink"),
        lambda: fields.MultipleChoiceField(choices=[]).clean(["pink"]),
        lambda: fields.FileField().clean(None),
        lambda: fields.FileField().clean(SimpleUploadedFile("empty.csv", b"")),
    ]
    with translation.override(language):
        for each in tries:
            with pytest.raises(ValidationError) as raised:
                each()
            yield raised.value.messages[0]


def test_the_check_would_find_what_it_looks_for() -> None:
    """The control: faults of each kind are found."""
    assert list(faults(Message("%(count)d of %(all)d", "%(count)d von %(alle)d")))
    assert list(faults(Message("Hello {name}", "Hallo")))
    assert list(faults(Message("<strong>Now</strong>", "Jetzt")))
    assert list(faults(Message("From ", "Von")))
    assert list(faults(Message(("%d day", "%d days"), ("%d Tag", "Tage"))))
    assert not list(faults(Message(("One day", "%d days"), ("%d jour", "%d jours"))))
    assert list(faults(Message("100%% of %(all)s", "100 % von %(all)s")))
    assert not list(faults(Message("100%% of %(all)s", "100 %% von %(all)s")))
    assert not list(faults(Message("100% of it", "100 % davon")))
