"""A16: what was written into the business systems once too often."""

from decimal import Decimal

import pytest


def counted(world, **asked):
    """The figure by count, after its rows have been held against it."""
    rows = world.ask("duplicate_rate_rows", **asked)
    figures = {row["currency"]: row for row in world.ask("duplicate_rate", **asked)}
    for currency, figure in figures.items():
        mine = [row for row in rows if currency in (None, row["currency"])]
        extra, total = [row for row in mine if row["in_numerator"]], mine
        if currency is None:
            assert (figure["numerator"], figure["denominator"]) == (len(extra), len(total))
        else:
            assert figure["numerator"] == sum(row["amount"] for row in extra)
            assert figure["denominator"] == sum(row["amount"] for row in total)
    return figures


def test_a_second_project_for_one_opportunity_is_a_duplicate(world, at) -> None:
    world.project(at("2026-06-02 10:00"), opportunity_key="O-1")
    second = world.project(at("2026-06-02 10:05"), opportunity_key="o-1 ")
    world.project(at("2026-06-03"), opportunity_key="O-2")
    figure = counted(world)[None]
    assert (figure["numerator"], figure["denominator"], figure["value"]) == (1, 3, pytest.approx(1 / 3))
    assert world.ask("duplicate_rate_rows")[0]["item_id"] == second


def test_projects_in_two_systems_below_another_or_without_a_key_are_none(world, at) -> None:
    moment = at("2026-06-02 10:00")
    erp = world.system("erp")
    first = world.project(moment, opportunity_key="O-1")
    world.project(moment, opportunity_key="O-1", system_id=erp)
    world.project(moment, opportunity_key="O-1", parent_ref=first)
    world.project(moment)
    world.project(moment, opportunity_key=" ")
    assert counted(world)[None]["numerator"] == 0


def test_a_duplicate_counts_while_it_is_there_and_in_the_period_in_which_it_was_made(world, at) -> None:
    world.project(at("2026-05-31"), opportunity_key="O-1")
    world.project(at("2026-06-02"), opportunity_key="O-1", deleted_at=at("2026-06-10"))
    assert counted(world, as_of="2026-06-01")[None]["denominator"] == 0
    assert counted(world, as_of="2026-06-09")[None]["numerator"] == 1
    assert counted(world, as_of="2026-06-10")[None]["denominator"] == 0
    assert counted(world, since="2026-05-01", until="2026-06-01")[None]["numerator"] == 0


def test_work_on_two_bills_is_billed_twice(world, at) -> None:
    entry = world.billed_entry(at("2026-06-05"))
    world.link(world.line(world.invoice("posted", at("2026-06-20"))), entry)
    figures = counted(world)
    assert (figures[None]["numerator"], figures[None]["denominator"]) == (1, 2)
    assert (figures["USD"]["numerator"], figures["USD"]["denominator"]) == (Decimal(100), Decimal(200))
    assert counted(world, as_of="2026-06-19")[None]["numerator"] == 0


def test_work_split_over_two_bills_is_billed_once(world, at) -> None:
    entry = world.entry()
    for day in ("2026-06-05", "2026-06-20"):
        world.link(world.line(world.invoice("posted", at(day))), entry, share="0.5")
    figures = counted(world)
    assert (figures[None]["numerator"], figures[None]["denominator"]) == (0, 2)
    assert figures["USD"]["denominator"] == Decimal(100)


def test_a_bill_that_was_voided_makes_room_for_another(world, at) -> None:
    entry = world.entry()
    world.link(world.line(world.invoice("void", at("2026-06-05"), voided_at=at("2026-06-10"))), entry)
    world.link(world.line(world.invoice("posted", at("2026-06-20"))), entry)
    assert counted(world)[None]["numerator"] == 0


def test_a_transaction_whose_runs_name_two_targets_is_told_beside_it(world, at) -> None:
    moment = at("2026-06-05")
    flow = world.flow("opportunity_to_project", 1)
    for own, target in (("r1", "P-1"), ("r2", "P-2"), ("r3", "P-2")):
        world.run(moment, flow_id=flow, external_id=own, transaction_key="r1", target_key=target)
    world.run(moment, flow_id=flow, external_id="r4", transaction_key="r4", target_key="P-9")
    assert counted(world)[None]["written_twice"] == 1


def test_a_kind_a_system_and_a_day_have_their_own(world, at) -> None:
    world.project(at("2026-06-02"), opportunity_key="O-1")
    world.billed_entry(at("2026-06-05"))
    for by, expected in (
        ("kind", {"project": 1, "billing": 1}),
        ("system", {"psa": 2, "crm": 0}),
    ):
        found = {row["part"]: row for row in world.ask("duplicate_rate", by=by) if row["currency"] is None}
        assert {part: row["denominator"] for part, row in found.items()} == expected
    days = [row for row in world.ask("duplicate_rate", by="day") if row["currency"] is None]
    assert (len(days), sum(row["denominator"] for row in days)) == (30, 2)


def test_nothing_written_has_no_rate(world) -> None:
    figures = counted(world)
    assert (list(figures), figures[None]["value"], figures[None]["denominator"]) == ([None], None, 0)
