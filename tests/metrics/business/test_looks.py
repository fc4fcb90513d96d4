"""Rules look at what was written and at what a clock makes due, and find what they would find in everything."""

import json
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from metrics.detect import detect_customers
from tests.metrics.business.conftest import at
from tests.metrics.business.test_rules import is_set, own

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("planned_once")]

START = at("2026-07-06 08:30")
HOUR = timedelta(hours=1)
RULES = {
    "long": own(),
    "paused": own(when='$.project.status == "paused" && $.approved_at_days >= 1', cause="project_ref", began="approved_at"),
    "old": own(on="expense", when="$.incurred_on_days > 2 || $.amount > 90", amount="amount"),
    "odd": own(on="invoice", when="$.account.tax_code == null && $.net > 50", cause="account_ref", began="posted_at"),
    "bought": own(on="supplier_bill", when='$.posted_at_days >= 1 && ($.project.status == "paused" || $.amount > 90)', amount="amount", began="posted_at"),
    "asked": own(on="support_ticket", when='$.account.tax_code == null && $.state == "open"', began="created_at"),
}  # fmt: skip


class Played:
    """A customer with rules of its own, to whose records things happen."""

    def __init__(self, world) -> None:
        self.world, self.now, self.number = world, START, count()
        world.without_house_rules()
        for key, said in RULES.items():
            is_set(world, key, **said)
        world.account("Alder", source_id="A", tax_code="V20")
        world.project(at("2026-01-05"), source_id="P", status="open", name="Alpha")
        world.record("biz.task", "K", {"rate": 90, "currency": "USD"}, {"source_id": "K"})
        for _ in range(3):
            self.add(None)
        self.look(whole=True)

    def add(self, given) -> None:
        key, world, seen = f"n{next(self.number)}", self.world, {"last_seen_at": self.now}
        minutes = 1000 if given and given % 2 else 60
        since = self.now - timedelta(hours=given or 20)
        world.entry(
            source_id=key,
            project_ref="P",
            task_ref="K",
            rate=None,
            minutes=minutes,
            approved_at=since,
            **seen,
        )
        world.expense(source_id=key, project_ref="P", amount=given or 40, incurred_on=since.date(), **seen)
        world.invoice("posted", since, source_id=key, account_ref="A", net=40 + (given or 0), **seen)
        bill = {"project_ref": "P", "state": "posted", "posted_at": since, "amount": given or 40}
        world.record("biz.supplier_bill", "", bill | {"currency": "USD"}, {"source_id": key} | seen)
        ticket = {"account_ref": "A", "state": "open", "is_billable": True, "created_at": since}
        world.record("biz.support_ticket", "", ticket, {"source_id": key} | seen)

    def happen(self, what: str, given: int) -> None:
        world, key, seen = self.world, f"n{given % 3}", {"last_seen_at": self.now}
        match what:
            case "added":
                self.add(given)
            case "longer":
                world.change("biz.time_entry", key, minutes=1000 + given, **seen)
            case "shorter":
                world.change("biz.time_entry", key, minutes=30, **seen)
            case "gone":
                world.change("biz.expense", key, deleted_at=self.now, **seen)
            case "billed":
                world.change(
                    "biz.supplier_bill", key, amount=given, posted_at=self.now - given * HOUR, **seen
                )
            case "solved":
                world.change("biz.support_ticket", key, state="solved" if given % 2 else "open", **seen)
            case "paused":
                world.change("biz.project", "P", status="paused" if given % 2 else "open", **seen)
            case "taxed":
                world.change("biz.account", "A", tax_code=None if given % 2 else "V20", **seen)
            case "priced":
                world.change("biz.task", "K", rate=given + 1, **seen)

    def look(self, whole: bool = False, quiet: bool = False) -> list:
        customer = self.world.customer_id
        self.world._stale = True
        self.world.work_out()
        written = {} if whole else {customer: None if quiet else self.now}
        detect_customers(self.world.conn, [customer], [], self.now, written)
        return self.queue()

    def queue(self) -> list:
        rows = text(
            "SELECT e.rule, e.state, e.value_at_risk, e.occurrences, o.subject_id, o.occurred_at, o.cleared_at, o.amount"
            " FROM ops.exception e JOIN ops.exception_occurrence o USING (customer_id, exception_id)"
            " WHERE e.customer_id = :c ORDER BY e.rule, o.subject_id, o.exception_id"
        )
        return [tuple(row) for row in self.world.conn.execute(rows, {"c": self.world.customer_id})]


HAPPENED = st.tuples(
    st.sampled_from(
        ["added", "longer", "shorter", "gone", "billed", "solved", "paused", "taxed", "priced", "nothing"]
    ),
    st.integers(0, 99),
    st.integers(1, 40),
)


@pytest.mark.slow
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(HAPPENED, min_size=4, max_size=5))
def test_looking_at_what_changed_finds_what_looking_at_everything_finds(world, days) -> None:
    undone = world.conn.begin_nested()
    played = Played(world)
    for what, given_, hours in days:
        played.now += hours * HOUR
        played.happen(what, given_)
        found = played.look(quiet=what == "nothing")
        whole = world.conn.begin_nested()
        assert played.look(whole=True) == found
        whole.rollback()
    undone.rollback()


def test_only_what_was_written_and_what_is_due_is_looked_at(world) -> None:
    played = Played(world)
    played.now += HOUR
    played.world.change("biz.time_entry", "n0", minutes=2000)  # nobody says that it was written
    assert [row for row in played.look(quiet=True) if row[0] == "own:long"] == []
    played.world.change("biz.time_entry", "n1", minutes=2000, last_seen_at=played.now)
    assert [row[4] for row in played.look() if row[0] == "own:long"] == ["n1"]
    assert {row[4] for row in played.look(whole=True) if row[0] == "own:long"} == {"n0", "n1"}


def test_a_rule_that_is_set_otherwise_or_could_not_look_looks_at_everything(world) -> None:
    played = Played(world)
    played.world.change("biz.time_entry", "n0", minutes=970)
    setting = text("UPDATE ops.exception_rule SET setting = :said WHERE key = 'long'")
    for when, found in (("$.minutes >", []), ("$.minutes > 960", ["n0"]), ("$.minutes > 980", [])):
        played.now += HOUR
        world.conn.execute(setting, {"said": json.dumps(own(when=when))})
        assert [row[4] for row in played.look(quiet=True) if row[0] == "own:long" and not row[6]] == found


def test_rules_of_the_house_look_again_when_something_was_written_or_an_hour_has_passed(world) -> None:
    customer = world.customer_id
    first = world.entry(project_ref=None)

    def look(now, quiet):
        world._stale = True
        world.work_out()
        detect_customers(world.conn, [customer], [], now, {customer: None if quiet else now})
        rows = text(
            "SELECT state FROM ops.exception WHERE customer_id = :c AND rule = 'time_without_project'"
        )
        return world.conn.execute(rows, {"c": customer}).scalars().all()

    assert look(START, quiet=True) == ["new"]  # it has never looked
    world.change("biz.time_entry", first, project_ref="P")
    assert look(START + HOUR / 2, quiet=True) == ["new"]
    assert look(START + HOUR / 2, quiet=False) == ["verified_closed"]
    world.change("biz.time_entry", first, project_ref=None)
    assert look(START + HOUR, quiet=True) == ["verified_closed"]
    assert look(START + 2 * HOUR, quiet=True) == ["reopened"]
