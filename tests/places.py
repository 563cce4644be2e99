"""Where the tests keep what they write durably and nobody needs afterwards: in memory, where the machine has room."""

import shutil
from pathlib import Path

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder made below it has a name that nobody can foresee
ROOM_BYTES = 4 * 1024**3


def quick_folder() -> Path | None:
    """The parent for temporary folders whose every flush is free, or none: then they are on the disk.

    Settings and statements stay what they are. What measures, and servers that are killed, stand on the disk.
    """
    try:
        has_room = shutil.disk_usage(IN_MEMORY).free >= ROOM_BYTES
    except OSError:
        return None
    return IN_MEMORY if has_room else None
