"""Slices of the service counted in the database, against the same question asked slice by slice, in fractions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest

from metrics.sla.facts import Count
from tests.live import slices
from tests.metrics.builders import a_customer, a_flow, a_poll, a_run, at
from tests.metrics.sla.given import success, terms

pytestmark = pytest.mark.slow

SINCE = at("2026-10-04 22:00")  # midnight in Berlin
NOW = SINCE + timedelta(hours=13, minutes=2)
SLICE = timedelta(minutes=5)
THERE = {"metric": "availability", "target": 99, "service_time": "always", "window": "1d"}


@dataclass(frozen=True)
class Ran:
    due_at: datetime
    outcome: str


def traffic(dice: Random) -> list[Ran]:
    """Stretches of the day that are all good, all bad, mixed or without anything; bad ones of every length from one slice to five."""
    moods = [(good, bad) for good in range(3) for bad in range(3)] + [(0, 1)] * 4 + [(0, 0)] * 3
    runs, at_ = [], SINCE - 3 * SLICE
    while at_ < NOW:
        good, bad = dice.choice(moods)
        for _ in range(dice.randrange(1, 6)):
            for outcome in ["first_attempt"] * good + ["failed"] * bad:
                runs.append(Ran(at_ + timedelta(seconds=dice.randrange(300)), outcome))
            at_ += SLICE
    return runs


@pytest.mark.parametrize("seed", range(3))
def test_every_method_by_slices_counts_as_if_one_went_from_slice_to_slice(conn, held, seed) -> None:
    customer, runs = a_customer(conn, "Europe/Berlin"), traffic(Random(seed))
    a_poll(conn, customer, at("2026-10-01"), at("2026-11-20"))
    flow = a_flow(conn, customer)
    for run in runs:
        a_run(conn, customer, flow, run.due_at, "success" if run.outcome in slices.GOOD else "failed")
    services = slices.cut(runs, SINCE, NOW, slices.SERVICE_SECONDS)
    tens = slices.cut(runs, SINCE, NOW, 600)
    sliced = {"window": "1d", "slice": "10m"}
    for quiet in slices.QUIET:
        more = {"quiet": quiet} if quiet else {}
        there, shares, mean = held(
            customer,
            terms(
                THERE | more,
                success(key="shares", method="timeslices", slice_target=60, **sliced, **more),
                success(key="mean", method="ratio_timeslices", **sliced, **more),
            ),
            as_of=NOW,
            zone="Europe/Berlin",
        ).objectives
        counted = [Count(each.gross.k, each.gross.n, each.gross.unknown) for each in (there, shares)]
        up = slices.there(services, quiet)
        assert counted == [Count(*up), Count(*slices.good(tens, 60, quiet))]
        told = (mean.gross.value, mean.gross.low, mean.gross.high)
        assert told == tuple(int(each * 10_000) for each in slices.mean(tens, quiet))
        assert 0 < up[0] < up[1]  # it was there, and it was down
