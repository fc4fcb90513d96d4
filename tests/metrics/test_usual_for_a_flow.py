"""What is usual for a flow: borrowed from its kind while it is young, not learned while something about it is open, all days in one pass."""

from datetime import date, timedelta
from math import log, sqrt
from random import Random

import numpy as np
import pytest
from scipy.stats import median_abs_deviation
from sqlalchemy import text

from metrics import unusual
from metrics.period import Period, midnight
from sql import query
from tests.metrics.builders import a_customer, a_flow, an_exception, at
from tests.metrics.test_exception_trend import FIRST, LAST, WEDNESDAY, a_year, is_odd, kind

pytestmark = pytest.mark.slow

UNTIL_WEDNESDAY = Period.days(date(2026, 10, 1), WEDNESDAY + timedelta(days=1), "UTC")


def robust(logs):
    """Median and 1.4826 MAD, a tenth at least."""
    return np.median(logs), max(0.1, 1.4826 * median_abs_deviation(logs))


def mixture(own, borrowed):
    """Mean and spread of a mixture, as many sixths of it one's own as there are days."""
    weight = len(own) / 6
    (b, t) = robust(borrowed)
    (a, s) = robust(own) if own else (b, t)
    middle = weight * a + (1 - weight) * b
    second = weight * (s**2 + a**2) + (1 - weight) * (t**2 + b**2)
    return middle, sqrt(second - middle**2)


def usual(counts):
    """The logarithms of a flow's days that were not unusual among those before them."""
    told = list(counts.values())
    return [log(1 + one) for n, one in enumerate(told) if not is_odd(one, told[:n])]


def wednesdays(n):
    """The last so many ordinary Wednesdays before the one that is judged, the oldest first."""
    days = [WEDNESDAY - timedelta(weeks=w) for w in range(1, 60)]
    return [day for day in days if kind(day) == "Wednesday"][:n][::-1]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("known", [0, 1, 3, 5, 6])
def test_a_young_flow_borrows_from_flows_of_its_workflow_less_with_each_day_of_its_own(
    conn,
    counted,
    parts,
    known,
    seed,
):
    random = Random(f"{seed} {known}")
    customer = a_customer(conn)
    young, *older = (a_flow(conn, customer, key, promise=False) for key in ("young", "old", "older"))
    a_flow(conn, customer, "other", promise=False, workflow="time_to_invoice")
    own = {day: random.randint(2, 30) for day in wednesdays(known)}
    told = [{day: random.randint(2, 30) for day in wednesdays(12)} for _ in older]
    counted(own | {WEDNESDAY: 40}, customer, young, hour=3)
    for hour, (flow, counts) in enumerate(zip(older, told, strict=True), 4):
        counted(counts, customer, flow, hour=hour)
    found = parts("A14", customer, by="flow", period=UNTIL_WEDNESDAY)["young"]
    logs = usual(own)
    borrowed = [each for counts in told for each in usual(counts)]
    middle, spread = robust(logs) if known == 6 else mixture(logs, borrowed)
    assert found.value == pytest.approx((log(41) - middle) / spread)
    assert (found.sample, found.detail["comparable_day"]) == (
        known + (len(borrowed) if known < 6 else 0),
        list(own),
    )
    assert found.detail["compared_with"] == (
        None if known == 6 else f"{len(borrowed)} days of flows of its kind"
    )


def test_another_customers_flows_and_other_workflows_lend_nothing(conn, counted, parts):
    stranger, customer = a_customer(conn), a_customer(conn)
    counted(a_year(0), stranger, a_flow(conn, stranger, promise=False))
    young = a_flow(conn, customer, "young", promise=False)
    other = a_flow(conn, customer, "other", promise=False, workflow="time_to_invoice")
    counted(a_year(0), customer, other)
    counted({WEDNESDAY: 40}, customer, young, hour=3)
    found = parts("A14", customer, by="flow", period=UNTIL_WEDNESDAY)
    assert (found["young"].value, found["young"].detail["why"]) == (None, "learning")
    assert found["other"].value == pytest.approx(0, abs=2)


ELEVATED = wednesdays(4)  # a few more than usual: too little to be unusual by itself


@pytest.mark.parametrize(
    ("rule", "severity", "state", "cleared", "learns"),
    [
        ("run_failed", 2, "new", None, False),
        ("run_failed", 3, "new", None, True),
        ("run_failed", 2, "new", WEDNESDAY, True),
        ("run_failed", 2, "waived", None, True),
        ("unusual_day", 3, "new", None, False),
        ("unusual_day", 3, "fix_claimed", None, False),
        ("unusual_day", 3, "waived", None, True),
    ],
    ids=[
        "urgent trouble",
        "common trouble",
        "over",
        "waived trouble",
        "unusual days",
        "claimed",
        "waived days",
    ],
)
def test_days_do_not_train_while_something_about_the_flow_is_open(
    conn,
    counted,
    parts,
    rule,
    severity,
    state,
    cleared,
    learns,
):
    customer = a_customer(conn)
    flow = a_flow(conn, customer, promise=False)
    counted(a_year(0) | dict.fromkeys(ELEVATED, 14), customer, flow)
    began = midnight(ELEVATED[0] + timedelta(days=rule == "unusual_day"), "UTC")
    an_exception(
        conn, customer, began, cleared and midnight(cleared, "UTC"), rule=rule, severity=severity, state=state, flow_id=flow
    )  # fmt: skip
    found = parts("A14", customer, by="flow", period=UNTIL_WEDNESDAY)["won-to-project"]
    assert (set(ELEVATED) <= set(found.detail["comparable_day"])) is learns
    assert found.detail["held_since"] == (None if learns else ELEVATED[0])
    assert found.sample == 12


def test_all_days_in_one_pass_are_each_day_by_itself(conn, counted):
    random = Random(7)
    customer = a_customer(conn, "America/New_York")
    flows = [a_flow(conn, customer, key, promise=False) for key in ("one", "two", "young")]
    for hour, (flow, since) in enumerate(
        zip(flows, (FIRST, FIRST, LAST - timedelta(days=70)), strict=True), 9
    ):
        days = [since + timedelta(days=n) for n in range((LAST - since).days)]
        counted(
            {day: random.choice([10, 11, 12, 60]) for day in days},
            customer, flow, zone="America/New_York", hour=hour,
        )  # fmt: skip
    conn.execute(text(query("kpi/detect_stage")))
    now, days = at("2026-10-08 12:00"), 12

    def told():
        rows = conn.execute(
            text("SELECT DISTINCT * FROM pg_temp.candidate ORDER BY occurred_at, fingerprint")
        )
        found = rows.all()
        conn.execute(text(query("kpi/detect_days_begin")))
        return found

    for ago in range(days, -1, -1):
        unusual.judge(conn, customer, now - timedelta(days=ago))
    one_by_one = told()
    unusual.judge(conn, customer, now, now - timedelta(days=days + 1))
    assert told() == one_by_one
    assert len({row.flow_id for row in one_by_one}) > 1
    assert len(one_by_one) > 3
