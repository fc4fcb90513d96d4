"""The page Incidents: what several customers have at once is for the partner's people, and each is told its own part alone."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app import data, incident_reads
from app.scope import Scope
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of
from tests.metrics.builders import an_exception, system_of

OWN = {"acme": ("Acme Consulting", "4,321", "USD"), "borealis": ("Borealis Advisory", "8,765", "GBP")}


@pytest.fixture(scope="module")
def down(seeded: Placed, now: datetime) -> Iterator[Placed]:
    """The platform does not answer two customers of a partner, and one of another; gone afterwards."""
    with seeded.db.engine("owner").begin() as conn:
        for key, value in {
            "acme": ("4321", "USD"),
            "borealis": ("8765", "GBP"),
            "aue": ("99", "EUR"),
        }.items():
            customer = seeded.world.customers[key]
            amount = {"value_at_risk": value[0], "currency": value[1], "value_confidence": "exact"}
            given = {
                "error_class": "connection",
                "fingerprint": f"down at {key}",
                "title": f"Only {key} says so",
            }
            system = system_of(conn, customer)
            number = an_exception(conn, customer, now - timedelta(hours=1), system_id=system, **given)
            conn.execute(
                text(
                    "UPDATE ops.exception SET value_at_risk = :value_at_risk, currency = :currency,"
                    " value_confidence = :value_confidence WHERE customer_id = :c AND exception_id = :e"
                ),
                amount | {"c": customer, "e": number},
            )
    yield seeded
    with seeded.db.engine("owner").begin() as conn:
        ours = "WHERE (customer_id, exception_id) IN (SELECT customer_id, exception_id FROM ops.exception WHERE fingerprint LIKE 'down at %')"
        for table in ("ops.exception_event", "ops.exception_occurrence", "ops.exception"):
            conn.execute(text(f"DELETE FROM {table} {ours}"))


def test_staff_read_whom_it_hit_since_when_and_what_is_at_risk_by_currency(draw: Draw, down: Placed) -> None:
    html = html_of(draw("incidents", "partner_support"))
    for words in ("at 2 of 2 customers.", "The system cannot be reached: sql,", "$4,321", "£8,765"):
        assert words in html
    for name, _, _ in OWN.values():
        assert name in html
    assert "Aue" not in html  # another partner's
    assert html.count('href="/exceptions?open=') == 2


def test_each_customers_draft_holds_nothing_of_the_others(draw: Draw, down: Placed) -> None:
    page = draw("incidents", "partner_manager")
    drafts = [block.value for block in page.code]
    assert len(drafts) == 2
    for draft, (name, amount, _) in zip(drafts, OWN.values(), strict=True):
        others = [each for each in OWN.values() if each[0] != name]
        assert name in draft
        assert amount in draft
        assert "Northwind Connect" in draft
        for other, their, _ in others:
            assert other not in draft
            assert their not in draft
        assert "says so" not in draft


def test_nobody_of_a_customer_reads_of_an_incident_even_of_customers_in_sight(
    draw: Draw, down: Placed
) -> None:
    assert "cannot be reached" not in html_of(draw("incidents", "customer_executive"))
    customers = tuple(down.world.customers[key] for key in OWN)
    as_of = data.now()
    seen = {
        role: incident_reads.found(Scope(1, customers, role, 1), as_of)
        for role in ("partner_support", "customer_executive")
    }
    assert len(seen["partner_support"][0].members) == 2
    assert seen["customer_executive"] == []


def test_without_trouble_at_two_customers_the_page_says_so(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incident_reads, "found", lambda scope, as_of: [])
    assert "No two customers have the same trouble now." in html_of(draw("incidents", "partner_owner"))
