"""Cost to serve as figures: rows that add up, parts, and what nobody logged told as unknown."""

import pytest
from sqlalchemy import text

from metrics import rollup
from metrics.read import figures, rows
from tests.metrics.builders import OneTransaction, a_customer, a_flow, a_run, at
from tests.metrics.conftest import LATER, OCTOBER


@pytest.fixture
def ask(desk):
    """The figures of a metric of the partner's own by part, and the rows behind them."""

    def read(key, by=None, as_of=LATER):
        with desk.as_viewer([desk.customer], as_of, staff=True) as conn:
            found = figures(conn, key, [desk.customer], OCTOBER, by=by, as_of=as_of)
            return {each.part: each for each in found}, rows(conn, key, [desk.customer], OCTOBER, as_of=as_of)

    return read


@pytest.fixture
def worked(desk):
    """Four transactions; two exceptions with minutes, one of them of the flow, and one that was assigned and nothing logged."""
    flow = a_flow(desk.conn, desk.customer)
    for hour in range(4):
        a_run(desk.conn, desk.customer, flow, at(f"2026-10-02 0{hour}:00"))
    rollup.rebuild(OneTransaction(desk.conn), LATER, [desk.customer])
    first, second, third = desk.opened(), desk.opened(rule="unbilled_time"), desk.opened()
    desk.conn.execute(
        text("UPDATE ops.exception SET flow_id = :flow WHERE exception_id = :own"),
        {"flow": flow, "own": first},
    )
    desk.do("log", first, minutes=30)
    desk.do("log", first, minutes=15)
    desk.do("log", second, minutes=15)
    desk.do("take", third)
    return first, second, third


@pytest.mark.parametrize(
    ("key", "numerator", "denominator", "value"),
    [("cost_to_serve", 60, 0.004, 15000), ("D4b", 60, 2, 30)],
)
def test_its_rows_add_up(worked, ask, key, numerator, denominator, value) -> None:
    parts, listed = ask(key)
    figure = parts[""]
    assert (float(figure.numerator), float(figure.denominator), figure.value) == (
        numerator,
        denominator,
        value,
    )
    assert listed.loc[listed["in_numerator"], "value"].sum() == numerator
    assert (figure.unknown, listed["is_unknown"].sum()) == (1, 1)


def test_parts_are_of_the_whole(worked, ask) -> None:
    of_flows, _ = ask("D4", by="flow")
    assert {part: figure.numerator for part, figure in of_flows.items()} == {
        "won-to-project": 45,
        "(no flow)": 15,
    }
    assert of_flows["won-to-project"].value == 45 / 4 * 1000
    assert of_flows["(no flow)"].value is None  # of no transactions there is no thousand
    by_rule, _ = ask("D4b", by="rule")
    assert by_rule["unbilled_time"].value == 15
    for by in ("workflow", "system"):
        assert sum(figure.numerator or 0 for figure in ask("D4b", by=by)[0].values()) == 60


def test_what_was_taken_back_later_was_still_said_then(desk, worked, ask) -> None:
    desk.undo(worked[1], when=at("2026-11-02"))
    assert ask("D4b")[0][""].numerator == 45
    assert ask("D4b", as_of=at("2026-11-01"))[0][""].numerator == 60


def test_several_customers_do_not_take_transactions_of_one_whose_minutes_nobody_knows(desk, worked) -> None:
    other = a_customer(desk.conn)
    flow = a_flow(desk.conn, other)
    a_run(desk.conn, other, flow, at("2026-10-02 09:00"))
    rollup.rebuild(OneTransaction(desk.conn), LATER, [other])
    with desk.as_viewer([desk.customer, other], LATER, staff=True) as conn:
        (both,) = figures(conn, "D4", [desk.customer, other], OCTOBER)
    assert (both.value, both.detail["transactions"]) == (15000, 5)
