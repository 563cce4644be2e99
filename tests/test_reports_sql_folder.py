"""Files that change while the console runs: reloaded, never half, the last good version kept."""

import os
import threading
import time
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.report_files import *  # noqa: F403
from tests.report_files import QUERY, publish
from tokens.reports.exceptions import ReportsUnavailable
from tokens.reports.registry import folder
from tokens.reports.sql import folder as watching

pytestmark = pytest.mark.django_db(transaction=True)

READINGS = "/api/data/Readings"


@pytest.fixture
def jwt(ada):
    return valid_token(ada)[1]


@pytest.fixture
def count(call, jwt):
    """How many rows the report gives now, or its status when it gives none."""

    def ask(name="Readings"):
        response = call(jwt, f"/api/data/{name}")
        if response.status_code != 200:
            return response.status_code
        return len(orjson.loads(b"".join(response.streaming_content)))

    return ask


def age(path, seconds=5):
    before = time.time() - seconds
    os.utime(path, (before, before))


def later(seconds=1.5):
    """Let the folder think that so much time has passed since it looked."""
    folder().look_at = time.monotonic() - seconds + watching.LOOK_EVERY_SECONDS


WHERE = "SELECT meter FROM readings WHERE utility = 'Gas';"


class TestReload:
    def test_a_changed_file_is_read_again(self, count, ada, ground):
        publish(ground, ada.organisation_id)
        assert count() == 6
        age(publish(ground, ada.organisation_id, query=WHERE))
        assert count() == 6  # looked at less than a second ago
        later()
        assert count() == 3

    def test_a_new_file_appears_and_a_removed_one_goes(self, count, ada, ground):
        assert count() == 404
        path = publish(ground, ada.organisation_id)
        age(path)
        later()
        assert count() == 6
        path.unlink()
        later()
        assert count() == 404

    def test_a_folder_that_comes_later(self, count, ada, ground):
        ground.folder.rmdir()
        assert count() == 404
        ground.folder.mkdir()
        age(publish(ground, ada.organisation_id))
        later()
        assert count() == 6

    def test_a_file_that_moves_to_another_organisation(self, count, ada, olga, call, ground):
        publish(ground, ada.organisation_id)
        assert count() == 6
        age(publish(ground, olga.organisation_id))
        later()
        assert count() == 404
        response = call(valid_token(olga)[1], READINGS)
        assert response.status_code == 200
        response.close()

    def test_nothing_is_read_again_that_did_not_change(self, count, ada, ground, monkeypatch):
        publish(ground, ada.organisation_id)
        assert count() == 6
        monkeypatch.setattr(watching, "read_file", lambda *_args, **_more: pytest.fail("read again"))
        later()
        assert count() == 6

    def test_links_hidden_and_other_files_are_nothing(self, count, ada, ground):
        path = publish(ground, ada.organisation_id)
        path.rename(ground.folder / ".Readings.sql")
        (ground.folder / "Readings.sql~").write_text(QUERY)
        (ground.folder / "Folder.sql").mkdir()
        assert count() == 404
        assert count("Folder") == 404
        assert call_errors() == ["Folder.sql: The file cannot be read: Is a directory."]


def call_errors():
    return [f"{name}.sql: {finding}" for name, file in folder().files.items() for finding in file.reading.findings]


class TestHalfWritten:
    def test_no_part_of_a_file_is_ever_served(self, count, ada, ground):
        """Whatever has arrived so far, the last good version answers."""
        path = publish(ground, ada.organisation_id)
        assert count() == 6
        whole = path.read_text().replace(QUERY, WHERE)
        for length in range(0, len(whole), 7):
            path.write_text(whole[:length])
            age(path, 5 + length / 1000)
            later()
            assert count() == 6, whole[:length]
        path.write_text(whole)
        age(path)
        later()
        assert count() == 3

    def test_a_file_that_changed_just_now_waits(self, count, ada, ground):
        """One written over in place has its end from the beginning on: only time tells that it is whole."""
        path = publish(ground, ada.organisation_id)
        assert count() == 6
        path.write_text(path.read_text().replace(QUERY, WHERE))
        later()
        assert count() == 6
        later()
        assert count() == 3  # as it was at the look before

    def test_a_time_in_the_future_waits_one_look_too(self, count, ada, ground):
        path = publish(ground, ada.organisation_id)
        assert count() == 6
        path.write_text(path.read_text().replace(QUERY, WHERE))
        age(path, -3600)
        later()
        assert count() == 6
        later()
        assert count() == 3

    def test_a_file_that_changes_while_it_is_read_waits(self, count, ada, ground, monkeypatch):
        path = publish(ground, ada.organisation_id)
        assert count() == 6
        real = watching.read_file

        def read(*arguments: Any, **more: Any):
            found = real(*arguments, **more)
            path.write_text(path.read_text() + "\n")
            return found

        monkeypatch.setattr(watching, "read_file", read)
        path.write_text(path.read_text().replace(QUERY, WHERE))
        age(path)
        later()
        assert count() == 6
        monkeypatch.setattr(watching, "read_file", real)
        age(path)
        later()
        assert count() == 3

    def test_a_wrong_version_replaces_no_right_one(self, count, ada, ground, caplog):
        path = publish(ground, ada.organisation_id)
        assert count() == 6
        for wrong in ("SELECT missing FROM readings;", "SELECT 1; SELECT 2;", ""):
            path.write_text(path.read_text().split("SELECT", maxsplit=1)[0] + wrong)
            age(path)
            later()
            assert count() == 6, wrong
            assert "'last_good_version_served': True" in caplog.text
            caplog.clear()


