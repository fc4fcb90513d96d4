"""What serving earns and costs is the partner's: nobody else gets a figure, a row or a promise of it."""

import pytest

from metrics.catalogue import METRICS
from metrics.read import figures, rows
from metrics.sla import draft
from metrics.sla.draft import Parties
from metrics.sla.terms import TermsError, read
from metrics.sla.window import Subject
from sql import query
from sql.ask import mappings
from tests.metrics.builders import a_customer, an_objective
from tests.metrics.conftest import LATER, OCTOBER

OWN = [metric for metric in METRICS if metric.is_for_partner]
NAMES = [metric.key for metric in OWN]


@pytest.fixture
def customer(conn):
    return a_customer(conn)


def test_there_is_something_to_keep() -> None:
    assert "cost_to_serve" in NAMES


@pytest.mark.parametrize("key", NAMES)
def test_a_customers_reader_is_refused(customer, as_viewer, key) -> None:
    with as_viewer([customer], LATER) as conn:
        for ask in (figures, rows):
            with pytest.raises(PermissionError, match="for the partner's own people"):
                ask(conn, key, [customer], OCTOBER)


@pytest.mark.parametrize("name", [f"viewer/{key}{end}" for key in NAMES for end in ("", "_rows")])
def test_the_query_itself_answers_nothing_to_a_customers_reader(books, as_viewer, name) -> None:
    customer = books.customer(("2025-01-01", 500), ("2026-10-10", 600))
    books.hour_costs(("USD", "2026-01-01", "40"))
    books.sealed(customer, "2026-10", "0.00")
    books.logged(customer, 60, "2026-10-05")
    asked = {
        "customer_ids": [customer],
        "since": OCTOBER.since,
        "until": OCTOBER.until,
        "as_of": LATER,
        "by": None,
        "row_limit": None,
    }
    with as_viewer([customer], LATER) as reader:
        assert mappings(reader, query(name), asked) == []
    with as_viewer([customer], LATER, staff=True) as reader:
        assert mappings(reader, query(name), asked) != []


@pytest.mark.parametrize("metric", OWN, ids=lambda metric: metric.key)
def test_it_cannot_be_promised(metric) -> None:
    objective = {"metric": metric.key, "target": 1, "unit": "count", "window": "calendar-month"}
    with pytest.raises(TermsError, match="the partner's own figure"):
        read({"valid_from": "2026-01-01", "objectives": [objective]})


def test_a_statement_has_nothing_of_it(conn, customer, as_viewer, monkeypatch) -> None:
    an_objective(conn, customer, "sync_success_rate")
    public = [metric for metric in METRICS if metric.key == "throughput"]
    monkeypatch.setattr(draft, "METRICS", [*OWN, *public])
    terms = read(
        {
            "valid_from": "2026-01-01",
            "objectives": [{"metric": "sync_success_rate", "target": 99, "unit": "percent"}],
        }
    )
    parties = Parties(Subject(customer, "acme", "UTC"), "Acme", "northwind", "Northwind")
    with as_viewer([customer], LATER, staff=True) as reader:
        body = draft.body(reader, parties, terms, OCTOBER)
    assert {figure["key"] for figure in body["figures"]} == {"throughput"}
