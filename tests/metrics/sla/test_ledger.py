"""The ledger of a month: who may say what, at which word of the other side, and that all of it shows in the figures and the audit."""

import json
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from metrics.period import Period
from metrics.sla import ledger, works
from metrics.sla.desk import Desk, NotAllowedError, Person, desk
from metrics.sla.draft import Parties, outline
from metrics.sla.window import Subject, in_force, month_of
from metrics.sla.worth import worth
from tests.metrics.builders import a_customer, a_flow, a_poll, a_run, at, insert

pytestmark = pytest.mark.slow

NOON, LATER = at("2026-10-05 12:00"), at("2026-11-20")
MANAGER = Person("ada@northwind.example", "Ada North", "partner_manager", (1, 2))
EXECUTIVE = Person("cy@acme.example", "Cy Acme", "customer_executive", (1, 2))
OCTOBER = Period.parse("2026-10", "UTC", LATER)
TERMS = {
    "objectives": [{"key": "sync", "metric": "sync_success_rate", "target": 90}],
    "exclusions": {"allowed": ["maintenance", "customer_data"], "notice_hours": 72},
}


class Ledger:
    """A customer with eight good and two bad transactions of 5 October, and desks to settle them."""

    def __init__(self, conn, as_viewer) -> None:
        self.as_viewer = as_viewer
        self.customer = a_customer(conn)
        a_poll(conn, self.customer, at("2026-07-01"), at("2026-11-20"))
        flow = a_flow(conn, self.customer, "a")
        insert(
            conn, "ops.terms", customer_id=self.customer, valid_from="2026-01-01", document=json.dumps(TERMS)
        )
        self.bad = [f"bad {n}" for n in range(2)]
        for n in range(8):
            a_run(conn, self.customer, flow, NOON, external_id=f"good {n}")
        for item in self.bad:
            value = {"amount": 120, "currency": "EUR"} if item == self.bad[0] else {}
            a_run(conn, self.customer, flow, NOON, "failed", external_id=item, **value)
        self.subject = Subject(self.customer, "acme", "UTC")

    @contextmanager
    def desk(self, person=MANAGER, day=2):
        now = at(f"2026-11-{day:02d}")
        with self.as_viewer([self.customer], now, role="triage") as conn:
            yield Desk(conn, self.customer, "acme", person, person.side, now)

    def propose(self, items=None, reason="customer_data", comment="no tax code", person=MANAGER):
        with self.desk(person) as at_desk:
            named = self.bad if items is None else items
            return ledger.propose(
                at_desk, self.subject, OCTOBER, reason, comment, objective="sync", named=named
            )

    def one(self):
        with self.as_viewer([self.customer], LATER) as reader:
            (found,) = ledger.exclusions(reader, self.customer, OCTOBER)
        return found

    def said(self, month="2026-10", as_of=LATER, heard=None):
        period = Period.parse(month, "UTC", LATER)
        with self.as_viewer([self.customer], as_of) as reader:
            terms = in_force(reader, self.customer, month_of(period))
            parties = Parties(self.subject, "Acme", "northwind", "Northwind")
            return outline(reader, parties, terms, period, heard)

    def three(self):
        (held,) = self.said()["evaluation"]["objectives"]
        return [held[name]["value"] for name in ("gross", "agreed", "net")]


@pytest.fixture
def book(conn, as_viewer):
    return Ledger(conn, as_viewer)


def test_what_is_left_out_is_told_in_money_once_however_many_promises_it_counts_against(conn, book) -> None:
    promised = [{"key": key, "metric": "sync_success_rate", "target": 90} for key in ("sync", "also")]
    document = json.dumps(TERMS | {"objectives": promised})
    insert(conn, "ops.terms", customer_id=book.customer, valid_from="2026-02-01", document=document)
    exclusion = f"exclusion {book.propose()}"
    with book.as_viewer([book.customer], LATER) as reader:
        told = worth(reader, book.subject, in_force(reader, book.customer, month_of(OCTOBER)), OCTOBER)
    assert [(each["exclusion"], each["objective"], each["currency"], each["amount"], each["records"]) for each in told] == [
        (exclusion, objective, *value)
        for objective in (None, "also", "sync")
        for value in (("EUR", "120.0000", 1), (None, None, 1))
    ]  # fmt: skip


