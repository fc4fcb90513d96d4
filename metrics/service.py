"""Service levels: is what was agreed kept, how much room is left, and how fast does trouble end?"""

from functools import partial

from metrics.metric import Metric

_level = partial(Metric, version=1, owner="Service management", streams=("run",))

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
        "agreed service time there is no figure. Maintenance is not told to us and not taken out.",
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
)
