"""What pages cost: their wall time and that of their statements, as the console itself sees both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import Login
from tests.bench.grids_questions import Question

LEDGER = ('"audit_entry"', '"audit_leaf"')


@dataclass
class Statements:
    """Milliseconds spent in statements, and in those of them that read the ledger; the slowest one's text."""

    all: float = 0.0
    ledger: float = 0.0
    count: int = 0
    slowest: float = 0.0
    text: str = ""

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.add(sql, (time.perf_counter() - began) * 1_000)

    def add(self, sql: str, spent: float) -> None:
        self.all += spent
        self.count += 1
        if any(table in sql for table in LEDGER):
            self.ledger += spent
        if spent > self.slowest:
            self.slowest, self.text = spent, sql


@dataclass
class Cost:
    """Medians of the rounds, in milliseconds; ``status`` is the answer's."""

    question: Question
    page: float
    sql: float
    all_sql: float
    statements: int
    status: int
    slowest: str = field(repr=False, default="")

    def told(self) -> dict[str, object]:
        return {
            "page": str(self.question), "kind": self.question.kind, "page_ms": round(self.page, 2),
            "sql_ms": round(self.sql, 2), "all_sql_ms": round(self.all_sql, 2), "statements": self.statements,
            "status": self.status,
        }  # fmt: skip


class Visitor:
    """Everybody signed in, each with a browser."""

    def __init__(self) -> None:
        self.clients: dict[int, Client] = {}

    def client(self, login: Login) -> Client:
        if login.pk not in self.clients:
            client = Client(headers={"host": f"localhost:{settings.PUBLIC_URL.rpartition(':')[2]}"})
            client.force_login(login)
            self.clients[login.pk] = client
        return self.clients[login.pk]

    def cost(self, question: Question, rounds: int) -> Cost:
        pages, ledgers, alls = [], [], []
        for _round in range(rounds):
            statements = Statements()
            with connection.execute_wrapper(statements):
                began = time.perf_counter()
                response = self.client(question.log.viewer).get(question.path)
                response.close()
                pages.append((time.perf_counter() - began) * 1_000)
            ledgers.append(statements.ledger)
            alls.append(statements.all)
        return Cost(
            question, median(pages), median(ledgers), median(alls), statements.count, response.status_code,
            statements.text,
        )  # fmt: skip


def measure(questions: Iterable[Question], *, rounds: int, again: int) -> list[Cost]:
    """Each is visited once; those that seem slowest, by their statements or as pages, by the rounds."""
    visitor = Visitor()
    found = {str(question): visitor.cost(question, 1) for question in questions}
    slowest = {
        str(cost.question)
        for key in (lambda cost: cost.sql, lambda cost: cost.page)
        for cost in sorted(found.values(), key=key, reverse=True)[:again]
    }
    for name in slowest:
        found[name] = visitor.cost(found[name].question, rounds)
    return list(found.values())
