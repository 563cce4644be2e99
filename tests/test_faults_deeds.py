"""Minting, renewing and revoking are killed at each of their statements: all of it happens, or nothing."""

import json
import os
import subprocess
from typing import Any

import pytest
from django.db import connection

from accounts.models import Login
from tests.faults import checks
from tests.faults.table import publish
from tests.servers import ROOT, python, served_environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.long]


def killed(login: Login, *deeds: str) -> dict[str, Any]:
    environment = {**os.environ, **served_environment()}
    command = [python, "-m", "tests.faults.deeds", login.public_id, *deeds]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_half_of_a_deed_is_seen(olivia: Login) -> None:
    """The control: a revocation in two transactions."""
    told = killed(olivia, "Torn")["Torn"]
    assert told["faults"]


def test_all_or_nothing(olivia: Login) -> None:
    told = killed(olivia, "Mint", "Renew", "Revoke")
    publish(f"deeds killed at each statement, {connection.vendor}", told)
    for deed in told.values():
        assert deed["faults"] == []
        assert deed["kills"] > 8
        assert deed["done"]  # killed after the commit: done, though nobody was told
    with connection.cursor() as cursor:
        for name, statement in checks.HALF_DONE.items():
            cursor.execute(statement)
            assert cursor.fetchone() == (0,), name
