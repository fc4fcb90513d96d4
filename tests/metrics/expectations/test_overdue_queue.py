"""What is overdue waits in the queue: one cause, one entry, with its money, until the effect has come."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)


def occurrences(world):
    return world.conn.execute(
        text(
            "SELECT e.rule, o.subject_type, o.subject_id, o.occurred_at, o.cleared_at FROM ops.exception_occurrence o"
            " JOIN ops.exception e USING (customer_id, exception_id) WHERE customer_id = :c ORDER BY o.subject_id, e.rule"
        ),
        {"c": world.customer_id},
    ).all()


def test_one_missing_project_is_one_entry_whichever_clock_ran_out(world, at):
    flow = world.flow("opportunity_to_project", 8)
    world.rule("won-to-project", 4, flow_id=flow)
    world.read("project", at("2026-11-20"))
    deal = world.won(at("2026-10-05 09:00"))
    assert world.detect(at("2026-10-05 12:59")).opened == 0
    assert world.detect(at("2026-10-05 13:00")).opened == 1  # the expectation's deadline
    assert world.detect(at("2026-10-05 17:00")).opened == 0  # the flow's promise: the same trouble
    (one,) = world.queue()
    assert (one.rule, one.opened_at, one.value_at_risk) == (
        "failed_project_creation",
        at("2026-10-05 13:00"),
        1000,
    )
    assert occurrences(world) == [
        ("failed_project_creation", "opportunity", deal, at("2026-10-05 13:00"), None)
    ]
    world.project(at("2026-10-05 18:00"), opportunity_key=deal)
    assert world.detect(at("2026-10-05 19:00")).closed == 1
    (one,) = world.queue()
    assert (one.state, one.closed_at) == ("verified_closed", at("2026-10-05 18:00"))


def test_the_earlier_promise_opens_it_when_the_expectation_is_later(world, at):
    flow = world.flow("opportunity_to_project", 2)
    world.rule("won-to-project", 4, flow_id=flow)
    world.read("project", at("2026-11-20"))
    world.won(at("2026-10-05 09:00"))
    assert world.detect(at("2026-10-05 11:01")).opened == 1
    assert world.detect(at("2026-10-05 14:00")).opened == 0
    (one,) = world.queue()
    assert one.opened_at == at("2026-10-05 11:00")


def test_work_of_one_project_is_one_cause(world, at):
    world.rule("time-to-billable-line", 24)
    for name in ("invoice", "invoice_line"):
        world.read(name, at("2026-11-20"))
    project = world.project(at("2026-05-01"), name="Rollout")
    entries = [world.entry(project_ref=project) for _ in range(40)]
    world.entry(project_ref=world.project(at("2026-05-01"), name="Other"), currency="EUR")
    assert world.detect(at("2026-06-04")).opened == 2
    rollout = next(row for row in world.queue() if row.currency == "USD")
    assert (rollout.rule, rollout.title) == (
        "expectation_overdue",
        "Rollout: approved time on no invoice line",
    )
    assert (rollout.occurrences, rollout.value_at_risk, rollout.value_confidence) == (40, 4000, "exact")
    assert (rollout.object_type, rollout.object_key) == ("project", "Rollout")
    line = world.line(world.invoice("draft", created_at=at("2026-06-04 09:00")))
    for entry in entries:
        world.change("biz.time_entry", entry, invoice_line_ref=line)
    assert world.detect(at("2026-06-05")).closed == 1
    rollout = next(row for row in world.queue() if row.currency == "USD")
    assert rollout.closed_at == at("2026-06-04 09:00")


def test_looking_twice_changes_nothing(world, at):
    world.rule("milestone-to-trigger", 48)
    for name in ("invoice", "invoice_line"):
        world.read(name, at("2026-11-20"))
    world.record(
        "biz.milestone",
        "M",
        {"amount": Decimal("900.5"), "currency": "USD"},
        {"approved_at": at("2026-10-06")},
    )
    assert world.detect(at("2026-10-09")).opened == 1
    before = (world.queue(), occurrences(world), world.stored())
    again = world.detect(at("2026-10-09"))
    assert (again.opened, again.reopened, again.closed) == (0, 0, 0)
    assert (world.queue(), occurrences(world), world.stored()) == before


def test_it_comes_back_when_the_effect_is_taken_away(world, at):
    world.rule("milestone-to-trigger", 48)
    for name in ("invoice", "invoice_line"):
        world.read(name, at("2026-11-20"))
    line = world.line(world.invoice("draft", created_at=at("2026-10-09")))
    item = world.record(
        "biz.milestone", "M", {"amount": 900, "currency": "USD"}, {"approved_at": at("2026-10-06")}
    )
    assert world.detect(at("2026-10-08 12:00")).opened == 1
    world.change("biz.milestone", item, invoice_line_ref=line)
    assert world.detect(at("2026-10-09 12:00")).closed == 1
    world.change("biz.milestone", item, invoice_line_ref=None)
    assert world.detect(at("2026-10-10 12:00")).reopened == 1


def test_a_rule_that_is_switched_off_closes_what_it_opened(world, at):
    rule = world.rule("milestone-to-trigger", 48)
    for name in ("invoice", "invoice_line"):
        world.read(name, at("2026-11-20"))
    world.record("biz.milestone", "M", {"amount": 900, "currency": "USD"}, {"approved_at": at("2026-10-06")})
    assert world.detect(at("2026-10-09")).opened == 1
    world.conn.execute(text("DELETE FROM ops.expectation_rule WHERE rule_id = :r"), {"r": rule})
    assert world.detect(at("2026-10-09 12:00")).closed == 1
    assert world.stored() == []


def test_an_unknown_amount_is_no_zero(world, at):
    world.rule("milestone-to-trigger", 48)
    for name in ("invoice", "invoice_line"):
        world.read(name, at("2026-11-20"))
    world.record("biz.milestone", "M", {}, {"approved_at": at("2026-10-06")})
    world.detect(at("2026-10-09"))
    (one,) = world.queue()
    assert (one.value_at_risk, one.value_confidence) == (None, "unknown")
