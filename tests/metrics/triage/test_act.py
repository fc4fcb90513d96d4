"""Acting on an exception: one event for each act, the faster of two wins, nobody reaches another's customer."""

from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import ProgrammingError

from metrics.triage import act, together
from metrics.triage.act import Faster, NotFound, Said, Target, add, find
from metrics.triage.moves import NotAllowed
from tests.metrics.builders import a_customer, an_exception, at
from tests.metrics.triage.conftest import NOW, a_person

LATER = NOW + timedelta(days=2)


def test_taking_it_makes_it_mine_and_looked_at(desk):
    own = desk.opened()
    done = desk.do("take", own)
    row, event = desk.row(own), desk.events(own)[-1]
    assert (row.owner_person_id, row.state, row.version) == (desk.sam.person_id, "triaged", 2)
    assert (event.kind, event.from_state, event.to_state, event.left_version) == (
        "assigned",
        "new",
        "triaged",
        1,
    )
    assert (event.actor, event.person_id, event.event_id) == (
        "sam@partner.example",
        desk.sam.person_id,
        done.event_id,
    )


def test_the_second_of_two_people_is_refused_and_nothing_is_overwritten(desk):
    own = desk.opened()
    desk.do("take", own, version=1)
    with pytest.raises(
        Faster,
        match=r"sam@partner.example was faster .assigned to triaged, 2026-10-05 09:00 UTC.; look again",
    ):
        desk.do("take", own, who=desk.kim, version=1)
    assert desk.row(own).owner_person_id == desk.sam.person_id
    assert len(desk.events(own)) == 2


def test_two_at_the_same_instant_leave_one_event(fresh_database):
    db = fresh_database()
    with db.engine("owner").begin() as conn:
        customer = a_customer(conn)
        sam, kim = (a_person(conn, customer, f"{name}@partner.example", name) for name in ("sam", "kim"))
        own = an_exception(conn, customer, at("2026-10-05 08:00"))
    with act.desk(db, [customer]) as first, act.desk(db, [customer]) as second:
        seen = [act.find(conn, Target(customer, own)) for conn in (first, second)]
        assert seen[0] == seen[1]
        act.act(first, sam, Target(customer, own, 1), "take", NOW)
        first.commit()
        with pytest.raises(Faster):
            act.move(second, seen[1], seen[1].standing, kim, NOW, act.Said("moved"))


def test_a_note_overwrites_nothing_and_is_never_too_late(desk):
    own = desk.opened()
    desk.do("take", own)
    desk.do("note", own, who=desk.kim, note="Ask @sam@partner.example, not @finance.")
    event = desk.events(own)[-1]
    assert (event.kind, event.from_state, event.to_state, event.left_version) == ("noted", "triaged", None, 2)
    assert event.detail == {"mentions": [desk.sam.person_id]}
    assert (event.for_customer, desk.row(own).version) == (False, 2)


def test_only_who_sees_the_customer_can_be_named_or_given_it(desk):
    own, elsewhere = desk.opened(), a_customer(desk.conn)
    stranger = a_person(desk.conn, elsewhere, "stranger@other.example", "Stranger")
    client = a_person(desk.conn, desk.customer, "cfo@acme.example", "Client", "customer_finance", False)
    for person in (stranger, client):
        with pytest.raises(NotAllowed, match="only to people of the partner"):
            desk.do("assign", own, owner_person_id=person.person_id)
        with pytest.raises(NotAllowed, match=f"nobody who sees this customer is called {person.name}"):
            desk.do("note", own, note=f"@{person.name} look")
    desk.do("assign", own, owner_person_id=desk.kim.person_id)
    assert desk.row(own).owner_person_id == desk.kim.person_id


@pytest.mark.parametrize(
    ("verb", "given", "column", "value"),
    [
        ("tag", {"tags": ("erp",)}, "tags", ["erp"]),
        ("prioritise", {"severity": 1}, "severity", 1),
        ("found", {"found_by": "customer"}, "found_by", "customer"),
        ("wait", {"waiting_on": "vendor"}, "waiting_on", "vendor"),
        ("claim", {}, "claimed_at", NOW),
        ("waive", {"waived_until": LATER, "note": "agreed"}, "waived_until", LATER),
        ("snooze", {"snoozed_until": LATER}, "snoozed_until", LATER),
        ("snooze", {"snoozed_count": 50}, "snoozed_count", 50),
        ("take", {}, "state", "triaged"),
    ],
)
def test_what_a_person_did_can_be_taken_back(desk, verb, given, column, value):
    own = desk.opened()
    before = desk.row(own)
    desk.do(verb, own, **given)
    assert getattr(desk.row(own), column) == value
    undone = desk.undo(own)
    assert {**desk.row(own)._mapping, "version": 1} == before._mapping
    event = desk.events(own)[-1]
    assert (event.kind, event.undoes_event_id, undone.version) == ("undone", desk.events(own)[-2].event_id, 3)


def test_only_one_s_own_last_act_can_be_taken_back_and_only_while_nobody_moved_since(desk):
    own = desk.opened()
    with pytest.raises(NotAllowed, match="nothing of yours"):
        desk.undo(own)
    desk.do("take", own)
    desk.do("wait", own, who=desk.kim, waiting_on="customer")
    with pytest.raises(Faster, match="has moved on"):
        desk.undo(own)
    desk.undo(own, who=desk.kim)
    with pytest.raises(NotAllowed, match="nothing of yours"):
        desk.undo(own, who=desk.kim)


