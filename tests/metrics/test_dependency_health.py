"""A15: did the customer's systems answer us?"""

from datetime import timedelta

import pytest

from tests.metrics.builders import a_customer, a_flow, a_poll, a_run, a_system, at

NOON = at("2026-10-05 12:00")
MINUTE = timedelta(minutes=1)


def polls(conn, customer, *kinds, since=NOON, **more):
    """One poll a minute: an error kind each, "" for one that was complete, "?" for a failure without a reason."""
    for n, kind in enumerate(kinds):
        moment = since + n * MINUTE
        outcome = (
            {"outcome": "failed", "error_kind": kind.strip("?") or None} if kind else {"outcome": "complete"}
        )
        a_poll(conn, customer, moment - MINUTE, moment, **outcome | more)


@pytest.mark.parametrize(
    ("given", "counted", "answered", "unknown"),
    [
        ({}, 1, 1, 0),
        *(
            ({"outcome": "failed", "error_kind": kind}, 1, 0, 0)
            for kind in (
                "server",
                "timeout",
                "unreachable",
                "network",
                "rate_limit",
                "auth",
                "rights",
                "html",
            )
        ),
        *(
            ({"outcome": "failed", "error_kind": kind}, 1, 1, 0)
            for kind in ("refused", "mapping", "shape", "query", "page_cap")
        ),
        ({"outcome": "partial", "error_kind": "server"}, 1, 0, 0),
        ({"outcome": "partial"}, 1, 1, 0),
        ({"outcome": "abandoned"}, 0, 0, 1),
        ({"outcome": "failed"}, 0, 0, 1),
        ({"outcome": "running", "finished_at": None}, 0, 0, 0),
        ({"finished_at": at("2026-12-01")}, 0, 0, 0),
    ],
)
def test_a_system_answers_or_meets_a_fault(conn, adds_up, given, counted, answered, unknown):
    customer = a_customer(conn)
    a_poll(conn, customer, None, NOON, **given)
    figure = adds_up("A15", customer)
    assert (figure.denominator, figure.numerator, figure.unknown) == (counted, answered, unknown)


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ([], None),
        ([""], "up"),
        (["server", "", "", ""], "up"),
        (["", "", "server"], "degraded"),
        (["server"], "degraded"),
        (["server", "server", "server", ""], "degraded"),
        (["", "server", "timeout", "server"], "down"),
        (["server", "server", "server", "?", "?"], "down"),
        (["server", "server", "server", "refused", "mapping", ""], "up"),
    ],
)
def test_three_faults_in_a_row_are_down_and_three_answers_are_up(conn, whole, kinds, state):
    customer = a_customer(conn)
    polls(conn, customer, *kinds)
    assert whole("A15", customer, as_of=NOON + timedelta(hours=1)).detail["state"] == state


def test_the_worst_stream_is_the_state_of_the_whole(conn, parts, whole):
    customer = a_customer(conn)
    psa = a_system(conn, customer, "psa", "psa")
    polls(conn, customer, "", "", "")
    polls(
        conn, customer, "server", "server", "rate_limit", system_id=psa, stream="invoices", object="invoice"
    )
    polls(conn, customer, "", "", "", system_id=psa, stream="projects", object="project")
    later = NOON + timedelta(hours=1)
    assert whole("A15", customer, as_of=later).detail["state"] == "down"
    systems = parts("A15", customer, by="system", as_of=later)
    assert {part: (f.numerator, f.denominator, f.detail["state"]) for part, f in systems.items()} == {
        "ipaas": (3, 3, "up"),
        "psa": (3, 6, "down"),
    }
    assert systems["psa"].detail["faults"] == ["server", "rate_limit"]
    streams = parts("A15", customer, by="stream", as_of=later)
    assert {part: f.detail["state"] for part, f in streams.items()} == {
        "ipaas/runs": "up",
        "psa/invoices": "down",
        "psa/projects": "up",
    }


def test_an_old_state_is_no_state(conn, whole):
    customer = a_customer(conn)
    polls(conn, customer, "server", "server", "server")
    assert whole("A15", customer, as_of=NOON + timedelta(days=6)).detail["state"] == "down"
    assert whole("A15", customer, as_of=NOON + timedelta(days=8)).detail["state"] is None


def test_the_narrowest_rate_limit_and_the_slowest_pages_stand_beside_it(conn, whole):
    customer = a_customer(conn)
    for left, seconds in ((900, 2), (40, 8)):
        a_poll(conn, customer, None, NOON, rate_limit=1000, rate_limit_remaining=left, pages=2, finished_at=NOON + timedelta(seconds=seconds))  # fmt: skip
    detail = whole("A15", customer).detail
    assert (detail["headroom"], detail["seconds_per_page_p95"]) == (0.04, 4)


def test_runs_that_failed_by_a_system_are_told_beside_it(conn, whole):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    for more in ({"error_code": "503"}, {"error_code": "422"}, {"error_type": "ReadTimeout"}, {}):
        a_run(conn, customer, flow, NOON, "failed", **more)
    a_run(conn, customer, flow, NOON, "timeout")
    assert whole("A15", customer).detail["runs_failed_by_system"] == 3


def test_a_system_that_was_not_read_has_no_health(conn, parts):
    customer = a_customer(conn)
    a_system(conn, customer, "psa", "psa")
    polls(conn, customer, "")
    found = parts("A15", customer, by="system")
    assert {part: (f.value, f.denominator) for part, f in found.items()} == {
        "ipaas": (1, 1),
        "psa": (None, 0),
    }


def test_days_are_the_customers(conn, parts):
    customer = a_customer(conn, "America/New_York")
    polls(conn, customer, "server", since=at("2026-10-05 03:59"))
    found = parts("A15", customer, by="day")
    assert {part: f.denominator for part, f in found.items() if f.denominator} == {"2026-10-04": 1}
