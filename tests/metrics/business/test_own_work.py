"""What the customer's own people log as manual entry, rework and finance work, by the names that its settings give."""

import json
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text


@pytest.fixture
def named(world):
    """The customer's settings."""

    def put(**names: list[str]) -> None:
        world.conn.execute(
            text("UPDATE ops.customer SET own_work = CAST(:own AS jsonb) WHERE customer_id = :customer"),
            {"own": json.dumps(names), "customer": world.customer_id},
        )

    return put


@pytest.fixture
def logged(world):
    """Hours on a task of a name."""

    def make(task: str, hours: int, **values) -> None:
        own = world.record("biz.task", "K", {}, {"name": task})
        world.entry(task_ref=own, minutes=60 * hours, billable=False, **values)

    return make


def by_kind(world) -> dict[str, Decimal | None]:
    return {row["part"]: row["value"] for row in world.ask("own_work", by="kind")}


def test_without_a_setting_it_is_unknown_and_not_nothing(world, logged) -> None:
    logged("Rework", 2)
    (row,) = world.ask("own_work")
    assert (row["value"], row["unknown"]) == (None, 3)
    assert by_kind(world) == {"manual entry": None, "rework": None, "finance": None}
    assert [each["outcome"] for each in world.ask("own_work_rows")] == ["unknown"] * 3


def test_where_no_time_was_read_it_is_unknown(world, named) -> None:
    named(rework=["*"])
    assert world.ask("own_work")[0]["value"] is None


@pytest.mark.parametrize(
    ("name", "hours"),
    [("rework invoice", 2), ("REWORK*", 5), ("*", 6), ("Rework_invoice", 0), ("%", 0), ("nothing", 0)],
)
def test_names_are_compared_without_case_and_a_star_is_anything(world, named, logged, name, hours) -> None:
    logged("Rework invoice", 2)
    logged("Rework of the feed", 3)
    logged("Delivery", 1)
    named(rework=[name])
    assert by_kind(world) == {"manual entry": None, "rework": hours, "finance": None}


def test_projects_their_numbers_and_billing_codes_bear_names_too(world, named, logged, at) -> None:
    world.project(at("2026-01-01"), source_id="P", name="Month-end close", number="FIN-7")
    logged("Ledger", 1, project_ref="P")
    logged("Ledger", 2, billing_code="KEY-1")
    named(finance=["month-end *"], manual_entry=["key-*"])
    assert by_kind(world) == {"manual entry": 2, "rework": None, "finance": 1}
    named(finance=["fin-*"])
    assert by_kind(world)["finance"] == 1


def test_an_entry_of_two_kinds_counts_once_in_the_total(world, named, logged) -> None:
    logged("Typing again", 3)
    logged("Typing", 1)
    logged("Typing", 4, worked_on=date(2026, 7, 1))  # another month's
    named(manual_entry=["typing*"], rework=["* again"], finance=["ledger"])
    (row,) = world.ask("own_work")
    assert (row["value"], row["unknown"], row["sample"]) == (4, 0, 2)
    assert by_kind(world) == {"manual entry": 4, "rework": 3, "finance": 0}
    rows = world.ask("own_work_rows")
    assert [(each["value"], each["outcome"]) for each in rows] == [
        (3, "manual entry, rework"),
        (1, "manual entry"),
    ]
