"""Removes a person's name, addresses and details from the log, also long after the person was deleted."""

from argparse import ArgumentParser
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actions.forgetting import forget_people, remove
from accounts.management.operator import operator
from accounts.management.readiness import require_migrations
from accounts.models import PendingRemoval
from accounts.remembered import Person, remembered
from audit.models import Entry


class Command(BaseCommand):
    help = (
        "Remove a person's name, addresses and details from the entries of the log, for good. What happened, when, and "
        "the public ids stay, and every proof. Interrupted, the worker or the next run goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="user name, or public id of a login or contact")
        parser.add_argument("--yes", action="store_true", help="remove; without it, only say what would be removed")

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrations()
        people = remembered(options["person"])
        if not people:
            raise CommandError(f"Nobody is known as {options['person']}: give a user name or a public id.")
        ids = sorted(person.id for _organisation, person in people)
        self.stdout.write(f"In the log this person is {', '.join(ids)}.")
        if not options["yes"]:
            self.stdout.write("Nothing is removed yet. It cannot be undone: say --yes to do it.")
            return
        said = _put_on_record(people)
        before = Entry.objects.filter(pk__in=PendingRemoval.objects.values("entry_id"), subject_id__in=ids)
        removed = sum(remove(entry, progress=self._show) for entry in before.order_by("pk"))
        self.stdout.write(f"{removed:,} entries have no personal details any more; {len(said)} records say so.")
        if before.exists():
            self.stdout.write("Some entries wait for their seal: the worker removes the rest when they have it.")

    def _show(self, done: int, total: int) -> None:
        self.stderr.write(f"{done:,} of {total:,}")


def _put_on_record(people: Person) -> list[Entry]:
    ordered = sorted(people, key=lambda one: (one[0], one[1].id))
    return [
        entry
        for organisation_id, found in groupby(ordered, key=lambda one: one[0])
        for entry in forget_people(
            organisation_id=organisation_id, people=[person for _organisation, person in found], by=operator()
        )
    ]
