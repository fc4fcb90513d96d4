"""Piece by piece is the same as all at once: late, changed, deleted and re-opened facts, and rules that change under way."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from metrics import expectations
from metrics.calendars import materialise
from metrics.news import News
from tests.metrics.business.conftest import at

START = at("2026-10-05 06:00")
HOUR = timedelta(hours=1)
RULES = (
    "won-to-project",
    "project-to-task",
    "time-to-billable-line",
    "milestone-to-trigger",
    "draft-to-issued",
    "issued-to-sent",
    "invoice-to-crm",
    "account-to-erp",
    "employee-to-psa",
    "contract-to-renewal",
)
TABLES = (
    "opportunity",
    "project",
    "task",
    "time_entry",
    "milestone",
    "invoice",
    "account",
    "resource",
    "contract",
)
name = st.integers(0, 2)
hours = st.integers(-30, 30)
act = st.one_of(
    st.tuples(st.sampled_from(TABLES), name, name, hours),
    st.tuples(st.just("change"), st.sampled_from(TABLES), name, st.sampled_from(("delete", "back", "later", "other", "state"))),
    st.tuples(st.just("rule"), st.sampled_from(RULES), st.integers(1, 12)),
    st.tuples(st.just("stage"), st.sampled_from(("implementation", "expansion")), st.integers(0, 20)),
)  # fmt: skip
history = st.lists(st.lists(act, min_size=1, max_size=5), min_size=2, max_size=5)


class History:
    """A world in which every fact bears the stamp of the poll that brought it."""

    def __init__(self, world) -> None:
        self.world = world
        self.made: set[tuple[str, str]] = set()

    def seed(self) -> None:
        """One record of each kind in both systems, so that those of the histories are new ones."""
        for table in ("account", "resource", "task", "contract"):
            for system in (self.world.crm_id, self.world.system_id):
                row = {"name": "Long Known"} if table == "account" else {}
                self.world.record(f"biz.{table}", f"{table}-", row, {"system_id": system})

    def tell(self, now, what, *rest) -> None:
        if what == "change":
            self.change(now, *rest)
        elif what == "rule":
            self.rule(now, *rest)
        elif what == "stage":
            stage, day = rest
            self.world.conn.execute(
                text("DELETE FROM ops.lifecycle_stage WHERE customer_id = :c"), {"c": self.world.customer_id}
            )
            self.world.stage(f"2026-10-{day + 1:02}", stage)
        else:
            self.write(now, what, *rest)

    def write(self, now, table, this, other, shift) -> None:
        w, key = self.world, f"{table[0].upper()}{this}"
        if (table, key) in self.made:
            return
        self.made.add((table, key))
        moment = now + shift * HOUR
        system = w.crm_id if table in ("account", "resource") and this == 0 else w.system_id
        facts = {
            "opportunity": {"won_at": moment, "number": f"N{this}", "is_won": True, "is_lost": False, "stage": "won", "amount": 10, "currency": "USD", "account_ref": "A0"},
            "project": {"created_at": moment, "is_active": True, "opportunity_key": f"N{other}", "account_ref": f"A{other}"},
            "task": {"project_ref": f"P{other}"},
            "time_entry": {"worked_on": moment.date(), "minutes": 60, "billable": True, "rate": 100, "currency": "USD", "entered_at": moment, "approved_at": moment, "approval_state": "approved", "project_ref": f"P{other}", "invoice_line_ref": f"L{other}" if shift > 0 else None},
            "milestone": {"approved_at": moment, "amount": 5, "currency": "EUR", "invoice_line_ref": f"L{other}" if shift > 0 else None},
            "invoice": {"kind": "invoice", "state": "draft" if shift < 0 else "posted", "created_at": moment, "posted_at": None if shift < 0 else moment, "number": f"F{other}", "net": 7, "currency": "USD"},
            "account": {"name": f"Firm {other}", "tax_id": f"X{other}"},
            "resource": {"email": f"p{other}@firm.example"},
            "contract": {"account_ref": f"A{other}", "starts_on": moment.date() - this * timedelta(days=200), "ends_on": moment.date() + (60 - 30 * this) * timedelta(days=1)},
        }[table]  # fmt: skip
        if table == "opportunity" or (table == "invoice" and this == 2):
            system = w.crm_id
        w.put(
            f"biz.{table}",
            customer_id=w.customer_id,
            system_id=system,
            source_id=key,
            first_seen_at=now,
            last_seen_at=now,
            **facts,
        )
        if table == "invoice":
            w.put(
                "biz.invoice_line",
                customer_id=w.customer_id,
                system_id=system,
                source_id=f"L{this}",
                invoice_ref=key,
                kind="time",
                first_seen_at=now,
                last_seen_at=now,
            )

    def change(self, now, table, this, how) -> None:
        w = self.world
        other = {
            "opportunity": {"won_at": now, "is_won": True},
            "project": {"opportunity_key": "N0"},
            "task": {"project_ref": "P1"},
            "time_entry": {"invoice_line_ref": "L0"},
            "milestone": {"invoice_line_ref": "L0"},
            "invoice": {"number": "F0"},
            "account": {"tax_id": "X0", "name": "Firm 0"},
            "resource": {"email": "p0@firm.example"},
            "contract": {"account_ref": "A0"},
        }[table]
        state = {
            "opportunity": {"is_won": False, "lost_at": now},
            "project": {"is_active": False},
            "task": {"project_ref": None},
            "time_entry": {"approval_state": "rejected", "approved_at": None},
            "milestone": {"approved_at": None},
            "invoice": {"state": "void", "voided_at": now},
            "account": {"is_active": False},
            "resource": {"is_active": False},
            "contract": {"ends_on": None},
        }[table]
        later = {
            "time_entry": {"approved_at": now},
            "invoice": {"state": "posted", "posted_at": now, "sent_at": now},
        }
        sets = {
            "delete": {"deleted_at": now, "deleted_how": "log"},
            "back": {"deleted_at": None, "deleted_how": None},
            "later": later.get(table, {"source_updated_at": now}),
            "other": other,
            "state": state,
        }[how]
        w.change(f"biz.{table}", f"{table[0].upper()}{this}", last_seen_at=now, **sets)

    def rule(self, now, rule, number) -> None:
        """Another deadline from now on, or for a stage."""
        w = self.world
        w.conn.execute(
            text(
                "UPDATE ops.expectation_rule SET valid_to = :now WHERE customer_id = :c AND rule = :r AND valid_to = 'infinity' AND valid_from < :now"
            ),
            {"now": now, "c": w.customer_id, "r": rule},
        )
        w.rule(rule, number, since=now.isoformat(), stage="expansion" if number == 7 else None)


def replay(world, steps) -> None:
    """Tells a history step by step; after each, what was worked out piece by piece is what a rebuild finds."""
    for rule in RULES:
        world.rule(rule, 4)
    told = History(world)
    told.seed()
    world.poll("all", START)
    world.sweep(START)
    for number, actions in enumerate(steps, 1):
        now = START + number * timedelta(hours=7)
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


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=history)
def test_incremental_equals_rebuilt(world, steps):
    with world.conn.begin_nested() as savepoint:
        replay(world, steps)
        savepoint.rollback()


EFFECTS = (
    (("opportunity", 1, 0, 0), ("project", 1, 1, 1), "project"),
    (("project", 1, 1, 0), ("task", 1, 1, 0), "task"),
    (("time_entry", 1, 1, 5), ("invoice", 1, 1, -1), "invoice"),
    (("milestone", 1, 1, 5), ("invoice", 1, 1, -1), "invoice"),
    (("invoice", 1, 1, 0), ("invoice", 2, 1, 0), "invoice"),
    (("account", 0, 1, 0), ("account", 1, 1, 0), "account"),
    (("resource", 0, 1, 0), ("resource", 1, 1, 0), "resource"),
    (("contract", 1, 1, 0), ("contract", 0, 1, 30), "contract"),
)


@pytest.mark.parametrize(
    ("subject", "effect", "table"),
    [
        EFFECTS[0],
        EFFECTS[4],
        *(pytest.param(*each, marks=pytest.mark.slow) for each in (*EFFECTS[1:4], *EFFECTS[5:])),
    ],
)
def test_an_effect_is_noticed_when_it_comes_goes_and_comes_back(world, subject, effect, table):
    changes = [[("change", table, effect[1], how)] for how in ("delete", "back", "other", "state", "later")]
    replay(world, [[subject], [effect], *changes])


def test_what_has_not_changed_is_not_worked_out_again(world):
    world.rule("won-to-project", 4)
    for day in range(1, 20):
        world.won(at(f"2026-09-{day:02} 09:00"))
    world.poll("all", START)
    assert world.sweep(START) == 19
    assert world.sweep(START) == 0
    world.won(START, last_seen_at=START + HOUR)
    world.poll("all", START + HOUR)
    assert world.sweep(START + HOUR) == 1


def test_a_changed_calendar_moves_the_deadlines(world):
    calendar = world.calendar()
    world.rule("won-to-project", 2, calendar_id=calendar)
    deal = world.won(at("2026-10-05 16:00"))
    world.poll("all", START)
    world.read("project", at("2026-11-20"))
    world.sweep(START)
    assert world.outcomes("2026-10-06 10:00") == {deal: "overdue"}
    world.put(
        "ops.calendar_holiday",
        customer_id=world.customer_id,
        calendar_id=calendar,
        held_on="2026-10-06",
        name="moving house",
        source="customer",
    )
    materialise(world.conn, world.customer_id, at("2026-06-01"))
    assert world.sweep(START) == 1
    assert world.outcomes("2026-10-07 09:59") == {deal: "pending"}
    assert world.outcomes("2026-10-07 10:00") == {deal: "overdue"}


def test_a_link_that_a_person_made_is_seen_without_a_poll(world):
    world.rule("won-to-project", 4)
    deal = world.won(at("2026-10-05 09:00"))
    project = world.project(at("2026-10-05 10:00"))
    world.poll("all", START)
    world.read("project", at("2026-11-20"))
    world.sweep(START)
    assert world.outcomes("2026-10-06") == {deal: "overdue"}
    world.put(
        "biz.xref",
        customer_id=world.customer_id,
        relation="project_of_opportunity",
        left_system_id=world.crm_id,
        left_id=deal,
        right_system_id=world.system_id,
        right_id=project,
        rule="person",
        confidence=1,
        valid_from=START + HOUR,
        decided_by="ada@firm.example",
    )
    assert world.sweep(START + HOUR) == 1
    assert world.outcomes("2026-10-06") == {deal: "met"}
