"""Incidents over customers: the same trouble at two or more of them at about the same time, and what each of them is told."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.notice import draft
from metrics.triage.incidents import APART, Member, incidents, put_together
from sql import query
from tests.metrics.builders import a_customer, an_exception, an_occurrence, at, system_of

NOON = at("2026-10-05 12:00")
HOUR = timedelta(hours=1)
NOW = at("2026-10-06 09:00")


@pytest.fixture
def firms(conn) -> list[int]:
    """Five customers of one partner, each with the same kind of platform."""
    made = [a_customer(conn) for _ in range(5)]
    conn.execute(
        text(
            "UPDATE ops.customer SET partner_id = (SELECT min(partner_id) FROM ops.customer WHERE customer_id = ANY (:ids)) WHERE customer_id = ANY (:ids)"
        ),
        {"ids": made},
    )
    return made


@pytest.fixture
def trouble(conn):
    """An exception of a customer with its class."""

    def make(customer, when, error_class="connection", cleared=None, **values):
        return an_exception(
            conn,
            customer,
            when,
            cleared,
            system_id=system_of(conn, customer),
            error_class=error_class,
            **values,
        )

    return make


@pytest.fixture
def seen(conn, as_viewer):
    def look(*customers, when=NOW, staff=True):
        with as_viewer(list(customers), when, staff=staff) as reader:
            return incidents(reader, customers, when)

    return look


def test_the_same_trouble_at_two_customers_is_one_incident(firms, trouble, seen):
    first, second = trouble(firms[0], NOON), trouble(firms[1], NOON + HOUR)
    (found,) = seen(*firms)
    assert [each.exception_ids for each in found.members] == [(first,), (second,)]
    assert (found.kind, found.error_class, found.began_at, found.records) == ("http", "connection", NOON, 2)


@pytest.mark.parametrize(
    "other",
    [
        {"when": NOON + APART + HOUR},  # long after
        {"when": NOON, "error_class": "authentication"},  # another trouble
        {"when": NOON, "error_class": None},  # nobody can say
        {"when": NOON, "class": "business"},
        {"when": NOON, "cleared": NOON},  # it turned out to be none
    ],
)
def test_what_is_not_alike_or_not_together_is_none(firms, trouble, seen, other):
    trouble(firms[0], NOON)
    trouble(firms[1], **other)
    assert seen(*firms) == []


def test_one_customer_makes_no_incident_however_often(conn, firms, trouble, seen):
    own = trouble(firms[0], NOON)
    an_occurrence(conn, firms[0], own, NOON + HOUR)
    assert seen(*firms) == []


def test_of_what_a_record_says_the_words_must_be_the_same(firms, trouble, seen):
    for customer, cause in zip(firms[:3], ("run_failed:a", "run_failed:a", "run_failed:b"), strict=True):
        trouble(customer, NOON, "parse", fingerprint=cause)
    (found,) = seen(*firms)
    assert {each.customer_id for each in found.members} == set(firms[:2])


def test_another_kind_of_system_is_another_incident(conn, firms, trouble, seen):
    for customer in firms[:4]:
        trouble(customer, NOON)
    conn.execute(
        text("UPDATE ops.system SET kind = 'n8n' WHERE customer_id = ANY (:ids)"), {"ids": firms[2:4]}
    )
    assert {each.kind: len(each.members) for each in seen(*firms)} == {"http": 2, "n8n": 2}


def test_who_may_see_one_of_them_sees_no_incident_and_of_three_only_those_it_may(firms, trouble, seen):
    for customer in firms[:3]:
        trouble(customer, NOON)
    assert seen(firms[0]) == []
    (found,) = seen(firms[0], firms[2])
    assert {each.customer_id for each in found.members} == {firms[0], firms[2]}


def test_customers_of_two_partners_make_no_incident(conn, trouble, seen):
    one, other = a_customer(conn), a_customer(conn)
    trouble(one, NOON)
    trouble(other, NOON)
    assert seen(one, other) == []


def test_money_is_told_by_currency_once_an_exception_and_the_unknown_is_counted(conn, firms, trouble, seen):
    own, euros = trouble(firms[0], NOON), trouble(firms[0], NOON)
    worth = text(
        "UPDATE ops.exception SET value_at_risk = :amount, currency = :currency WHERE exception_id = :own"
    )
    conn.execute(worth, {"own": own, "amount": 100, "currency": "USD"})
    conn.execute(worth, {"own": euros, "amount": 30, "currency": "EUR"})
    an_occurrence(conn, firms[0], own, NOON + 2 * HOUR)
    trouble(firms[0], NOON)
    trouble(firms[1], NOON)
    (found,) = seen(*firms)
    (part, _) = found.members
    assert (part.at_risk, part.unknown, part.records) == ({"USD": 100, "EUR": 30}, 1, 4)


def test_nobody_of_a_customer_reads_of_one_whatever_it_may_see(firms, trouble, seen):
    for customer in firms[:2]:
        trouble(customer, NOON)
    assert len(seen(*firms)) == 1
    assert seen(*firms, staff=False) == []


def test_the_order_of_the_rows_does_not_matter(firms, trouble, conn, as_viewer):
    for n, customer in enumerate(firms):
        trouble(customer, NOON + n * HOUR)
    asked = {"customer_ids": firms, "since": NOON - HOUR, "as_of": NOW}
    with as_viewer(firms, NOW, staff=True) as reader:
        rows = [dict(row) for row in reader.execute(text(query("triage/incident_hours")), asked).mappings()]
    assert put_together(rows) == put_together(reversed(rows))
    assert [len(each.members) for each in put_together(rows)] == [5]


NAMES = st.text("bcdfghjklmnpqrstvwxz", min_size=9, max_size=14)


@given(
    names=st.lists(NAMES, min_size=6, max_size=6, unique=True),
    over=st.booleans(),
    amount=st.integers(111_111, 999_999),
)
def test_a_notice_holds_nothing_of_the_others(names, over, amount):
    def row(n: int, customer: str, flow: str) -> dict:
        return {
            "customer_id": 70_000 + n, "partner_id": 1, "customer": customer, "brand": "Northwind", "time_zone": "UTC", "locale": "en-GB",
            "flow": flow, "role": "ipaas", "kind": "supplierx", "error_class": "connection", "fingerprint": "f", "exception_id": 81_000 + n,
            "began_at": NOON, "last_at": NOON, "records": 1 + n, "open_records": 0 if over else 1 + n,
            "value_at_risk": Decimal(amount + n), "currency": ("USD", "EUR", "GBP")[n],
        }  # fmt: skip

    (incident,) = put_together(row(n, names[2 * n], names[2 * n + 1]) for n in range(3))
    for own in incident.members:
        notice = draft(own, incident.error_class)
        said = notice.subject + notice.body
        foreign = [each for each in incident.members if each is not own]
        strings = {name for each in foreign for name in (each.customer, *each.flows, *each.at_risk)}
        strings |= {str(number) for each in foreign for number in (each.customer_id, *each.exception_ids)}
        assert [name for name in strings if name in said] == []
        assert own.customer in said
        assert own.flows[0] in said
        for word in ("supplierx", "other customer", "several", "incident", incident.key):
            assert word not in said


def test_a_notice_says_when_what_how_much_and_by_whom():
    own = Member(
        1, "Acme", "Northwind Connect", "America/New_York", "en-GB", ("erp",), ("Deals", "Bills"), (7,), NOON, NOON + HOUR,
        12, 3, {"USD": Decimal("1200.50")}, 1,
    )  # fmt: skip
    notice = draft(own, "connection")
    assert notice.subject == "Your ERP cannot be reached"
    assert notice.body.splitlines()[0] == "Dear team of Acme,"
    assert "08:00" in notice.body
    assert "12 transactions of Deals and Bills were held up; 3 still are." in notice.body
    assert "1,200.50" in notice.body
    assert "for the rest nobody knows" in notice.body
    assert notice.body.endswith("Northwind Connect")
