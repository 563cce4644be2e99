"""The list of jobs that no request waits for: what each does, how often, and in which lane."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts import limits
from accounts.actions import import_work, imports, outbox, password_reminders, sessions, shutting_out, working
from config.worker import ledger
from tokens.actions import daily, daily_mail, floods, mobile, pending, places, reminding, sweeping, verifying


@dataclass(frozen=True, slots=True)
class Job:
    """Something done again and again. ``run`` returns what there is to tell of it, or something false.

    Any number of workers may run on any number of machines. A job makes sure itself that nothing is done twice (it
    claims what it works on), or it is ``alone``: then one worker at a time runs it, and none when it ran elsewhere less
    than ``every`` ago. What must not wait for the others has a lane, a thread, of its own.
    """

    name: str
    every: float  # seconds from the end of one run to the start of the next
    run: Callable[[], object]
    lane: str = "main"
    alone: bool = False


JOBS = (
    Job("sealing", 1.0, ledger.seal_ledger, lane="sealing"),  # nothing may keep entries from their seal
    Job("outbox", 2.0, outbox.deliver_due, lane="mail"),  # a mail server that is silent holds up mail alone
    Job("verification", 2.0, verifying.work_on_verification, lane="verification"),  # long, and others must not wait
    Job("imports", 1.0, import_work.work_on_imports),
    Job("pending", 60.0, pending.forget_old_pending, alone=True),
    Job("client_credentials", 3600.0, sweeping.forget_ended_client_credentials, alone=True),
    Job("mobile sessions", 3600.0, mobile.forget_ended, alone=True),
    Job("console sessions", 300.0, sessions.end_overdue, alone=True),
    Job("sessions of who is shut out", 300.0, shutting_out.end_shut_out, alone=True),
    Job("daily calls", 300.0, daily.count_calls, alone=True),
    Job("floods of refusals", 15.0, floods.sum_up_floods, alone=True),  # before its counters are forgotten
    Job("new places", 30.0, places.notice_new_places, alone=True),
    Job("reminders", 3600.0, reminding.remind_owners, alone=True),
    Job("password reminders", 3600.0, password_reminders.remind_of_passwords, alone=True),
    Job("daily mail", 300.0, daily_mail.write_due, alone=True),
    Job("removals", 15.0, ledger.remove_personal_details, alone=True),
    Job("counters", 3600.0, limits.forget_old, alone=True),
    Job("old imports", 3600.0, imports.forget_old_imports, alone=True),
    Job("old mail", 3600.0, outbox.forget_old, alone=True),
    Job("old signs of life", 3600.0, working.forget_old, alone=True),
)
