"""What a login chose for its own eyes: which columns of a grid it sees."""

from django.db import transaction

from accounts.models import Login
from audit.actor import Actor

MOST_GRIDS = 100


@transaction.atomic
def choose_columns(*, login: Login, grid: str, hidden: list[str], by: Actor) -> None:
    """Remember the columns that are not shown; none is a choice too, in a grid that usually hides some."""
    current = Login.objects.select_for_update().get(pk=login.pk)
    kept = {name: names for name, names in current.hidden_columns.items() if name != grid}
    kept[grid] = hidden
    current.hidden_columns = dict(list(kept.items())[-MOST_GRIDS:])
    current.save(update_fields=["hidden_columns"])
