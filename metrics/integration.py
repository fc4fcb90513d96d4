"""Integration metrics: do the flows between the customer's systems do what was promised?"""

from functools import partial

from metrics.exception_metrics import EXCEPTIONS
from metrics.metric import Metric

_RUNS = partial(
    Metric,
    version=1,
    streams=("run",),
    by=("flow", "day", "system", "workflow"),
    owner="Integration operations",
    attribution="due time",
    is_rolled_up=True,
)
_counted = partial(_RUNS, by=("flow", "day", "month", "system", "workflow"))
_DUE = (
    "Logical transactions that came due in the period: a run with its retries is one, a scheduled slot that nothing served "
    "is one. Test traffic, skipped work and transactions that cannot be decided yet are left out."
)

_STOCK = partial(
    _RUNS,
    better="lower",
    by=("flow", "system", "workflow"),
    attribution="as of the end of the period",
    source="Ours",
    is_stock=True,
    is_rolled_up=False,
)
_WAITING = (
    "Logical transactions that had come due and were neither done nor failed for good: runs at work, queued or stuck, and "
    "scheduled slots that can still be served. Nothing waiting is zero; a customer whose runs were never read is unknown."
)
INTEGRATION: tuple[Metric, ...] = (
    _counted(
        id="A1",
        key="sync_success_rate",
        title="Sync success rate",
        sentence="Of the transactions that came due, the share that arrived right and in time without anybody's help.",
        formula="(S1 + S2) ÷ (S1 + S2 + S3 + F + O⁺ + M)",
        unit="ratio",
        better="higher",
        population=_DUE,
        source='Good over valid events: Google SRE Workbook, "Implementing SLOs"',
    ),
    _RUNS(
        id="A1m",
        key="sync_success_value",
        title="Sync success by value",
        sentence="Of the money in the transactions that came due, the share that arrived right and in time.",
        formula="Σ amount of (S1 + S2) ÷ Σ amount of (S1 + S2 + S3 + F + O⁺)",
        unit="ratio",
        better="higher",
        population=_DUE + " Only those that carry an amount; each currency is a figure of its own.",
        source='Good over valid events: Google SRE Workbook, "Implementing SLOs"',
    ),
    _counted(
        id="A2",
        key="first_attempt_success",
        title="First-attempt success",
        sentence="Of the transactions that came due, the share that arrived right and in time at the first attempt.",
        formula="S1 ÷ (S1 + S2 + S3 + F + O⁺ + M)",
        unit="ratio",
        better="higher",
        population=_DUE
        + " Retries hidden inside the platform's own calls are seen only where it counts them.",
        source='Ours; on retries: Google SRE Workbook, "Alerting on SLOs"',
    ),
    _counted(
        id="A3",
        key="retry_recovery",
        title="Retry recovery",
        sentence="Of the transactions that did not succeed at once, the share that automatic retries saved in time.",
        formula="S2 ÷ (S2 + S3 + F + O⁺)",
        unit="ratio",
        better="higher",
        population="Logical transactions that came due in the period and did not succeed at the first attempt. Missed slots "
        "had no attempt and are left out.",
        source="Ours",
    ),
    _counted(
        id="A3b",
        key="retry_amplification",
        title="Attempts per transaction",
        sentence="How many attempts a transaction takes on average; above 1.2 the rate limits of a system are in danger.",
        formula="Σ attempts ÷ transactions with at least one attempt",
        unit="count",
        better="lower",
        population="Logical transactions that came due in the period and were attempted, open ones included.",
        source='Ours; on retry storms: Google SRE Book, "Addressing Cascading Failures"',
        combine="ratio",
        rows_add="value",
        rows_in="attempts",
    ),
    _counted(
        id="A4",
        key="record_success_rate",
        title="Record success rate",
        sentence="Of the records that were to be moved, the share that the target accepted.",
        formula="Σ accepted ÷ Σ (accepted + rejected)",
        unit="ratio",
        better="higher",
        population="Records of the transactions that came due in the period, as the platform counts them; of a batch that was "
        "retried, as its last run left it. What is left out on purpose counts on neither side. Not by value: no platform tells what a "
        "rejected record is worth.",
        source="Ours",
        rows_add="value",
        rows_in="records",
    ),
    _RUNS(
        id="A5",
        key="schedule_adherence",
        title="Schedule adherence",
        sentence="Of the scheduled runs that came due, the share that began in time.",
        formula="slots whose run began by slot + grace ÷ slots due (in time, late, missed)",
        unit="ratio",
        better="higher",
        population="Slots of flows with a promised schedule, from the first run or the first look at the platform on. In time means "
        "the grace that the terms agree on, or the promised deadline where they name none; the next slot ends both. Slots "
        "of which nobody has read yet whether they were served are not counted, nor a run that was skipped because the "
        "one before was still inside its deadline. Announced work is taken out in statements, not here.",
        attribution="time of the slot",
        source="Ours; a published precedent: Azure Data Factory's agreement, runs begin within 4 minutes of their scheduled time",
        is_rolled_up=False,
    ),
    _RUNS(
        id="A6",
        key="sync_latency",
        title="Sync latency",
        sentence="How long a change takes from its commit at the source to its commit at the target: 95 of 100 take no longer.",
        formula="95th percentile of (committed at the target − committed at the source); failures count as infinite",
        unit="seconds",
        better="lower",
        population=_DUE + " Those whose commit times are not known are counted as unknown.",
        source="Log buckets with 1 % relative error: DDSketch, VLDB 2019; the share within the promised threshold is exact",
        combine="quantile",
    ),
    _RUNS(
        id="A7",
        key="transaction_latency",
        title="Transaction latency",
        sentence="How long a transaction is worked on, from its first start to its last finish: 95 of 100 take no longer.",
        formula="95th percentile of (last finish − first start), retries and their waits included; failures count as infinite",
        unit="seconds",
        better="lower",
        population=_DUE,
        source="Log buckets with 1 % relative error: DDSketch, VLDB 2019; the share within the promised threshold is exact",
        combine="quantile",
    ),
    Metric(
        id="A8",
        key="freshness",
        title="Data freshness",
        sentence="How far back lies the instant up to which everything that happened has been read.",
        formula="Now − low watermark, the worst stream counts",
        unit="seconds",
        better="lower",
        population="Every stream of the customer's systems. A system that was never read makes the figure unknown. For which share of the "
        "time it was within a limit is not kept.",
        attribution="as of",
        source="Low watermark of the ledger's complete polls: ours",
        version=1,
        streams=(),
        by=("system", "stream"),
        owner="Integration operations",
        combine="worst",
    ),
    _RUNS(
        id="A9",
        key="throughput",
        title="Throughput",
        sentence="How many transactions are finished in an hour.",
        formula="Transactions finished (S1 + S2 + S3 + F) ÷ hours passed",
        unit="per_hour",
        better="context",
        population="Logical transactions that finished in the period, well or badly; retries of one transaction count once.",
        attribution="decision time",
        source="Ours; process time and flow: Reinertsen, Principles of Product Development Flow",
    ),
    _STOCK(
        id="A10",
        key="backlog",
        title="Backlog",
        sentence="How many transactions were due and not done at the end of the period; in a currency, what they are worth.",
        formula="count of O and O⁺",
        unit="count",
        population=_WAITING + " Money is added up of those that carry an amount, each currency for itself.",
        combine="sum",
    ),
    _STOCK(
        id="A10b",
        key="oldest_waiting",
        title="Oldest waiting transaction",
        sentence="How long the oldest transaction has waited that was due and not done at the end of the period.",
        formula="end of the period − min(due time) of O and O⁺",
        unit="seconds",
        population=_WAITING + " The age of what is open is no latency: what was done quickly is not in it.",
        combine="worst",
    ),
    *EXCEPTIONS,
    Metric(
        id="A15",
        key="dependency_health",
        title="Dependency health",
        sentence="Of our readings of the customer's systems, the share that they answered.",
        formula="readings without a fault of the system ÷ readings",
        unit="ratio",
        better="higher",
        population="Polls that began in the period and ended. Faults of the system: server errors, timeouts, lost connections, rate "
        "limits after all waiting, refused keys. A request it refuses or an answer we cannot use is ours or the data's. Calls "
        "that a platform makes from system to system, and retries inside its connectors, are not visible; beside it stand "
        "runs that failed by such a fault, of whichever system.",
        attribution="start of the reading",
        source="Ours; the worst state of the parts is the state of the whole: OpenSLO, composite objectives",
        version=1,
        streams=(),
        by=("system", "stream", "day"),
        owner="Integration operations",
    ),
    Metric(
        id="A16",
        key="duplicate_rate",
        title="Duplicates",
        sentence="Of what was written into the business systems, the share that was there already; in a currency, by value.",
        formula="targets beyond the first of their source key ÷ targets",
        unit="ratio",
        better="lower",
        population="Projects that name their opportunity, and bills of billable work, made in the period and still there: a second "
        "project for one opportunity in the same system, a second bill for work that is billed as a whole. A target that "
        "does not name its source cannot be told and is left out. Beside it, transactions whose runs name two targets.",
        attribution="when the target was made",
        source="Ours",
        version=1,
        streams=("project", "time_entry", "expense", "invoice", "invoice_line"),
        by=("kind", "system", "day"),
        owner="Integration operations",
    ),
)
