"""The metric of what the service brought: what came out of trouble, proven, and who had found it."""

from metrics.metric import Metric

RECOVERED: tuple[Metric, ...] = (
    Metric(
        id="D7",
        key="recovered_value",
        title="Recovered value",
        sentence="What was in trouble, was found by us and is proven to be right again, every record counted once.",
        formula="Σ value of the records whose trouble ended, found by us; beside it with those that the customer told of first",
        unit="money",
        better="higher",
        population="Deals, contracts, projects, work, milestones and invoices that an exception held, that detection saw while it was open, and "
        "that nothing holds any more. Proven: the records show it; where only a run says so, both systems were compared since. A "
        "record counts once and for ever, at the first time, whatever number of exceptions held it and however often they come "
        "back; while it is in trouble again it does not count. Work and the invoice it is on count once. Lost, deleted, cancelled, "
        "written off, or over before it was seen here: not recovered. Each currency for itself. Unknown: a record without a known "
        "value, or not proven.",
        attribution="when the last of its troubles ended",
        source="product I12, recovered-value ledger; found by us unless somebody wrote down that the customer told of it first",
        version=1,
        streams=("run", "opportunity", "project", "time_entry", "expense", "milestone", "invoice"),
        by=("rule", "flow", "type", "day", "month"),
        owner="Service delivery",
    ),
)
