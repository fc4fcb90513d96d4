"""What is kept beside a statement: actions go on from month to month, nobody overwrites anybody, and what was sealed stays."""

from contextlib import contextmanager
from datetime import date

import pytest

from metrics.sla import review, statement
from metrics.sla.desk import Desk, NotAllowedError, Person
from metrics.sla.overdue import standings
from metrics.sla.review import review_notes
from metrics.sla.window import Subject
from sql import query
from sql.ask import mappings
from tests.metrics.builders import a_customer, an_objective, at

NOW, LATER = at("2026-11-03 09:00"), at("2026-11-20")
MANAGER = Person("ada@northwind.example", "Ada North", "partner_manager", ())
EXECUTIVE = Person("cy@acme.example", "Cy Acme", "customer_executive", ())


@pytest.fixture
def customer(conn):
    return a_customer(conn)


@pytest.fixture
def at_desk(customer, as_viewer):
    @contextmanager
    def sit(person=MANAGER, now=NOW):
        with as_viewer([customer], now, role="triage") as conn:
            assert person.side is not None
            yield Desk(conn, customer, "acme", person, person.side, now)

    return sit


@pytest.fixture
def notes(customer, as_viewer):
    def ask(month, as_of=LATER):
        with as_viewer([customer], as_of) as reader:
            return review_notes(reader, customer, month)

    return ask


@pytest.fixture
def sealed(at_desk, customer):
    """A sealed October, with nothing in it."""
    made = statement.of(
        {
            "customer": {"key": "acme"},
            "period": {"name": "2026-10"},
            "version": 1,
            "sealed": {"at": NOW, "by": "ada"},
        }
    )
    asked = {"customer_id": customer, "period": "2026-10", "version": 1, "document": made.document}
    with at_desk() as desk:
        mappings(
            desk.conn,
            query("sla/statement_put"),
            asked | {"sha256": made.sha256, "sealed_at": NOW, "sealed_by": "ada"},
        )
    return made


def test_the_next_month_opens_with_the_open_actions_of_the_last(at_desk, notes) -> None:
    with at_desk() as desk:
        late = review.open_action(desk, "2026-09", "Fix the tax codes", "Ada", date(2026, 10, 20))
        done = review.open_action(desk, "2026-09", "Rotate the key", "Cy", None)
        review.change_action(desk, "2026-10", done, 1, status="done")
    assert [(each.number, each.status, each.is_carried) for each in notes("2026-09").actions] == [
        (late, "open", False), (done, "open", False),
    ]  # fmt: skip
    october = notes("2026-10").actions
    assert [(each.number, each.status, each.is_carried) for each in october] == [
        (late, "open", True), (done, "done", True),
    ]  # fmt: skip
    assert (october[0].is_overdue(date(2026, 10, 20)), october[0].is_overdue(date(2026, 10, 21))) == (
        False,
        True,
    )
    assert [each.number for each in notes("2026-11").actions] == [late]


def test_who_saw_an_older_version_of_an_action_changes_nothing(at_desk, notes) -> None:
    with at_desk() as desk:
        number = review.open_action(desk, "2026-10", "Fix the tax codes", "Ada", None)
        assert review.change_action(desk, "2026-10", number, 1, owner="Cy") == 2
        with pytest.raises(NotAllowedError, match="was changed since"):
            review.change_action(desk, "2026-10", number, 1, status="dropped")
        assert review.change_action(desk, "2026-11", number, 2, status="done") == 3
        with pytest.raises(NotAllowedError, match="belongs to a later review"):
            review.change_action(desk, "2026-10", number, 3, status="open")
    (then,) = notes("2026-10").actions
    assert (then.status, then.owner, then.what) == ("open", "Cy", "Fix the tax codes")


