"""The documentation page: public, under the strict CSP, made from the file, and complete."""

import re
from html.parser import HTMLParser

import orjson
import pytest
from django.conf import settings
from django.test import Client

from tests.test_openapi import operations, reasons_in_the_code
from tokens.api import document
from tokens.api.docs import page
from tokens.api.docs_parts import AREAS, WAYS
from tokens.scopes import NAMES

pytestmark = pytest.mark.django_db


class Outline(HTMLParser):
    """What a page refers to, and what would not run under the CSP."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.anchors: set[str] = set()
        self.loaded: set[str] = set()
        self.inline: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if "id" in given:
            self.ids.append(given["id"])
        if given.get("href", "").startswith("#"):
            self.anchors.add(given["href"][1:])
        if tag in {"script", "link", "img", "iframe"}:
            self.loaded.add(given.get("src", given.get("href", "")))
        if "style" in given or tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def outline() -> Outline:
    return Outline(page(settings.PUBLIC_URL).decode())


@pytest.fixture
def spec() -> dict:
    return orjson.loads(document.content())


def test_anybody_may_read_it(client: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/api/docs")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=300"
    assert response["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in response
    assert not response.cookies


def test_it_has_the_consoles_policy(client: Client):
    policy = dict(
        part.strip().partition(" ")[::2] for part in client.get("/api/docs")["Content-Security-Policy"].split(";")
    )
    console = dict(
        part.strip().partition(" ")[::2] for part in client.get("/sign-in")["Content-Security-Policy"].split(";")
    )
    assert policy == console
    assert policy["script-src"] == policy["style-src"] == "'self'"


def test_it_is_the_same_for_everybody(client: Client, olivia, settings):
    before = client.get("/api/docs")
    client.force_login(olivia)
    client.cookies["language"] = "tr"
    after = client.get("/api/docs", HTTP_ACCEPT_LANGUAGE="tr")
    assert after.content == before.content
    assert client.get("/api/docs", HTTP_IF_NONE_MATCH=before["ETag"]).status_code == 304
    assert client.get("/api/docs", HTTP_ACCEPT_ENCODING="gzip")["Content-Encoding"] == "gzip"
    assert olivia.user_name not in after.content.decode().replace("olivia@demo.example", "")


def test_head_is_as_get(client: Client):
    got, asked = client.get("/api/docs"), client.head("/api/docs")
    assert (asked.status_code, asked.content) == (200, b"")
    assert (asked["ETag"], asked["Content-Length"]) == (got["ETag"], str(len(got.content)))


def test_nothing_is_inline_and_nothing_from_elsewhere(outline):
    assert outline.inline == []
    assert {address.partition("/")[0] for address in outline.loaded} == {""}
    assert all(address.startswith("/static/") for address in outline.loaded)


def test_every_anchor_leads_somewhere_and_is_one(outline):
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.anchors - set(outline.ids) == set()


def test_every_reason_has_its_anchor(outline):
    assert reasons_in_the_code() - set(outline.ids) == set()


def test_every_operation_scope_and_way_is_on_it(outline, spec):
    for method, path, operation in operations(spec):
        assert operation["operationId"] in outline.ids
        assert path in outline.text
        assert method in outline.text
    for name in NAMES.values():
        assert name in outline.text
    assert {f"way-{name}" for name in spec["components"]["securitySchemes"]} <= set(outline.ids)
    assert set(WAYS) == set(spec["components"]["securitySchemes"])


def test_every_shared_answer_is_explained_once(outline, spec):
    shared = {f"answer-{name}" for name in spec["components"]["responses"]}
    assert shared == {name for name in outline.ids if name.startswith("answer-")}
    areas = tuple(AREAS)
    assert [name for name in spec["components"]["responses"] if not name.startswith(areas)] == []


def test_its_lines_name_this_console(outline):
    assert f'curl -H "Authorization: Bearer $TOKEN" {settings.PUBLIC_URL}/api/meta' in outline.text
    hosts = set(re.findall(r"https?://[^/\s\"'<,)]+", outline.text))
    assert hosts == {settings.PUBLIC_URL, "https://tokens.example.com"}  # the second in examples


def test_what_the_file_says_is_escaped():
    from tokens.api.docs_parts import paragraphs, sentence

    assert sentence("<script>`a<b`</script>") == "&lt;script&gt;<code>a&lt;b</code>&lt;/script&gt;"
    assert paragraphs("one\n\ntwo & three") == "<p>one</p>\n<p>two &amp; three</p>"


def test_a_person_finds_it(client: Client, olivia):
    client.force_login(olivia)
    assert 'href="/api/docs"' in client.get("/").content.decode()
