"""A customer of whom facts are told in any order: late, changed, deleted, merged and told again; and all that is kept of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from metrics import ages, balances, matching, work
from metrics.period import Period
from sql import query
from tests.metrics.builders import OneTransaction, an_event, an_exception, an_occurrence, insert
from tests.metrics.business.conftest import World, at

START = at("2026-06-27 01:00")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STEPS = (timedelta(hours=31), timedelta(hours=3))
"""To a day that has ended since, and within a day, in turn."""
DERIVED = (
    "kpi.age_cell",
    "kpi.age_piece",
    "kpi.age_seen",
    "kpi.age_dirty",
    "kpi.touched",
    "kpi.balance_step",
    "kpi.work",
    "kpi.worked_through",
    "ops.balance_day",
)
CELLS = text("SELECT a.kind, CAST(a AS text) FROM kpi.age_cell a WHERE a.customer_id = :customer")
BALANCES = text(
    "SELECT b.metric, b.day, b.currency, b.value, b.unknown, b.sample FROM ops.balance_day b"
    " WHERE b.customer_id = :customer AND b.known_from <= :known AND b.known_to > :known"
)


class History:
    """A customer of whom something is told, changed, deleted, merged and told again; every record bears the stamp of its poll."""

    def __init__(self, world: World) -> None:
        self.world, self.database = world, OneTransaction(world.conn)
        self.customer = world.customer_id
        self.causes: dict[int, int] = {}
        self.made: set[tuple[str, int]] = set()
        self.now = START
        world.system("ipaas")
        self.flow = world.flow("opportunity_to_project", 24)

    def tell(self, what: str, *rest: Any) -> None:
        if what == "change":
            self._change(*rest)
        elif what == "read":
            self.world.poll("projects", self.now, object="project", window_to=self.now - rest[0] * DAY)
            self.world.conn.execute(text(query("kpi/stream_read")))
        elif what == "run":
            self._run(*rest)
        elif what in QUEUE:
            self._queue(what, *rest)
        else:
            self._record(what, *rest)

    def refreshed(self) -> None:
        """What a refresh does to all that is kept, in its order."""
        matching.match(self.database, self.now)  # type: ignore[arg-type]
        work.refresh(self.database)  # type: ignore[arg-type]
        ages.refresh(self.database)  # type: ignore[arg-type]
        balances.draw(self.database, self.now)  # type: ignore[arg-type]

    def kept(self) -> dict[str, set[str]]:
        """All cells of durations and all balances, as they are known now."""
        found: dict[str, set[str]] = {kind: set() for kind in ages.KINDS}
        for kind, cell in self.world.conn.execute(CELLS, {"customer": self.customer}):
            found[kind].add(cell)
        return found | self.practices() | self.balances(self.now)

    def practices(self) -> dict[str, set[str]]:
        """What the ages say of each practice, of all that was kept by project."""
        period = Period.parse(f"{(self.now - 60 * DAY).date()}..{self.now.date()}", "UTC", self.now)
        asked = {"by": "practice", "as_of": self.now}
        return {
            f"{kind} by practice": {
                str(row) for row in ages.summary(self.world.conn, kind, [self.customer], period, **asked)
            }
            for kind in ages.SPLIT
        }

    def balances(self, known: datetime) -> dict[str, set[str]]:
        """All balances, as they were known at an instant."""
        found: dict[str, set[str]] = {metric: set() for metric in balances.METRICS}
        for metric, *row in self.world.conn.execute(BALANCES, {"customer": self.customer, "known": known}):
            found[metric].add(" ".join(map(str, row)))
        return found

    def rebuilt(self) -> dict[str, set[str]]:
        """The same after all that can be made again was dropped and made again."""
        with self.world.conn.begin_nested() as aside:
            for table in DERIVED:
                self.world.conn.execute(
                    text(f"DELETE FROM {table} WHERE customer_id = :customer"), {"customer": self.customer}
                )
            self.refreshed()
            found = self.kept()
            aside.rollback()
        return found

    def _record(self, what: str, this: int, other: int, ago: int) -> None:
        if (what, this) in self.made:
            return
        self.made.add((what, this))
        self.world.put(
            TABLES[what],
            customer_id=self.customer,
            system_id=self._system(what),
            source_id=f"{what}-{this}",
            first_seen_at=self.now,
            last_seen_at=self.now,
            **FACTS[what](this, other, self.now - ago * DAY),
        )
        if what == "bill":
            self.world.record(
                "biz.invoice_line",
                "L",
                {"invoice_ref": f"bill-{this}", "kind": "time"},
                {"source_id": f"line-{this}", "last_seen_at": self.now},
            )

    def _system(self, what: str) -> int:
        return self.world.crm_id if what == "deal" else self.world.system_id

    def _change(self, what: str, this: int, how: str, other: int) -> None:
        sets = {
            "delete": {"deleted_at": self.now, "deleted_how": "log"},
            "back": {"deleted_at": None, "deleted_how": None},
        }.get(how) or CHANGES[what](how, other, self.now)
        self.world.change(TABLES[what], f"{what}-{this}", last_seen_at=self.now, **sets)

    def _run(self, this: int, status: int, ago: int) -> None:
        due = self.now - ago * DAY
        done = {
            0: {"status": "running", "finished_at": None},
            1: {"status": "success", "finished_at": self.now},
            2: {"status": "failed", "finished_at": due + 30 * HOUR},
        }[status]
        if ("run", this) in self.made:
            sets = ", ".join(f"{name} = :{name}" for name in done)
            changed = f"UPDATE raw.run SET {sets} WHERE customer_id = :customer AND external_id = :own RETURNING due_at"
            asked = done | {"customer": self.customer, "own": f"run-{this}"}
            due = self.world.conn.execute(text(changed), asked).scalar_one()
        else:
            self.made.add(("run", this))
            self.world.run(due, external_id=f"run-{this}", flow_id=self.flow, last_seen_at=self.now, **done)
        cell = {"customer_id": self.customer, "flow_id": self.flow, "hour": due, "batch": this}
        insert(self.world.conn, "ops.dirty_cell", **cell)
        counted = {"customer_ids": [self.customer], "batch": this}
        self.world.conn.execute(text(query("kpi/balance_touch_backlog")), counted)
        self.world.conn.execute(text("DELETE FROM ops.dirty_cell WHERE customer_id = :customer_id"), cell)

    def _queue(self, what: str, this: int, other: int, ago: int) -> None:
        conn, customer, when = self.world.conn, self.customer, self.now - ago * DAY
        if what == "trouble" and this not in self.causes:
            amount = {"amount": 10, "currency": "EUR"} if other else {}
            seen = {"first_seen_at": self.now, "last_seen_at": self.now}
            self.causes[this] = an_exception(conn, customer, when, **seen, **amount)
        if this not in self.causes or what == "trouble":
            return
        cause = self.causes[this]
        if what in ("again", "late"):
            an_occurrence(conn, customer, cause, when, when + DAY if what == "late" else None)
        elif what in SAID:
            kind, state = SAID[what]
            an_event(conn, customer, cause, kind, self.now, "kim@partner.example", to_state=state)
            return
        elif what == "merge":
            if other not in self.causes or other == this:
                return
            self._write(
                "UPDATE ops.exception_occurrence SET exception_id = :other WHERE customer_id = :customer AND exception_id = :cause",
                cause=cause,
                other=self.causes[other],
            )
            self._stamp(self.causes[other])
        else:
            self._write(
                f"UPDATE ops.exception_occurrence SET cleared_at = {CLEARED[what]} WHERE customer_id = :customer AND exception_id = :cause",
                cause=cause,
                **({"now": self.now} if what == "clear" else {}),
            )
        self._stamp(cause)

    def _stamp(self, cause: int) -> None:
        self._write(
            "UPDATE ops.exception SET last_seen_at = :now WHERE customer_id = :customer AND exception_id = :cause",
            cause=cause,
            now=self.now,
        )

    def _write(self, statement: str, **values: Any) -> None:
        self.world.conn.execute(text(statement), values | {"customer": self.customer})


QUEUE = ("trouble", "again", "clear", "reopen", "none", "waive", "unwaive", "take", "merge", "late")
SAID = {"waive": ("moved", "waived"), "unwaive": ("moved", "reopened"), "take": ("assigned", None)}
CLEARED = {"clear": "greatest(occurred_at, :now)", "reopen": "NULL", "none": "occurred_at"}
TABLES = {
    "entry": "biz.time_entry",
    "expense": "biz.expense",
    "bill": "biz.invoice",
    "credit": "biz.invoice",
    "payment": "biz.payment",
    "project": "biz.project",
    "task": "biz.task",
    "account": "biz.account",
    "milestone": "biz.milestone",
    "contract": "biz.contract",
    "deal": "biz.opportunity",
}
USD = {"currency": "USD"}
FACTS: dict[str, Callable[[int, int, datetime], dict[str, Any]]] = {
    "entry": lambda this, other, when: {
        "worked_on": when.date(), "minutes": 60 * (this + 1), "billable": True, "rate": None if this == 2 else 100, "entered_at": when,
        "submitted_at": when + other * DAY, "approved_at": when + 2 * other * DAY, "approval_state": "approved", "approval_precision": "field",
        "project_ref": None if other == 2 else f"project-{other}", "task_ref": f"task-{other}", "invoice_line_ref": f"line-{other}" if this else None,
    } | USD,
    "expense": lambda this, other, when: {
        "incurred_on": when.date(), "amount": 40, "billable": True, "entered_at": when, "approved_at": when, "approval_state": "approved",
        "project_ref": f"project-{other}",
    } | USD,
    "bill": lambda this, other, when: {
        "kind": "invoice", "state": "posted" if this < 2 else "draft", "created_at": when, "posted_at": when if this < 2 else None, "net": 100,
        "gross": 119, "sent_at": when + DAY if this == 1 else None,
    } | USD,
    "credit": lambda this, other, when: {
        "kind": "credit", "state": "posted", "credits_ref": f"bill-{other}", "created_at": when, "posted_at": when, "net": 100 - 50 * this, "gross": 119,
    } | USD,
    "payment": lambda this, other, when: {"invoice_ref": f"bill-{other}", "amount": 30 * (this + 1), "paid_on": when.date()} | USD,
    "project": lambda this, other, when: {
        "created_at": when, "is_active": this < 2, "opportunity_key": f"N{other}", "account_ref": f"account-{other}", "budget_amount": 500,
        "parent_ref": "project-0" if this == 1 else None, "practice": f"Practice {other}" if other else None,
    } | USD,
    "task": lambda this, other, when: {"project_ref": f"project-{other}", "rate": 80} | USD,
    "account": lambda this, other, when: {"name": f"Firm {this}"},
    "milestone": lambda this, other, when: {
        "approved_at": when, "amount": 70, "project_ref": f"project-{other}", "invoice_line_ref": f"line-{other}" if this else None,
    } | USD,
    "contract": lambda this, other, when: {
        "account_ref": f"account-{other}", "kind": "retainer", "starts_on": (when - 60 * DAY).date(), "billing_day": 3, "billing_amount": 900,
    } | USD,
    "deal": lambda this, other, when: {
        "won_at": when, "number": f"N{this}", "is_won": True, "is_lost": False, "stage": "won", "amount": 1000 * this or None,
        "account_ref": f"account-{other}",
    } | USD,
}  # fmt: skip
CHANGES: dict[str, Callable[[str, int, datetime], dict[str, Any]]] = {
    "entry": lambda how, other, now: {
        "later": {"approved_at": now},
        "other": {"invoice_line_ref": f"line-{other}", "project_ref": f"project-{other}"},
        "state": {"approval_state": "draft", "approved_at": None, "submitted_at": None},
    }[how],
    "expense": lambda how, other, now: {
        "later": {"approved_at": now},
        "other": {"invoice_line_ref": f"line-{other}"},
        "state": {"bill_state": "written_off", "written_off_at": now},
    }[how],
    "bill": lambda how, other, now: {
        "later": {"state": "posted", "posted_at": now, "voided_at": None, "sent_at": now},
        "other": {"state": "paid", "source_updated_at": now},
        "state": {"state": "void", "voided_at": now},
    }[how],
    "credit": lambda how, other, now: {
        "later": {"posted_at": now}, "other": {"credits_ref": f"bill-{other}"}, "state": {"state": "draft", "posted_at": None},
    }[how],
    "payment": lambda how, other, now: {
        "later": {"paid_on": now.date()}, "other": {"invoice_ref": f"bill-{other}"}, "state": {"amount": 5},
    }[how],
    "project": lambda how, other, now: {
        "later": {"created_at": now}, "state": {"is_active": False}, "practice": {"practice": f"Practice {other}" if other else None},
        "other": {"opportunity_key": f"N{other}", "currency": "EUR", "parent_ref": f"project-{other}" if other else None},
    }[how],
    "task": lambda how, other, now: {"later": {"rate": 90}, "other": {"project_ref": f"project-{other}"}, "state": {"rate": None}}[how],
    "account": lambda how, other, now: {
        "later": {"name": "Other"}, "other": {"name": f"Firm {other}"}, "state": {"merged_into_ref": f"account-{other}"},
    }[how],
    "milestone": lambda how, other, now: {
        "later": {"approved_at": now}, "other": {"invoice_line_ref": f"line-{other}"}, "state": {"approved_at": None},
    }[how],
    "contract": lambda how, other, now: {
        "later": {"ends_on": now.date()}, "other": {"billing_amount": 10 * other}, "state": {"state": "cancelled", "source_updated_at": now},
    }[how],
    "deal": lambda how, other, now: {
        "later": {"won_at": now}, "other": {"number": f"N{other}"}, "state": {"is_won": False, "is_lost": True, "lost_at": now},
    }[how],
}  # fmt: skip
