"""Service levels: is what was agreed kept, how much room is left, and how fast does trouble end?"""

from functools import partial

from metrics.metric import Metric

_level = partial(Metric, version=1, owner="Service management", streams=("run",), combine="each")

SERVICE: tuple[Metric, ...] = (
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
        is_rolled_up=True,
    ),
)
