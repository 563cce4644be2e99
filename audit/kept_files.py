"""Files that this installation keeps beside its database: seen whole or not at all, and closed to everyone else."""

import os
import secrets
import stat
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


class KeptFileRefused(ImproperlyConfigured):
    """Others could read or replace a file that must be this process's alone."""


def refuse_access_of_others(path: Path) -> None:
    """Raises ``KeptFileRefused`` unless the file or folder is this user's, no link, and closed to all others."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise KeptFileRefused(f"{path} must belong to this process's user, be no link, and be closed to all others.")


def write_once(path: Path, content: bytes) -> None:
    """Write a file of mode 0600, durably; one that is there already stays."""
    draft = _draft(path, content)
    try:
        os.link(draft, path)
        _sync_folder(path.parent)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def replace(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 in place of the one before, durably."""
    draft = _draft(path, content)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def set_aside(path: Path, ending: str) -> None:
    """Add an ending to the file's name, durably: it is kept, and taken for what it was no more."""
    path.rename(path.with_name(path.name + ending))
    _sync_folder(path.parent)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
