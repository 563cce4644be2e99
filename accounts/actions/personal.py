"""How the console speaks and looks for a person: their own choice, which acts with the answer that tells of it."""

from django.db import transaction

from accounts.models import Login
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def set_preferences(*, login: Login, language: str, time_zone: str, by: Actor) -> bool:
    """Set language and time zone of one's own login; False when both are so already."""
    held = Login.objects.select_for_update(of=("self",)).get(pk=login.pk)
    wanted = {"language": language, "time_zone": time_zone}
    before = {name: getattr(held, name) for name, value in wanted.items() if getattr(held, name) != value}
    login.language, login.time_zone = language, time_zone
    if not before:
        return False
    login.save(update_fields=["language", "time_zone"])
    after = {name: wanted[name] for name in before}
    record(verb=Verb.LOGIN_UPDATE, by=by, subject=login.reference, details={"before": before, "after": after})
    return True


def set_appearance(*, login: Login, appearance: str) -> None:
    """Light, dark, or ("") as the device. Not on record: it concerns nobody and changes nothing but colours."""
    login.appearance = appearance
    login.save(update_fields=["appearance"])
