"""Writes the daily mail to each System Administrator, soon after 06:00 in their time zone, once a day."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Login
from tokens.day_summary import Day, Summary, summary_of
from tokens.mail.daily import tell_day
from tokens.mail.readers import address_of, read_url_map
from tokens.models import DailyMail
from tokens.rules import zone_of

AT = time(6)
KEPT = timedelta(days=7)


def write_due() -> str:
    """Write to all whose morning it is, or was while no worker ran; what was done, in words for the log.

    What happened on days before yesterday is not told late: the console shows it, and a mail is about one day.
    """
    now = timezone.now()
    summaries: dict[tuple[int, Day], Summary] = {}
    count = 0
    for reader in _readers():
        if not _is_due(reader, now):
            continue
        today = now.astimezone(zone_of(reader)).date()
        yesterday = Day(today - timedelta(days=1), zone_of(reader))
        key = reader.organisation_id, yesterday
        if key not in summaries:
            summaries[key] = summary_of(*key)
            read_url_map()
        count += _write(reader, today, yesterday, summaries[key])
    DailyMail.objects.filter(day__lt=(now - KEPT).date()).delete()
    return f"{count} written" if count else ""


def _readers() -> list[Login]:
    """The System Administrators who can sign in, each with ``told``, the day of the last mail."""
    logins = Login.objects.filter(is_service=False, organisation__daily_mail=True).active().system_administrators()
    told = logins.annotate(told=Max("daily_mails__day"))
    return list(told.select_related("contact", "organisation").order_by("pk"))


def _is_due(reader: Login, now: datetime) -> bool:
    """Not on the day on which the login was made after the hour; nor again where the zone was changed to one behind."""
    zone, told = zone_of(reader), getattr(reader, "told", None)
    today = now.astimezone(zone).date()
    hour = datetime.combine(today, AT, zone)
    return reader.created_at < hour <= now and (told is None or told < today) and bool(address_of(reader))


@transaction.atomic
def _write(reader: Login, today: date, yesterday: Day, summary: Summary) -> bool:
    """False when another worker has written it. The row is unique: it waits here for one that is at it."""
    _row, is_first = DailyMail.objects.get_or_create(login=reader, day=today)
    if is_first:
        tell_day(reader, yesterday, summary)
    return is_first
