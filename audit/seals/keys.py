"""The key that signs checkpoints: one file of this installation, apart from the JWTs' keys and from the database."""

from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.kept_files import KeptFileRefused, refuse_access_of_others, write_once

FILE = "key.pem"


@lru_cache(maxsize=4)
def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key in the folder, made at first. Raises ``KeptFileRefused`` for another kind or one others could read."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE
    if not path.exists():
        made = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_once(path, made)
    refuse_access_of_others(path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeptFileRefused(f"{path} is no unencrypted private key in PEM form.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeptFileRefused(f"{path} is no Ed25519 key.")
    return key