def test_commentary_is_never_overwritten_unseen(at_desk, notes) -> None:
    with at_desk() as desk:
        assert review.comment(desk, "2026-10", " A quiet month. ", 0) == 1
        with pytest.raises(NotAllowedError, match="changed the commentary since"):
            review.comment(desk, "2026-10", "Mine", 0)
        with pytest.raises(NotAllowedError, match="changed the commentary since"):
            review.comment(desk, "2026-10", "Mine", 5)
        assert review.comment(desk, "2026-10", "A loud month.", 1) == 2
    said = notes("2026-10").commentary
    assert (said.text, said.version, said.said_by) == ("A loud month.", 2, MANAGER.email)
    assert notes("2026-09").commentary.text == ""
    assert notes("2026-10", NOW).commentary.text == "A loud month."
    assert notes("2026-10", at("2026-11-01")).commentary.version == 0


def test_both_sides_sign_what_was_sealed_once(at_desk, notes, sealed, customer) -> None:
    before = sealed.document
    with at_desk() as desk:
        review.sign(desk, sealed)
        with pytest.raises(NotAllowedError, match="signed by the partner already"):
            review.sign(desk, sealed)
    with at_desk(EXECUTIVE, at("2026-11-04")) as desk:
        review.sign(desk, sealed)
        (kept,) = mappings(
            desk.conn, query("sla/statements"), {"customer_ids": [customer], "period": "2026-10"}
        )
    assert bytes(kept["document"]) == before
    signed = notes("2026-10").signed(1)
    assert [(each.side, each.name, each.sha256) for each in signed] == [
        ("partner", "Ada North", sealed.sha256), ("customer", "Cy Acme", sealed.sha256),
    ]  # fmt: skip


def test_only_what_was_sealed_can_be_signed(at_desk, sealed) -> None:
    other = statement.of({**sealed.body, "version": 2})
    with at_desk() as desk, pytest.raises(NotAllowedError, match="or was restated"):
        review.sign(desk, other)


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda desk: review.open_action(desk, "2026-10", "Do it", "Ada", None), "may open an action"),
        (lambda desk: review.comment(desk, "2026-10", "Fine", 0), "may write the commentary"),
        (lambda desk: review.change_action(desk, "2026-10", 1, 1, status="done"), "may change an action"),
    ],
)
def test_the_customer_signs_and_writes_nothing_else(at_desk, act, why) -> None:
    with at_desk(EXECUTIVE) as desk, pytest.raises(NotAllowedError, match=why):
        act(desk)


def test_an_action_needs_something_to_do_and_somebody(at_desk) -> None:
    with at_desk() as desk, pytest.raises(NotAllowedError, match="say who does it"):
        review.open_action(desk, "2026-10", "Do it", "  ", None)


def test_another_customer_reads_nothing_of_it(conn, at_desk, customer, sealed, as_viewer) -> None:
    other = a_customer(conn)
    with at_desk() as desk:
        review.open_action(desk, "2026-10", "Do it", "Ada", None)
        review.comment(desk, "2026-10", "Fine", 0)
        review.sign(desk, sealed)
    with as_viewer([other], LATER) as reader:
        assert review_notes(reader, customer, "2026-10") == review.ReviewNotes()


def test_a_month_is_overdue_half_a_month_after_its_end_until_both_have_signed(
    conn, at_desk, customer, as_viewer, sealed
) -> None:
    an_objective(conn, customer, "sync_success_rate", since="2026-09-01")

    def ask(as_of):
        with as_viewer([customer], as_of) as reader:
            subject, months = Subject(customer, "acme", "UTC"), ("2026-08", "2026-09", "2026-10", "2026-11")
            return [(it.state, it.days_over) for it in standings(reader, [subject], months, as_of)]

    assert ask(at("2026-11-10")) == [
        ("nothing agreed", 0), ("to seal", 25), ("to sign", 0), ("running", 0),
    ]  # fmt: skip
    assert ask(at("2026-11-20"))[2] == ("to sign", 4)
    for person in (MANAGER, EXECUTIVE):
        with at_desk(person) as desk:
            review.sign(desk, sealed)
    assert ask(at("2026-11-20"))[2] == ("signed", 0)
