"""The forms of a page as a browser would send them, and what the whole database holds before and after."""

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.apps import apps
from django.db.models import AutoField, BinaryField, DateTimeField, ForeignKey, JSONField, Model

HTML = "{http://www.w3.org/1999/xhtml}"
NOT_SENT = {"submit", "button", "image", "reset", "file"}
MADE_UP = {"email": "made.up@demo.example", "number": "7", "date": "2027-03-04", "text": "Made up"}
# What differs from one run to the next, whatever is sent.
RANDOM = re.compile(
    r"\d{4}-\d\d-\d\d[T ][\d:.+Z]+|/(?:activate|key)/\S+|<[^<>@\s]+@[^<>\s]+>"
    r"|(?<![\w-])[\w-]{20,}(?![\w-])|\b[a-z2-7]{16}\b"
)
OF_THE_VISIT = {"sessions.Session", "usersessions.UserSession", "audit.PendingSeal"}
PLANTED_YEAR = 2001


def forms_of(page: str) -> list[tuple[str, dict[str, list[str]]]]:
    """The action ("" is the page itself) and the fields of each form that posts."""
    forms = [form for form in html5lib.parse(page).iter(f"{HTML}form") if form.get("method", "").lower() == "post"]
    return [(form.get("action", ""), fields_of(form)) for form in forms]


def fields_of(form: Element) -> dict[str, list[str]]:
    """What would be sent if everything empty that must not be were filled in."""
    fields: dict[str, list[str]] = {}
    for field in form.iter():
        name = field.get("name")
        if not name or name == "csrfmiddlewaretoken" or field.get("disabled") is not None:
            continue
        value = value_of(field)
        if value is not None:
            fields.setdefault(name, []).append(value)
    return fields


def value_of(field: Element) -> str | None:
    tag, kind = field.tag.removeprefix(HTML), field.get("type", "text").lower()
    if tag == "select":
        options = list(field.iter(f"{HTML}option"))
        chosen = [one for one in options if one.get("selected") is not None] or [o for o in options if o.get("value")]
        return chosen[0].get("value", "") if chosen else None
    if tag == "textarea":
        return "".join(field.itertext()).strip()
    if tag != "input" or kind in NOT_SENT:
        return None
    if kind in {"checkbox", "radio"}:
        return field.get("value", "on") if field.get("checked") is not None else None
    value = field.get("value", "")
    return value or (MADE_UP.get(kind, "Made up") if field.get("required") is not None else "")


def models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.label not in OF_THE_VISIT]


def contents(known: dict[type[Model], set[Any]]) -> dict[str, list[str]]:
    """Every row of every table, without what is another one each time. ``known`` are the keys of before."""
    found = {}
    for model in models():
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
        rows = model._default_manager.values_list(*(field.attname for field in fields))
        found[model._meta.label] = sorted(
            json.dumps([steady(*cell, known) for cell in zip(fields, row, strict=True)]) for row in rows
        )
    return found


def keys() -> dict[type[Model], set[Any]]:
    return {model: set(model._default_manager.values_list("pk", flat=True)) for model in models()}


def steady(field: Any, value: Any, known: dict[type[Model], set[Any]]) -> str:
    """A value in words that are the same for the same deed."""
    if value is None:
        return "none"
    if isinstance(field, ForeignKey):
        return str(value) if value in known.get(field.related_model, ()) else "new"
    if isinstance(field, DateTimeField):
        return "planted" if isinstance(value, dt.datetime) and value.year == PLANTED_YEAR else "moment"
    if isinstance(field, BinaryField):
        return "bytes"
    text = json.dumps(value, default=str, sort_keys=True) if isinstance(field, JSONField) else str(value)
    return "hash" if field.name == "password" else RANDOM.sub("…", text)


def planted_for(field: Any, foreign: dict[type[Model], Any]) -> str:
    """What somebody would like to have there."""
    if isinstance(field, ForeignKey):
        return str(foreign.get(field.related_model, 1))
    kind = field.get_internal_type()
    if "DateTime" in kind:
        return f"{PLANTED_YEAR}-02-03T04:05:06Z"
    if "Integer" in kind or "AutoField" in kind:
        return "6"
    if kind == "JSONField":
        return '["*"]'
    return "planted"


def smuggled(of: Iterable[type[Model]], foreign: dict[type[Model], Any], *, switch: str) -> dict[str, str]:
    """Every column of these models as a field of a form: what nobody may set."""
    fields = {"pk": "1", "is_staff": "on", "is_superuser": "on", "permissions": "role:grant", "role": "admin"}
    for model in of:
        for field in model._meta.concrete_fields:
            value = switch if field.get_internal_type() == "BooleanField" else planted_for(field, foreign)
            fields |= {field.name: value, field.attname: value}
    return fields
