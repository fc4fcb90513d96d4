"""Sealing a month: it never changes again, and why it would say something else today is told cause by cause."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.branding import brand_from_row
from app.report.file import drawn
from app.report.made import pack_of
from metrics.catalogue import by_key
from metrics.period import Period
from metrics.sla import draft, responsibility, seal, statement
from metrics.sla.draft import Parties
from metrics.sla.seal import NotSealableError
from metrics.sla.window import Subject
from tests.metrics.builders import (
    a_calendar,
    a_customer,
    a_flow,
    a_poll,
    a_promise,
    a_run,
    an_objective,
    at,
    insert,
)

pytestmark = pytest.mark.slow

PARTNER = {
    "partner_id": 1,
    "key": "northwind",
    "name": "Northwind",
    "hosts": [],
    "time_zone": "UTC",
    "locale": "en-GB",
}
BRAND = brand_from_row(PARTNER | {"brand": {}})
NOON, SEALED, LATER = at("2026-10-05 12:00"), at("2026-11-03 09:00"), at("2026-11-10 09:00")


@pytest.fixture
def whole_month(conn, as_viewer):
    """October of a customer with nine good transactions of ten, promised to 80.5 %."""
    return Month(conn, as_viewer)


@pytest.fixture
def month(whole_month, monkeypatch):
    """The same, and of the catalogue only two figures: all of them take seconds."""
    monkeypatch.setattr(draft, "METRICS", [by_key("sync_success_rate"), by_key("burn_rate")])
    return whole_month


class Month:
    def __init__(self, conn, as_viewer) -> None:
        self.conn, self.as_viewer = conn, as_viewer
        self.customer = a_customer(conn)
        a_poll(conn, self.customer, at("2026-07-01"), at("2026-11-20"))
        self.flow = a_flow(conn, self.customer)
        an_objective(conn, self.customer, "sync_success_rate", target=80.5)
        for number in range(10):
            a_run(conn, self.customer, self.flow, NOON, "failed" if number == 0 else "success")
        self.parties = Parties(Subject(self.customer, "acme", "UTC"), "Acme", "northwind", "Northwind")
        self.october = Period.parse("2026-10", "UTC", LATER)

    def seal(self, now=SEALED, by="P. Artner"):
        with self.as_viewer([self.customer], now, role="triage") as conn:
            return seal.seal(conn, self.parties, self.october, by, now)

    def pending(self, now=LATER):
        with self.as_viewer([self.customer], now) as conn:
            return {cause.kind: cause for cause in seal.pending(conn, self.parties, self.october)}

    def paper(self) -> bytes:
        with self.as_viewer([self.customer], LATER) as conn:
            return drawn(pack_of(conn, self.parties, self.october, BRAND, "en-GB"), "pdf")

    def kept(self):
        with self.as_viewer([self.customer], LATER) as conn:
            return seal.statements(conn, self.customer)

    def late(self, status="failed", due=NOON, **values) -> str:
        seen = at("2026-11-05 08:00")
        return a_run(
            self.conn, self.customer, self.flow, due, status, first_seen_at=seen, last_seen_at=seen, **values
        )


def test_a_sealed_month_says_what_was_known(month) -> None:
    sealed = month.seal()
    (objective,) = sealed.body["evaluation"]["objectives"]
    assert (objective["verdict"], objective["gross"]["k"], objective["gross"]["n"]) == ("met", 9, 10)
    (missed,) = sealed.body["missed"]
    assert (missed["objective"], missed["outcome"], missed["count"]) == ("sync-success-rate", "F", [0, 1, 0])
    figures = {figure["key"]: figure for figure in sealed.body["figures"]}
    assert (figures["sync_success_rate"]["value"], figures["sync_success_rate"]["definition_version"]) == (
        "0.9",
        1,
    )
    assert sealed.body["sealed"] == {"at": "2026-11-03T09:00:00Z", "by": "P. Artner"}
    assert month.kept() == [sealed]
    assert statement.read(sealed.file()) == sealed


def test_nothing_is_pending_when_nothing_happened(whole_month) -> None:
    month = whole_month
    month.seal()
    assert month.pending() == {}
    with pytest.raises(NotSealableError, match="nothing to restate"):
        month.seal(LATER)


def test_what_is_watched_on_after_its_month_is_not_sealed_with_it(month, monkeypatch) -> None:
    monkeypatch.setattr(draft, "METRICS", [by_key(key) for key in ("C4", "C4b")])
    assert {figure["id"] for figure in month.seal().body["figures"]} == {"C4"}


def test_a_month_without_a_seal_has_nothing_pending(month) -> None:
    assert month.pending() == {}


def test_late_data_are_a_cause_of_their_own_and_the_seal_stays(month) -> None:
    sealed = month.seal()
    month.late()
    found = month.pending()
    assert set(found) == {"late_data"}
    assert found["late_data"].said == ("1 transactions received after the seal",)
    assert ("sync-success-rate.n", 10, 11) in [(c.place, c.was, c.now) for c in found["late_data"].changes]
    assert month.kept() == [sealed]


def test_changed_terms_are_a_cause_of_their_own(month) -> None:
    month.seal()
    document = {
        "objectives": [
            {"metric": "sync_success_rate", "target": 99, "unit": "percent", "window": "calendar-month"}
        ]
    }
    month.conn.execute(text("UPDATE ops.terms SET document = CAST(:d AS jsonb)"), {"d": json.dumps(document)})
    found = month.pending()
    assert set(found) == {"terms"}
    told = {change.place: (change.was, change.now) for change in found["terms"].changes}
    assert told["sync-success-rate.verdict"] == ("met", "missed")
    assert told["sync-success-rate.target"] == (805000, 990000)


def test_a_changed_calendar_is_told_apart_from_late_data(month) -> None:
    """Due on Monday at noon with one open hour; done two hours later. The office was open, then it was closed that day."""
    calendar = a_calendar(
        month.conn,
        month.customer,
        [("2026-10-05 09:00", "2026-10-05 17:00"), ("2026-10-06 09:00", "2026-10-06 17:00")],
    )
    flow = a_flow(month.conn, month.customer, "billing", promise=False)
    a_promise(month.conn, month.customer, flow, calendar_id=calendar)
    a_run(month.conn, month.customer, flow, NOON, finished_at=at("2026-10-05 14:00"))
    month.seal()
    month.late()
    insert(
        month.conn,
        "ops.calendar_holiday",
        customer_id=month.customer,
        calendar_id=calendar,
        held_on="2026-10-05",
        name="Fair",
        source="customer",
    )
    month.conn.execute(text("DELETE FROM ops.calendar_window WHERE opens_at < '2026-10-06'"))
    month.conn.execute(text("UPDATE ops.calendar_window SET seconds_before = 0"))
    found = month.pending()
    assert set(found) == {"late_data", "calendar"}
    told = {kind: {(c.place, c.was, c.now) for c in cause.changes} for kind, cause in found.items()}
    assert told["late_data"] >= {("sync-success-rate.n", 11, 12)}
    assert told["calendar"] == {("sync-success-rate.k", 9, 10)}
    assert "Fair" in " ".join(found["calendar"].said)


BY_SLICES = [
    {"key": "shares", "metric": "sync_success_rate", "target": 99, "method": "timeslices", "slice_target": 90, "calendar": "office"},
    {"key": "mean", "metric": "sync_success_rate", "target": 99, "method": "ratio_timeslices", "calendar": "office"},
    {"key": "there", "metric": "availability", "target": 99, "service_time": "office"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("comes", "kind", "others"), [("late", "late_data", set()), ("shut", "calendar", {"late_data"})]
)
def test_slices_change_by_what_came_late_or_by_the_calendar(month, comes, kind, others) -> None:
    hours = ["05 09:00", "05 17:00"], ["06 09:00", "06 17:00"]
    calendar = a_calendar(month.conn, month.customer, [(f"2026-10-{a}", f"2026-10-{b}") for a, b in hours])
    agreed = json.dumps({"objectives": [each | {"quiet": "up"} for each in BY_SLICES]})
    month.conn.execute(text("UPDATE ops.terms SET document = CAST(:d AS jsonb)"), {"d": agreed})
    month.seal()
    if comes == "late":
        for minute in (5, 10, 15):
            month.late(due=NOON + timedelta(minutes=minute))
    else:
        day_off = {"customer_id": month.customer, "calendar_id": calendar, "held_on": "2026-10-05"}
        insert(month.conn, "ops.calendar_holiday", **day_off, name="Fair", source="customer")
        month.conn.execute(text("DELETE FROM ops.calendar_window WHERE opens_at < '2026-10-06'"))
    found = month.pending()
    assert set(found) - others == {kind}
    told = {change.place: (change.was, change.now) for change in found[kind].changes}
    assert "mean.value" in told
    numbers = {place: pair for place, pair in told.items() if place.startswith(("shares.", "there."))}
    if comes == "late":
        assert numbers == {"shares.k": (192, 189), "there.k": (192, 189)}
    else:
        assert numbers == {f"{key}.{name}": (192, 96) for key in ("shares", "there") for name in "kn"}
    told_elsewhere = [change.place for each in others & set(found) for change in found[each].changes]
    assert not any(place.startswith(("shares.", "mean.", "there.")) for place in told_elsewhere)


@pytest.mark.parametrize(
    ("day", "causes"), [("2026-11-02", set()), ("2026-10-20", {"calendar"}), ("2026-01-01", {"calendar"})]
)
def test_hours_that_change_later_leave_a_sealed_month_as_it_is(month, day, causes) -> None:
    a_calendar(month.conn, month.customer, [("2026-10-05 09:00", "2026-10-05 17:00")])
    assert "changes" not in month.seal().body["calendars"][0]
    later = json.dumps([{"from": day, "hours": {"mon": [["08:00", "16:00"]]}, "holidays": None}])
    month.conn.execute(text("UPDATE ops.calendar SET later = CAST(:l AS jsonb)"), {"l": later})
    assert set(month.pending()) - {"late_data"} == causes


def test_the_paper_of_a_sealed_month_stays_the_same_bytes_whatever_comes_later(month) -> None:
    """A late log, another calendar and another target: three causes to restate, and October's PDF is byte-equal."""
    a_calendar(month.conn, month.customer, [("2026-10-05 09:00", "2026-10-05 17:00")])
    month.seal()
    before = month.paper()
    month.late()
    month.conn.execute(text('UPDATE ops.calendar SET hours = \'{"mon": [["08:00", "16:00"]]}\''))
    month.conn.execute(
        text("UPDATE ops.terms SET document = jsonb_set(document, '{objectives,0,target}', '99')")
    )
    assert set(month.pending()) == {"late_data", "calendar", "terms"}
    assert month.paper() == before
    assert before.startswith(b"%PDF-")


