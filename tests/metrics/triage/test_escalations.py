"""Escalations: what a person made more urgent or nobody took, once each; what was taken back or eased is none."""

import pytest
from sqlalchemy import text

from metrics.read import figures, rows
from tests.metrics.builders import at, insert
from tests.metrics.conftest import LATER, OCTOBER


@pytest.fixture
def ask(desk):
    """The figures by part, and the rows."""

    def read(by=None, as_of=LATER):
        with desk.as_viewer([desk.customer], as_of, staff=True) as conn:
            found = figures(conn, "D6", [desk.customer], OCTOBER, by=by, as_of=as_of)
            return {each.part: each.value for each in found}, rows(
                conn, "D6", [desk.customer], OCTOBER, as_of=as_of
            )

    return read


def test_raised_is_escalated_and_each_exception_counts_once(desk, ask) -> None:
    first, eased, other = desk.opened(), desk.opened(), desk.opened(rule="unbilled_time")
    desk.do("prioritise", first, severity=2)
    desk.do("prioritise", first, severity=1, when=at("2026-10-06"))
    desk.do("prioritise", eased, severity=4)
    desk.do("prioritise", other, severity=1, when=at("2026-11-02"))  # another month's
    values, frame = ask()
    assert (values, frame["in_numerator"].sum()) == ({"": 1}, 1)
    assert frame["outcome"].tolist() == ["severity 2 to 1"]
    assert ask(by="rule")[0] == {"run_failed": 1}
    assert sum(ask(by="workflow")[0].values()) == sum(ask(by="system")[0].values()) == 1


def test_what_was_taken_back_is_none_but_was_one_until_then(desk, ask) -> None:
    own = desk.opened()
    desk.do("prioritise", own, severity=1)
    desk.undo(own, when=at("2026-10-08"))
    assert ask()[0] == {"": 0}
    assert ask(as_of=at("2026-10-07"))[0] == {"": 1}


def test_where_nothing_was_ever_read_nobody_knows(desk, ask) -> None:
    assert ask()[0] == {"": None}


@pytest.fixture
def alerted(desk):
    """An alert of which the next in line was told at an instant; attempts 0: somebody took it before."""

    def make(told_at, exception=None, attempts=1, rule="silence") -> None:
        own = desk.conn.execute(
            text(
                "INSERT INTO ops.alert (customer_id, rule, cause, severity, title, exception_id, opened_at)"
                " VALUES (:customer, :rule, :cause, 1, 'Nothing was read', :exception, :at) RETURNING alert_id"
            ),
            {
                "customer": desk.customer,
                "rule": rule,
                "cause": f"{rule} {told_at}",
                "exception": exception,
                "at": told_at,
            },
        ).scalar_one()
        insert(
            desk.conn,
            "ops.alert_message",
            customer_id=desk.customer,
            message_key=f"{own} next",
            alert_id=own,
            kind="escalated",
            channel="mail",
            addressee="next@partner.example",
            severity=1,
            state="sent" if attempts else "dropped",
            not_before=told_at,
            attempts=attempts,
            created_at=told_at,
            sent_at=told_at if attempts else None,
        )

    return make


def test_an_alert_that_nobody_took_is_escalated(desk, ask, alerted) -> None:
    raised, other = desk.opened(), desk.opened()
    desk.do("prioritise", raised, severity=1)
    alerted(at("2026-10-05 10:00"), raised)  # the same trouble once more
    alerted(at("2026-10-06 10:00"), other)
    alerted(at("2026-10-07 10:00"))  # of no exception
    alerted(at("2026-10-08 10:00"), attempts=0)
    alerted(at("2026-11-02 10:00"))  # another month's
    values, frame = ask()
    assert (values, frame["in_numerator"].sum()) == ({"": 3}, 3)
    assert sorted(frame["outcome"]) == ["nobody took its alert"] * 2 + ["severity 3 to 1"]
    assert ask(by="class")[0] == {"technical": 2, "business": 0, "alert": 1}
    assert ask(as_of=at("2026-10-06 09:00"))[0] == {"": 1}
