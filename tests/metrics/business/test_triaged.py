"""Detection beside people: it follows what they merged and split, proves fixes, and reopens the same row when it comes back."""

import pytest

from metrics.triage import together
from metrics.triage.act import Actor, Target, act
from metrics.triage.settle import settle_customers
from tests.metrics.business.detecting import failed

pytestmark = pytest.mark.slow

SAM = Actor(None, "sam@partner.example")


def subjects(queue):
    return {row.subject_id: row.exception_id for row in queue.occurrences()}


def test_what_is_merged_stays_merged_when_it_happens_again(world, queue, flow, at):
    failed(world, flow, at("2026-06-01 10:00"), external_id="one")
    failed(
        world, flow, at("2026-06-01 11:00"), key="INV-2", message="Tax code T9 is unknown", external_id="two"
    )
    queue.look(at("2026-06-02"))
    first, second = (row.exception_id for row in queue.exceptions())
    together.merge(
        world.conn, SAM, Target(world.customer_id, second), Target(world.customer_id, first), at("2026-06-02")
    )
    failed(
        world,
        flow,
        at("2026-06-03 10:00"),
        key="INV-3",
        message="Tax code T7 is unknown",
        external_id="three",
    )
    queue.look(at("2026-06-04"))
    assert subjects(queue) == {"one": first, "two": first, "three": first}
    assert [(row.state, row.occurrences) for row in queue.exceptions()] == [("new", 3), ("merged", 0)]
    # and it is over when all of it is
    for key in ("INV-1", "INV-2", "INV-3"):
        world.run(at("2026-06-05 10:00"), flow_id=flow, object_type="invoice", object_key=key)
    queue.look(at("2026-06-06"))
    assert [row.state for row in queue.exceptions()] == ["verified_closed", "merged"]


def test_what_is_split_off_stays_so_and_ends_alone(world, queue, flow, at):
    for number, name in enumerate(("one", "two"), start=1):
        failed(world, flow, at(f"2026-06-01 1{number}:00"), key=f"INV-{number}", external_id=name)
    queue.look(at("2026-06-02"))
    own = queue.one().exception_id
    _, made = together.split(world.conn, SAM, Target(world.customer_id, own), ["two"], at("2026-06-02"))
    queue.look(at("2026-06-02 01:00"))
    assert subjects(queue) == {"one": own, "two": made}
    world.run(at("2026-06-03 10:00"), flow_id=flow, object_type="invoice", object_key="INV-2")
    queue.look(at("2026-06-04"))
    assert [row.state for row in queue.exceptions()] == ["new", "verified_closed"]


def test_a_record_found_by_comparing_ends_also_in_the_exception_it_was_put_into(world, queue, flow, at):
    failed(world, flow, at("2026-06-03 10:00"))
    world.flow("opportunity_to_project", 4)
    world.project(at("2026-01-05"))
    deal = world.won(at("2026-06-03 10:00"))
    world.poll("projects", at("2026-06-19"))
    queue.look(at("2026-06-20"))
    by_rule = {row.rule: row.exception_id for row in queue.exceptions()}
    missing, technical = by_rule["failed_project_creation"], by_rule["run_failed"]
    together.merge(
        world.conn,
        SAM,
        Target(world.customer_id, missing),
        Target(world.customer_id, technical),
        at("2026-06-20"),
    )
    world.change("biz.opportunity", deal, is_won=False, is_lost=True, stage="lost")
    queue.look(at("2026-06-21"))
    rows = {row.subject_id: row for row in queue.occurrences()}
    assert rows[deal].exception_id == technical
    assert rows[deal].cleared_at is not None


def test_a_claimed_fix_is_proven_by_the_next_success(world, queue, flow, at):
    failed(world, flow, at("2026-06-01 10:00"))
    queue.look(at("2026-06-02"))
    own = queue.one().exception_id
    act(world.conn, SAM, Target(world.customer_id, own), "claim", at("2026-06-02 01:00"))
    world.run(at("2026-06-02 02:00"), flow_id=flow, object_type="invoice", object_key="INV-1")
    queue.look(at("2026-06-02 03:00"))
    row = queue.one()
    assert (row.state, row.claimed_at, row.version) == ("verified_closed", None, 3)
    # the same trouble later is the same row again, with its history
    failed(world, flow, at("2026-06-09 10:00"))
    queue.look(at("2026-06-10"))
    assert (queue.one().state, queue.one().reopen_count) == ("reopened", 1)
    assert [kind for kind, _ in queue.events()] == ["opened", "moved", "closed", "reopened"]


def test_a_claimed_fix_that_fails_again_is_not_proven(world, queue, flow, at):
    failed(world, flow, at("2026-06-01 10:00"))
    queue.look(at("2026-06-02"))
    own = queue.one().exception_id
    act(world.conn, SAM, Target(world.customer_id, own), "claim", at("2026-06-02 01:00"))
    failed(world, flow, at("2026-06-02 02:00"))
    queue.look(at("2026-06-02 03:00"))
    settle_customers(world.conn, [world.customer_id], at("2026-06-02 03:00"))
    assert (queue.one().state, queue.one().unproven_count, queue.one().reopen_count) == ("reopened", 1, 0)
