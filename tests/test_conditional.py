"""Documents that were asked for before: 304 where nothing changed, and never one token's answer for another's."""

import gzip

import pytest
from django.test import Client, RequestFactory

from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.factories import DepartmentFactory
from tokens.api.compression import wants_gzip
from tokens.api.conditional import conditional
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)

META = "/api/meta"
LONG = "/api/meta/reports/TokenActivity"  # its departments make it long enough to be packed
PRIVATE = {"authorization", "auth-token", "auth-tenant-id", "accept-encoding"}
BODY = b"the same for everyone " * 100


def shared(body=BODY, **headers: str):
    request = RequestFactory().get("/api/schema", **headers)
    return conditional(request, body, content_type="application/json", max_age=300, shared=True)


def varies(response):
    return {name.strip().lower() for name in response["Vary"].split(",")}


class TestShared:
    def test_anything_in_between_may_keep_it_for_a_while(self):
        response = shared()
        assert (response.status_code, response.content) == (200, BODY)
        assert response["Cache-Control"] == "public, max-age=300"
        assert varies(response) == {"accept-encoding"}
        assert response["ETag"].startswith('"')
        assert "Content-Encoding" not in response

    @pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other" , W/{}', "*"])
    def test_who_has_it_is_told_so(self, form):
        etag = shared()["ETag"]
        response = shared(HTTP_IF_NONE_MATCH=form.format(etag))
        assert (response.status_code, response.content) == (304, b"")
        assert (response["ETag"], response["Cache-Control"]) == (etag, "public, max-age=300")
        assert varies(response) == {"accept-encoding"}
        assert "Content-Type" not in response
        assert "Content-Encoding" not in response

    @pytest.mark.parametrize("asked", ['"other"', "unquoted", '"', "", '"a" "b"', "\u20ac", "W/*"])
    def test_who_has_another_gets_it_whole(self, asked):
        assert shared(HTTP_IF_NONE_MATCH=asked).status_code == 200

    def test_the_etag_is_the_bodys(self):
        assert shared(b"one")["ETag"] == shared(b"one")["ETag"] != shared(b"two")["ETag"]

    def test_a_condition_for_a_change_holds_for_this_form_alone(self):
        etag = shared()["ETag"]
        assert shared(HTTP_IF_MATCH=etag).status_code == 200
        assert shared(HTTP_IF_MATCH='"other"').status_code == 412

    def test_the_packed_form_has_an_etag_of_its_own(self):
        plain, packed = shared(), shared(HTTP_ACCEPT_ENCODING="gzip")
        assert packed["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.content) == BODY
        assert len(packed.content) < len(BODY) / 5
        assert packed["ETag"] != plain["ETag"]
        assert shared(HTTP_ACCEPT_ENCODING="gzip")["ETag"] == packed["ETag"]
        assert shared(HTTP_ACCEPT_ENCODING="gzip").content == packed.content
        assert shared(HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=packed["ETag"]).status_code == 304
        assert shared(HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=plain["ETag"]).status_code == 200
        assert shared(HTTP_IF_NONE_MATCH=packed["ETag"]).status_code == 200

    def test_what_is_short_is_not_packed(self):
        response = shared(b"short", HTTP_ACCEPT_ENCODING="gzip")
        assert (response.content, varies(response)) == (b"short", {"accept-encoding"})
        assert "Content-Encoding" not in response

    def test_without_an_age_it_is_asked_for_each_time(self):
        request = RequestFactory().get("/api/schema")
        response = conditional(request, BODY, content_type="application/json", shared=True)
        assert response["Cache-Control"] == "public, no-cache"

    def test_the_keys_answer_so(self):
        client = Client()
        first = client.get("/.well-known/jwks.json")
        again = client.get("/.well-known/jwks.json", HTTP_IF_NONE_MATCH=first["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        assert "Content-Length" not in again  # zero would be taken for the length of the document


class TestOfAToken:
    def test_only_the_caller_may_keep_it_and_asks_each_time(self, call, olivia):
        response = call(valid_token(olivia)[1], META)
        assert response["Cache-Control"] == "private, no-cache"
        assert varies(response) >= PRIVATE

    @pytest.mark.parametrize("address", [META, "/api/meta/reports", LONG])
    def test_it_is_told_that_nothing_changed_and_the_call_is_on_record(self, call, olivia, address):
        jwt = valid_token(olivia)[1]
        first = call(jwt, address)
        again = call(jwt, address, HTTP_IF_NONE_MATCH=first["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
        assert again["Cache-Control"] == "private, no-cache"
        assert varies(again) >= PRIVATE
        assert "Content-Length" not in again
        assert Entry.objects.filter(verb=Verb.TOKEN_AUTHENTICATE, result="ok", path=address).count() == 2

    def test_another_token_of_the_same_owner_is_never_told_so(self, call, olivia):
        one, other = valid_token(olivia, name="One")[1], valid_token(olivia, name="Other")[1]
        first = call(one, META)
        second = call(other, META, HTTP_IF_NONE_MATCH=first["ETag"])
        assert second.status_code == 200
        assert second.json() == first.json()
        assert second["ETag"] != first["ETag"]

    def test_a_refused_token_is_refused_whatever_it_has(self, call, olivia):
        token, jwt = valid_token(olivia)
        etag = call(jwt, META)["ETag"]
        AccessToken.objects.filter(pk=token.pk).update(revoked_at=token.created_at)
        for asked in (etag, "*"):
            response = call(jwt, META, HTTP_IF_NONE_MATCH=asked)
            assert response.status_code == 401
            assert response["Cache-Control"] == "no-store"

    def test_what_changed_comes_whole(self, call, ada):
        jwt = valid_token(ada)[1]
        first = call(jwt, LONG)
        DepartmentFactory(organisation=ada.organisation, name="Water")
        second = call(jwt, LONG, HTTP_IF_NONE_MATCH=first["ETag"])
        assert second.status_code == 200
        assert second["ETag"] != first["ETag"]

    def test_it_is_packed_when_long_and_wanted(self, call, ada):
        jwt = valid_token(ada)[1]
        plain, packed = call(jwt, LONG), call(jwt, LONG, HTTP_ACCEPT_ENCODING="gzip, deflate, br")
        assert gzip.decompress(packed.content) == plain.content
        assert packed["Content-Length"] == str(len(packed.content))
        assert packed["ETag"] != plain["ETag"]

    def test_reports_are_kept_by_nobody(self, call, olivia):
        response = call(valid_token(olivia)[1], "/api/data/TokenInventory", HTTP_IF_NONE_MATCH="*")
        assert response.status_code == 200
        assert response["Cache-Control"] == "no-store"
        assert "ETag" not in response
        b"".join(response.streaming_content)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", False), ("gzip", True), ("GZIP", True), ("x-gzip", True), ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("gzip, deflate, br, zstd", True), ("br", False), ("deflate", False), ("gzip;q=0", False),
        ("gzip;q=0.0", False), ("gzip;q=0.000, *", False), ("*", True), ("*;q=0", False), ("*;q=0.1", True),
        ("identity", False), ("identity, gzip", True), ("gzip;q=0.5, identity", False), ("identity;q=0.5, gzip", True),
        ("gzip;q=0.5, identity;q=0.5", True), ("identity;q=0", False), ("gzip ; q=0.3", True), ("gzip;q=2", False),
        ("gzip;q=-1", False), ("gzip;q=nan", False), ("gzip;q=", False), ("gzip;q=1;q=0", False),
        ("gzip;level=9", False), (",,gzip,,", True), ("gzipped", False), (";q=1", False),
        ("gzip;q=0.1234", False), ("gzip;Q=0.5", True),
    ],
)  # fmt: skip
def test_gzip_is_given_to_who_wants_it(header, wanted):
    assert wants_gzip(header) is wanted
