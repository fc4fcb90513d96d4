"""How long two systems do not hold a record alike: when a break opened, when and how it ended, and how long that takes."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from metrics.period import Period
from tests.metrics.business.conftest import at
from tests.metrics.verification.conftest import JUNE, WON

pytestmark = pytest.mark.slow

FIRST, LAST = at("2026-06-01 12:00"), at("2026-06-28 12:00")
DUE = WON + timedelta(hours=4)
NOON = at("2026-06-12 12:00")


class Watched:
    """Two systems that were compared on the first of June, before anything happened."""

    def __init__(self, world) -> None:
        self.world = world
        self.look(FIRST)

    def look(self, now) -> None:
        self.world.read_all(now)
        self.world.reconcile(now=now)

    def breaks(self) -> list[tuple]:
        rows = text(
            "SELECT record_id, opened_at, ended_at, how FROM kpi.parity_break WHERE customer_id = :c ORDER BY opened_at, record_id"
        )
        return [tuple(row) for row in self.world.conn.execute(rows, {"c": self.world.customer_id})]

    def figure(self, **asked):
        """The figure, to whose rows it is held."""
        as_of = asked.pop("as_of", LAST)
        figure = self.world.figure("break_time_to_heal", as_of=as_of, **asked)
        rows = self.world.behind("break_time_to_heal", as_of=as_of)
        if asked.get("currency") is None and "by" not in asked:
            counted = (rows["in_numerator"].sum(), rows["in_denominator"].sum(), rows["is_unknown"].sum())
            assert counted == (figure.numerator or 0, figure.denominator or 0, figure.unknown)
        return figure


@pytest.fixture
def watched(world) -> Watched:
    return Watched(world)


def test_a_break_heals_when_the_record_is_put_right(watched) -> None:
    watched.world.deal("1")
    watched.world.made("1", budget_amount=1100)
    opened = at("2026-06-03 10:01")
    watched.look(at("2026-06-05 12:00"))
    assert watched.breaks() == [("o1", opened, None, None)]
    watched.world.change("biz.project", "p1", budget_amount=1000, source_updated_at=NOON)
    watched.look(at("2026-06-13 12:00"))
    assert watched.breaks() == [("o1", opened, NOON, "healed")]
    figure = watched.figure()
    assert (figure.numerator, figure.denominator) == (1, 1)
    assert figure.value == (NOON - opened).total_seconds()
    assert (figure.detail["healed_30d"], figure.detail["open_30d"]) == (1, 0)


@pytest.mark.parametrize("looks", [[], [at("2026-06-03 15:00")]], ids=["nobody looked", "it was seen"])
def test_a_target_that_came_late_was_a_break_from_when_it_was_due(watched, looks) -> None:
    watched.world.deal("1")
    for moment in looks:
        watched.look(moment)
    made = WON + timedelta(hours=9)
    watched.world.made("1", created_at=made)
    watched.look(LAST)
    watched.look(LAST)
    assert watched.breaks() == [("o1", DUE, made, "healed")]


def test_a_target_in_time_was_none(watched) -> None:
    watched.world.deal("1")
    watched.world.made("1", created_at=DUE - timedelta(minutes=1))
    watched.look(LAST)
    assert watched.breaks() == []
    assert (watched.figure().value, watched.figure().sample) == (None, 0)


def test_what_is_open_counts_with_its_age(watched) -> None:
    watched.world.deal("1")
    watched.world.deal("2")
    watched.world.made("2", created_at=DUE + timedelta(hours=1))
    watched.look(LAST)
    figure = watched.figure()
    assert (figure.numerator, figure.denominator, figure.value) == (1, 2, 3600)
    assert figure.detail["still_open"] == 1
    assert (figure.detail["open_30d"], figure.detail["healed_1d"]) == (1, 1)
    assert watched.figure(as_of=DUE + timedelta(minutes=30)).value == float("inf")


def test_it_is_open_while_it_is_missing_and_then_different(watched) -> None:
    watched.world.deal("1")
    watched.look(at("2026-06-05 12:00"))
    watched.world.made("1", created_at=at("2026-06-08 12:00"), budget_amount=900)
    watched.look(at("2026-06-08 13:00"))
    assert watched.world.cells() == {"o1": "waiting"}  # until the promise is over
    watched.look(at("2026-06-09 12:00"))
    assert watched.breaks() == [("o1", DUE, None, None)]
    watched.world.change("biz.project", "p1", budget_amount=1000, source_updated_at=NOON)
    watched.look(LAST)
    assert watched.breaks() == [("o1", DUE, NOON, "healed")]


def test_one_that_comes_back_is_another_break(watched) -> None:
    watched.world.deal("1")
    watched.world.made("1", created_at=DUE + timedelta(hours=1))
    watched.look(at("2026-06-05 12:00"))
    watched.world.change("biz.project", "p1", budget_amount=1, source_updated_at=NOON)
    watched.look(LAST)
    assert watched.breaks() == [
        ("o1", DUE, DUE + timedelta(hours=1), "healed"),
        ("o1", NOON, None, None),
    ]


def test_a_record_that_only_the_target_had_heals_when_it_is_taken_away(watched) -> None:
    made = at("2026-06-05 10:00")
    watched.world.project(made, source_id="p6", budget_amount=50, currency="USD")
    watched.look(at("2026-06-08 12:00"))
    assert watched.breaks() == [("p6", made, None, None)]
    watched.world.change("biz.project", "p6", deleted_at=NOON)
    watched.look(LAST)
    assert watched.breaks() == [("p6", made, NOON, "healed")]


def test_what_is_no_longer_owed_did_not_heal(watched) -> None:
    watched.world.deal("1")
    watched.look(at("2026-06-05 12:00"))
    watched.world.change("biz.opportunity", "o1", is_won=False, source_updated_at=NOON)
    watched.look(LAST)
    assert watched.breaks() == [("o1", DUE, NOON, "not owed")]
    figure = watched.figure()
    assert (figure.numerator, figure.denominator, figure.detail["ended_otherwise"]) == (0, 1, 1)
    assert figure.value == float("inf")


def test_a_break_that_was_agreed_away_did_not_heal(watched) -> None:
    watched.world.deal("1")
    watched.world.made("1", budget_amount=1100)
    watched.look(at("2026-06-08 12:00"))
    watched.world.agree("currency")
    watched.look(LAST)
    assert [(how, ended) for _, _, ended, how in watched.breaks()] == [("agreed otherwise", LAST)]


def test_a_break_that_a_person_solved_healed_when_that_was_read(watched) -> None:
    world = watched.world
    ours = world.account("Alder", code="A-7")
    world.deal("1", account_ref=world.account("Alder", system_id=world.crm_id, code="A-7"))
    world.deal("2")
    project = world.project(WON + timedelta(hours=1), account_ref=ours, budget_amount=1000, currency="USD")
    watched.look(at("2026-06-08 12:00"))
    assert [(record, how) for record, _, _, how in watched.breaks()] == [
        ("o2", None)
    ]  # of the other one nobody knows
    world.decide("o2", project, "together", at("2026-06-10 12:00"))
    watched.look(NOON)
    assert ("o2", DUE, NOON, "healed") in watched.breaks()


def test_those_that_were_there_at_first_are_watched_from_then_on(world) -> None:
    world.deal("1")
    world.deal("2")
    watched = Watched.__new__(Watched)
    watched.world = world
    watched.look(NOON)
    early = Period.parse("2026-06-01..2026-06-11", "UTC", LAST)
    assert world.figure("break_time_to_heal", period=early, as_of=LAST).sample == 0
    world.made("1", created_at=NOON + timedelta(hours=1))
    watched.look(LAST)
    figure = watched.figure()
    assert (figure.numerator, figure.denominator) == (1, 2)
    assert (
        figure.value == (NOON + timedelta(hours=1) - DUE).total_seconds()
    )  # half of the two who had lasted till noon


def test_twice_is_the_same_as_once(watched) -> None:
    watched.world.deal("1")
    watched.world.deal("2")
    watched.world.made("2", budget_amount=7)
    watched.look(at("2026-06-08 12:00"))
    before = watched.breaks()
    assert len(before) == 2
    watched.world.reconcile(now=at("2026-06-08 12:00"))
    assert watched.breaks() == before


def test_it_is_told_by_value_and_by_kind(watched) -> None:
    watched.world.deal("1", amount=300)
    watched.world.deal("2", amount=100)
    watched.world.made("2", created_at=DUE + timedelta(hours=1), budget_amount=100)
    watched.look(LAST)
    money = watched.figure(currency="USD")
    assert (money.numerator, money.denominator, money.value) == (100, 400, float("inf"))
    assert {part: each.sample for part, each in watched.figure(by="object").items()} == {"project": 2}
    for by in ("flow", "workflow", "system"):
        assert [each.sample for each in watched.figure(by=by).values()] == [2]
    assert watched.world.figure("record_parity", period=JUNE).detail["source_only"] == 1
