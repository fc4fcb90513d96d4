"""What tests of triage share: a customer with two people who see it, and the desk at which they work."""

from dataclasses import dataclass

import pytest
from sqlalchemy import text

from metrics.triage import act, together
from metrics.triage.act import Actor, Target
from tests.metrics.builders import a_customer, an_exception, at

NOW = at("2026-10-05 09:00")


def a_person(conn, customer, email, name, role="partner_support", all_customers=True):
    """Somebody of the customer's partner."""
    return Actor(
        conn.execute(
            text(
                "INSERT INTO ops.person (partner_id, email, name, role, all_customers)"
                " SELECT partner_id, :email, :name, :role, :everybody FROM ops.customer WHERE customer_id = :customer RETURNING person_id"
            ),
            {
                "customer": customer,
                "email": email,
                "name": name,
                "role": role,
                "everybody": all_customers,
            },
        ).scalar_one(),
        email,
    )


@dataclass
class Desk:
    """One customer's queue, worked with the rights of triage."""

    conn: object
    as_viewer: object
    customer: int
    sam: Actor
    kim: Actor

    def opened(self, **values) -> int:
        return an_exception(self.conn, self.customer, at("2026-10-05 08:00"), **values)

    def do(self, verb, exception, who=None, version=None, when=NOW, **given):
        with self.as_viewer([self.customer], role="triage") as desk:
            target = Target(self.customer, exception, version)
            return act.act(desk, who or self.sam, target, verb, when, **given)

    def undo(self, exception, who=None, when=NOW):
        with self.as_viewer([self.customer], role="triage") as desk:
            return together.undo(desk, who or self.sam, Target(self.customer, exception), when)

    def merge(self, exception, into, who=None, when=NOW):
        with self.as_viewer([self.customer], role="triage") as desk:
            both = (Target(self.customer, exception), Target(self.customer, into))
            return together.merge(desk, who or self.sam, *both, when)

    def split(self, exception, *subjects, title=None, when=NOW):
        with self.as_viewer([self.customer], role="triage") as desk:
            return together.split(desk, self.sam, Target(self.customer, exception), subjects, when, title)

    def row(self, exception):
        return self.conn.execute(
            text("SELECT * FROM ops.exception WHERE exception_id = :own"), {"own": exception}
        ).one()

    def events(self, exception):
        return self.conn.execute(
            text("SELECT * FROM ops.exception_event WHERE exception_id = :own ORDER BY event_id"),
            {"own": exception},
        ).all()


@pytest.fixture
def desk(conn, as_viewer) -> Desk:
    customer = a_customer(conn)
    sam = a_person(conn, customer, "sam@partner.example", "Sam")
    return Desk(conn, as_viewer, customer, sam, a_person(conn, customer, "kim@partner.example", "Kim"))
