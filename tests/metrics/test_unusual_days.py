"""A day that is over and was not as such days are is in the queue: once, until a day is usual again."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from metrics import rules
from metrics.detect import Detected, detect_customers, would
from metrics.period import Period, midnight
from metrics.rule_library import CHECKS
from metrics.triage.settle import settle_customers
from tests.metrics.builders import a_customer, a_flow, a_poll, an_event, an_exception, at, insert, system_of
from tests.metrics.test_exception_trend import LAST, a_year

pytestmark = pytest.mark.slow

MONDAY = date(2026, 10, 12)
DAYS = [MONDAY + timedelta(days=n) for n in range(7)]
READ = at("2026-11-20")


class Watched:
    """A customer with a year of exceptions, at whose queue detection looks."""

    def __init__(self, conn, counts, zone="UTC", read=READ, at_a_flow=True, looked_before=True):
        self.conn, self.zone = conn, zone
        self.customer = a_customer(conn, zone)
        self.flow = a_flow(conn, self.customer)
        cause = an_exception(conn, self.customer, at("2020-01-01"), at("2020-01-01"))
        conn.execute(
            text(
                "INSERT INTO ops.exception_occurrence (customer_id, exception_id, subject_type, system_id, subject_id, flow_id, occurred_at)"
                " SELECT :customer, :cause, 'transaction', :system, 'o' || n, :flow, d"
                " FROM unnest(CAST(:moments AS timestamptz[])) WITH ORDINALITY u (d, n)"
            ),
            {
                "customer": self.customer,
                "cause": cause,
                "system": system_of(conn, self.customer),
                "flow": self.flow if at_a_flow else None,
                "moments": [
                    midnight(day, zone) + timedelta(hours=9) for day, n in counts.items() for _ in range(n)
                ],
            },
        )
        a_poll(conn, self.customer, None, read)
        off = {"setting": '{"enabled": false}', "valid_from": at("2000-01-01")}
        for rule in CHECKS:  # the house's rules are about records
            insert(conn, "ops.exception_rule", customer_id=self.customer, key=rule, **off)
        if looked_before:
            looked = {"setting": "each day once", "looked_at": midnight(MONDAY, zone)}
            insert(conn, "kpi.rule_look", customer_id=self.customer, rule="unusual_day", **looked)

    def look(self, day, hour=6) -> Detected:
        now = midnight(day, self.zone) + timedelta(hours=hour)
        return detect_customers(self.conn, [self.customer], [], now, {self.customer: None})

    def setting(self, since: date, **said: object) -> None:
        insert(
            self.conn,
            "ops.exception_rule",
            customer_id=self.customer,
            key="unusual_day",
            setting=json.dumps(said),
            valid_from=midnight(since, self.zone),
        )

    def queue(self) -> list:
        rows = text(
            "SELECT * FROM ops.exception WHERE customer_id = :customer AND rule = 'unusual_day' ORDER BY exception_id"
        )
        return self.conn.execute(rows, {"customer": self.customer}).all()

    def judged_at(self):
        rows = text(
            "SELECT looked_at FROM kpi.rule_look WHERE customer_id = :customer AND rule = 'unusual_day'"
        )
        return self.conn.execute(rows, {"customer": self.customer}).scalar_one()


def a_spike(*days, count=60):
    return a_year(month_end=60) | dict.fromkeys(days, count)


def test_two_unusual_days_open_one_exception_and_a_usual_day_closes_it(conn):
    watched = Watched(conn, a_spike(*DAYS[1:4]))
    found = [watched.look(day) for day in DAYS[3:6]]
    assert [(each.opened, each.closed) for each in found] == [(1, 0), (0, 0), (0, 1)]
    (one,) = watched.queue()
    assert (one.title, one.flow_id) == (
        "won-to-project: more exceptions than usual on such a day",
        watched.flow,
    )
    assert one.detail == "60 began on 15 October 2026, and 11 would be usual."
    assert (one.occurrences, one.opened_at) == (2, midnight(DAYS[3], "UTC"))
    assert (one.state, one.closed_at) == ("verified_closed", midnight(DAYS[5], "UTC"))


def test_it_is_not_counted_among_what_it_counts(conn, adds_up):
    watched = Watched(conn, a_spike(*DAYS[1:3]))
    watched.look(DAYS[3])
    (one,) = watched.queue()
    assert one.opened_at == midnight(DAYS[3], "UTC")
    period = Period.days(DAYS[0], DAYS[4], "UTC")
    expected = a_year(month_end=60)[DAYS[3]]
    assert adds_up("A14", watched.customer, period=period).numerator == expected


def test_a_quiet_month_end_is_told_as_fewer_and_of_the_customer_where_no_flow_stands_out(conn):
    before = LAST - timedelta(days=1)
    watched = Watched(conn, a_year(month_end=60) | {before: 0, LAST: 10}, at_a_flow=False)
    watched.look(LAST + timedelta(days=1))
    (one,) = watched.queue()
    assert (one.title, one.flow_id) == ("Fewer exceptions than usual on such a day", None)
    assert one.detail == "10 began on 30 October 2026, and 60 would be usual."


def test_a_day_is_judged_once_when_it_is_over_where_the_customer_is(conn):
    watched = Watched(conn, a_spike(*DAYS[1:3]), zone="America/New_York")
    assert watched.look(DAYS[2], hour=23).opened == 0
    assert watched.look(DAYS[3], hour=0).opened == 1
    assert watched.look(DAYS[3], hour=1) == Detected()
    assert watched.judged_at() == midnight(DAYS[3], "America/New_York")


@pytest.mark.parametrize(
    "counts",
    [a_spike(DAYS[2]), dict.fromkeys(DAYS[1:3], 4)],
    ids=["one day alone", "too few to tell"],
)
def test_what_is_no_alert_opens_nothing(conn, counts):
    watched = Watched(conn, counts)
    assert [watched.look(day).opened for day in DAYS[3:5]] == [0, 0]


def test_what_was_unusual_before_it_was_first_looked_at_opens_nothing(conn):
    watched = Watched(conn, a_spike(*DAYS[1:3]), looked_before=False)
    assert watched.look(DAYS[3]) == Detected()
    assert watched.look(DAYS[3], hour=7) == Detected()


def test_a_day_waits_until_it_is_read_whole_and_a_customer_that_is_new_is_learned(conn):
    late = Watched(conn, a_spike(*DAYS[1:3]), read=midnight(DAYS[3], "UTC") - timedelta(minutes=5))
    assert late.look(DAYS[3]) == Detected()
    a_poll(conn, late.customer, midnight(DAYS[2], "UTC"), midnight(DAYS[3], "UTC") + timedelta(hours=6))
    assert late.look(DAYS[3], hour=7).opened == 1
    conn.execute(
        text("UPDATE kpi.stream_read SET windows = tstzmultirange(tstzrange(:since, NULL)) WHERE customer_id = :customer"),
        {"since": midnight(DAYS[0], "UTC"), "customer": late.customer},
    )  # fmt: skip
    assert late.look(DAYS[4]) == Detected()
    assert late.queue()[0].state == "new"


def test_a_new_level_is_not_learned_while_it_is_open_and_is_once_somebody_has_waived_it(conn):
    later = date(2027, 2, 18)
    level = [DAYS[1] + timedelta(days=n) for n in range((later - DAYS[1]).days + 2)]
    watched = Watched(conn, a_spike(*level), read=at("2027-03-01"))
    cleared = text(
        "SELECT bool_and(o.cleared_at IS NOT NULL) FROM ops.exception_occurrence o WHERE o.customer_id = :customer AND o.subject_type = 'unusual_day'"
    )
    found = []
    for day, state in ((DAYS[3], "new"), (later, "new"), (later + timedelta(days=1), "waived")):
        conn.execute(
            text("UPDATE ops.exception SET state = :state WHERE customer_id = :customer AND rule = 'unusual_day'"),
            {"state": state, "customer": watched.customer},
        )  # fmt: skip
        watched.look(day)
        found.append(conn.execute(cleared, {"customer": watched.customer}).scalar_one())
    assert found == [False, False, True]


def test_it_ends_with_its_flow(conn):
    watched = Watched(conn, a_spike(*DAYS[1:6]))
    watched.look(DAYS[3])
    conn.execute(
        text("UPDATE ops.flow SET removed_at = :at WHERE flow_id = :flow"),
        {"at": midnight(DAYS[4], "UTC"), "flow": watched.flow},
    )
    assert watched.look(DAYS[4]).closed == 1


def test_a_claimed_fix_is_judged_by_the_next_day_that_is_over(conn):
    watched = Watched(conn, a_spike(*DAYS[1:3]))
    watched.look(DAYS[3])
    claimed_at = midnight(DAYS[3], "UTC") + timedelta(hours=9)
    own = {"own": watched.queue()[0].exception_id, "at": claimed_at}
    conn.execute(
        text("UPDATE ops.exception SET state = 'fix_claimed', claimed_at = :at WHERE exception_id = :own"),
        own,
    )
    an_event(
        conn,
        watched.customer,
        own["own"],
        "claimed",
        claimed_at,
        actor="sam",
        from_state="new",
        to_state="fix_claimed",
    )
    settle_customers(conn, [watched.customer], claimed_at + timedelta(hours=2))
    assert watched.queue()[0].state == "fix_claimed"
    watched.look(DAYS[4])
    assert watched.queue()[0].state == "verified_closed"


def test_switched_off_it_opens_nothing_and_switched_on_it_judges_no_day_that_was_over(conn):
    watched = Watched(conn, a_spike(*DAYS[1:4]))
    watched.setting(DAYS[0], enabled=False)
    assert [watched.look(day) for day in DAYS[3:5]] == [Detected(), Detected()]
    conn.execute(
        text("DELETE FROM ops.exception_rule WHERE customer_id = :c AND key = 'unusual_day'"),
        {"c": watched.customer},
    )
    assert watched.look(DAYS[4], hour=8) == Detected()
    assert watched.queue() == []


def test_what_was_opened_before_it_was_switched_off_is_closed_by_a_usual_day(conn):
    watched = Watched(conn, a_spike(*DAYS[1:3]))
    assert watched.look(DAYS[3]).opened == 1
    watched.setting(DAYS[4], enabled=False)
    assert watched.look(DAYS[4]).closed == 1


def test_what_it_opens_has_the_severity_and_the_owner_that_are_set(conn):
    watched = Watched(conn, a_spike(*DAYS[1:3]))
    person = conn.execute(
        text(
            "INSERT INTO ops.person (partner_id, email, name, role, all_customers) SELECT partner_id, 'sam@n.example', 'Sam',"
            " 'partner_support', true FROM ops.customer WHERE customer_id = :c RETURNING person_id"
        ),
        {"c": watched.customer},
    ).scalar_one()
    watched.setting(DAYS[0], severity=1, owner="sam@n.example")
    watched.look(DAYS[3])
    (one,) = watched.queue()
    assert (one.severity, one.owner_person_id) == (1, person)


def test_a_try_judges_each_day_as_it_stood_when_it_was_over(conn):
    watched = Watched(conn, a_spike(*DAYS[1:3]))

    def tried() -> list:
        asked = (["unusual_day"], [watched.customer], midnight(DAYS[4], "UTC"), midnight(DAYS[3], "UTC"))
        with conn.begin_nested() as savepoint:
            told, troubles = would(conn, rules.of_customers(conn, [watched.customer]), *asked)
            savepoint.rollback()
        assert troubles == []
        return [(row["became"], row["opened_at"], row["records"]) for row in told]

    assert tried() == [("opens", midnight(DAYS[3], "UTC"), 1)]
    watched.look(DAYS[3])
    assert tried() == [("known", midnight(DAYS[3], "UTC"), 1)]
