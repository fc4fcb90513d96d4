"""What if: a month that was sealed says under its own terms what was sealed, byte for byte, whatever was agreed later."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from metrics.moment import moment
from metrics.sla import responsibility, statement, whatif
from metrics.sla.evaluation import plain, sealed_as
from metrics.sla.terms import read
from metrics.sla.window import in_force
from tests.metrics.builders import at
from tests.metrics.sla.test_seal import ALLOWED, LATER, Month, month, whole_month

pytestmark = pytest.mark.slow

__all__ = ["month", "whole_month"]
MONTHS = [date(2026, 9, 1), date(2026, 10, 1)]


def hashes(month: Month, sealed: statement.Statement) -> list[str]:
    """The hash that the sealed month has with October's numbers replayed: under the terms it was sealed with, and as agreed."""
    terms = read(sealed.body["evaluation"]["terms"])
    with month.as_viewer([month.customer], LATER) as conn:
        asked = (conn, month.parties.subject)
        replayed = whatif.replay(*asked, terms, MONTHS).months[-1]
        agreed = whatif.as_agreed(*asked, MONTHS)[MONTHS[-1]]
    bodies = [{**sealed.body, "evaluation": plain(held)} for held in (replayed, agreed)]
    return [statement.of(body).sha256 for body in bodies]


def leave_out(month: Month, item: str, at_) -> None:
    with month.as_viewer([month.customer], at_, role="triage") as desk:
        claim = ("customer_data", "partner", "ada", at_, "no tax code", [item])
        number = responsibility.propose(desk, month.customer, *claim)
        responsibility.say(desk, month.customer, number, "accepted", "customer", "cy", at_, "right")


@pytest.fixture
def agreed(month: Month) -> Month:
    """The month under terms that allow to leave something out."""
    write(month, exclusions=ALLOWED)
    return month


def write(month: Month, **more: Any) -> None:
    rule = text("UPDATE ops.terms SET document = document || CAST(:more AS jsonb)")
    month.conn.execute(rule, {"more": json.dumps(more)})


@pytest.mark.parametrize("comes", ["nothing", "other terms", "a word", "a restatement"])
def test_sealed_terms_replay_the_sealed_bytes(agreed: Month, comes: str) -> None:
    sealed = agreed.seal()
    if comes == "other terms":
        write(agreed, objectives=[{"metric": "A1", "target": 99}, {"metric": "A3", "target": 2}])
    elif comes == "a word":
        leave_out(agreed, sealed.body["missed"][0]["item"], at("2026-11-05"))
    elif comes == "a restatement":
        agreed.late()
        sealed = agreed.seal(at("2026-11-08"))
        assert sealed.body["version"] == 2
    assert hashes(agreed, sealed) == [sealed.sha256] * 2


def test_what_was_received_late_moves_no_replay_of_sealed_terms(agreed: Month) -> None:
    sealed = agreed.seal()
    agreed.late()
    assert hashes(agreed, sealed) == [sealed.sha256] * 2
    assert set(agreed.pending()) == {"late_data"}


@pytest.mark.parametrize(
    ("proposed", "counted", "against"),
    [
        ({"target": 95, "key": "other", "minimum_sample": 5}, (9, 10, "missed"), 1),
        ({"target": 85}, (9, 10, "met"), 0),
        ({"target": 95, "population": {"flows": ["won-to-project"]}}, (9, 12, "missed"), 3),
        (
            {"target": 95, "method": "timeslices", "slice_target": 90, "quiet": "left_out"},
            (0, 1, "missed"),
            3,
        ),
    ],
)
def test_a_promise_that_was_sealed_is_proposed_anew_with_what_was_known_then(
    agreed: Month, proposed: dict[str, Any], counted: tuple[int, int, str], against: int
) -> None:
    agreed.seal()
    agreed.late()
    agreed.late()
    rule = {"metric": "A1", **proposed}
    terms = read({"valid_from": "2026-01-01", "objectives": [rule], "exclusions": ALLOWED})
    with agreed.as_viewer([agreed.customer], LATER) as conn:
        replayed = whatif.replay(conn, agreed.parties.subject, terms, MONTHS)
        missed = whatif.missed_items(conn, agreed.parties.subject, replayed, 9)
    (result,) = replayed.months[-1].objectives
    assert (result.gross.k, result.gross.n, result.verdict) == counted
    assert len(missed) == against
    assert bool(replayed.counted_again) == (result.gross.n != 10)


def test_what_was_sealed_when_less_was_said_is_counted_again() -> None:
    assert sealed_as({"customer": "acme"}) is None


def test_a_month_is_replayed_from_its_newest_seal_that_there_was(agreed: Month) -> None:
    bad = agreed.conn.execute(text("SELECT external_id FROM raw.run WHERE status = 'failed'")).scalar_one()
    leave_out(agreed, bad, at("2026-11-05"))
    terms = in_force(agreed.conn, agreed.customer, MONTHS[-1])
    assert terms is not None

    def judged(as_of=LATER) -> int:
        with agreed.as_viewer([agreed.customer], as_of) as conn:
            found = whatif.replay(conn, agreed.parties.subject, terms, MONTHS)
            assert moment(conn).asked == as_of
        return found.months[-1].objectives[0].agreed.n

    assert judged() == 9
    agreed.seal(at("2026-11-03"))
    assert (judged(), judged(at("2026-11-02"))) == (10, 10)
    agreed.seal(at("2026-11-08"))
    assert (judged(), judged(at("2026-11-07"))) == (9, 10)
