"""The demonstration's two reports: made with it, read by its people, each in the own departments."""

import datetime as dt

import orjson
import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Login, Organisation
from config import databases
from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.factories import OrganisationFactory
from tokens.demo import meters
from tokens.reports.registry import checked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(settings, tmp_path):
    """A folder of data as a console has it that nothing was said to about reports."""
    settings.DATA_DIR = tmp_path
    settings.REPORTS_DIR = tmp_path / "reports"
    settings.REPORTS_DATABASE = databases.database(f"sqlite:///{tmp_path}/reports.sqlite3", "REPORTS_DATABASE_URL")
    return tmp_path


@pytest.fixture
def demo(place):
    OrganisationFactory().delete()  # so that the demonstration is not the first organisation ever
    call_command("demo", stdout=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    return place


@pytest.fixture
def published(place, ada):
    """The reports alone, without all the people and years of the demonstration."""
    assert meters.publish(timezone.now().date())
    return place


def read(call, user_name, address):
    login = Login.objects.get(user_name=user_name)
    Login.objects.filter(pk=login.pk).update(has_personal_role=True)
    response = call(valid_token(login, name=f"{address[:90]}")[1], f"/api/data/{address}")
    assert response.status_code == 200, response.content
    return orjson.loads(b"".join(response.streaming_content))


def test_each_sees_the_own_departments(call, demo):
    assert [(file.file, file.errors) for file in checked()] == [("EnergyCost.sql", []), ("MeterReadings.sql", [])]
    everything = read(call, "ada@demo.example", "MeterReadings")
    assert {row["Meter"] for row in everything} == {meter for meter, *_rest in meters.METERS}
    assert len(everything) > 730 * len(meters.METERS)
    last = (timezone.now().date() - dt.timedelta(days=1)).isoformat()
    assert everything[-1]["Read On"] == last
    hers = read(call, "olivia@demo.example", f"MeterReadings?From={last.replace('-', '/')}")
    assert {row["Department"] for row in hers} == {"Energy > South", "Finance"}
    assert len(hers) == 4
    his = read(call, "peter.john@demo.example", f"MeterReadings?Utility=Gas&From={last.replace('-', '/')}")
    assert [(row["Meter"], row["Unit"]) for row in his] == [("ES-202", "kWh")]
    cost = read(call, "peter.john@demo.example", f"EnergyCost?Year={timezone.now().year - 1}")
    assert len(cost) == 12 * 3
    assert {row["Department"] for row in cost} == {"Energy > South"}
    assert all(row["Cost"] > 0 for row in cost)
    other = Login.objects.get(user_name="olga@other.example")
    assert call(valid_token(other)[1], "/api/data/MeterReadings").status_code == 404


def test_a_restart_changes_nothing_and_the_next_day_is_added(published):
    data, file = published / "reports.sqlite3", published / "reports" / "MeterReadings.sql"
    before = [path.stat().st_ino for path in (data, file)]
    today = timezone.now().date()
    assert meters.publish(today)
    assert [path.stat().st_ino for path in (data, file)] == before
    file.write_text(file.read_text().replace("order: day, meter", "order: meter, day"))  # somebody tries something out
    assert meters.publish(today + dt.timedelta(days=1))
    assert meters.newest_day(data) == today
    assert "order: meter, day" in file.read_text()
    assert [path.name for path in published.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("damage", ["no database", ""])
def test_a_damaged_file_is_made_anew(published, damage):
    data = published / "reports.sqlite3"
    data.write_text(damage)
    meters.publish(timezone.now().date())
    assert meters.newest_day(data) == timezone.now().date() - dt.timedelta(days=1)


def test_the_organisation_of_a_new_database_gets_the_files(published):
    organisation = Organisation.objects.get(name="Demo Organisation")
    file = published / "reports" / "EnergyCost.sql"
    file.write_text(file.read_text().replace(f"organisation: {organisation.pk}\n", "organisation: 4711\n"))
    meters.publish(timezone.now().date())
    assert f"-- organisation: {organisation.pk}\n" in file.read_text()


def test_nothing_is_written_where_there_is_no_demonstration(place, ada):
    Organisation.objects.update(name="Example Ltd")
    assert not meters.publish(timezone.now().date())
    assert list(place.glob("reports*")) == []


@pytest.mark.parametrize("named", ["folder", "database"])
def test_nothing_is_written_where_the_environment_names_a_place(place, settings, ada, named):
    if named == "folder":
        settings.REPORTS_DIR = place / "mine"
    else:
        settings.REPORTS_DATABASE = {**settings.REPORTS_DATABASE, "NAME": "warehouse"}
    assert not meters.publish(timezone.now().date())
    assert list(place.glob("reports*")) == []


def test_the_same_day_has_the_same_readings():
    day, utility = dt.date(2026, 1, 15), meters.UTILITIES["Gas"]
    found = {meters.consumption("ES-202", day, utility, 540.0) for _ in range(3)}
    assert found == {meters.consumption("ES-202", day, utility, 540.0)}
    assert found != {meters.consumption("ES-202", dt.date(2026, 7, 15), utility, 540.0)}
