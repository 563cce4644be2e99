"""Packages are pinned with hashes, their licences are known and allowed, and the list of them is up to date."""

from importlib.metadata import version
from pathlib import Path

import pytest

from tests import packages
from tests.packages import Package, locked

LOCKS = sorted(packages.ROOT.glob("requirements*.txt"))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_hashes(path: Path) -> None:
    found = list(locked(path))
    assert found
    assert [one.name for one in found if not one.hashes] == []


def test_every_list_has_its_lock() -> None:
    assert {path.stem for path in LOCKS} == {path.stem for path in packages.ROOT.glob("requirements*.in")}
    assert len(LOCKS) >= 5


@pytest.mark.parametrize("line", ["django>=5", "django @ file:///elsewhere/x.zip", "--pre", "-e ."])
def test_what_is_not_pinned_is_no_lock(tmp_path: Path, line: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"{line}\n")
    with pytest.raises(ValueError, match=r"requirements\.txt"):
        list(locked(path))


def test_what_is_installed_is_what_is_locked() -> None:
    assert [one for one in locked() if not one.marker and version(one.name) != one.version] == []


@pytest.mark.parametrize("package", list(locked()), ids=lambda one: one.name)
def test_its_licence_is_allowed(package: Package) -> None:
    assert package.is_allowed, package.licence


@pytest.mark.parametrize("licence", ["", "GPL-3.0-only", "MIT AND Proprietary", "Other/Proprietary License"])
def test_other_licences_are_not(monkeypatch: pytest.MonkeyPatch, licence: str) -> None:
    monkeypatch.setitem(packages.READ_BY_HAND, "some", licence)
    assert not Package("some", "1", "", ()).is_allowed


def test_the_page_lists_them_as_they_are_locked() -> None:
    """``make sbom`` writes it anew."""
    assert packages.PAGE.read_text() == packages.page()


def test_the_list_for_programs_names_each_with_its_hashes() -> None:
    components = packages.bill()["components"]
    assert isinstance(components, list)
    assert [one["purl"] for one in components] == [f"pkg:pypi/{one.name}@{one.version}" for one in locked()]
    assert all(one["hashes"] and one["licenses"] for one in components)
