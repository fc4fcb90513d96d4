"""What an objective may be about: the metrics of the catalogue, and how fast exceptions are answered and resolved."""

from dataclasses import dataclass
from functools import cache

from metrics.catalogue import by_key
from metrics.metric import Better, Unit

EXCEPTION_CLOCKS = ("exception_response", "exception_resolution")
LATENCIES = ("sync_latency", "transaction_latency")
SLICED = ("sync_success_rate",)
_WORKED_OUT = ("error_budget", "burn_rate")
WITHIN_DAYS = (7, 14, 30)
ASKED_BY_OBJECTIVE = ("availability", "schedule_adherence")
"""What the objective itself says how to count: the figure takes it from the terms in force, a proposal brings its own."""


@dataclass(frozen=True)
class Indicator:
    """A number that can be promised: its key, the unit it is counted in, which way is better, what it can be split by."""

    key: str
    title: str
    unit: Unit
    better: Better
    by: tuple[str, ...]
    version: int


_CLOCKS = {
    "exception_response": Indicator(
        "exception_response", "Exceptions answered in time", "ratio", "higher", ("flow", "system"), 1
    ),
    "exception_resolution": Indicator(
        "exception_resolution", "Exceptions resolved in time", "ratio", "higher", ("flow", "system"), 1
    ),
}


@cache
def indicator(name: str) -> Indicator:
    """The indicator of a metric's key or id; raises ValueError, one line, for what cannot be promised."""
    if name in _CLOCKS:
        return _CLOCKS[name]
    try:
        metric = by_key(name)
    except LookupError:
        known = ", ".join(EXCEPTION_CLOCKS)
        raise ValueError(
            f"there is no metric '{name}'; it is a key of throughline kpi list, or one of {known}"
        ) from None
    if metric.key in _WORKED_OUT:
        raise ValueError(f"'{name}' follows from the objective for sync_success_rate; promise that")
    if metric.is_for_partner:
        raise ValueError(f"'{name}' is the partner's own figure; promise something that the customer sees")
    if metric.is_watched_on:
        raise ValueError(f"'{name}' still moves after its period; promise something that can be sealed")
    return Indicator(metric.key, metric.title, metric.unit, metric.better, metric.by, metric.version)
