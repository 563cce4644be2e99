"""Changing a login's assignments one by one; "Set as …" replaces them all (roles.py)."""

from django.db import transaction

from accounts.actions.locks import locked
from accounts.actions.roles import end_roles
from accounts.managers import check, manager_of
from accounts.models import Login
from accounts.pairs import Pair
from accounts.placing import against_changing, assignments_in_words, places_of, unsaved
from accounts.rules.logins import against_losing, roles_lost_with
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def assign(*, login: Login, pairs: frozenset[Pair], by: Actor) -> Login:
    """Give the login these assignments and no others. It acts at once, on open sessions and on tokens.

    Token roles that the new user types may not hold end in the same transaction, each with its own entry. Raises
    ``Refused`` when whoever asks may not give or take one of them, and when the organisation would be left without a
    System Administrator.
    """
    login = locked(login)
    before = login.pairs
    if pairs == before:
        return login
    places = places_of(login.organisation_id, pairs | before)
    check(against_changing(manager_of(by), before=before, after=pairs, places=places))
    after_types = [places[pair].user_type for pair in pairs]
    if not any(user_type.is_owner for user_type in after_types):
        check(against_losing(login))
    lost, words_before = roles_lost_with(login, after_types), assignments_in_words(login)
    for assignment in login.assignments_now:
        if assignment.pair not in pairs:
            assignment.delete()
    login.assignments.bulk_create(unsaved(login, [places[pair] for pair in pairs - before]))
    del login.assignments_now
    record(
        verb=Verb.LOGIN_ASSIGN,
        by=by,
        organisation_id=login.organisation_id,
        subject=login.reference,
        details={"before": words_before, "after": assignments_in_words(login)},
    )
    end_roles(login=login, roles=lost, by=by)
    return login
