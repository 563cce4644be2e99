"""A large organisation, built in seconds on PostgreSQL: people by bulk inserts, the ledger by one statement."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import Assignment, Contact, Department, Login, Organisation
from audit import triggers
from tests.factories import DepartmentFactory
from tokens.models import AccessToken, CallsCounted, DailyCalls

BATCH = 2_000
DAYS = 90

# Of a hundred entries: 58 admitted calls, 2 refused ones, 30 reports read; the rest is done by people.
# Few tokens make most of the calls. Moments run over 90 days, in the order of the keys.
ENTRIES = """
INSERT INTO audit_entry (at, verb, result, reason, organisation_id, actor_id, actor_label, channel, scheme, address,
    subject_kind, subject_id, subject_label, owner_id, owner_label, token_id, token_name, request_id, method, path,
    user_agent, details)
SELECT now() - make_interval(secs => (%(entries)s - g) * %(step)s), verb,
    CASE WHEN kind IN (58, 59, 93) THEN 'fail' ELSE 'ok' END,
    CASE WHEN kind = 58 THEN (ARRAY['expired', 'replaced', 'scope_missing'])[1 + g / 100 %% 3]
        WHEN kind = 59 THEN 'revoked' WHEN kind = 93 THEN 'bad_password' ELSE '' END,
    %(organisation)s, CASE WHEN kind < 60 THEN '' ELSE t.owner END,
    CASE WHEN kind < 60 THEN 'Reports API' WHEN kind < 90 THEN t.user_name ELSE t.person END,
    CASE WHEN kind < 90 THEN 'api' ELSE 'console' END, CASE WHEN kind < 90 THEN 'bearer' ELSE '' END,
    '10.' || t.number / 2560 || '.' || t.number / 10 %% 256 || '.7',
    CASE WHEN kind < 60 THEN '' WHEN kind < 90 THEN 'report' WHEN kind < 94 THEN 'login' ELSE 'token' END,
    CASE WHEN kind < 60 THEN '' WHEN kind < 90 THEN 'TokenActivity' WHEN kind < 94 THEN t.owner ELSE t.id END,
    CASE WHEN kind < 60 THEN '' WHEN kind < 90 THEN 'Token Activity' WHEN kind < 94 THEN t.user_name ELSE t.name END,
    t.owner, t.user_name, CASE WHEN kind BETWEEN 90 AND 93 THEN '' ELSE t.id END,
    CASE WHEN kind BETWEEN 90 AND 93 THEN '' ELSE t.name END,
    translate(substr(md5(g::text), 1, 16), '0123456789abcdef', 'abcdefghijklmnop'), 'GET', '/api/data/TokenActivity',
    'PostmanRuntime/7.43.0',
    CASE WHEN verb = 'token.update' THEN '{"before": {"description": ""}, "after": {"description": "x"}}'::jsonb
        WHEN kind BETWEEN 60 AND 89 THEN '{"rows": 12, "complete": true, "format": "json", "parameters": {}}'::jsonb END
FROM (
    SELECT g, kind, 1 + floor(%(tokens)s * power(random(), 4))::int AS number, CASE
        WHEN kind < 60 THEN 'token.authenticate' WHEN kind < 90 THEN 'report.read'
        WHEN kind < 93 THEN 'login.sign_in' WHEN kind = 93 THEN 'login.sign_in_fail'
        WHEN kind < 97 THEN 'token.create' WHEN kind < 99 THEN 'token.generate' ELSE 'token.update' END AS verb
    FROM (SELECT g, (g::bigint * 7919 %% 100)::int AS kind FROM generate_series(1, %(entries)s) g) numbered
) planned
JOIN (
    SELECT row_number() OVER (ORDER BY t.id) AS number, t.public_id AS id, t.name, l.public_id AS owner, l.user_name,
        trim(c.first_name || ' ' || c.last_name) AS person
    FROM tokens_accesstoken t JOIN accounts_login l ON l.id = t.owner_id JOIN accounts_contact c ON c.id = l.contact_id
    WHERE l.organisation_id = %(organisation)s
) t USING (number)
ORDER BY g
"""

# What the worker counts every few minutes, in one statement: by day and token, and of all tokens together.
COUNTS = """
INSERT INTO tokens_dailycalls (organisation_id, day, token_id, ok, failed)
SELECT organisation_id, (at AT TIME ZONE 'UTC')::date, coalesce(token_id, ''),
    count(*) FILTER (WHERE result = 'ok'), count(*) FILTER (WHERE result = 'fail')