def test_nothing_is_left_out_of_what_is_measured(conn, book) -> None:
    billed = {"key": "billed", "metric": "time_to_bill", "target": 80, "within_days": 30}
    document = json.dumps(TERMS | {"objectives": [billed]})
    conn.execute(text("UPDATE ops.terms SET document = CAST(:d AS jsonb)"), {"d": document})
    with book.desk() as desk, pytest.raises(NotAllowedError, match="billed is measured and counts no items"):
        ledger.propose(desk, book.subject, OCTOBER, "customer_data", "late", objective="billed", named=["x"])


def test_each_word_shows_at_once_in_gross_agreed_and_net(book) -> None:
    assert book.three() == [800_000] * 3
    number = book.propose()
    assert book.three() == [800_000, 800_000, 1_000_000]
    with book.desk(EXECUTIVE, 3) as desk:
        ledger.answer(desk, number, "accepted", "", book.one().seen)
    assert book.three() == [800_000, 1_000_000, 1_000_000]
    with book.desk(EXECUTIVE, 4) as desk:
        ledger.answer(desk, number, "disputed", "we had sent it", book.one().seen)
    assert book.three() == [800_000] * 3
    assert (book.one().state, book.one().comment) == ("disputed", "we had sent it")


def test_a_word_counts_in_figures_of_an_instant_before_it_once_it_is_heard(book) -> None:
    book.propose()
    for heard, net, agreed in ((None, 800_000, 0), (at("2026-11-03"), 1_000_000, 1)):
        said = book.said(as_of=at("2026-11-01"), heard=heard)
        (held,) = said["evaluation"]["objectives"]
        assert (held["gross"]["value"], held["net"]["value"], len(said["agreed"])) == (800_000, net, agreed)


def test_who_saw_an_older_word_says_nothing(book) -> None:
    number = book.propose()
    seen = book.one().seen
    with book.desk(EXECUTIVE, 3) as desk:
        ledger.answer(desk, number, "disputed", "not ours", seen)
        with pytest.raises(NotAllowedError, match="somebody has spoken of it since"):
            ledger.answer(desk, number, "accepted", "", seen)


@pytest.mark.parametrize(
    ("proposer", "answers"),
    [
        (MANAGER, {"partner": ("withdrawn",), "customer": ("accepted", "disputed"), None: ()}),
        (EXECUTIVE, {"customer": ("withdrawn",), "partner": ("accepted", "disputed"), None: ()}),
    ],
)
def test_the_proposer_cannot_accept(book, proposer, answers) -> None:
    number = book.propose(person=proposer)
    assert {side: book.one().answers(side) for side in answers} == answers
    with book.desk(proposer, 3) as desk, pytest.raises(NotAllowedError, match="cannot be accepted by the"):
        ledger.answer(desk, number, "accepted", "", None)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"reason": "saas_vendor"}, "the terms do not allow 'saas_vendor' to be left out; they allow customer_data"),
        ({"reason": "maintenance"}, "the terms do not allow 'maintenance'"),
        ({"comment": " "}, "say why"),
        ({"items": ["bad 0", "worse 7"]}, "worse 7: not among the items of sync in 2026-10"),
        ({"items": []}, "an exclusion names items or a stretch of time"),
    ],
)  # fmt: skip
def test_what_cannot_be_left_out_is_said(book, given, why) -> None:
    with pytest.raises(NotAllowedError, match=why):
        book.propose(**given)
    assert book.three() == [800_000] * 3


def test_a_stretch_of_availability_names_all_flows_of_the_service_or_none(conn, book) -> None:
    a_flow(conn, book.customer, "b")
    up = {"key": "up", "metric": "availability", "target": 99, "service_time": "always"}
    document = json.dumps(TERMS | {"objectives": [up]})
    conn.execute(text("UPDATE ops.terms SET document = CAST(:d AS jsonb)"), {"d": document})

    def propose(*flows):
        span = (NOON, at("2026-10-05 13:00"))
        asked = (book.subject, OCTOBER, "customer_data", "no tax code")
        with book.desk() as desk:
            return ledger.propose(desk, *asked, objective="up", span=span, flows=flows)

    with pytest.raises(
        NotAllowedError, match=r"up is of the service as a whole: name all of its flows \(a, b\)"
    ):
        propose("a")
    assert propose() < propose("a", "b")


