"""B6 to B8: how soon trouble is seen, taken up and over, and how often it comes."""

from datetime import timedelta
from math import inf

import pytest
from sqlalchemy import text

from tests.metrics.builders import a_customer, a_poll, an_event, an_exception, an_occurrence, at

NOON = at("2026-10-05 12:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEYS = ("B6", "B6b", "B7")


def incident(conn, customer, onset=NOON, restored=None, seen=0, taken=None, **more):
    """A technical cause; `seen` hours after its onset in the queue, `taken` hours after it by a person."""
    cause = an_exception(conn, customer, onset, restored, first_seen_at=onset + seen * HOUR, **more)
    if taken is not None:
        an_event(conn, customer, cause, "assigned", onset + taken * HOUR, "kim@partner.example")
    return cause


@pytest.fixture
def customer(conn):
    """A customer that is read from the first of October on."""
    own = a_customer(conn)
    a_poll(conn, own, None, at("2026-10-01"))
    return own


def test_eight_incidents_have_medians_and_fewer_are_listed(conn, customer, adds_up):
    for n in range(1, 8):
        incident(conn, customer, NOON, NOON + n * HOUR, seen=n / 10, taken=n / 2)
    for key in KEYS:
        figure = adds_up(key, customer)
        assert (figure.value, figure.sample, len(figure.detail["listed"])) == (None, 7, 7)
    incident(conn, customer, NOON, NOON + 8 * HOUR, seen=0.8, taken=4)
    found = {key: adds_up(key, customer) for key in KEYS}
    assert {key: each.value for key, each in found.items()} == {
        "B6": pytest.approx(1.6 * 3600),
        "B6b": pytest.approx(0.4 * 3600),
        "B7": 4 * 3600,
    }
    assert found["B7"].detail["ninety_at"] == 8 * 3600
    assert found["B7"].detail["mean_within_1_day"] == pytest.approx(4.5 * 3600)
    assert found["B7"].detail["listed"] is None


def test_what_still_goes_on_is_counted_in(conn, customer, adds_up):
    for n in range(1, 9):
        incident(conn, customer, NOON, NOON + n * HOUR if n < 4 else None)
    restore, take = adds_up("B7", customer), adds_up("B6", customer)
    assert (restore.value, restore.numerator, restore.detail["still_open"]) == (inf, 3, 5)
    assert (take.value, take.detail["ended_otherwise"], take.detail["still_open"]) == (inf, 3, 5)


@pytest.mark.parametrize(
    ("taken", "restored", "end"), [(1, 2, "reached"), (3, 2, "otherwise"), (None, 2, "otherwise"), (None, None, "not yet")]
)  # fmt: skip
def test_over_before_anybody_acted_is_another_end(conn, customer, whole, taken, restored, end):
    incident(conn, customer, NOON, NOON + restored * HOUR if restored else None, taken=taken)
    (listed,) = whole("B6", customer).detail["listed"]
    assert listed["end"] == end


def test_what_happened_later_has_not_happened(conn, customer, adds_up):
    incident(conn, customer, NOON, NOON + 4 * HOUR, seen=1, taken=2)
    seen = {}
    for hours in (0.5, 1.5, 3, 5):
        moment = NOON + hours * HOUR
        seen[hours] = (
            adds_up("B8", customer, as_of=moment).value,
            adds_up("B6", customer, as_of=moment).numerator,
            adds_up("B7", customer, as_of=moment).numerator,
        )
    assert seen == {0.5: (1, 0, 0), 1.5: (1, 0, 0), 3: (1, 1, 0), 5: (1, 1, 1)}


@pytest.mark.parametrize(("pause", "incidents", "hours"), [(24, 1, [27]), (25, 2, [1, 2])])
@pytest.mark.parametrize("subject", ["transaction", "stream"])
def test_what_comes_back_within_a_day_is_the_same_incident(
    conn, customer, adds_up, pause, incidents, hours, subject
):
    cause = incident(conn, customer, NOON, NOON + HOUR)
    again = NOON + (1 + pause) * HOUR
    an_event(conn, customer, cause, "reopened", again, to_state="reopened")
    an_event(conn, customer, cause, "closed", again + 2 * HOUR, to_state="verified_closed")
    an_occurrence(conn, customer, cause, again, again + 2 * HOUR)
    if subject == "stream":  # of which there is one occurrence, the last
        conn.execute(text("DELETE FROM ops.exception_occurrence WHERE occurred_at = :first"), {"first": NOON})
        conn.execute(text("UPDATE ops.exception_occurrence SET subject_type = 'stream'"))
    assert adds_up("B8", customer).value == incidents
    assert [each["seconds"] / 3600 for each in adds_up("B7", customer).detail["listed"]] == hours
    assert adds_up("B6b", customer).unknown == incidents - 1  # nobody can say when it came back


def test_a_history_that_is_read_at_once_has_its_incidents_when_they_were(conn, customer, adds_up, behind):
    # one cause, found a month later: two outbreaks, the first over, and in the queue since the 5th of November
    cause = incident(conn, customer, NOON, NOON + HOUR, seen=31 * 24)
    an_occurrence(conn, customer, cause, NOON + 5 * DAY, NOON + 5 * DAY + 2 * HOUR)
    assert adds_up("B8", customer, as_of=NOON + DAY).value == 1
    assert adds_up("B8", customer).value == 2
    assert [each["seconds"] for each in adds_up("B7", customer).detail["listed"]] == [3600, 7200]
    assert adds_up("B6", customer).unknown == 2  # they were over before anybody could have seen them
    assert list(behind("B6", customer)["value"].isna()) == [True, True]


def test_what_began_before_we_looked_was_not_ours_to_detect(conn, adds_up):
    customer = a_customer(conn)
    a_poll(conn, customer, None, NOON)
    incident(conn, customer, NOON - HOUR, NOON + HOUR, seen=1)
    assert (adds_up("B6b", customer).unknown, adds_up("B7", customer).denominator) == (1, 1)


def test_a_waived_incident_was_not_restored(conn, customer, adds_up):
    cause = incident(conn, customer, NOON, NOON + 5 * HOUR)
    an_event(conn, customer, cause, "moved", NOON + HOUR, "kim@partner.example", to_state="waived")
    figure = adds_up("B7", customer)
    assert (figure.numerator, figure.detail["ended_otherwise"]) == (0, 1)
    assert figure.detail["listed"][0]["seconds"] == 3600


def test_business_causes_and_what_turned_out_to_be_none_are_no_incidents(conn, customer, adds_up):
    incident(conn, customer, NOON, **{"class": "business"})
    incident(conn, customer, NOON, NOON)
    assert [adds_up(key, customer).sample for key in (*KEYS, "B8")] == [0, 0, 0, 0]
    assert adds_up("B8", customer).value == 0


def test_many_transactions_of_one_cause_are_one_incident(conn, customer, adds_up):
    cause = incident(conn, customer, NOON)
    for n in range(5):
        an_occurrence(conn, customer, cause, NOON + n * HOUR)
    assert adds_up("B8", customer).value == 1


def test_time_between_incidents_is_time_up_over_incidents(conn, customer, adds_up):
    for n in range(8):  # eight hours of trouble, of which two overlap
        incident(conn, customer, NOON + n * DAY, NOON + n * DAY + HOUR)
    incident(conn, customer, NOON, NOON + HOUR)
    figure = adds_up("B8", customer)
    assert (figure.value, figure.detail["down_seconds"]) == (9, 8 * 3600)
    assert figure.detail["between_seconds"] == (31 * 24 - 8) * 3600 / 9
    assert figure.detail["listed"] is None


def test_time_in_which_an_earlier_incident_was_open_is_no_time_up(conn, customer, adds_up):
    incident(conn, customer, at("2026-09-30 20:00"), at("2026-10-01 02:00"))
    waived = incident(conn, customer, at("2026-09-29 12:00"))
    an_event(conn, customer, waived, "moved", at("2026-09-30 12:00"), to_state="waived")
    incident(conn, customer, NOON, NOON + HOUR)
    figure = adds_up("B8", customer)
    assert (figure.value, figure.detail["down_seconds"]) == (1, 3 * 3600)
    assert len(figure.detail["listed"]) == 1


def test_nothing_happened_is_zero_and_never_read_is_unknown(conn, customer, whole):
    never = a_customer(conn)
    assert [whole("B8", each).value for each in (customer, never)] == [0, None]
    assert [whole("B8", each).detail["between_seconds"] for each in (customer, never)] == [None, None]


def test_every_severity_is_a_part_also_the_one_without_incidents(conn, customer, parts):
    incident(conn, customer, NOON, severity=2)
    incident(conn, customer, NOON, rule="stream_failing")
    for key in (*KEYS, "B8"):
        assert {part: f.sample for part, f in parts(key, customer, by="severity").items()} == {
            "1": 0,
            "2": 1,
            "3": 1,
            "4": 0,
        }
        assert {part: f.sample for part, f in parts(key, customer, by="rule").items()} == {
            "run_failed": 1,
            "stream_failing": 1,
        }
