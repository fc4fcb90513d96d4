"""Money metrics: what is earned, what it costs, what is owed, and how long it takes to be paid."""

from functools import partial

from metrics.metric import Metric

_metric = partial(Metric, version=1, owner="Finance")

MONEY: tuple[Metric, ...] = (
    _metric(
        id="C16",
        key="days_sales_outstanding",
        title="Days sales outstanding",
        sentence="How many days of sales the customer's own customers still owe.",
        formula="count-back: the newest months' sales are taken off what is owed; whole months count their days, the last one "
        "its share. Beside it: simple, owed ÷ sales × days; best possible, the same of what is not overdue; delinquent, the "
        "difference; effectiveness, (opening + monthly sales − owed) ÷ (opening + monthly sales − not overdue)",
        unit="seconds",
        better="lower",
        population="Issued invoices less credit notes, cancellations and payments, tax included on both sides; cash on no invoice is "
        "netted. Each currency for itself. Late billing makes this figure better: what is not billed is not owed; read it "
        "with unbilled work. Unknown: an invoice without its gross amount, or paid in part by nobody knows how much.",
        attribution="as of the end of the period",
        source="metrics catalogue C16; count-back and Collections Effectiveness Index: Credit Research Foundation",
        streams=("invoice", "payment"),
        by=("account", "system"),
        combine="each",
    ),
)
