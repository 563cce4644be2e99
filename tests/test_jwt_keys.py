"""The ring of signing keys: made once, closed to others, rotated without a restart."""

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from audit.kept_files import KeptFileRefused
from tokens import keys
from tokens.keys import ring


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "signing-keys"


@pytest.fixture
def look_always(monkeypatch) -> None:
    monkeypatch.setattr(keys, "LOOK_EVERY_SECONDS", 0)


def write(folder: Path, name: str, content: bytes, mode: int = 0o600) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    path.chmod(mode)
    return path


def pem(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_the_first_start_makes_one_key_closed_to_others(folder):
    ring()
    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_starts_at_the_same_moment_agree_on_one_key(folder):
    barrier = threading.Barrier(8)
    kids = []

    def start() -> None:
        barrier.wait()
        kids.append(keys._Watch(folder.parent, "ES256").ring.signer.kid)

    threads = [threading.Thread(target=start) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kids) == 8
    assert len(set(kids)) == 1


def test_the_issuer_is_fixed_at_first_start(folder, settings):
    first = ring().issuer
    settings.PUBLIC_URL = "https://moved.example"
    keys._watches.clear()
    assert ring().issuer == first == (folder.parent / "issuer").read_text()


def test_an_open_directory_stops_the_start(folder):
    folder.mkdir(mode=0o700)
    folder.chmod(0o755)
    with pytest.raises(KeptFileRefused):
        ring()


def test_a_link_is_no_key(folder, tmp_path):
    folder.mkdir(mode=0o700)
    target = write(tmp_path / "elsewhere", "key.pem", pem(ec.generate_private_key(ec.SECP256R1())))
    (folder / "1.pem").symlink_to(target)
    with pytest.raises(KeptFileRefused):
        ring()


def test_a_bad_key_that_appears_later_is_left_out_and_the_others_serve(folder, look_always):
    before = ring().signer.kid
    write(folder, "9.pem", b"rubbish")
    assert ring().signer.kid == before


def test_an_unknown_algorithm_stops_the_start(folder, settings):
    settings.JWT_ALGORITHM = "none"
    with pytest.raises(KeptFileRefused):
        ring()
