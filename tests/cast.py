"""The cast that every test tells its story with."""

from dataclasses import dataclass

import pytest

from accounts.models import Department, Login, Organisation
from tests.factories import ContactFactory, DepartmentFactory, LoginFactory, OrganisationFactory


@dataclass
class Places:
    finance: Department
    energy: Department
    south: Department  # below energy


@pytest.fixture
def organisation(db: None) -> Organisation:
    return OrganisationFactory(name="Demo Organisation")


@pytest.fixture
def places(organisation: Organisation) -> Places:
    energy = DepartmentFactory(organisation=organisation, name="Energy")
    return Places(
        finance=DepartmentFactory(organisation=organisation, name="Finance"),
        energy=energy,
        south=DepartmentFactory(organisation=organisation, name="South", parent=energy),
    )


def person(organisation: Organisation, first: str, last: str, user_name: str, **more: object) -> Login:
    contact = ContactFactory(organisation=organisation, first_name=first, last_name=last, email=user_name)
    return LoginFactory(organisation=organisation, contact=contact, user_name=user_name, **more)


@pytest.fixture
def ada(organisation: Organisation) -> Login:
    """System Administrator with both token roles."""
    return person(
        organisation, "Ada", "Byron", "ada@demo.example",
        user_type="owner", has_personal_role=True, has_admin_role=True,
    )  # fmt: skip


@pytest.fixture
def olivia(organisation: Organisation, places: Places) -> Login:
    """General User with the Personal role, in Finance and Energy › South."""
    login = person(
        organisation, "Olivia", "Novak", "olivia@demo.example",
        user_type="general-user", user_type__department=places.finance, has_personal_role=True,
    )  # fmt: skip
    login.assignments.create(user_type=organisation.user_types.get(slug="general-user"), department=places.south)
    return login


@pytest.fixture
def peter(organisation: Organisation, places: Places) -> Login:
    """General User in Energy › South, without a token role."""
    return person(
        organisation, "Peter", "John", "peter.john@demo.example",
        user_type="general-user", user_type__department=places.south,
    )  # fmt: skip


@pytest.fixture
def vera(organisation: Organisation) -> Login:
    """View Only."""
    return person(organisation, "Vera", "Klein", "vera@demo.example", user_type="view-only")


@pytest.fixture
def robot(organisation: Organisation) -> Login:
    """A service login with the Personal role: it never signs in."""
    login = person(organisation, "Robot", "", "robot@demo.example", is_service=True, has_personal_role=True)
    login.set_unusable_password()
    login.save()
    return login


@pytest.fixture
def olga(db: None) -> Login:
    """System Administrator of another organisation."""
    other = OrganisationFactory(name="Other Organisation")
    return person(
        other, "Olga", "Petrova", "olga@other.example", user_type="owner", has_personal_role=True, has_admin_role=True
    )
