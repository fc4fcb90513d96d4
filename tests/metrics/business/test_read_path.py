"""The business metrics through the one way that pages, files and the command line take."""

from decimal import Decimal

import pytest

from metrics.business import BUSINESS
from metrics.money import MONEY
from metrics.people import PEOPLE
from metrics.period import Period
from metrics.read import figures, rows

pytestmark = pytest.mark.slow

JUNE = Period.parse("2026-06", "UTC", None)


@pytest.fixture
def busy(world, at):
    """A month with a bit of everything, in two currencies."""
    world.account("Alder Logistics", source_id="PA")
    world.account("Alder Logistics Ltd", world.crm_id, source_id="CA")
    world.project(at("2026-01-05"), source_id="P1", name="Warehouse", account_ref="PA")
    world.flow("opportunity_to_project", 4)
    for number, project in ((1, "2026-06-03 11:00"), (2, "2026-06-09 11:00"), (3, None)):
        world.won(at("2026-06-03 10:00"), number=f"OPP-{number}", account_ref="CA", amount=1000 * number)
        if project:
            world.project(at(project), opportunity_key=f"OPP-{number}")
    world.billed_entry(at("2026-06-09 12:00"), project_ref="P1")
    world.billed_entry(at("2026-06-20 12:00"), project_ref="P1", rate=Decimal("77.77"))
    world.entry(project_ref="P1")
    world.entry(currency="EUR", rate=Decimal("12.34"))
    world.entry(rate=None)
    world.expense()
    world.record("biz.resource", "W", {"name": "Wren", "capacity_hours": 40}, {"source_id": "W1"})
    world.entry(resource_ref="W1", currency="GBP")
    for day, line in ((5, world.line(world.invoice("draft", created_at=at("2026-06-07")))), (6, None)):
        world.record(
            "biz.milestone",
            "M",
            {"completed_at": at(f"2026-06-0{day}"), "amount": 500, "currency": "USD"},
            {"project_ref": "P1", "invoice_line_ref": line},
        )
    world.work_out()
    return world


@pytest.mark.parametrize("metric", BUSINESS + PEOPLE + MONEY, ids=lambda metric: metric.key)
def test_every_figure_and_every_split_has_rows_behind_it(busy, as_viewer, at, metric) -> None:
    customers = [busy.customer_id]
    with as_viewer(customers) as conn:
        now = at("2026-07-10")
        found = figures(conn, metric.key, customers, JUNE, as_of=now)
        assert found
        for by in metric.by:
            assert all(
                figure.metric is metric
                for figure in figures(conn, metric.key, customers, JUNE, by=by, as_of=now)
            )
        behind = rows(conn, metric.key, customers, JUNE, as_of=now)
    for figure in found:
        assert figure.unit == metric.unit
        assert figure.definition_version == metric.version
        if figure.numerator is None:
            continue
        mine = behind[behind["in_numerator"]]
        if metric.rows_add == "value":
            assert mine["value"].sum() == pytest.approx(float(figure.numerator))
        elif figure.currency is None:
            assert len(mine) == figure.numerator
        else:
            amounts = mine.loc[mine["currency"] == figure.currency, "amount"]
            assert sum(amounts) == figure.numerator


def test_what_the_figures_say(busy, as_viewer, at) -> None:
    customers = [busy.customer_id]
    with as_viewer(customers) as conn:

        def told(key: str) -> dict:
            return {
                figure.currency: (figure.value, figure.numerator, figure.denominator, figure.unknown)
                for figure in figures(conn, key, customers, JUNE, as_of=at("2026-07-10"))
            }

        assert told("failed_project_creations") == {
            None: (2, 2, 3, 0),
            "USD": (Decimal(5000), Decimal(5000), Decimal(6000), 0),
        }
        bill = told("time_to_bill")
        assert bill[None][1:] == (2, 7, 0)
        assert bill["USD"][1:] == (Decimal("177.77"), Decimal("317.77"), 1)
        assert told("unbilled_time") == {
            "USD": (Decimal("140"), Decimal("140"), None, 1),
            "EUR": (Decimal("12.34"), Decimal("12.34"), None, 0),
            "GBP": (Decimal("100"), Decimal("100"), None, 0),
        }


def test_two_customers_are_added_where_that_means_something(busy, as_viewer, at) -> None:
    other = busy.customer()
    system = busy.system("psa", other)
    first = busy.customer_id
    busy.customer_id, busy.system_id = other, system
    busy.entry(rate=Decimal("10"))
    busy.invoice("posted", at("2026-06-03"), net=Decimal("0.5"))
    busy.work_out()
    customers = [first, other]
    with as_viewer(customers) as conn:
        stock = figures(conn, "unbilled_time", customers, JUNE, as_of=at("2026-07-10"))
        clock = figures(conn, "time_to_bill", customers, JUNE, as_of=at("2026-07-10"))
        right = figures(conn, "invoice_first_time_right", customers, JUNE, as_of=at("2026-09-10"))
    assert {figure.currency: figure.value for figure in stock}["USD"] == Decimal("150")
    shares = {figure.currency: figure for figure in right}
    assert (shares[None].numerator, shares["USD"].numerator) == (3, Decimal("200.5"))
    # a median is nobody's sum: one figure for each
    assert {figure.customer_ids for figure in clock} == {(first,), (other,)}
