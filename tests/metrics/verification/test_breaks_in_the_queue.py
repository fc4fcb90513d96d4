"""What the log says went well and did not, stands in the queue with what it is worth, until the systems agree."""

import pytest
from sqlalchemy import text

from metrics.detect import detect_customers
from tests.metrics.business.conftest import at
from tests.metrics.verification.conftest import NOW

pytestmark = pytest.mark.slow

QUEUE = """
SELECT title, occurrences, value_at_risk, trim(currency), closed_at IS NULL AS is_open
FROM ops.exception WHERE customer_id = :c AND rule = 'verification_break' ORDER BY title
"""


def queue(world, now=NOW) -> list:
    world.look(now=now)
    detect_customers(world.conn, [world.customer_id], [], now)
    return list(map(tuple, world.conn.execute(text(QUEUE), {"c": world.customer_id})))


def test_breaks_of_one_kind_are_one_cause_worth_what_they_differ_by(world) -> None:
    world.carried("1", budget_amount=900)
    world.carried("2", budget_amount=850)
    world.carried("3")
    world.made("3", source_id="p3b", created_at=at("2026-06-04"))
    world.read_all()
    name = "opportunity_to_project: project"
    assert queue(world) == [
        (f"{name} differs in amount", 2, 250, "USD", True),
        (f"{name} is there twice", 1, 1000, "USD", True),
    ]


def test_a_missing_project_is_told_once(world) -> None:
    world.deal("1")
    world.written("1", target_key="p1")
    world.read_all()
    assert queue(world) == []
    rules = text("SELECT rule FROM ops.exception WHERE customer_id = :c")
    assert world.conn.execute(rules, {"c": world.customer_id}).scalars().all() == ["failed_project_creation"]


def test_it_is_closed_when_the_systems_agree_and_not_before(world) -> None:
    world.carried("1", budget_amount=900)
    world.read_all()
    assert [row[-1] for row in queue(world)] == [True]
    assert [row[-1] for row in queue(world, at("2026-07-10 13:00"))] == [True]
    world.change("biz.project", "p1", budget_amount=1000)
    assert [row[-1] for row in queue(world, at("2026-07-10 14:00"))] == [False]
    world.change("biz.project", "p1", budget_amount=10)
    assert [row[-1] for row in queue(world, at("2026-07-10 15:00"))] == [True]


def test_what_no_run_says_it_wrote_was_made_by_hand_until_it_is_gone(world) -> None:
    world.carried("1")
    world.made("2", source_id="by hand", created_at=at("2026-06-04"))
    world.read_all()
    assert queue(world) == []
    hand = QUEUE.replace("verification_break", "made_by_hand")
    title = "opportunity_to_project: project that no run says it wrote"
    asked = {"c": world.customer_id}
    assert list(map(tuple, world.conn.execute(text(hand), asked))) == [(title, 1, None, None, True)]
    world.change("biz.project", "by hand", deleted_at=NOW)
    queue(world, at("2026-07-10 13:00"))
    assert world.conn.execute(text(hand), asked).one().is_open is False
