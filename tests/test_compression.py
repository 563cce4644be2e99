"""Reports packed by gzip on their way: the same rows, as early, in the same memory, and a break that is seen as one."""

import csv
import gzip
import http.client
import io
import tracemalloc
import zlib
from contextlib import closing
from unittest import mock
from urllib.parse import urlsplit

import orjson
import pytest
from django.db import DatabaseError

from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.factories import AccessTokenFactory
from tokens.api import streaming
from tokens.api.compression import GzipStream

pytestmark = pytest.mark.django_db(transaction=True)

INVENTORY = "/api/data/TokenInventory"
ASKS = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}


def sent_by(response):
    """All that went out, also when the stream breaks."""
    sent = b""
    try:
        for part in response.streaming_content:
            sent += part
    except DatabaseError:
        pass
    return sent


def as_far_as_it_goes(packed):
    """What a reader gets that does not mind the missing end."""
    return zlib.decompressobj(31).decompress(packed)


def closings():
    return [entry.details["complete"] for entry in Entry.objects.filter(verb=Verb.REPORT_READ).order_by("pk")]


@pytest.fixture
def jwt(olivia):
    return valid_token(olivia, name="Finance Power BI")[1]


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(streaming, "FIRST_CHUNK", 2)
    monkeypatch.setattr(streaming, "CHUNK", 2)


class TestWhole:
    @pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
    def test_it_unpacks_to_the_plain_answer(self, call, jwt, olivia, small_chunks, form):
        AccessTokenFactory.create_batch(7, owner=olivia)
        address = f"{INVENTORY}?Status=not_generated&format={form}"
        plain = call(jwt, address)
        rows = sent_by(plain)
        packed = call(jwt, address, **ASKS)
        assert packed["Content-Encoding"] == "gzip"
        assert packed["Content-Type"] == plain["Content-Type"]
        assert "Content-Encoding" not in plain
        for response in (plain, packed):
            assert {"accept", "accept-encoding"} <= {name.strip().lower() for name in response["Vary"].split(",")}
            assert "Content-Length" not in response
        assert gzip.decompress(sent_by(packed)) == rows
        assert closings() == [True, True]

    def test_an_empty_report_is_a_whole_member(self, call, jwt):
        response = call(jwt, f"{INVENTORY}?Status=expired&format=ndjson", **ASKS)
        assert gzip.decompress(sent_by(response)) == b""

    def test_refusals_are_plain_and_readable(self, call, jwt):
        response = call(jwt, f"{INVENTORY}?Status=lost", **ASKS)
        assert response.status_code == 400
        assert "Content-Encoding" not in response
        assert response.json()["reason"] == "wrong_parameter"

    @pytest.mark.parametrize("asks", [{}, ASKS])
    def test_head_has_the_headers_of_get(self, call, client, jwt, asks):
        got = call(jwt, INVENTORY, **asks)
        sent_by(got)
        head = client.head(INVENTORY, HTTP_AUTHORIZATION=f"Bearer {jwt}", **asks)
        own = {"X-Request-ID"}
        assert {name: head[name] for name in head.headers if name not in own} == {
            name: got[name] for name in got.headers if name not in own
        }
        assert closings() == [True]


