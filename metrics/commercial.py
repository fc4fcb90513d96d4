"""What serving customers earns the partner and what it costs: for the partner's own people, never for a customer."""

from functools import partial

from metrics.metric import Metric

_own = partial(Metric, version=1, owner="Partner", is_for_partner=True)
_LOGGED = (
    "Minutes that people logged on exceptions in the period, less what they took back. Nothing logged is unknown, not 0; exceptions "
    "that somebody worked on without logging are told as unknown."
)

COMMERCIAL: tuple[Metric, ...] = (
    _own(
        id="D4",
        key="cost_to_serve",
        title="Cost to serve",
        sentence="How many minutes of people 1,000 transactions take.",
        formula="minutes logged ÷ valid transactions × 1,000",
        unit="count",
        better="lower",
        population=_LOGGED
        + " Valid transactions as for the sync success rate. Minutes without a flow count for the customer.",
        attribution="when it was logged; transactions by due time",
        source="metrics catalogue D4; there is no agreed standard, so the variant is told",
        streams=("run",),
        by=("flow", "workflow", "month"),
        combine="ratio",
        is_rolled_up=True,
        rows_add="value",
        rows_in="minutes",
    ),
    _own(
        id="D4b",
        key="effort_per_exception",
        title="Effort per exception",
        sentence="How many minutes of people an exception takes that somebody works on.",
        formula="minutes logged ÷ exceptions with minutes",
        unit="count",
        better="lower",
        population=_LOGGED
        + " Those still open count with what was logged so far; how many they are is told.",
        attribution="when it was logged",
        source="metrics catalogue D4",
        streams=("run",),
        by=("class", "rule", "flow"),
        combine="ratio",
        rows_add="value",
        rows_in="minutes",
    ),
)
