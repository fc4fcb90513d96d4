"""Integration metrics: do the flows between the customer's systems do what was promised?"""

from functools import partial

from metrics.metric import Metric

SPLITS = ("flow", "day", "system", "workflow")

_metric = partial(Metric, version=1, streams=("run",), by=SPLITS, owner="Integration operations")

INTEGRATION: tuple[Metric, ...] = (
    _metric(
        id="A1",
        key="sync_success_rate",
        title="Sync success rate",
        sentence="Of the transactions that came due, the share that arrived right and in time without anybody's help.",
        formula="(S1 + S2) ÷ (S1 + S2 + S3 + F + O⁺ + M)",
        unit="ratio",
        better="higher",
        population="Logical transactions that came due in the period: a run with its retries is one, a scheduled slot that "
        "nothing served is one. Test traffic, skipped work and transactions not yet decidable are left out.",
        attribution="due time",
        source='Good over valid events: Google SRE Workbook, "Implementing SLOs"',
    ),
)
