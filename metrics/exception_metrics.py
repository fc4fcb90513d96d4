"""Exception metrics: how many transactions and records are in trouble, for how long, and whether that is unusual."""

from datetime import date
from functools import partial

from metrics.metric import FIRST, Change, Metric

_QUEUE = partial(
    Metric,
    version=1,
    better="lower",
    streams=("run", "opportunity", "account", "project", "time_entry", "invoice"),
    by=("class", "rule", "flow", "workflow", "project", "practice", "system"),
    owner="Integration operations",
)
_TROUBLE = (
    "Transactions that ended badly or never came, and records in trouble in the business systems, as the exception queue "
    "holds them; what turned out to be none is left out."
)

EXCEPTIONS: tuple[Metric, ...] = (
    _QUEUE(
        id="A13",
        key="exception_backlog",
        title="Open exceptions",
        sentence="How many transactions and records were in trouble at the end of the period.",
        formula="count of (transaction or record, cause) begun and neither cleared nor waived",
        unit="count",
        population=_TROUBLE
        + " Beside it how many causes they have, and how old they are. What they are worth is told by "
        "the rows, not added up here: one record may be in trouble for two causes.",
        attribution="as of the end of the period",
        source="Ours",
        is_stock=True,
    ),
    _QUEUE(
        id="A13b",
        key="exception_time_to_clear",
        title="Time to clear an exception",
        sentence="How long a transaction or record is in trouble until it is cleared.",
        formula="median of (cleared − began), Kaplan–Meier: what is still open is counted in",
        unit="seconds",
        population=_TROUBLE
        + " All that were open at some time of the period. Elapsed time, waiting for others included: no "
        "hours are agreed for clearing. Waived is another way to end.",
        attribution="all under observation in the period, older ones from its first day on",
        source="Kaplan & Meier 1958, Aalen & Johansen 1978",
        combine="each",
    ),
    Metric(
        id="A14",
        key="exception_trend",
        title="Exception trend",
        sentence="How far the exceptions of a day are from what is usual on such a day; beyond 4 they are unusual, below −4 too few.",
        formula="(ln(1 + n) − median) ÷ (1.4826 · MAD) of ln(1 + n) over the last 6 to 12 days of the same kind",
        unit="count",
        better="context",
        population="Exceptions as counted in their volume, by the local day in which they began, on days that were read whole. The "
        "last and the first three business days of a month are compared with the same days of other months, those of a quarter with those "
        "of other quarters, other business days with their weekday, holidays and other closed days with each other; hours by six of the "
        "day. Days that were themselves unusual are left out of the comparison, and so are days since trouble of the flow began that is urgent or important, "
        "or unusual, and is open and not waived. Fewer than six such days: a flow borrows for the rest from the customer's other flows of its workflow; "
        "where that is too little, unknown, still learning; but two "
        "ends of quarters, or how many times a month's end the rule's setting says one is, are enough with six ends of months. "
        "Less than five more or fewer than usual is never unusual. What the queue says of an unusual day is not counted.",
        attribution="when it began; the last day that is over",
        source="Robust z of median and MAD; on month ends: Hyndman, forecasting with dummy variables instead of a period of 30 days",
        version=3,
        streams=("run",),
        by=("class", "flow", "day", "hours"),
        owner="Integration operations",
        combine="each",
        changes=(
            FIRST,
            Change(
                2,
                date(2026, 11, 21),
                "Ends of quarters and holidays are kinds of their own, hours of the day can be asked for, and days that were unusual are no "
                "comparison.",
                "The busiest ends of months looked unusual, and the outage of one month looked usual in the next.",
            ),
            Change(
                3,
                date(2026, 11, 22),
                "Days since open trouble began are no comparison, nor are days before the first transaction or exception; a young flow borrows from "
                "the customer's flows of the same workflow; a day is held against 400 days before it, in whichever period it is asked for.",
                "An outage that lasted became usual before it was over, and a new flow was unusual with its first five exceptions.",
            ),
        ),
    ),
)
