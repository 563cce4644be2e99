"""A new signing key reaches every worker without a restart, and an old one leaves them."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Login
from tests.api_calls import valid_token
from tests.test_served_effects import ADMITTED, Watch, watch  # noqa: F401
from tests.visitor import lines_to_both_workers
from tokens import keys
from tokens.key_files import add_key

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def new_key() -> Iterator[Path]:
    """A key beside the one of all tests, which signs in this process; it goes with the test."""
    keys.ring()
    path = add_key(Path(settings.DATA_DIR) / "signing-keys", "ES256")
    time.sleep(keys.LOOK_AGAIN_SECONDS)
    keys.ring_for_unknown_key()
    yield path
    path.unlink(missing_ok=True)
    time.sleep(keys.LOOK_EVERY_SECONDS)
    keys.ring()


def test_its_jwts_are_taken_at_every_worker_from_the_first_call_on(
    watch: Watch,
    olivia: Login,
    new_key: Path,
) -> None:
    lines = lines_to_both_workers(watch.served)
    text = valid_token(olivia)[1]
    assert [line.call(text).status for line in lines] == [200, 200]
    kids = {key["kid"] for line in lines for key in json.loads(line.ask("/.well-known/jwks.json").text)["keys"]}
    assert len(kids) == 2
    for line in lines:
        line.close()


def test_what_a_removed_key_signed_is_refused_a_second_later(watch: Watch, olivia: Login, new_key: Path) -> None:
    watch.begin(valid_token(olivia)[1])
    assert watch.settled() == ADMITTED
    new_key.unlink()
    time.sleep(keys.LOOK_EVERY_SECONDS + 0.2)
    assert {status for status, _reason in watch.settled()} <= {401, 429}  # 429: many a refusal came from one address
