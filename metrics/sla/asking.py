"""One question about an objective: the figures of its metric, read the one way there is, as whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, isinf
from typing import Any

from sqlalchemy import Connection, Row

from metrics.figure import Figure
from metrics.period import Period
from metrics.read import figures
from metrics.sla import items
from metrics.sla.facts import Count, Day, Measured
from metrics.sla.indicators import LATENCIES
from metrics.sla.items import Flow, Listed
from metrics.sla.objective import Objective
from metrics.sla.terms import Terms
from metrics.sla.window import Subject
from metrics.sla.words import MILLION, span_seconds
from sql.ask import execute


@dataclass(frozen=True)
class Asked:
    """An objective and where to look: `as_of` is None for what was counted last, `instant` is then the present.

    `heard` is up to when people's words count; None: up to the instant, like everything else.
    """

    conn: Connection
    subject: Subject
    terms: Terms
    objective: Objective
    window: Period
    as_of: datetime | None
    instant: datetime
    flows: Sequence[Flow]
    heard: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Whether the window is not over."""
        return self.instant < self.window.until

    @property
    def chosen(self) -> Sequence[Flow] | None:
        """The flows it is about; None: all, and what belongs to none."""
        return items.flows_in(self.objective, self.flows)

    @property
    def service(self) -> frozenset[str]:
        """The flows that are the service in its window: those that it is about and that were not removed before it."""
        return items.service(self.objective, self.flows, self.window.since)

    def rows(self, name: str, window: Period | None = None, **more: Any) -> Sequence[Row[Any]]:
        """The rows of a question of sla/, about these flows in this window or another."""
        span = window or self.window
        given = {
            "customer_ids": [self.subject.customer_id],
            "since": span.since,
            "until": span.until,
            "as_of": self.as_of,
            "flow_ids": None if self.chosen is None else [flow.flow_id for flow in self.chosen],
        }
        return execute(self.conn, f"sla/{name}", **given | more).all()

    def figures(self, window: Period | None = None, by: str | None = None) -> list[Figure]:
        """The figures by count; with a population, those of its parts."""
        population = self.objective.population
        found = figures(
            self.conn,
            self.objective.indicator.key,
            [self.subject.customer_id],
            window or self.window,
            by=by or (population.by if population else None),
            as_of=self.as_of,
        )
        by_count = [figure for figure in found if figure.currency is None]
        return by_count if population is None else [f for f in by_count if f.part in population.parts]

    def listed(self, window: Period | None = None) -> list[Listed]:
        """The items behind it."""
        span = window or self.window
        return items.listed(self.conn, self.subject, self.objective, span, self.as_of, self.flows)

    def exceptions(self, window: Period | None = None) -> list[str]:
        """The outcomes of the exceptions whose goal fell due."""
        found = items.exceptions(
            self.conn, self.subject, self.objective, window or self.window, self.as_of, self.flows
        )
        return [row["outcome"] for row in found]

    def within(self, window: Period | None = None) -> list[tuple[Day, int]]:
        """What stayed within the objective's own threshold, by day, and what is pending."""
        assert self.objective.threshold is not None
        found = self.rows(
            "within",
            window,
            threshold_seconds=span_seconds(self.objective.threshold),
            is_latency=self.objective.indicator.key == LATENCIES[0],
        )
        return [(Day(row.day, Count(row.k, row.n, row.unknown)), row.pending) for row in found]


def count_of(figure: Figure) -> Count:
    """Its exact parts. A count without a population of its own is judged as soon as there is a value."""
    n = figure.denominator
    if n is None:
        n = int(figure.value is not None)
    return Count(int(figure.numerator or 0), int(n), figure.unknown)


def share_within(found: Sequence[Figure], days: int) -> Measured:
    """The share that was done within so many days, cut downwards; those of whom nobody can tell all too late, or all in time."""
    for figure in found:
        share = figure.detail.get(f"within_{days}_days")
        if share is not None:
            exact = _exact(round(share, 9))  # a curve multiplies: 0.6 comes out as 0.5999999999999999
            done, whole = exact * figure.sample, figure.sample + figure.unknown
            low, high = (Fraction(part * MILLION, whole) for part in (done, done + figure.unknown))
            return Measured(floor(exact * MILLION), figure.sample, figure.unknown, floor(low), floor(high))
    return Measured(None, 0)


def value_of(found: Sequence[Figure], objective: Objective) -> Measured:
    """The value in millionths, cut to the worse side; infinite: not reached."""
    for figure in found[:1]:
        if figure.value is None:
            break
        if isinstance(figure.value, float) and isinf(figure.value):
            return Measured(None, figure.sample, figure.unknown)
        exact = _exact(figure.value) * MILLION
        micro = ceil(exact) if objective.better == "lower" else floor(exact)
        return Measured(micro, figure.sample, figure.unknown)
    return Measured(None, 0)


def _exact(value: float | int | Decimal) -> Fraction:
    return Fraction(Decimal(repr(value)) if isinstance(value, float) else value)