def test_what_was_done_is_taken_back_step_by_step(desk):
    own = desk.opened()
    before = desk.row(own)
    desk.do("take", own)
    desk.do("tag", own, tags=("erp",))
    desk.do("log", own, minutes=5)
    desk.do("claim", own)
    desk.do("unassign", own, who=desk.kim)
    desk.undo(own, who=desk.kim)
    for _ in range(4):
        desk.undo(own)
    same = {name: value for name, value in before._mapping.items() if name != "version"}
    assert {name: desk.row(own)._mapping[name] for name in same} == same
    assert sum(event.minutes or 0 for event in desk.events(own)) == 0
    with pytest.raises(NotAllowed, match="nothing of yours"):
        desk.undo(own)


def test_a_step_further_back_stays_when_somebody_has_moved_it_meanwhile(desk):
    own = desk.opened()
    desk.do("take", own)
    desk.do("tag", own, who=desk.kim, tags=("erp",))
    desk.do("claim", own)
    desk.undo(own)
    with pytest.raises(Faster, match="has moved on"):
        desk.undo(own)


def test_what_was_asked_of_a_platform_is_not_taken_back_with_what_was_done_before(desk):
    own = desk.opened()
    desk.do("take", own)
    told = Said("retried", "Retry 1 of run 7: accepted.", {"run": "7"})
    with desk.as_viewer([desk.customer], role="triage") as conn:
        add(conn, find(conn, Target(desk.customer, own)), desk.sam, NOW, told)
    desk.undo(own)
    assert (desk.row(own).state, desk.row(own).owner_person_id) == ("new", None)


def test_minutes_add_up_and_can_be_taken_back(desk):
    own = desk.opened()
    desk.do("log", own, minutes=30)
    desk.do("log", own, minutes=15, note="call with the vendor")
    desk.undo(own)
    assert [event.minutes for event in desk.events(own)] == [None, 30, 15, -15]
    assert desk.row(own).version == 1


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("take", {}),
        ("note", {"note": "seen"}),
        ("tag", {"tags": ("erp",)}),
        ("claim", {}),
        ("log", {"minutes": 5}),
    ],
)
def test_an_act_asks_how_it_stands_and_writes_once_and_an_undo_asks_what_was_done(desk, verb, given):
    own = desk.opened()
    with desk.as_viewer([desk.customer], role="triage") as conn:
        asked = statements(conn)
        act.act(conn, desk.sam, Target(desk.customer, own, 1), verb, NOW, **given)
        assert len(asked) == 2
        if verb != "note":
            together.undo(conn, desk.sam, Target(desk.customer, own), NOW)
            assert len(asked) == 2 + 3


def statements(conn):
    """What is asked over the connection from now on, savepoints too."""
    told = []

    def tell(conn, cursor, statement, parameters, context, executemany):
        told.append(statement)

    event.listen(conn, "before_cursor_execute", tell)
    return told


def test_another_partner_s_exception_is_not_there(desk):
    elsewhere = a_customer(desk.conn)
    theirs = an_exception(desk.conn, elsewhere, NOW)
    with pytest.raises(NotFound, match="among your customers"):
        desk.do("take", theirs)
    with desk.as_viewer([desk.customer], role="triage") as conn, pytest.raises(NotFound):
        act.act(conn, desk.sam, Target(elsewhere, theirs), "note", NOW, note="hello")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ops.exception SET state = 'waived' WHERE customer_id = :theirs",
        "UPDATE ops.exception_occurrence SET exception_id = exception_id WHERE customer_id = :theirs",
        "UPDATE ops.exception_occurrence SET found_as = 1 WHERE exception_id IN (SELECT exception_id FROM ops.exception)",
    ],
)
def test_triage_changes_no_row_outside_its_scope(desk, statement):
    elsewhere = a_customer(desk.conn)
    an_exception(desk.conn, elsewhere, NOW)
    with desk.as_viewer([desk.customer], role="triage") as conn:
        assert conn.execute(text(statement), {"theirs": elsewhere}).rowcount == 0


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            "INSERT INTO ops.exception_event (customer_id, exception_id, kind, at, actor) VALUES (:theirs, :own, 'noted', now(), 'me')",
            "row-level security",
        ),
        (
            "INSERT INTO ops.exception (customer_id, rule, class, fingerprint, fingerprint_version, title, opened_at, last_occurred_at, first_seen_at, last_seen_at) VALUES (:theirs, 'r', 'technical', 'f', 1, 't', now(), now(), now(), now())",
            "row-level security",
        ),
        ("UPDATE ops.exception SET customer_id = :theirs", "permission denied"),
        ("UPDATE ops.exception_event SET note = 'never said'", "permission denied"),
        ("DELETE FROM ops.exception_event", "permission denied"),
        ("UPDATE ops.exception SET title = 'else'", "permission denied"),
        ("DELETE FROM ops.exception_occurrence", "permission denied"),
        ("SELECT password_hash FROM ops.person", "permission denied"),
    ],
)  # fmt: skip
def test_triage_has_no_right_to_more(desk, statement, says):
    elsewhere = a_customer(desk.conn)
    own = an_exception(desk.conn, elsewhere, NOW)
    with desk.as_viewer([desk.customer], role="triage") as conn, pytest.raises(ProgrammingError, match=says):
        conn.execute(text(statement), {"theirs": elsewhere, "own": own} if ":theirs" in statement else {})
