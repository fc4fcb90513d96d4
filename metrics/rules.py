"""The rules of detection as a customer has them: the library, what the estate sets otherwise, and rules of its own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from metrics.rule_library import LIBRARY, by_key
from sql import query

OWN = "own:"


@dataclass(frozen=True)
class Setting:
    """How a rule stands for one customer in a span: `said` is what the estate file says; `until` None: it holds."""

    customer_id: int
    key: str
    said: Mapping[str, Any]
    since: datetime
    until: datetime | None = None

    @property
    def is_own(self) -> bool:
        """Whether the customer added it."""
        return self.said.get("when") is not None

    @property
    def rule(self) -> str:
        """Its name on exceptions."""
        return OWN + self.key if self.is_own else self.key

    @property
    def is_enabled(self) -> bool:
        """Whether it opens anything in its span."""
        enabled = self.said.get("enabled")
        return (self.is_own or by_key(self.key).enabled) if enabled is None else bool(enabled)


def of_customers(conn: Connection, customer_ids: Sequence[int]) -> list[Setting]:
    """What is, or was, set for these customers; nothing for a rule that is as the library has it."""
    rows = conn.execute(text(query("kpi/detect_rules")), {"customer_ids": list(customer_ids)})
    return [Setting(row.customer_id, row.key, row.setting, row.valid_from, row.valid_to) for row in rows]


def stage(conn: Connection, settings: Sequence[Setting]) -> None:
    """Lay the settings where the steps of detection read them (pg_temp.rule)."""
    rules = [
        {
            "customer_id": each.customer_id,
            "rule": each.rule,
            "valid_from": each.since.isoformat(),
            "valid_to": each.until and each.until.isoformat(),
            "is_enabled": each.is_enabled,
            "severity": each.said.get("severity"),
            "days": each.said.get("days"),
            "owner": each.said.get("owner"),
        }
        for each in settings
    ]
    conn.execute(text(query("kpi/detect_rules_put")), {"rules": json.dumps(rules)})


def runbook(conn: Connection, customer_id: int, rule: str, at: datetime) -> str | None:
    """What to do about an exception of this rule, in Markdown: the customer's own words, else the library's; None: nobody says."""
    for each in of_customers(conn, [customer_id]):
        holds = each.rule == rule and each.since <= at and (each.until is None or at < each.until)
        if holds and (said := each.said.get("runbook")):
            return str(said)
    return next((each.runbook for each in LIBRARY if each.key == rule), None)


def troubles(conn: Connection, customer_id: int) -> dict[str, str]:
    """Rules of the customer's own that could not be evaluated, with what the database said; empty when all can."""
    rows = conn.execute(text(query("kpi/rule_troubles")), {"customer_id": customer_id})
    return {row.rule: row.said for row in rows}


def refused(conn: Connection, condition: str) -> str | None:
    """Why the database does not take a condition, in one line; None when it does."""
    try:
        with conn.begin_nested():
            conn.execute(text(query("kpi/rule_check_path")), {"condition": condition})
    except SQLAlchemyError as error:
        return str(getattr(error, "orig", None) or error).splitlines()[0]
    return None
