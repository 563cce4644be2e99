"""Things that tests need, made with as few words as possible."""

from datetime import timedelta
from typing import Any

import factory
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.actions.sessions import note
from accounts.models import Assignment, Contact, Department, Login, Organisation, UserType
from accounts.pairs import encode
from accounts.permissions import BUILT_IN_NAMES, BUILT_IN_PERMISSIONS
from accounts.sessions import new_id
from tokens.models import AccessToken, MobileSession, name_key

PASSWORD = "correct horse battery staple"


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Organisation {n}")

    @factory.post_generation
    def built_in_user_types(self: Organisation, create: bool, extracted: Any, **kwargs: Any) -> None:
        for slug, name in BUILT_IN_NAMES.items():
            UserType.objects.create(
                organisation=self, slug=slug, name=name, permissions=sorted(BUILT_IN_PERMISSIONS[slug]), built_in=True
            )


class DepartmentFactory(DjangoModelFactory[Department]):
    class Meta:
        model = Department

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Department {n}")


class UserTypeFactory(DjangoModelFactory[UserType]):
    class Meta:
        model = UserType

    organisation = factory.SubFactory(OrganisationFactory)
    slug = factory.Sequence(lambda n: f"type-{n}")
    name = factory.Sequence(lambda n: f"User type {n}")
    permissions = factory.LazyFunction(lambda: ["report:read", "token:create"])


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    organisation = factory.SubFactory(OrganisationFactory)
    first_name = factory.Sequence(lambda n: f"Person{n}")
    last_name = "Example"


class LoginFactory(DjangoModelFactory[Login]):
    class Meta:
        model = Login
        skip_postgeneration_save = True

    organisation = factory.SubFactory(OrganisationFactory)
    contact = factory.SubFactory(ContactFactory, organisation=factory.SelfAttribute("..organisation"))
    user_name = factory.Sequence(lambda n: f"person{n}@demo.example")
    email = factory.SelfAttribute("user_name")
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def user_type(self: Login, create: bool, extracted: str | None, **kwargs: Any) -> None:
        """``user_type="owner"`` gives that built-in type; ``user_type__department`` limits it."""
        slug = extracted or "general-user"
        Assignment.objects.create(
            login=self,
            user_type=self.organisation.user_types.get(slug=slug),
            department=kwargs.get("department"),
        )


class AccessTokenFactory(DjangoModelFactory[AccessToken]):
    """A token that was never generated; use ``tokens.actions`` to generate one."""

    class Meta:
        model = AccessToken

    owner = factory.SubFactory(LoginFactory, has_personal_role=True)
    name = factory.Sequence(lambda n: f"Token {n}")
    name_key = factory.LazyAttribute(lambda token: name_key(token.name))
    expiry_choice = "30"
    created_by_label = factory.LazyAttribute(lambda token: token.owner.label)


class MobileSessionFactory(DjangoModelFactory[MobileSession]):
    """An open session that may read what one of its login's assignments gives."""

    class Meta:
        model = MobileSession

    login = factory.SubFactory(LoginFactory)
    device = factory.Sequence(lambda n: f"Phone {n}")
    restriction = factory.LazyAttribute(lambda session: encode([min(session.login.pairs)]))
    access_digest = factory.Sequence(lambda n: n.to_bytes(32))
    refresh_digest = factory.Sequence(lambda n: (n + 1_000_000).to_bytes(32))
    access_expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=15))
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


def console_session(login: Login) -> str:
    """A session of the login in another browser; returns the public id by which it is ended."""
    store, public_id = SessionStore(), new_id()
    store.create()
    note(login=login, key=store.session_key or "", session=public_id, address="192.0.2.7", user_agent="Firefox/140.0")
    return public_id
