"""All API tokens of an organisation, stopped at once and started again."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Login, Organisation
from audit.models import Entry
from audit.verbs import Verb
from tests.token_story import created, generated, signed_in

STOP, START = "/configuration/organisation/stop-tokens", "/configuration/organisation/start-tokens"
pytestmark = pytest.mark.django_db


def called(jwt: str) -> Any:
    return Client().get("/api/meta", HTTP_AUTHORIZATION=f"Bearer {jwt}")


def stopped(organisation: Organisation) -> bool:
    return Organisation.objects.get(pk=organisation.pk).tokens_stopped_at is not None


@pytest.mark.django_db(transaction=True)
def test_they_stop_on_the_next_call_and_work_again_after(ada: Login, olivia: Login, olga: Login):
    jwt, theirs = generated(created(olivia)), generated(created(olga))
    console = signed_in(ada)
    page = console.get(STOP).content.decode()
    assert "1 token is valid now" in page
    answer = console.post(STOP, {"confirmation": "Demo Organisation"})
    assert answer.status_code == 303
    assert stopped(ada.organisation)
    assert called(jwt).status_code == 401
    assert Entry.objects.get(result="fail").reason == "tokens_stopped"
    assert called(theirs).status_code == 200
    assert "every call is refused" in console.get("/").content.decode()
    assert "every call is refused" not in signed_in(olivia).get("/").content.decode()
    assert console.post(START).status_code == 303
    assert called(jwt).status_code == 200
    verbs = (Verb.ORGANISATION_STOP_TOKENS, Verb.ORGANISATION_START_TOKENS)
    told = Entry.objects.filter(verb__in=verbs).order_by("id").values_list("verb", "reason", "actor_id")
    assert list(told) == [(verbs[0], "administrator", ada.public_id), (verbs[1], "", ada.public_id)]


def test_the_name_of_the_organisation_has_to_be_typed(ada: Login):
    answer = signed_in(ada).post(STOP, {"confirmation": "Demo"})
    assert answer.status_code == 422
    assert "That is not what stands above" in answer.content.decode()
    assert not stopped(ada.organisation)


def test_a_second_time_changes_nothing(ada: Login):
    console: Client = signed_in(ada)
    for _turn in range(2):
        console.post(STOP, {"confirmation": "demo organisation"})
    assert "stopped already" in console.get(STOP).content.decode()
    for _turn in range(2):
        console.post(START)
    assert "are not stopped" in console.get(START).content.decode()
    assert Entry.objects.filter(verb__startswith="organisation.st").count() == 2
