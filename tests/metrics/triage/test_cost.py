"""Cost to serve: what was logged over what came due and what was worked; nothing logged is unknown."""

from metrics import rollup
from metrics.period import Period
from metrics.triage.cost import cost_to_serve
from tests.metrics.builders import OneTransaction, a_flow, a_run, at

OCTOBER = Period.parse("2026-10", "UTC", at("2026-11-20"))


def cost(desk):
    with desk.as_viewer([desk.customer], at("2026-11-20"), staff=True) as conn:
        return cost_to_serve(conn, desk.customer, OCTOBER, at("2026-11-20"))


def test_minutes_over_transactions_and_over_exceptions(desk):
    flow = a_flow(desk.conn, desk.customer)
    for hour in range(8):
        a_run(desk.conn, desk.customer, flow, at(f"2026-10-02 0{hour}:00"))
    rollup.rebuild(OneTransaction(desk.conn), at("2026-11-20"), [desk.customer])
    first, second = desk.opened(), desk.opened()
    for own, minutes in ((first, 30), (first, 15), (second, 15)):
        desk.do("log", own, minutes=minutes)
    desk.undo(second)
    desk.do("log", second, minutes=3, when=at("2026-11-02"))  # another month's
    found = cost(desk)
    assert (found.minutes, found.transactions) == (45, 8)
    assert (found.per_thousand_transactions, found.per_exception) == (5625, 45)
    assert sum(row["minutes"] for row in found.rows) == found.minutes


def test_where_nobody_logged_anything_the_cost_is_unknown(desk):
    desk.opened()
    found = cost(desk)
    assert (found.minutes, found.per_thousand_transactions, found.per_exception, found.rows) == (
        None,
        None,
        None,
        (),
    )
