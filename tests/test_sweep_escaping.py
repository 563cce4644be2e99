"""What people type is text on every page: a tag in whatever has a name is shown as its letters, wherever that is."""

from collections.abc import Iterator

import pytest
from django.db.models import CharField, TextField
from django.http import HttpResponse
from django.template import engines

from accounts.models import Contact, Department, Login, Organisation, UserType
from audit.verbs import Verb
from tests.addresses import console_addresses, things_of
from tests.audit_entries import entry
from tests.cast import Places
from tests.token_story import created, generated, signed_in, used
from tokens.models import AccessToken, MobileSession

pytestmark = pytest.mark.django_db

TAG = '<planted id="\'">&'
TYPED = {
    Organisation: {"name"},
    Contact: {"first_name", "last_name", "email", "notes", "phone"},
    Login: {"user_name"},
    Department: {"name"},
    UserType: {"name", "description"},
    AccessToken: {"name", "description"},
    MobileSession: {"device"},
}


def plant() -> None:
    """The tag in every text that people type, after the letters that were there, as far as they may be so long."""
    for model, names in TYPED.items():
        fields = [field for field in model._meta.fields if field.name in names]
        assert [type(field) for field in fields if not isinstance(field, CharField | TextField)] == []
        for row in model._default_manager.all():
            longest = {field.name: (field.max_length or 400) - len(TAG) for field in fields}
            values = {name: getattr(row, name)[:room] + TAG for name, room in longest.items()}
            model._default_manager.filter(pk=row.pk).update(**values)


@pytest.fixture
def ids(ada: Login, olivia: Login, places: Places) -> dict[str, str]:
    """Things of Olivia's, all of them with the tag in their names, and a ledger that has told of them."""
    plant()
    token = created(Login.objects.get(pk=olivia.pk))
    plant()
    used(token := AccessToken.objects.get(pk=token.pk))
    generated(token, by=Login.objects.get(pk=ada.pk))
    entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token, user_agent=TAG)
    ids = things_of(Login.objects.get(pk=olivia.pk)) | {"tokens": token.public_id}
    plant()
    return ids


def pages(login: Login, ids: dict[str, str], starts: tuple[str, ...] = ("",)) -> Iterator[tuple[str, str]]:
    """Every page of the console that the person may open and whose address starts so."""
    client = signed_in(Login.objects.get(pk=login.pk))
    for address in console_addresses():
        if not address.route.startswith(starts):
            continue
        path = address.path(ids)
        answer = client.get(path)
        if isinstance(answer, HttpResponse) and answer["Content-Type"].startswith("text/html"):
            yield f"{path} as {login.user_name}", answer.content.decode()


def test_no_page_takes_what_was_typed_for_its_own(ada: Login, olivia: Login, ids: dict[str, str]) -> None:
    seen = [*pages(ada, ids), *pages(olivia, ids, ("tokens", "personal"))]
    assert [path for path, page in seen if "<planted" in page] == []
    assert sum("&lt;planted" in page for _path, page in seen) > 80


def test_the_sweep_would_find_what_is_not_escaped(
    ada: Login, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: templates that escape nothing."""
    monkeypatch.setattr(engines["django"].engine, "autoescape", False)  # type: ignore[attr-defined]
    page = signed_in(Login.objects.get(pk=ada.pk)).get("/contacts").content.decode()
    assert "<planted" in page
