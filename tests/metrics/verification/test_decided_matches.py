"""A person's word on a match: it holds against the rules, it can be taken back, and it says who gave it."""

import pytest

from metrics import matches, parity
from metrics.news import News
from tests.metrics.business.conftest import at
from tests.metrics.verification.conftest import LATE, NOW, WON

pytestmark = pytest.mark.slow

AFTER = at("2026-07-10 11:30")


@pytest.fixture
def unsure(world):
    """A deal and two projects of its account, without a key: which of them is it?"""
    ours = world.account("Alder", code="A-7")
    crm = world.account("Alder", system_id=world.crm_id, code="A-7")
    world.deal("1", account_ref=crm)
    for project in ("p1", "p2"):
        world.project(WON, source_id=project, account_ref=ours, budget_amount=1000, currency="USD")
    world.read_all()
    world.reconcile()
    return world


def told(world, *states: str) -> list[tuple]:
    found = matches.matches(world.conn, world.customer_id, states)
    return [
        (row["state"], row["left_id"], row["right_id"], row["rivals"])
        for row in found
        if row["relation"] == "project_of_opportunity"
    ]


def heeded(world) -> dict[str, str]:
    world.look(now=AFTER)
    parity.reconcile_customer(world.conn, News(world.customer_id, LATE, 0, ()), NOW)
    return world.cells()


def test_a_suggestion_waits_for_a_word_and_names_its_rivals(unsure) -> None:
    assert told(unsure, "suggested") == [("suggested", "o1", "p1", 1), ("suggested", "o1", "p2", 1)]
    row = matches.matches(unsure.conn, unsure.customer_id, ["suggested"])[0]
    assert (row["decided_by"], row["left_label"], row["amount"]) == ("rule account_and_time", "OPP-1", 1000)
    assert unsure.cells()["o1"] == "unsure"


def test_a_yes_is_a_fact_and_shows_who_said_it(unsure) -> None:
    unsure.decide("o1", "p2", "together", LATE)
    assert heeded(unsure) == {"o1": "equal", "p1": "target_only"}
    (row,) = matches.matches(unsure.conn, unsure.customer_id, ["manual"])
    assert (row["right_id"], row["decided_by"], row["confidence"]) == ("p2", "jo@example", 1)
    assert unsure.figure("record_parity").detail["manual"] == 1


def test_a_no_is_not_suggested_again(unsure) -> None:
    for project in ("p1", "p2"):
        unsure.decide("o1", project, "apart", LATE)
    assert heeded(unsure) == {"o1": "source_only", "p1": "target_only", "p2": "target_only"}
    assert told(unsure, "suggested") == []
    assert {row[2] for row in told(unsure, "apart")} == {"p1", "p2"}


def test_a_word_that_is_taken_back_lets_the_rules_speak_again(unsure) -> None:
    unsure.decide("o1", "p2", "together", LATE)
    assert heeded(unsure)["o1"] == "equal"
    unsure.decide("o1", "p2", "undecided", at("2026-07-10 11:40"))
    unsure.look(now=at("2026-07-10 11:50"))
    parity.reconcile_customer(unsure.conn, News(unsure.customer_id, at("2026-07-10 11:35"), 0, ()), NOW)
    assert unsure.cells()["o1"] == "unsure"
    assert told(unsure, "manual") == []


def test_only_records_that_are_there_can_be_paired(unsure) -> None:
    crm, psa = ("o1", "p1")
    keys = dict(
        unsure.conn.exec_driver_sql(
            f"SELECT system_id, key FROM ops.system WHERE customer_id = {unsure.customer_id}"
        ).all()
    )
    ends = (keys[unsure.crm_id], crm), (keys[unsure.system_id], psa)
    two = matches.pair(unsure.conn, unsure.customer_id, "project", *ends)
    assert (two.left_id, two.right_id, two.right_system_id) == ("o1", "p1", unsure.system_id)
    with pytest.raises(matches.NoRecord, match="holds no project 'p9'"):
        matches.pair(unsure.conn, unsure.customer_id, "project", ends[0], (ends[1][0], "p9"))
