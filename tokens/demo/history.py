"""What happened in a demonstration organisation, as entries that are not yet in the ledger."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote

from accounts.models import Contact, Department, Login, Organisation, UserType
from accounts.sessions import How
from audit.actor import Reference
from audit.models import Entry
from audit.request_ids import RANDOM_BYTES, request_id_at
from audit.verbs import REPORTS_API, Result, Verb
from tokens.demo.access_tokens import TOOLS, Calls, TokenPlan
from tokens.demo.meters import FILES
from tokens.demo.people import Account
from tokens.demo.rhythms import SATURDAY, ZONE, moment
from tokens.models import AccessToken, MobileSession
from tokens.reports.registry import reports
from tokens.reports.sql.header import read_header
from tokens.scopes import names

MISTYPED, SIGNS_OUT = 0.04, 0.6  # of the sign-ins
DAYS = 90
"""So long ago the calls begin; what was made earlier has its entries at its own time."""
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15",
)


@cache
def report_title(name: str) -> str:
    """Of a report of ours, or of one of the demonstration's own files."""
    known = {report.name: report.title for report in reports().values()}
    return known.get(name) or read_header((FILES / f"{name}.sql").read_text()).title


class History:
    """Collects the entries of one organisation, relative to ``now``; the same seed gives the same history."""

    def __init__(self, organisation: Organisation, now: datetime, random: Random) -> None:
        self.organisation, self.now, self.random = organisation, now, random
        self.entries: list[Entry] = []

    def moment(self, told: str) -> datetime:
        return moment(told, self.now)

    def founded(self, administrator: Login, departments: list[Department], user_types: list[UserType]) -> None:
        at = self.organisation.created_at
        organisation = self.organisation.reference
        self._add(at, Verb.ORGANISATION_CREATE, subject=organisation, actor_label="Operator")
        for minute, department in enumerate(departments, start=40):
            when = at + timedelta(minutes=minute)
            self._by(administrator, when, Verb.DEPARTMENT_CREATE, subject=department.reference)
        for minute, user_type in enumerate(user_types, start=60):
            when = at + timedelta(minutes=minute)
            self._by(administrator, when, Verb.USER_TYPE_CREATE, subject=user_type.reference)

    def joined(self, contact: Contact, administrator: Login) -> None:
        self._by(administrator, contact.created_at, Verb.CONTACT_CREATE, subject=contact.reference)

    def given_login(self, login: Login, account: Account, user_type: UserType, administrator: Login) -> None:
        """The login, its token roles, and the working days on which its person signed in."""
        about: dict[str, Any] = {"subject": login.reference}
        at = login.created_at + timedelta(minutes=4)
        details: dict[str, Any] = {"user_type": user_type.name, "departments": list(account.departments)}
        self._by(administrator, at, Verb.LOGIN_CREATE, details=details, **about)
        given, taken = {"before": False, "after": True}, {"before": True, "after": False}
        if account.personal or account.personal_until:
            self._by(administrator, at + timedelta(minutes=3), Verb.ROLE_ADD_PERSONAL, details=given, **about)
        if account.admin:
            self._by(administrator, at + timedelta(minutes=6), Verb.ROLE_ADD_ADMIN, details=given, **about)
        if account.personal_until:
            at = self.moment(account.personal_until)
            self._by(administrator, at, Verb.ROLE_REMOVE_PERSONAL, details=taken, **about)
        if account.disabled_since:
            self._by(administrator, self.moment(account.disabled_since), Verb.LOGIN_DISABLE, **about)
        for at in self._arrivals(login, account):
            self._session(login, at)
            login.last_login = at

    def lived(self, token: AccessToken, plan: TokenPlan, revoker: Login, administrator: Login) -> None:
        """A token's whole life; sets when it was used first (since the last Save) and last."""
        owner, about = token.owner, self._about(token)
        wanted = {
            "name": token.name,
            "description": "" if plan.edited else token.description,
            "expires_on": token.expiry_date.isoformat() if token.expiry_date else token.expiry_choice,
            "scopes": names(token.scopes),
            "limited_to": [plan.department] if plan.department else None,
        }
        self._by(owner, token.created_at, Verb.TOKEN_CREATE, details={"after": wanted}, **about)
        for number, told in enumerate(plan.generated):
            details = {"jwt": {"scopes": wanted["scopes"], "limited_to": wanted["limited_to"]}, "replaced": number > 0}
            self._by(owner, self.moment(told), Verb.TOKEN_GENERATE, details=details, **about)
        for calls in plan.calls:
            for at in self._moments(token, calls):
                self._call(token, calls, at)
        if plan.edited:
            edited: dict[str, Any] = {"before": {"description": ""}, "after": {"description": token.description}}
            self._by(administrator, self.moment(plan.edited), Verb.TOKEN_UPDATE, details=edited, **about)
        if plan.revoked:
            self._by(revoker, self.moment(plan.revoked), Verb.TOKEN_REVOKE, **about)

    def signed_in_on(self, session: MobileSession, limited_to: list[str]) -> None:
        """A mobile device, signed in with a password; what it did since is not told."""
        login = session.login
        details = {"limited_to": limited_to, "expires_at": session.expires_at.isoformat()}
        about: dict[str, Any] = {"subject": session.reference, "owner": login.reference, "token": session.reference}
        self._add(
            session.created_at, Verb.SESSION_BEGIN, actor_id=login.public_id, actor_label=login.label,
            request_id=self._request_id(session.created_at), method="POST", path="/api/mobile/login",
            address=f"86.14.7.{100 + login.pk % 50}", user_agent=f"DemoApp/4.2 ({session.device})",
            details=details, **about,
        )  # fmt: skip

    def _about(self, token: AccessToken) -> dict[str, Any]:
        return {"subject": token.reference, "owner": token.owner.reference, "token": token.reference}

    def _moments(self, token: AccessToken, calls: Calls) -> Iterator[datetime]:
        first = token.created_at + timedelta(minutes=20)
        begin = max(first, self.now - timedelta(days=DAYS), self.moment(calls.since) if calls.since else first)
        if calls.rhythm is not None:
            yield from calls.rhythm(begin, self.moment(calls.until), self.random)
        for told in calls.exactly:
            yield self.moment(told)

    def _call(self, token: AccessToken, calls: Calls, at: datetime) -> None:
        """One call: the entry that admits or refuses it, and the one that closes a report."""
        user_agent, address = TOOLS[calls.tool]
        path = f"/api/data/{quote(calls.report)}" if calls.report else "/api/meta/reports"
        call: dict[str, Any] = {
            "owner": token.owner.reference, "token": token.reference, "request_id": self._request_id(at),
            "method": "GET", "path": path, "user_agent": user_agent, "address": address,
        }  # fmt: skip
        scheme = "basic" if calls.tool == "power_bi" else "bearer"  # it keeps passwords and no headers
        used: dict[str, Any] = {"actor_label": REPORTS_API, "scheme": scheme}
        if calls.refused:
            fail: dict[str, Any] = {"result": Result.FAIL, "reason": calls.refused}
            self._add(at, Verb.TOKEN_AUTHENTICATE, **fail, **used, **call)
            return
        self._add(at, Verb.TOKEN_AUTHENTICATE, **used, **call)
        if token.generated_at is not None and at >= token.generated_at:
            token.first_used_at = min(token.first_used_at or at, at)
            token.last_used_at = max(token.last_used_at or at, at)
        if calls.report:
            subject = Reference("report", calls.report, report_title(calls.report))
            details = {"parameters": {}, "format": "json", "rows": self.random.randint(3, 90), "complete": True}
            closed = at + timedelta(milliseconds=self.random.randint(8, 400))
            reader: dict[str, Any] = {"actor_id": token.owner.public_id, "actor_label": token.owner.user_name}
            self._add(min(closed, self.now), Verb.REPORT_READ, subject=subject, details=details, **reader, **call)

    def _arrivals(self, login: Login, account: Account) -> Iterator[datetime]:
        if account.service:
            return
        begin = max(login.created_at + timedelta(hours=1), self.now - timedelta(days=DAYS))
        end = min(self.now, login.expires_at or self.now, self.moment(account.disabled_since or "0m"))
        day = begin.astimezone(ZONE).replace(hour=8, minute=0, second=0, microsecond=0)
        while day < end:
            at = day + timedelta(seconds=self.random.randrange(9000))
            if day.weekday() < SATURDAY and self.random.random() < account.signs_in and begin < at < end:
                yield at
            day += timedelta(days=1)

    def _session(self, login: Login, at: datetime) -> None:
        """A sign-in, now and then after a wrong password, and how its session ended; today's may still be open."""
        about: dict[str, Any] = {"subject": login.reference}
        if self.random.random() < MISTYPED:
            wrong: dict[str, Any] = {"result": Result.FAIL, "reason": "bad_password"}
            self._by(login, at - timedelta(seconds=20), Verb.SIGN_IN_FAIL, **about, **wrong)
        session = {"session": f"ses_{self.random.randbytes(10).hex()}"}
        self._by(login, at, Verb.SIGN_IN, details=session, **about)
        end = at + timedelta(minutes=self.random.randint(3, 400))
        if end > self.now:
            return
        if self.random.random() < SIGNS_OUT:
            self._by(login, end, Verb.SIGN_OUT, details=session, **about)
        else:
            self._by(login, end, Verb.LOGIN_SESSION_END, details={**session, "how": How.IDLE.value}, **about)

    def _by(self, login: Login, at: datetime, verb: Verb, **fields: Any) -> None:
        """Something that a person did in the console."""
        self._add(
            at, verb, actor_id=login.public_id, actor_label=login.label, request_id=self._request_id(at),
            address=f"81.2.69.{100 + login.pk % 50}", user_agent=BROWSERS[login.pk % len(BROWSERS)], **fields,
        )  # fmt: skip

    def _add(
        self,
        at: datetime,
        verb: Verb,
        *,
        subject: Reference | None = None,
        owner: Reference | None = None,
        token: Reference | None = None,
        **fields: Any,
    ) -> None:
        self.entries.append(
            Entry(
                at=at,
                verb=verb,
                organisation_id=self.organisation.pk,
                subject_kind=subject.kind if subject else "",
                subject_id=subject.id if subject else "",
                subject_label=subject.label if subject else None,
                owner_id=owner.id if owner else "",
                owner_label=owner.label if owner else None,
                token_id=token.id if token else "",
                token_name=token.label if token else "",
                **fields,
            )
        )

    def _request_id(self, at: datetime) -> str:
        return request_id_at(at, self.random.randbytes(RANDOM_BYTES))