class TestCollisions:
    def test_who_was_first_keeps_the_id(self, count, ada, ground, caplog):
        publish(ground, ada.organisation_id, name="Zebra")
        assert count("Zebra") == 6
        path = publish(ground, ada.organisation_id, name="Antelope")
        age(path)
        later()
        assert (count("Antelope"), count("Zebra")) == (503, 6)
        assert "The id 2001 belongs to the file Zebra.sql" in caplog.text
        publish(ground, ada.organisation_id, name="Antelope", number=2002)
        age(path)
        later()
        assert (count("Antelope"), count("Zebra")) == (6, 6)

    def test_an_id_is_used_once_over_all_organisations(self, count, ada, olga, ground):
        publish(ground, ada.organisation_id, name="Antelope")
        publish(ground, olga.organisation_id, name="Zebra")
        assert (count("Antelope"), count("Zebra")) == (6, 404)
        assert call_errors() == ["Zebra.sql: The id 2001 belongs to the file Antelope.sql: choose another."]


class TestWithoutDatabase:
    def test_files_are_read_all_the_same_and_checked_when_asked_for(self, count, ada, ground):
        publish(ground, ada.organisation_id)
        publish(ground, ada.organisation_id, "order: missing", name="Wrong", number=2002)
        source, real = folder().source, folder().source.columns
        answers = []

        def away(*arguments: Any):
            answers.append(arguments)
            raise ReportsUnavailable

        source.columns = away
        assert len(folder().reports(ada.organisation_id)) == 2
        assert len(answers) == 1  # asked once, not once for each file
        assert (count("Readings"), count("Wrong")) == (503, 503)
        source.columns = real
        assert (count("Readings"), count("Wrong")) == (6, 503)

    def test_who_comes_second_does_not_wait_for_a_look(self, count, ada, ground, monkeypatch):
        publish(ground, ada.organisation_id)
        assert count() == 6
        begun, go_on = threading.Event(), threading.Event()

        def slow(_directory):
            begun.set()
            go_on.wait(10)
            return {}

        monkeypatch.setattr(watching, "_states", slow)
        later()
        other = threading.Thread(target=lambda: folder().reports(ada.organisation_id))
        other.start()
        assert begun.wait(10)
        assert list(folder().reports(ada.organisation_id)) == ["Readings"]
        go_on.set()
        other.join()


class TestCommand:
    def test_everything_in_order(self, ada, ground, capsys):
        publish(ground, ada.organisation_id, "department: department")
        publish(ground, ada.organisation_id, name="Second", number=2002)
        call_command("check_reports")
        out = capsys.readouterr().out
        assert "Readings.sql: OK (2001, Demo Organisation, 6 columns, by department)" in out
        assert "Second.sql: OK (2002, Demo Organisation, 6 columns, whole organisation only)" in out

    def test_every_error_of_every_file(self, ada, ground, capsys):
        publish(ground, ada.organisation_id, "order: days", "column: kWh")
        publish(ground, 4711, name="Foreign", number=2002)
        publish(ground, ada.organisation_id, "parameter: A; text", "note: x", name="Wrong", query="SELECT :B AS b;")
        with pytest.raises(CommandError, match="3 of 3"):
            call_command("check_reports")
        lines = capsys.readouterr().out.splitlines()
        assert "  line 4: The query has no column days. Did you mean day?" in "\n".join(lines)
        assert "  line 5: The query has no column kWh." in "\n".join(lines)
        assert f"  No organisation has the id 4711. There is {ada.organisation_id} (Demo Organisation)." in lines
        assert len([line for line in lines if line.startswith("  line ")]) == 5

    def test_no_file_is_no_error(self, ground, capsys):
        call_command("check_reports")
        assert "no *.sql files" in capsys.readouterr().out

    def test_a_database_that_is_away_is_one(self, ada, ground, settings, capsys, tmp_path):
        publish(ground, ada.organisation_id)
        settings.REPORTS_DATABASE = {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{tmp_path}/missing.sqlite3"}
        with pytest.raises(CommandError, match="1 of 1"):
            call_command("check_reports")
        assert "out of reach" in capsys.readouterr().out
