"""The settings under test: the product's own, on a temporary folder and database, with a fast password hasher.

``TEST_DATABASE=postgresql`` chooses PostgreSQL. A server that a test starts gets ``SERVED_BY_TEST`` and its database.
"""

import atexit
import os
import shutil
import socket
import tempfile
from pathlib import Path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if "SERVED_BY_TEST" not in os.environ:
    from tests import places, postgres

    for name in ("SECRET_KEY", "PUBLIC_URL", "ALLOWED_HOSTS", "EMAIL_URL", "TRUSTED_PROXIES", "DATABASE_OWNER_URL"):
        os.environ.pop(name, None)
    os.environ.pop("CORS_ORIGINS", None)
    folder = tempfile.mkdtemp(prefix="console-test-", dir=places.quick_folder())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(DATA_DIR=folder, HOST="127.0.0.1", PORT=str(free_port()), WORKERS="2", LOG_LEVEL="WARNING")
    os.environ.update(DEMO="1", DEMO_PASSWORD="demo password of the tests")
    if os.environ.get("TEST_DATABASE", "sqlite") == "postgresql":
        os.environ["DATABASE_URL"] = postgres.database_url()
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/console.sqlite3"

from config.settings import *  # noqa: E402, F403
from config.settings import DATA_DIR, DATABASES  # noqa: E402

REPORTS_DIR = Path(DATA_DIR) / "published"  # not there: a test that wants reports from files names its own folder
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # In a file, because several connections and processes share it and lock as they do in production.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "test.sqlite3")}
elif "SERVED_BY_TEST" not in os.environ:
    DATABASES["default"]["OPTIONS"]["deadline"] = 60.0  # making and emptying databases takes its time