FROM audit_entry WHERE verb = 'token.authenticate' AND organisation_id = %(organisation)s AND at < %(until)s
GROUP BY 1, 2, GROUPING SETS ((token_id), ())
"""


def build(organisation: Organisation, *, contacts: int, tokens: int, entries: int) -> None:
    """Add so much of everything to the organisation, and tell the planner of it."""
    logins = make_people(organisation, contacts)
    make_tokens(logins, tokens)
    make_entries(organisation, entries)
    count_calls(organisation)


def make_people(organisation: Organisation, count: int) -> list[Login]:
    """Contacts with one login each, in 20 departments."""
    departments: list[Department] = [DepartmentFactory(organisation=organisation) for _ in range(20)]
    general = organisation.user_types.get(slug="general-user")
    contacts = Contact.objects.bulk_create(
        (
            Contact(
                organisation=organisation,
                first_name=f"First{number:05}",
                last_name=f"Last{number * 7 % count:05}",
                email=f"someone{number}.of.{count}@demo.example",
            )
            for number in range(count)
        ),
        batch_size=BATCH,
    )
    logins = Login.objects.bulk_create(
        (
            Login(
                organisation=organisation,
                contact=contact,
                user_name=f"someone{number}.of.{count}@demo.example",
                email=contact.email,
                has_personal_role=True,
                password="!",
            )
            for number, contact in enumerate(contacts)
        ),
        batch_size=BATCH,
    )
    Assignment.objects.bulk_create(
        (
            Assignment(login=login, user_type=general, department=departments[number % 20])
            for number, login in enumerate(logins)
        ),
        batch_size=BATCH,
    )
    return logins


def make_tokens(logins: list[Login], count: int) -> None:
    """Tokens in every status, spread over the logins."""
    now = timezone.now()
    AccessToken.objects.bulk_create(
        (
            AccessToken(
                owner=logins[number % len(logins)],
                name=f"Token {number}",
                name_key=f"token {number}",
                expiry_choice="90",
                created_by_label="Ada Byron",
                digest=number.to_bytes(32, "big") if number % 4 else None,
                generated_at=now - timedelta(days=60) if number % 4 else None,
                current_scopes=3 if number % 4 else 0,
                expires_at=now + timedelta(days=number % 120 - 20) if number % 4 else None,
                first_used_at=now - timedelta(days=30) if number % 4 > 1 else None,
                last_used_at=now - timedelta(days=number % 110) if number % 4 > 1 else None,
                revoked_at=now if number % 50 == 0 else None,
            )
            for number in range(count)
        ),
        batch_size=BATCH,
    )


def make_entries(organisation: Organisation, count: int) -> None:
    """The ledger's own triggers would queue a million seals: they are away meanwhile."""
    tokens = AccessToken.objects.of_organisation(organisation.pk).count()
    step = DAYS * 86_400 / count
    parameters = {"organisation": organisation.pk, "entries": count, "tokens": tokens, "step": step}
    with connection.connection.patience(None), connection.cursor() as cursor:
        triggers.drop(connection)
        cursor.execute(ENTRIES, parameters)
        triggers.create(connection)


def count_calls(organisation: Organisation) -> None:
    """As a running console has it: the worker was there ten minutes ago."""
    until = timezone.now() - timedelta(minutes=10)
    CallsCounted.objects.filter(organisation_id=organisation.pk).delete()
    DailyCalls.objects.filter(organisation_id=organisation.pk).delete()
    with connection.connection.patience(None), connection.cursor() as cursor:
        cursor.execute(COUNTS, {"organisation": organisation.pk, "until": until})
        cursor.execute("ANALYZE")
    CallsCounted.objects.create(organisation_id=organisation.pk, until=until)