ALLOWED = {"allowed": ["maintenance", "customer_data"]}


@pytest.mark.parametrize(
    ("word", "said", "changes"),
    [
        ("accepted", "exclusion", {"sync-success-rate.left_out.n": (2, 3)}),
        ("withdrawn work", "maintenance", {"sync-success-rate.left_out.k": (2, 0), "sync-success-rate.left_out.n": (2, 0)}),
        ("whose doing", "customer_data", {}),
    ],
)  # fmt: skip
def test_what_people_say_after_the_seal_is_a_cause_of_its_own(month, word, said, changes) -> None:
    early, after = at("2026-10-01"), at("2026-11-05")
    for _ in range(2):
        a_run(month.conn, month.customer, month.flow, at("2026-10-20 12:00"))
    rule = (
        "UPDATE ops.terms SET document = document || jsonb_build_object('exclusions', CAST(:rule AS jsonb))"
    )
    month.conn.execute(text(rule), {"rule": json.dumps(ALLOWED)})
    work = (month.customer, [month.flow], at("2026-10-20"), at("2026-10-21"), "upgrade", "ada")
    with month.as_viewer([month.customer], early, role="triage") as desk:
        announced = responsibility.announce(desk, *work, early)
    (bad,) = month.seal().body["missed"]
    with month.as_viewer([month.customer], after, role="triage") as desk:
        if word == "accepted":
            claim = ("customer_data", "partner", "ada", after, "no tax code", [bad["item"]])
            number = responsibility.propose(desk, month.customer, *claim)
            responsibility.say(desk, month.customer, number, "accepted", "customer", "cy", after, "right")
        elif word == "withdrawn work":
            responsibility.announce(desk, *work, after, replaces=announced, is_withdrawn=True)
        else:
            doing = ("sync_success_rate", bad["item"], "customer_data", "a ticket", "ada", after)
            responsibility.attribute(desk, month.customer, *doing)
    (cause,) = month.pending().values()
    assert (cause.kind, said in " ".join(cause.said)) == ("agreement", True)
    told = {change.place: (change.was, change.now) for change in cause.changes}
    assert {place: pair for place, pair in told.items() if not place.endswith("verdict")} == changes
    assert month.seal(LATER).place == ("acme", "2026-10", 2)