class TestBroken:
    @pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
    def test_it_is_cut_off_and_says_so_inside(self, call, jwt, olivia, small_chunks, form):
        AccessTokenFactory.create_batch(6, owner=olivia)
        real = streaming.chunks

        def breaking(report, reader, rows):
            with closing(real(report, reader, rows)) as source:
                yield next(source)
                yield next(source)
                raise DatabaseError("the database went away")

        with mock.patch.object(streaming, "chunks", breaking):
            sent = sent_by(call(jwt, f"{INVENTORY}?format={form}", **ASKS))
        with pytest.raises(EOFError):
            gzip.decompress(sent)
        inside = as_far_as_it_goes(sent).decode()
        assert inside.count("Novak") == 4 * 2  # owner and maker of each row that was sent
        with pytest.raises((ValueError, csv.Error)):
            read_strictly(form, inside)
        assert closings() == [False]

    def test_without_its_record_it_is_not_whole(self, call, jwt):
        with mock.patch("tokens.api.data.record_report_read", side_effect=DatabaseError("full")):
            sent = sent_by(call(jwt, INVENTORY, **ASKS))
        with pytest.raises(EOFError):
            gzip.decompress(sent)
        assert not as_far_as_it_goes(sent).endswith(b"]")

    def test_nothing_ends_it_afterwards(self):
        def breaking():
            yield b"some rows"
            raise DatabaseError

        packed = GzipStream(breaking())
        sent = next(packed)
        with pytest.raises(DatabaseError):
            next(packed)
        assert list(packed) == []
        with pytest.raises(EOFError):
            gzip.decompress(sent)

    @pytest.mark.parametrize("taken", [0, 1, 2])
    def test_a_client_that_leaves_is_on_record(self, call, jwt, olivia, small_chunks, taken):
        AccessTokenFactory.create_batch(6, owner=olivia)
        response = call(jwt, INVENTORY, **ASKS)
        parts = iter(response.streaming_content)
        for _part in range(taken):
            next(parts)
        response.close()
        assert closings() == [False]


class TestStream:
    def test_each_chunk_leaves_at_once(self):
        """What a reader has unpacked after each part is all that went in: nothing waits for a full block."""
        reader, went_in = zlib.decompressobj(31), [b"[", b'{"Rowid":1}', b',{"Rowid":2}', b"]"]
        packed = GzipStream(chunk for chunk in went_in)
        assert [reader.decompress(next(packed)) for _chunk in went_in] == went_in
        assert not reader.eof
        assert reader.decompress(next(packed)) == b""
        assert reader.eof
        assert next(packed, None) is None

    def test_memory_does_not_grow_with_the_rows(self):
        chunk = b'{"Department":"Energy > South","Value":1234}\n' * 2_000

        def peak(count):
            tracemalloc.start()
            for _part in GzipStream(chunk for _number in range(count)):
                pass
            _now, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return most

        assert peak(400) < peak(20) + 100_000


def read_strictly(form, text):
    if form == "csv":
        lines = list(csv.reader(io.StringIO(text), strict=True))
        if len({len(line) for line in lines}) != 1:
            raise ValueError("a line with too few fields")
    else:
        for line in text.splitlines() if form == "ndjson" else [text]:
            orjson.loads(line)


def test_through_the_real_server(serve_console, olivia):
    """The bytes on the wire: packed and plain alike, HEAD with the same headers and no body, 304 without a length."""
    AccessTokenFactory.create_batch(250, owner=olivia)
    _token, text = valid_token(olivia)
    place = urlsplit(serve_console.url)

    def ask(method, address, **headers: str):
        peer = http.client.HTTPConnection(place.netloc, timeout=10)
        peer.request(method, address, headers={"Authorization": f"Bearer {text}", **headers})
        answer = peer.getresponse()
        body = answer.read()
        found = {name.lower(): value for name, value in answer.getheaders()}
        peer.close()
        return answer.status, found, body

    address = f"{INVENTORY}?Status=not_generated"
    gzipped = {"Accept-Encoding": "gzip"}
    _status, plain_headers, plain = ask("GET", address)
    _status, packed_headers, packed = ask("GET", address, **gzipped)
    assert len(orjson.loads(plain)) == 250
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 5
    for asks, got in (({}, plain_headers), (gzipped, packed_headers)):
        status, head, body = ask("HEAD", address, **asks)
        assert (status, body) == (200, b"")
        # A short report is sent at once, with its length; HEAD runs no report and knows none.
        own = {"x-request-id", "date", "transfer-encoding", "content-length"}
        assert {name: head[name] for name in head if name not in own} == {
            name: got[name] for name in got if name not in own
        }
    _status, first, _body = ask("GET", "/api/meta")
    status, again, body = ask("GET", "/api/meta", **{"If-None-Match": first["etag"]})
    assert (status, body, again["etag"]) == (304, b"", first["etag"])
    assert again.get("content-length") in {None, first["content-length"]}
