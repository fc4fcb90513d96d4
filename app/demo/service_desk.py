"""A customer's service desk: billable tickets and change orders, and the tasks and budgets that its PSA made of them, or did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from app.demo.clock import NEVER, Array, Office, iso, wall
from app.demo.delivery import INTERNAL
from app.demo.tables import Table, money, refs, texts

WHAT = {
    "en": ("Report shows old figures", "New user roles", "Interface rejects orders", "Export for the auditor"),
    "de": ("Bericht zeigt alte Zahlen", "Neue Benutzerrollen", "Schnittstelle weist Aufträge ab", "Export für die Prüfung"),
}  # fmt: skip
TASK_HOURS, BUDGET_HOURS = 8, 16  # open hours in which the PSA is to have them


@dataclass(frozen=True)
class Handed:
    """What was handed over to the PSA: tickets and change orders, with the moment at which it had them, or never."""

    tickets: pd.DataFrame
    changes: pd.DataFrame


def hand_over(projects: pd.DataFrame, language: str, office: Office, since: np.datetime64, now: np.datetime64, rng: np.random.Generator) -> Handed:  # fmt: skip
    """About nine tickets a month, and a change order for every third project; some were forgotten, some came late."""
    days = office.days[(office.days >= since.astype("M8[D]")) & (office.days < now.astype("M8[D]"))]
    days = np.sort(rng.choice(days, len(days) * 9 // 21))
    opened = wall(days, rng.uniform(9, 16.5, len(days)) * 3600, office.zone)
    running = [_running(projects, day) for day in days]
    kept = np.array([len(some) > 0 for some in running], dtype=bool)
    project = np.array([some[rng.integers(len(some))] for some in running if len(some)], dtype="i8")
    opened = opened[kept]
    tickets = pd.DataFrame(
        {
            "project": project,
            "name": rng.choice(np.array(WHAT[language], dtype=object), len(opened)),
            "billable": rng.random(len(opened)) < 0.7,
            "opened_at": opened,
            "task_at": _reached(office, opened, 1.5, TASK_HOURS, now, rng),
        }
    )
    some = np.flatnonzero((projects["amount"] > 0).to_numpy())[1::3]
    first = projects["created_at"].to_numpy()[some].astype("M8[D]")
    accepted = wall(office.next_day(first + 30), rng.uniform(9, 16, len(some)) * 3600, office.zone)
    some, accepted = some[accepted < now], accepted[accepted < now]
    changes = pd.DataFrame(
        {
            "project": some,
            "amount": projects["amount"].to_numpy()[some] * rng.integers(5, 15, len(some)) // 100,
            "accepted_at": accepted,
            "granted_at": _reached(office, accepted, 4.0, BUDGET_HOURS, now, rng),
        }
    )
    return Handed(tickets, changes)


def _running(projects: pd.DataFrame, day: np.datetime64) -> Array:
    starts, ends = projects["starts_on"].to_numpy(), projects["ends_on"].to_numpy()
    some = np.flatnonzero((starts <= day) & (day <= ends))
    return some[some != INTERNAL]


def _reached(
    office: Office, since: Array, usual: float, promised: int, now: np.datetime64, rng: np.random.Generator
) -> Array:
    """When it was there: mostly within the usual hours, one in sixteen late, one in twenty never; not yet is never."""
    hours = np.minimum(rng.lognormal(np.log(usual), 0.5, len(since)), promised * 0.9)
    hours = np.where(np.arange(len(since)) % 16 == 5, promised * 2.5, hours)
    at = office.due(since, hours * 3600)
    at[np.arange(len(since)) % 20 == 7] = NEVER
    return np.where(at <= now, at, NEVER)


def tickets(handed: Handed) -> Table:
    """What clients reported, as the desk lists it."""
    frame = handed.tickets
    return Table(
        "tickets",
        {
            "number": [f"T-{1001 + n}" for n in range(len(frame))],
            "subject": texts(frame["name"]),
            "billable": np.where(frame["billable"], "yes", "no").tolist(),
            "state": np.where(frame["task_at"].notna(), "solved", "open").tolist(),
            "opened_at": iso(frame["opened_at"]),
        },
        key="number",
        changed=None,
    )


def change_orders(handed: Handed, projects: pd.DataFrame) -> Table:
    """What clients accepted beyond what they had bought, as the desk lists it."""
    frame = handed.changes
    return Table(
        "change_orders",
        {
            "number": [f"CO-{2001 + n}" for n in range(len(frame))],
            "project": refs(projects["number"], frame["project"].to_numpy()),
            "amount": money(frame["amount"]),
            "currency": refs(projects["currency"], frame["project"].to_numpy()),
            "accepted_at": iso(frame["accepted_at"]),
        },
        key="number",
        changed=None,
    )


def in_the_psa(handed: Handed, projects: pd.DataFrame) -> list[Table]:
    """The tasks and budgets that the PSA has of them."""
    made = handed.tickets[handed.tickets["task_at"].notna()]
    granted = handed.changes[handed.changes["granted_at"].notna()]
    return [
        Table(
            "ticket_tasks",
            {
                "id": [f"7{1001 + n}" for n in made.index],
                "project_id": refs(projects["id"], made["project"].to_numpy()),
                "name": texts(made["name"]),
                "ticket": [f"T-{1001 + n}" for n in made.index],
                "created_at": iso(made["task_at"]),
                "updated_at": iso(made["task_at"]),
            },
        ),
        Table(
            "budgets",
            {
                "id": [f"B{2001 + n}" for n in granted.index],
                "project_id": refs(projects["id"], granted["project"].to_numpy()),
                "change_order": [f"CO-{2001 + n}" for n in granted.index],
                "amount": money(granted["amount"]),
                "currency": refs(projects["currency"], granted["project"].to_numpy()),
                "created_at": iso(granted["granted_at"]),
                "updated_at": iso(granted["granted_at"]),
            },
        ),
    ]


def expected(handed: Handed, office: Office, now: np.datetime64) -> dict[str, dict[str, Any]]:
    """By expectation of the estate: how many were met, and which came late or never, by number."""
    billable = handed.tickets[handed.tickets["billable"].to_numpy()]
    changes = handed.changes
    return {
        "tickets-as-tasks": _told("T-", 1001, billable.index, billable["opened_at"], billable["task_at"], TASK_HOURS, office, now),
        "changes-in-budgets": _told("CO-", 2001, changes.index, changes["accepted_at"], changes["granted_at"], BUDGET_HOURS, office, now),
    }  # fmt: skip


def _told(prefix: str, first: int, index: Array, since: pd.Series, reached: pd.Series, hours: int, office: Office, now: np.datetime64) -> dict[str, Any]:  # fmt: skip
    due = office.due(since.to_numpy(), np.full(len(since), hours * 3600.0))
    at = reached.to_numpy()
    none, late = np.isnat(at), at > due
    numbers = np.array([f"{prefix}{first + n}" for n in index], dtype=object)
    return {
        "met": int((~none & ~late).sum()),
        "late": numbers[~none & late].tolist(),
        "overdue": numbers[none & (due <= now)].tolist(),
        "pending": int((none & (due > now)).sum()),
    }