def test_a_miss_is_somebodys_doing_with_evidence(book) -> None:
    with book.desk() as desk:
        asked = (desk, book.subject, OCTOBER, "sync")
        ledger.attribute(*asked, ["bad 0"], "saas_vendor", "status page of 5 October")
        for named, party, evidence, why in (
            (["bad 0"], "nobody", "x", "'nobody' is no party"),
            (["bad 0"], "partner", " ", "say what shows it"),
            (["bad 7"], "partner", "x", "bad 7: not among the items"),
            ([], "partner", "x", "say which items"),
        ):
            with pytest.raises(NotAllowedError, match=why):
                ledger.attribute(*asked, named, party, evidence)
    told = {
        each["item"]: (each["party"], each["evidence"], each["decided_by"]) for each in book.said()["missed"]
    }
    assert told == {
        "bad 0": ("saas_vendor", "status page of 5 October", MANAGER.email), "bad 1": (None, None, None),
    }  # fmt: skip
    with book.desk(EXECUTIVE) as desk, pytest.raises(NotAllowedError, match="only the partner's"):
        ledger.attribute(desk, book.subject, OCTOBER, "sync", ["bad 0"], "partner", "x")


def test_announced_work_counts_only_with_its_notice(book) -> None:
    span = (at("2026-10-05 11:00"), at("2026-10-05 13:00"))
    with book.desk() as desk:
        number = works.announce(desk, ["a"], span, "upgrade")
        with pytest.raises(NotAllowedError, match="'b' is no flow; there are a"):
            works.announce(desk, ["b"], span, "upgrade")
        with pytest.raises(NotAllowedError, match="must end after it begins"):
            works.announce(desk, ["a"], span[::-1], "upgrade")
    with book.as_viewer([book.customer], LATER) as reader:
        (work,) = works.works(reader, book.customer, OCTOBER.since, OCTOBER.until)
    assert (work.number, work.flows, work.reason) == (number, ("a",), "upgrade")
    (held,) = book.said()["evaluation"]["objectives"]
    assert held["excluded"][0]["why"] == "announced less than 72 hours before"


def test_work_is_announced_anew_or_does_not_take_place(book, conn) -> None:
    def standing():
        with book.as_viewer([book.customer], LATER) as reader:
            found = works.works(reader, book.customer, *works.EVER)
        return [(each.number, each.starts_at.hour, each.reason) for each in found]

    span = (at("2026-12-05 11:00"), at("2026-12-05 13:00"))
    with book.desk() as desk:
        first = works.announce(desk, ["a"], span, "upgrade")
    with book.desk(day=3) as desk:
        second = works.announce(desk, ["a"], (span[0].replace(hour=9), span[1]), "upgrade", first)
        for number, why in ((first, "not there, or was replaced"), (second + 7, "is not there")):
            with pytest.raises(NotAllowedError, match=why):
                works.withdraw(desk, number, "the vendor is not ready")
        with pytest.raises(NotAllowedError, match="say why it does not take place"):
            works.withdraw(desk, second, " ")
    assert standing() == [(second, 9, "upgrade")]
    with book.desk(EXECUTIVE) as desk, pytest.raises(NotAllowedError, match="only the partner's"):
        works.withdraw(desk, second, "we would rather not")
    with book.desk(day=4) as desk:
        works.withdraw(desk, second, "the vendor is not ready")
    assert standing() == []
    (row,) = conn.execute(text("SELECT detail FROM ops.audit WHERE action = 'sla.withdraw'")).all()
    assert row.detail == {"maintenance": second, "reason": "the vendor is not ready"}


def test_items_of_one_month_are_not_told_in_another(book) -> None:
    book.propose()
    assert len(book.said()["agreed"]) == 1
    september = book.said("2026-09")
    assert (september["agreed"], september["evaluation"]["objectives"][0]["excluded"]) == ([], [])


def test_every_act_stands_in_the_audit(book, conn) -> None:
    number = book.propose()
    with book.desk(EXECUTIVE, 3) as desk:
        ledger.answer(desk, number, "accepted", "right", None)
    rows = conn.execute(text("SELECT actor, action, subject, detail FROM ops.audit ORDER BY at")).all()
    assert [row[:3] for row in rows] == [
        (MANAGER.email, "sla.propose", "acme"), (EXECUTIVE.email, "sla.accepted", "acme"),
    ]  # fmt: skip
    assert (rows[0].detail["items"], rows[1].detail["comment"]) == (book.bad, "right")


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (Person("eve@helix.example", "Eve", "partner_manager", (2,)), "eve@helix.example does not see acme"),
        (Person("sam@northwind.example", "Sam", "partner_support", (1,)), "a month is settled by"),
        (Person("fi@acme.example", "Fi", "customer_finance", (1,)), "a month is settled by"),
    ],
)
def test_only_those_who_speak_for_a_side_sit_down(database, person, why) -> None:
    with pytest.raises(NotAllowedError, match=why), desk(database, person, 1, "acme", LATER):
        raise AssertionError("nobody may get here")
