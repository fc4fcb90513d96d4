"""Process metrics: did what must follow a business event follow it in time, whether or not anything ran."""

from functools import partial

from metrics.expectation_library import LIBRARY
from metrics.metric import Metric

_metric = partial(Metric, version=1, owner="Service delivery")

PROCESS: tuple[Metric, ...] = (
    _metric(
        id="A17",
        key="expectations_met",
        title="Expectations met",
        sentence="Of the business events that something had to follow by a deadline of the period, the share that it followed in time.",
        formula="met ÷ (met + late + overdue)",
        unit="ratio",
        better="higher",
        population="Expectations whose deadline lies in the period, by the rules in force when their events happened. Overdue ones are "
        "bad already; one that was met before its deadline is good. Not due yet, or withdrawn before the deadline: not "
        "counted. Unknown: where the effect would be seen was not read up to the deadline, the event has no known time, the "
        "effect has none, or a record may be the effect by a rule that is no proof.",
        attribution="deadline",
        source="Ours",
        streams=tuple(sorted({name for rule in LIBRARY for name in (rule.subject, *rule.reads)})),
        by=("rule", "workflow", "flow", "system", "day"),
    ),
)
