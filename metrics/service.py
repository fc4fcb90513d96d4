"""Service levels: is what was agreed kept, how much room is left, and how fast does trouble end?"""

from datetime import date
from functools import partial

from metrics.metric import FIRST, Change, Metric

_level = partial(Metric, version=1, owner="Service management", streams=("run",))
_INCIDENTS = (
    "Technical causes in the exception queue that broke out in the period: one cause is one incident, however many transactions "
    "it hit; what comes back within 24 hours is the same one. With fewer than eight they are listed, not made a statistic."
)
_incident = partial(
    Metric,
    version=1,
    owner="Service management",
    unit="seconds",
    better="lower",
    attribution="when it began",
    source="Kaplan & Meier 1958; the mean within a day is a restricted mean survival time",
    streams=("run",),
    by=("severity", "rule"),
    combine="each",
)

SERVICE: tuple[Metric, ...] = (
    _level(
        id="B1",
        key="availability",
        title="Availability",
        sentence="The share of the agreed service time in which the service was there.",
        formula="(agreed service time − downtime) ÷ agreed service time, in slices of five minutes",
        unit="ratio",
        better="higher",
        population="Slices of the service time that the terms agree on: always, or a calendar's open hours. Down is three slices in a "
        "row in which less than half of what was due succeeded; the customer's flows count as one service, and each for itself "
        "when split. What a slice without traffic counts as stands in the terms; where it does not, it is unknown. Without an "
        "agreed service time there is no figure. Announced work is taken out in statements, not here.",
        attribution="due time",
        source="Availability as in ITIL: agreed service time less downtime; slices: ours",
        by=("flow", "workflow", "day"),
    ),
    _level(
        id="B3",
        key="error_budget",
        title="Error budget left",
        sentence="How much of the failures that the promised success rate allows is left; below zero it is overspent.",
        formula="1 − bad ÷ ((1 − target) · valid)",
        unit="budget",
        better="higher",
        population="Logical transactions that came due in the period, as for the sync success rate, on days for which the terms name "
        "its target in percent, by occurrences; each day by its own. Without a target there is no budget. Early in a period "
        "few have come due: beside it stands the budget of the volume to be expected, a projection.",
        attribution="due time",
        source='Google SRE Workbook, "Implementing SLOs"',
        by=("flow", "day", "system", "workflow"),
        combine="each",
        is_rolled_up=True,
    ),
    _level(
        id="B4",
        key="burn_rate",
        title="Burn rate",
        sentence="How many times faster than it may the error budget is being used; at 1 it lasts exactly its window.",
        formula="(bad ÷ decided) ÷ (1 − target)",
        unit="count",
        better="lower",
        population="Logical transactions that became known to be good or bad in the period: late ones at their deadline, not when "
        "they succeed after all. Beside it the last 5 minutes to 3 days of the period, and whom they call: thresholds follow "
        "from the window of the target (14.4, 6, 3 and 1 for 30 days), a page needs at least three failures, and below "
        "1,000 transactions in 30 days any failure is a ticket and nobody is paged.",
        attribution="decision time",
        source='Google SRE Workbook, "Alerting on SLOs"; rules for few transactions: ours',
        by=("flow", "system", "workflow"),
        combine="each",
    ),
    _incident(
        id="B6",
        key="time_to_acknowledge",
        title="Time to acknowledge",
        sentence="How long an incident stands in the queue before a person takes it up.",
        formula="median of (first act of a person − in the queue), Kaplan–Meier",
        population=_INCIDENTS
        + " Nobody has acted yet: counted in, still open. Over before anybody acted: another way to end. "
        "Elapsed time: no hours are agreed in which somebody must be there.",
    ),
    _incident(
        id="B6b",
        key="time_to_detect",
        title="Time to detect",
        sentence="How long an incident goes on before it is seen.",
        formula="median of (in the queue − began)",
        population=_INCIDENTS
        + " What came back, or began before its system was first read, is unknown; what nobody has seen "
        "yet cannot be counted.",
    ),
    _incident(
        id="B7",
        key="time_to_restore",
        title="Time to restore",
        sentence="How long an incident lasts until nothing of it is open any more.",
        formula="median of (restored − began), Kaplan–Meier: what still goes on is counted in",
        population=_INCIDENTS
        + " Restored is the end of the trouble, not of the paperwork: of the four readings of MTTR the "
        "restoration of the service. Waived is another way to end.",
    ),
    _incident(
        id="B8",
        key="incidents",
        title="Incidents",
        sentence="How many incidents began in the period.",
        formula="count of incidents; beside it (time passed − time in which one was open) ÷ incidents",
        unit="count",
        population=_INCIDENTS + " Time between incidents is told from eight on.",
        source="Time up over failures, as in reliability engineering",
        combine="sum",
        version=2,
        changes=(
            FIRST,
            Change(
                2,
                date(2026, 11, 21),
                "Time in which an incident of an earlier period was still open is no time up.",
                "A month that began in the middle of an outage looked as if all had run.",
            ),
        ),
    ),
)
