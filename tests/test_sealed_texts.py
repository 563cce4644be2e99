"""Sealed texts: they open for their purpose and under their key alone, unchanged, and in time."""

import time

import pytest
import time_machine

from accounts.sealed_texts import Unreadable, seal, unseal


def test_opens_for_its_purpose_alone() -> None:
    sealed = seal("second factor", "Geheimnis ☂")
    assert unseal("second factor", sealed) == "Geheimnis ☂"
    assert "Geheimnis" not in sealed
    assert seal("second factor", "Geheimnis ☂") != sealed
    with pytest.raises(Unreadable):
        unseal("identity provider", sealed)


def test_another_key_opens_nothing(settings) -> None:
    sealed = seal("second factor", "secret")
    settings.SECRET_KEY = settings.SECRET_KEY[::-1]
    with pytest.raises(Unreadable):
        unseal("second factor", sealed)


@pytest.mark.parametrize("place", [0, 10, 30, -5])
def test_a_changed_text_opens_nothing(place: int) -> None:
    sealed = seal("second factor", "secret")
    changed = list(sealed)
    changed[place] = "A" if changed[place] != "A" else "B"
    with pytest.raises(Unreadable):
        unseal("second factor", "".join(changed))


@pytest.mark.parametrize("text", ["", "x", "\x00", "ü" * 100, "gAAAAA=="])
def test_what_was_never_sealed_opens_nothing(text: str) -> None:
    with pytest.raises(Unreadable):
        unseal("second factor", text)


def test_opens_in_time() -> None:
    sealed = seal("second factor", "secret")
    with time_machine.travel(time.time() + 61):
        assert unseal("second factor", sealed) == "secret"
        with pytest.raises(Unreadable):
            unseal("second factor", sealed, seconds=60)
