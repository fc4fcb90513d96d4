"""A2 to A9: each figure from a handful of transactions that anybody can count by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.behind import adds_up
from app.wording import Words
from metrics.catalogue import METRICS, by_key
from metrics.integration import INTEGRATION
from metrics.period import Period
from metrics.quantiles import bucket, middle
from metrics.read import figures, rows
from tests.metrics.builders import a_customer, a_flow, a_poll, a_retry, a_run, a_system, at, insert

OCTOBER = Period.parse("2026-10", "UTC", at("2026-11-20"))
NOON = at("2026-10-05 12:00")
LATER = at("2026-11-20")


@pytest.fixture
def one(conn, as_viewer):
    """The one figure of a metric."""

    def ask(key, *customers, by=None, period=OCTOBER, as_of=LATER):
        with as_viewer(list(customers), as_of) as reader:
            found = figures(reader, key, list(customers), period, by=by)
        assert len(found) == 1
        return found[0]

    return ask


@pytest.fixture
def behind(conn, as_viewer):
    def ask(key, *customers, period=OCTOBER, as_of=LATER, limit=None):
        with as_viewer(list(customers), as_of) as reader:
            return rows(reader, key, list(customers), period, limit=limit)

    return ask


@pytest.fixture
def retried(conn):
    """Two at once, one by itself after 3 attempts, one saved by a retry, one by a person, one lost."""
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    a_run(conn, customer, flow, NOON)
    a_run(conn, customer, flow, NOON)
    a_run(conn, customer, flow, NOON, attempts=3)
    root = a_run(conn, customer, flow, NOON, "failed")
    a_retry(conn, customer, flow, root, NOON, NOON + timedelta(minutes=1))
    root = a_run(conn, customer, flow, NOON, "failed")
    a_retry(conn, customer, flow, root, NOON, NOON + timedelta(minutes=1), trigger="manual")
    a_run(conn, customer, flow, NOON, "failed")
    return customer


@pytest.mark.parametrize(
    ("key", "numerator", "denominator"), [("A1", 4, 6), ("A2", 2, 6), ("A3", 2, 4), ("A3b", 10, 6)]
)
def test_each_figure_counts_what_was_retried_in_its_own_way(
    one, behind, retried, key, numerator, denominator
):
    figure = one(key, retried)
    assert (figure.numerator, figure.denominator) == (numerator, denominator)
    assert figure.value == pytest.approx(numerator / denominator)
    frame = behind(key, retried)
    assert frame["in_denominator"].sum() == denominator
    if key == "A3b":
        assert frame["value"].sum() == numerator
    else:
        assert frame["in_numerator"].sum() == numerator


def test_success_by_value_keeps_currencies_apart(conn, as_viewer, behind):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    for status, amount, currency in (
        ("success", "900.10", "USD"),
        ("failed", "99.90", "USD"),
        ("success", "5", "EUR"),
    ):
        a_run(conn, customer, flow, NOON, status, amount=Decimal(amount), currency=currency)
    a_run(conn, customer, flow, NOON, "failed")  # carries no amount
    a_run(conn, customer, flow, NOON, "unknown", amount=Decimal("1000"), currency="USD")
    with as_viewer([customer], LATER) as reader:
        found = {figure.currency: figure for figure in figures(reader, "A1m", [customer], OCTOBER)}
    assert set(found) == {"EUR", "USD"}
    dollars = found["USD"]
    assert (dollars.numerator, dollars.denominator, dollars.unknown) == (
        Decimal("900.1000"),
        Decimal("1000"),
        1,
    )
    assert (dollars.value, dollars.low, dollars.high) == (0.9001, 0.45005, 0.95005)
    frame = behind("A1m", customer)
    assert frame[frame["in_numerator"] & (frame["currency"] == "USD")]["amount"].sum() == Decimal("900.1")


def test_records_are_counted_as_the_last_run_left_them(conn, one, behind):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    a_run(conn, customer, flow, NOON, records_ok=90, records_bad=10)
    a_run(conn, customer, flow, NOON, records_in=50, records_bad=0)
    root = a_run(conn, customer, flow, NOON, "partial", records_ok=95, records_bad=5)
    a_retry(conn, customer, flow, root, NOON, NOON + timedelta(minutes=1), records_ok=4, records_bad=1)
    figure = one("A4", customer)
    assert (figure.numerator, figure.denominator, figure.unknown) == (90 + 50 + 99, 100 + 50 + 100, 0)
    frame = behind("A4", customer)
    assert (frame["numerator"].sum(), frame["denominator"].sum()) == (figure.numerator, figure.denominator)
    said = adds_up(Words("en-GB", "UTC"), figure, frame)
    assert said == ("3 rows add up to 239 records, as in the figure.", True)


def test_a_platform_that_counts_no_records_leaves_the_share_without_bounds(conn, one):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    a_run(conn, customer, flow, NOON, records_ok=9, records_bad=1)
    a_run(conn, customer, flow, NOON)
    figure = one("A4", customer)
    assert (figure.value, figure.low, figure.high, figure.unknown) == (0.9, None, None, 1)


def synced(conn, customer, flow, seconds):
    a_run(
        conn,
        customer,
        flow,
        NOON,
        source_changed_at=NOON,
        target_committed_at=NOON + timedelta(seconds=seconds),
        finished_at=NOON + timedelta(seconds=seconds),
    )


def test_latency_is_within_one_per_cent_and_its_share_is_exact(conn, one, behind):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    for seconds in range(1, 101):
        synced(conn, customer, flow, seconds)
    figure = one("A6", customer)
    assert figure.value == pytest.approx(95, rel=0.01)
    assert figure.detail["p50"] == pytest.approx(50, rel=0.01)
    assert figure.detail["p99"] == pytest.approx(99, rel=0.01)
    assert (figure.numerator, figure.denominator, figure.detail["share_within"]) == (60, 100, 0.6)
    assert sum(figure.detail["n"]) == 100
    frame = behind("A6", customer, limit=3)
    assert list(frame["value"]) == [100, 99, 98]


def test_an_outage_cannot_improve_the_percentile(conn, one):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    for _ in range(94):
        synced(conn, customer, flow, 10)
    for _ in range(6):
        a_run(conn, customer, flow, NOON, "failed")
    figure = one("A6", customer)
    assert (figure.value, figure.detail["not_reached"]) == (None, ["p95", "p99"])
    assert figure.detail["p50"] == pytest.approx(10, rel=0.01)
    assert (figure.numerator, figure.denominator) == (94, 100)


def test_latency_that_nobody_measured_is_unknown(conn, one):
    customer = a_customer(conn)
    a_run(conn, customer, a_flow(conn, customer), NOON)
    figure = one("A6", customer)
    assert (figure.value, figure.sample, figure.unknown) == (None, 0, 1)
    assert figure.detail["not_reached"] == []
    assert (figure.detail["share_low"], figure.detail["share_high"]) == (0.0, 1.0)
    assert one("A7", customer).value == pytest.approx(10, rel=0.01)


def test_failures_among_much_that_is_unknown_do_not_put_a_percentile_out_of_reach(conn, one):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    other = a_customer(conn)
    for _ in range(2):
        a_run(conn, customer, flow, NOON, "failed")
        a_run(conn, customer, flow, NOON)
    for _ in range(16):
        a_run(conn, customer, flow, NOON)
    figure = one("A6", customer)
    assert (figure.value, figure.sample, figure.unknown) == (None, 2, 18)
    assert figure.detail["not_reached"] == ["p95", "p99"]
    a_run(conn, other, a_flow(conn, other), NOON)
    together = one("A6", customer, other)
    assert together.detail["not_reached"] == ["p95", "p99"]


def test_a_negative_latency_is_counted_as_none_at_all(conn, one):
    customer = a_customer(conn)
    synced(conn, customer, a_flow(conn, customer), -3)
    figure = one("A6", customer)
    assert (figure.value, figure.detail["zero"], figure.detail["measured"]) == (0.0, 1, 0)


def test_percentiles_of_two_customers_are_read_from_their_merged_histograms(conn, one):
    customers = []
    for start in (1, 51):
        customers.append(a_customer(conn))
        flow = a_flow(conn, customers[-1])
        for seconds in range(start, start + 50):
            synced(conn, customers[-1], flow, seconds)
    figure = one("A6", *customers)
    assert figure.customer_ids == tuple(customers)
    assert figure.value == pytest.approx(95, rel=0.01)
    assert (figure.numerator, figure.denominator) == (60, 100)


def test_processing_time_runs_from_the_first_start_to_the_last_finish(conn, one):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    root = a_run(conn, customer, flow, NOON, "failed")
    a_retry(conn, customer, flow, root, NOON, NOON + timedelta(seconds=290))  # takes 10 more
    assert one("A7", customer).value == pytest.approx(middle(bucket(300)))


def test_freshness_is_the_low_watermark_of_the_worst_stream(conn, one):
    customer = a_customer(conn)
    crm = a_system(conn, customer, "crm", "crm")
    a_poll(conn, customer, None, LATER - timedelta(minutes=5))
    a_poll(
        conn,
        customer,
        None,
        LATER - timedelta(minutes=20),
        system_id=crm,
        stream="opportunities",
        object="opportunity",
    )
    a_poll(
        conn,
        customer,
        LATER - timedelta(minutes=10),
        LATER - timedelta(minutes=1),
        system_id=crm,
        stream="opportunities",
        object="opportunity",
    )
    period = Period(OCTOBER.since, LATER + timedelta(days=1), "UTC", "until today")
    figure = one("A8", customer, period=period)
    assert figure.value == 20 * 60
    assert figure.detail["newest"] == LATER - timedelta(minutes=1)


def test_a_system_that_was_never_read_makes_freshness_unknown(conn, one, behind):
    customer = a_customer(conn)
    figure = one("A8", customer)
    assert (figure.value, figure.unknown) == (None, 1)
    rows = behind("A8", customer)
    assert (list(rows["outcome"]), list(rows["value"].isna())) == (["never read"], [True])


def test_throughput_counts_what_finished_by_when_it_finished(conn, one, behind):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    a_run(conn, customer, flow, NOON - timedelta(days=1), finished_at=NOON)
    a_run(conn, customer, flow, NOON, "failed")
    a_run(conn, customer, flow, NOON, "running")
    a_run(conn, customer, flow, NOON, finished_at=NOON + timedelta(days=1))
    day = Period.parse("2026-10-05", "UTC", LATER)
    figure = one("A9", customer, period=day)
    assert (figure.numerator, figure.denominator, figure.value) == (2, 24, 2 / 24)
    assert len(behind("A9", customer, period=day)) == 2


def test_throughput_divides_by_the_hours_that_have_passed(conn, one):
    customer = a_customer(conn)
    a_run(conn, customer, a_flow(conn, customer), NOON)
    day = Period.parse("2026-10-05", "UTC", LATER)
    assert one("A9", customer, period=day, as_of=NOON + timedelta(hours=8)).denominator == 20


@pytest.mark.parametrize("metric", INTEGRATION, ids=lambda metric: metric.id)
def test_a_customer_without_anything_has_no_value(conn, one, metric):
    customer = a_customer(conn)
    figure = one(metric.key, customer)
    assert figure.value in (None, 0)  # nothing finished in a month that passed is a throughput of zero
    assert (figure.value == 0) == (metric.id == "A9")
    assert figure.definition_version == metric.version


NOT_LISTED = {"rule", "project", "practice"}
"""Nothing went wrong by any of these: where nothing is, none of them is named."""


@pytest.mark.parametrize("metric", INTEGRATION, ids=lambda metric: metric.id)
def test_every_split_answers(conn, as_viewer, metric, retried):
    with as_viewer([retried], LATER) as reader:
        for by in metric.by:
            found = figures(reader, metric.key, [retried], OCTOBER, by=by)
            assert found or by in NOT_LISTED
        with pytest.raises(ValueError, match="cannot be split by 'colour'"):
            figures(reader, metric.key, [retried], OCTOBER, by="colour")


def test_metrics_have_unique_names_and_are_found_by_either():
    names = [name for metric in METRICS for name in (metric.id, metric.key)]
    assert len(names) == len(set(names))
    assert by_key("a1") is by_key("sync_success_rate")
    with pytest.raises(LookupError, match="no metric is called 'A99'"):
        by_key("A99")


def test_a_missed_slot_is_in_the_rate_and_in_the_latency(conn, one):
    customer = a_customer(conn)
    flow = a_flow(conn, customer, slot_seconds=3600)
    insert(
        conn,
        "kpi.slot",
        customer_id=customer,
        flow_id=flow,
        due_at=NOON,
        attempt_by=NOON + timedelta(hours=1),
    )
    assert (one("A1", customer).numerator, one("A1", customer).denominator) == (0, 1)
    assert one("A6", customer).detail["infinite"] == 1
    assert one("A3", customer).denominator == 0
