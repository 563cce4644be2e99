"""What the cells of a file mean, and how what is there now is written in one: the same both ways."""

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.imports.columns import plain
from accounts.imports.present import Present, path_key
from accounts.imports.subjects import Row, RowRefused, Subject
from accounts.kinds import LoginKind
from accounts.languages import LANGUAGES
from accounts.models import Assignment, Department, Login, UserType
from accounts.pairs import Pair
from accounts.placing import Place
from accounts.rules.people import LAST_DAY, day_of_end

ACTIONS = {"": "", "create": "create", "add": "create", "update": "update", "edit": "update", "delete": "delete"}
YES_AND_NO = {
    **dict.fromkeys(("yes", "true", "1", "ja", "oui", "sí", "si", "evet"), True),
    **dict.fromkeys(("no", "false", "0", "nein", "non", "hayır", "hayir"), False),
}
KIND_NAMES = {LoginKind.PERSON: "normal", LoginKind.SSO: "SSO", LoginKind.SERVICE: "service"}
KINDS = {
    **{plain(name): kind for kind, name in KIND_NAMES.items()},
    "password": LoginKind.PERSON, "nonsso": LoginKind.PERSON, "servicelogin": LoginKind.SERVICE,
}  # fmt: skip
OWN_NAMES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "turkish": "tr",
    "deutsch": "de", "français": "fr", "español": "es", "türkçe": "tr",
}  # fmt: skip
ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
DOTTED_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
WHOLE = "Whole organisation"  # in a file, in every language
BETWEEN = ";"


def action_of(subject: Subject) -> str:
    words = plain(subject["action"])
    if words not in ACTIONS:
        raise RowRefused(("action", subject["action"], _("Write Create, Update or Delete, or leave it blank.")))
    return ACTIONS[words]


def truth_of(row: Row, key: str) -> bool:
    words = row[key].casefold()
    if words not in YES_AND_NO:
        raise RowRefused((key, row[key], _("Write Yes or No.")))
    return YES_AND_NO[words]


def kind_of(row: Row) -> LoginKind:
    words = plain(row["kind"])
    if words not in KINDS:
        raise RowRefused(("kind", row["kind"], _("Write normal, SSO or service.")))
    return KINDS[words]


def language_of(row: Row) -> str:
    """By code, by name in English, in the language itself or in that of whoever imports."""
    words = row["language"].casefold()
    names = language_names(get_language() or "")
    return names.get(words) or names.get(words[:2], words)


@lru_cache(maxsize=len(LANGUAGES))
def language_names(spoken: str) -> dict[str, str]:
    """The codes by all that they are called; ``spoken`` is the language of whoever imports."""
    translated = {str(name).casefold(): code for code, name in LANGUAGES}
    return {**OWN_NAMES, **translated, **{code: code for code, _name in LANGUAGES}}


def day_in(row: Row) -> dt.date | None:
    """The last day; none for a blank cell. A day with slashes is refused: whose month comes first is not known."""
    text = row["expires_on"]
    if not text or text.casefold() == "never":
        return None
    found = ISO_DAY.match(text)
    dotted = DOTTED_DAY.fullmatch(text)
    parts = found.groups() if found else dotted.groups()[::-1] if dotted else ()
    try:
        day = dt.date(*map(int, parts))
    except (TypeError, ValueError):
        raise RowRefused(("expires_on", text, _("Write the day as 2027-12-31."))) from None
    if day > LAST_DAY:
        raise RowRefused(("expires_on", text, _("Choose a day between 2000 and 2199.")))
    return day


def places_of(subject: Subject, present: Present) -> dict[Pair, Place]:
    """The assignments that the rows say; none where no user type is said."""
    found: dict[Pair, Place] = {}
    for row in subject.rows:
        for department, user_type in _paired(row):
            kind, place = _user_type(row, user_type, present), _department(row, department, present)
            found[Pair(kind.pk, place.pk if place else None)] = Place(kind, place)
    return found


def _paired(row: Row) -> Iterable[tuple[str, str]]:
    """Departments and user types in their order; a single one of either goes with all of the other."""
    departments = [part.strip() for part in row["department"].split(BETWEEN)]
    types = [part.strip() for part in row["user_type"].split(BETWEEN)]
    if types == [""]:
        if departments != [""]:
            raise RowRefused(("user_type", "", _("Say which user type it is to be in this department.")))
        return []
    if len(departments) == 1:
        departments *= len(types)
    if len(types) == 1:
        types *= len(departments)
    if len(types) != len(departments):
        words = _("As many user types as departments, or one for all of them.")
        raise RowRefused(("user_type", row["user_type"], words))
    return zip(departments, types, strict=True)


def _user_type(row: Row, name: str, present: Present) -> UserType:
    if found := present.user_types.get(plain(name)):
        return found
    words = _("There is no user type “%(name)s”.") % {"name": name[:100]}
    raise RowRefused(("user_type", row["user_type"], words))


def _department(row: Row, path: str, present: Present) -> Department | None:
    key = path_key(path)
    if not key or key in {WHOLE.casefold(), _("Whole organisation").casefold()}:
        return None
    if found := present.departments.get(key):
        return found
    words = _("There is no department “%(path)s”. Write its path, such as Energy › South.") % {"path": path[:200]}
    raise RowRefused(("department", row["department"], words))


# --- The other way round ---------------------------------------------------------------------------------------------


def yes_or_no(value: bool) -> str:
    return "Yes" if value else "No"


def day_text(login: Login) -> str:
    day = day_of_end(login.expires_at, login.time_zone)
    return day.isoformat() if day else ""


def assignment_cells(assignments: Iterable[Assignment | Place], paths: dict[int, str]) -> tuple[str, str]:
    """The cells Department and User Type of a login that is there."""
    pairs = sorted((paths[item.department.pk] if item.department else "", item.user_type.name) for item in assignments)
    departments = [path for path, _name in pairs]
    types = [name for _path, name in pairs]
    return f"{BETWEEN} ".join(departments) if any(departments) else "", f"{BETWEEN} ".join(types)


def assignments_text(assignments: Iterable[Assignment | Place], paths: dict[int, str]) -> str:
    """As a dry run shows them: "General User (Energy › South)"."""
    whole = _("Whole organisation")
    parts = {
        f"{item.user_type.label} ({paths[item.department.pk] if item.department else whole})" for item in assignments
    }
    return "; ".join(sorted(parts))