def test_a_changed_definition_is_a_cause_of_its_own(month) -> None:
    sealed = month.seal()
    older = json.loads(sealed.document)
    for figure in older["figures"]:
        if figure["key"] == "sync_success_rate":
            figure |= {"definition_version": 0, "value": "0.8"}
    month.conn.execute(text("TRUNCATE ops.statement"))
    made = statement.of({key: value for key, value in older.items() if key != "format"})
    asked = {"c": month.customer, "d": made.document, "at": SEALED}
    month.conn.execute(
        text(
            "INSERT INTO ops.statement (customer_id, period, version, document, sha256, sealed_at, sealed_by)"
            " VALUES (:c, '2026-10', 1, :d, sha256(CAST(:d AS bytea)), :at, 'P')"
        ),
        asked,
    )
    found = month.pending()
    assert set(found) == {"definition"}
    assert found["definition"].said == ("sync_success_rate: version 0 became 1",)
    assert [(c.place, c.was, c.now) for c in found["definition"].changes] == [
        ("sync_success_rate.value", "0.8", "0.9")
    ]


def test_a_restatement_names_what_it_restates_and_why(month) -> None:
    first = month.seal()
    month.late()
    second = month.seal(LATER)
    assert second.place == ("acme", "2026-10", 2)
    assert second.body["restates"]["sha256"] == first.sha256
    assert [cause["kind"] for cause in second.body["restates"]["causes"]] == ["late_data"]
    assert month.kept() == [second, first]
    assert month.pending(at("2026-11-12")) == {}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (at("2026-10-20"), "is not over"),
        (at("2026-11-03"), "1 transactions of 2026-10 are not decided yet"),
    ],
)
def test_a_month_that_can_still_change_is_not_sealed(month, now, said) -> None:
    a_promise(
        month.conn,
        month.customer,
        a_flow(month.conn, month.customer, "slow", promise=False),
        deadline_seconds=90 * 86400,
    )
    slow = month.conn.execute(text("SELECT flow_id FROM ops.flow WHERE key = 'slow'")).scalar_one()
    a_run(month.conn, month.customer, slow, NOON, "running")
    with pytest.raises(NotSealableError, match=said):
        month.seal(now)


def test_a_month_without_terms_is_not_sealed(month) -> None:
    month.conn.execute(text("DELETE FROM ops.terms"))
    with pytest.raises(NotSealableError, match="no terms in force"):
        month.seal()


@pytest.mark.parametrize("role", ["metrics", "viewer", "triage", "collector", "portal"])
@pytest.mark.parametrize(
    "statement_", ["UPDATE ops.statement SET sealed_by = 'x'", "DELETE FROM ops.statement"]
)
def test_no_role_of_the_product_changes_a_statement(month, role, statement_) -> None:
    month.seal()
    month.conn.execute(text(f"SET LOCAL ROLE throughline_{role}"))
    with pytest.raises(ProgrammingError, match="permission denied"):
        month.conn.execute(text(statement_))


def test_nobody_seals_for_a_customer_out_of_scope(month) -> None:
    other = a_customer(month.conn)
    with (
        month.as_viewer([other], SEALED, role="triage") as conn,
        pytest.raises((ProgrammingError, NotSealableError)),
    ):
        seal.seal(conn, month.parties, month.october, "x", SEALED)
