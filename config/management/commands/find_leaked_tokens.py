"""Looks for JWTs of this console in files where they should not be, and can revoke what it finds."""

import os
import stat
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

import orjson
from django.core.management.base import BaseCommand

from accounts.management.operator import operator
from accounts.management.readiness import require_migrations
from tokens.actions.leaks import report_leak
from tokens.found_jwts import FoundJwt, found_jwt
from tokens.leak_search import jwts_in

FOUND = 1


class Command(BaseCommand):
    help = (
        "Look for JWTs of this console in files, in all files below folders, and in what comes in (-): text, packed "
        "files, Base64. Never writes one out. Ends with 1 when one is found that is still worth something."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input")
        parser.add_argument("--revoke", action="store_true", help="revoke what is found, and mail those concerned")
        parser.add_argument("--json", action="store_true", help="write one line of JSON for each")

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrations()
        live = 0
        for path in options["paths"]:
            for name in _files(path):
                live += self._look(name, revokes=options["revoke"], as_json=options["json"])
        if not options["json"]:
            self.stdout.write(f"{live} still worth something." if live else "Nothing that is still worth something.")
        if live:
            sys.exit(FOUND)

    def _look(self, path: str, *, revokes: bool, as_json: bool) -> int:
        """How many live ones the file holds. One that cannot be read is told of, and the next is looked at."""
        seen: set[bytes] = set()
        live = 0
        try:
            with _opened(path) as stream:
                for jwt in jwts_in(stream):
                    found = found_jwt(jwt)
                    if found is None or found.digest in seen:
                        continue
                    seen.add(found.digest)
                    live += found.is_live
                    if revokes and found.is_live:
                        report_leak(jwt=jwt, by=operator())
                    self._tell(path, found, revoked=revokes and found.is_live, as_json=as_json)
        except (OSError, EOFError) as error:
            self.stderr.write(f"{path} cannot be read: {error}")
        return live

    def _tell(self, path: str, found: FoundJwt, *, revoked: bool, as_json: bool) -> None:
        path = "".join(letter if letter.isprintable() else "?" for letter in path)  # a file's name may be anything
        if as_json:
            told = {"path": path, **found.as_dict(), "revoked": revoked}
            self.stdout.write(orjson.dumps(told).decode())
            return
        of = f" of {found.owner} ({found.organisation})" if found.owner else ""
        named = f'{found.id} "{found.name}"' if found.name else found.id
        self.stdout.write(f"{path}: {named}{of}: {found.status}{', revoked now' if revoked else ''}")


def _files(path: str) -> Iterator[str]:
    """The file itself, or the plain files below the folder: links are not followed, devices and pipes not opened."""
    if path == "-" or not Path(path).is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            found = Path(folder, name)
            if stat.S_ISREG(found.lstat().st_mode):
                yield str(found)


def _opened(path: str) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb")
