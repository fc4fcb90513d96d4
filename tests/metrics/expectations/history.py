"""A customer of whom records are told in any order, changed, deleted, brought back and called otherwise, under rules that change."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from metrics import expectations
from metrics.news import News
from tests.metrics.business.conftest import at
from tests.metrics.expectations.conftest import Expecting

START = at("2026-10-05 06:00")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ROOMS = {
    "delivery": {
        "opportunity": "won-to-project",
        "project": "project-to-task",
        "task": None,
        "time_entry": "time-to-billable-line",
        "milestone": "milestone-to-trigger",
        "invoice": ("draft-to-issued", "issued-to-sent", "invoice-to-crm"),
        "account": "account-to-erp",
        "resource": "employee-to-psa",
        "contract": "contract-to-renewal",
    },
    "workflows": {
        "lead": "lead-to-opportunity",
        "opportunity": None,
        "quote": "quote-to-project",
        "change_order": "change-order",
        "budget": None,
        "billing_schedule": "schedule-to-billing",
        "invoice": None,
        "supplier_bill": "procurement-to-costing",
        "payroll_run": "payroll-cost",
        "project_cost": None,
        "support_ticket": "support-ticket",
        "task": None,
    },
}
"""The kinds of records of each sort of history, and the rules that are about them."""


def rules_of(room: str) -> list[str]:
    told = (rule if isinstance(rule, tuple) else (rule,) for rule in ROOMS[room].values())
    return [one for each in told for one in each if one]


class History:
    """A world in which every fact bears the stamp of the poll that brought it."""

    def __init__(self, world: Expecting) -> None:
        self.world = world
        self.made: set[tuple[str, int]] = set()

    def seed(self) -> None:
        """One record of each kind in both systems, so that those of the histories are new ones."""
        for table in ("account", "resource", "task", "contract"):
            for system in (self.world.crm_id, self.world.system_id):
                row = {"name": "Long Known"} if table == "account" else {}
                self.world.record(f"biz.{table}", f"{table}-", row, {"system_id": system})

    def tell(self, now: datetime, what: str, *rest: Any) -> None:
        if what == "change":
            self._change(now, *rest)
        elif what == "rule":
            self._rule(now, *rest)
        elif what == "stage":
            stage, day = rest
            self.world.conn.execute(
                text("DELETE FROM ops.lifecycle_stage WHERE customer_id = :c"), {"c": self.world.customer_id}
            )
            self.world.stage(f"2026-10-{day + 1:02}", stage)
        else:
            self._write(now, what, *rest)

    def _write(self, now: datetime, table: str, this: int, other: int, shift: int) -> None:
        if (table, this) in self.made:
            return
        self.made.add((table, this))
        self._put(now, table, f"{table}-{this}", **FACTS[table](this, other, now + shift * HOUR, shift > 0))
        if table == "invoice":
            when = (now + shift * HOUR).date()
            line = {"invoice_ref": f"invoice-{this}", "kind": "time", "contract_ref": f"contract-{other}"}
            self._put(
                now, "invoice_line", f"line-{this}", system=self._system(table, this), billed_for=when, **line
            )

    def _put(self, now: datetime, table: str, key: str, system: int | None = None, **facts: Any) -> None:
        w = self.world
        self.world.put(
            f"biz.{table}",
            customer_id=w.customer_id,
            system_id=system or self._system(table, int(key[-1])),
            source_id=key,
            first_seen_at=now,
            last_seen_at=now,
            **facts,
        )

    def _system(self, table: str, this: int) -> int:
        """Sales and support know their own, the first account and person, and the invoices that come back."""
        is_theirs = table in ("opportunity", "lead", "quote", "support_ticket") or (table, this) in (
            ("account", 0),
            ("resource", 0),
            ("invoice", 2),
        )
        return self.world.crm_id if is_theirs else self.world.system_id

    def _change(self, now: datetime, table: str, this: int, how: str, other: int = 0) -> None:
        sets = {
            "delete": {"deleted_at": now, "deleted_how": "log"},
            "back": {"deleted_at": None, "deleted_how": None},
            "later": LATER.get(table, lambda now: {"source_updated_at": now})(now),
            "other": OTHER[table](other),
            "state": STATE[table](now),
        }[how]
        self.world.change(f"biz.{table}", f"{table}-{this}", last_seen_at=now, **sets)
        if table == "invoice" and how == "other":
            self.world.change(
                "biz.invoice_line", f"line-{this}", last_seen_at=now, contract_ref=f"contract-{other}"
            )

    def _rule(self, now: datetime, rule: str, number: int) -> None:
        """Another deadline from now on, or for a stage."""
        w = self.world
        w.conn.execute(
            text(
                "UPDATE ops.expectation_rule SET valid_to = :now WHERE customer_id = :c AND rule = :r AND valid_to = 'infinity' AND valid_from < :now"
            ),
            {"now": now, "c": w.customer_id, "r": rule},
        )
        w.rule(rule, number, since=now.isoformat(), stage="expansion" if number == 7 else None)


def replay(world: Expecting, room: str, steps: list[list[tuple[Any, ...]]]) -> None:
    """Tells a history step by step; after each, what was worked out piece by piece is what a rebuild finds."""
    for rule in rules_of(room):
        world.rule(rule, 4)
    told = History(world)
    told.seed()
    world.poll("all", START)
    world.sweep(START)
    for number, actions in enumerate(steps, 1):
        now = START + number * 7 * HOUR
        for action in actions:
            told.tell(now, *action)
        world.poll("all", now)
        world.sweep(now)
        piecewise = world.stored()
        with world.conn.begin_nested() as aside:  # the place in the news stays where it was
            expectations.work_out(world.conn, world.customer_id, News(world.customer_id, None, 0, ()))
            rebuilt = world.stored()
            aside.rollback()
        assert piecewise == rebuilt


def _worth(this: int) -> dict[str, Any]:
    return {"amount": 5 if this == 2 else 10, "currency": "USD"}


FACTS: dict[str, Callable[[int, int, datetime, bool], dict[str, Any]]] = {
    "opportunity": lambda this, other, when, late: {
        "won_at": when, "created_at": when, "number": f"N{this}", "is_won": True, "is_lost": False, "stage": "won", "account_ref": "account-0",
        "lead_key": f"LD{other}",
    } | _worth(this),
    "project": lambda this, other, when, late: {
        "created_at": when, "is_active": True, "opportunity_key": f"N{other}", "account_ref": f"account-{other}",
    },
    "task": lambda this, other, when, late: {"project_ref": f"project-{other}", "ticket_key": f"T{other}", "created_at": when if late else None},
    "time_entry": lambda this, other, when, late: {
        "worked_on": when.date(), "minutes": 60, "billable": True, "rate": 100, "currency": "USD", "entered_at": when, "approved_at": when,
        "approval_state": "approved", "project_ref": f"project-{other}", "invoice_line_ref": f"line-{other}" if late else None,
    },
    "milestone": lambda this, other, when, late: {
        "approved_at": when, "amount": 5, "currency": "EUR", "invoice_line_ref": f"line-{other}" if late else None,
    },
    "invoice": lambda this, other, when, late: {
        "kind": "invoice", "state": "posted" if late else "draft", "created_at": when, "posted_at": when if late else None, "number": f"F{other}",
        "net": 7, "currency": "USD",
    },
    "account": lambda this, other, when, late: {"name": f"Firm {other}", "tax_id": f"X{other}"},
    "resource": lambda this, other, when, late: {"email": f"p{other}@firm.example"},
    "contract": lambda this, other, when, late: {
        "account_ref": f"account-{other}", "starts_on": when.date() - this * 200 * DAY, "ends_on": when.date() + (60 - 30 * this) * DAY,
    },
    "lead": lambda this, other, when, late: {"number": f"LD{this}", "state": "qualified", "qualified_at": when} | _worth(this),
    "quote": lambda this, other, when, late: {"number": f"Q{this}", "state": "accepted", "accepted_at": when} | _worth(this),
    "change_order": lambda this, other, when, late: {"number": f"Q{this}", "state": "accepted", "accepted_at": when} | _worth(this),
    "budget": lambda this, other, when, late: {
        "project_ref": "project-0", "origin_type": "quote" if late else "change_order", "created_at": when if this else None,
        "origin_key": f"change_order-{other}" if this == 1 else f"Q{other}",
    } | _worth(this),
    "billing_schedule": lambda this, other, when, late: {
        "kind": "retainer", "contract_ref": f"contract-{other}", "due_on": when.date(), "period_from": when.date() - 10 * DAY,
        "period_to": when.date() + 10 * DAY,
    } | _worth(this),
    "supplier_bill": lambda this, other, when, late: {
        "number": f"B{this}", "state": "posted", "posted_at": when, "project_ref": f"project-{other}",
    } | _worth(this),
    "payroll_run": lambda this, other, when, late: {"number": f"B{this}", "state": "posted", "posted_at": when} | _worth(this),
    "project_cost": lambda this, other, when, late: {
        "project_ref": "project-0", "origin_type": "supplier_bill" if late else "payroll_run", "posted_at": when if this else None,
        "origin_key": f"supplier_bill-{other}" if this == 1 else f"B{other}",
    } | _worth(this),
    "support_ticket": lambda this, other, when, late: {"number": f"T{this}", "state": "open", "is_billable": True, "created_at": when},
}  # fmt: skip
OTHER: dict[str, Callable[[int], dict[str, Any]]] = {
    "opportunity": lambda other: {"is_won": True, "lead_key": f"LD{other}"},
    "project": lambda other: {"opportunity_key": f"N{other}"},
    "task": lambda other: {"project_ref": f"project-{other}", "ticket_key": f"T{other}"},
    "time_entry": lambda other: {"invoice_line_ref": f"line-{other}"},
    "milestone": lambda other: {"invoice_line_ref": f"line-{other}"},
    "invoice": lambda other: {"number": f"F{other}"},
    "account": lambda other: {"tax_id": f"X{other}", "name": f"Firm {other}"},
    "resource": lambda other: {"email": f"p{other}@firm.example"},
    "contract": lambda other: {"account_ref": f"account-{other}"},
    "lead": lambda other: {"number": f"LD{other}"},
    "quote": lambda other: {"number": f"Q{other}"},
    "change_order": lambda other: {"amount": 5 * other},
    "budget": lambda other: {"origin_type": "quote", "origin_key": f"Q{other}"},
    "billing_schedule": lambda other: {"contract_ref": f"contract-{other}"},
    "supplier_bill": lambda other: {"amount": 5 * other},
    "payroll_run": lambda other: {"number": f"B{other}"},
    "project_cost": lambda other: {"origin_type": "supplier_bill", "origin_key": f"B{other}"},
    "support_ticket": lambda other: {"number": f"T{other}"},
}
"""The key by which it is found, or what has to add up, is another."""
STATE: dict[str, Callable[[datetime], dict[str, Any]]] = {
    "opportunity": lambda now: {"is_won": False, "lost_at": now},
    "project": lambda now: {"is_active": False},
    "task": lambda now: {"project_ref": None},
    "time_entry": lambda now: {"approval_state": "rejected", "approved_at": None},
    "milestone": lambda now: {"approved_at": None},
    "invoice": lambda now: {"state": "void", "voided_at": now},
    "account": lambda now: {"is_active": False},
    "resource": lambda now: {"is_active": False},
    "contract": lambda now: {"ends_on": None},
    "lead": lambda now: {"state": "disqualified", "disqualified_at": now},
    "quote": lambda now: {"state": "rejected"},
    "change_order": lambda now: {"state": "cancelled"},
    "budget": lambda now: {"currency": "EUR"},
    "billing_schedule": lambda now: {"invoice_line_ref": "line-0"},
    "supplier_bill": lambda now: {"state": "void"},
    "payroll_run": lambda now: {"state": "void"},
    "project_cost": lambda now: {"amount": None},
    "support_ticket": lambda now: {"is_billable": False},
}
LATER: dict[str, Callable[[datetime], dict[str, Any]]] = {
    "opportunity": lambda now: {"won_at": now},
    "time_entry": lambda now: {"approved_at": now},
    "invoice": lambda now: {"state": "posted", "posted_at": now, "sent_at": now},
    "lead": lambda now: {"qualified_at": now, "state": "qualified"},
    "quote": lambda now: {"accepted_at": now, "state": "accepted"},
    "budget": lambda now: {"created_at": now},
    "billing_schedule": lambda now: {"due_on": now.date()},
    "project_cost": lambda now: {"posted_at": now},
}
