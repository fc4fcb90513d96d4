"""Money metrics: what is earned, what it costs, what is owed, how and when it is paid, and what is renewed."""

from functools import partial

from metrics.metric import Metric

_WORK = ("time_entry", "expense", "task", "invoice", "invoice_line")

_metric = partial(Metric, version=1, owner="Finance")
_share_of_work = partial(
    _metric,
    unit="ratio",
    attribution="day of the work",
    source="metrics catalogue C13",
    by=("account", "project", "practice", "system", "month"),
    combine="each",
)

MONEY: tuple[Metric, ...] = (
    _metric(
        id="C8",
        key="wip_days",
        title="Work-in-progress days",
        sentence="How many days of fees are locked up in work that is not billed yet.",
        formula="unbilled work ÷ fees of the last 365 days × 365; beside it: by the fees of the last three months; debtor days, owed ÷ "
        "sales × days; lock-up, the sum of both",
        unit="seconds",
        better="lower",
        population="Unbilled work as in C7, and invoices less credit notes and cancellations, without tax; debtor days with tax on both "
        "sides. Where the first invoice is younger than 365 days, fees and days since then. Each currency for itself. "
        "Of a project or practice: its work by its fees and days since its first invoice, an invoice being shared out by what its lines come to; where that is not "
        "known, its parts have no figure.",
        attribution="as of the end of the period",
        source="metrics catalogue C8",
        streams=(*_WORK, "payment"),
        by=("project", "practice"),
        combine="each",
    ),
    _share_of_work(
        id="C13",
        key="realization",
        title="Realization",
        sentence="Of what the work of the period is worth at contracted rates, the share that is billed.",
        formula="billed ÷ standard value; billed: the invoice's lines for work, shared out over the work on it by its standard value",
        better="higher",
        population="Billable time and expenses worked in the period, whenever they are billed. What waits and is younger than 90 days "
        "makes the period immature: the figure can still rise to its upper bound. Deleted work was a mistake and is left out. "
        "Unknown: no rate, a bill that could not be read, or one without lines for work.",
        streams=_WORK,
    ),
    _share_of_work(
        id="C13c",
        key="collection_realization",
        title="Collection realization",
        sentence="Of what was billed for the work of the period, the share that is paid.",
        formula="paid ÷ billed, without tax; a payment counts for the lines of its invoice in proportion",
        better="higher",
        population="Billable time and expenses worked in the period that are on an issued invoice, whenever they are paid. What is owed, and "
        "work that still waits for its bill, makes the period immature: the figure can still rise to its upper bound. What a credit "
        "note took off will not be paid. Unknown: a bill that could not be read, or of which nobody can tell what is paid.",
        streams=(*_WORK, "payment"),
    ),
    _share_of_work(
        id="C13d",
        key="overall_realization",
        title="Overall realization",
        sentence="Of what the work of the period is worth at contracted rates, the share that is paid.",
        formula="paid ÷ standard value: billing realization × collection realization",
        better="higher",
        population="Billable time and expenses worked in the period. What is owed, and work that waits and is younger than 90 days, makes the "
        "period immature: the figure can still rise to its upper bound. Deleted work was a mistake and is left out. Unknown: no rate, a "
        "bill that could not be read, or of which nobody can tell what is paid.",
        streams=(*_WORK, "payment"),
    ),
    _share_of_work(
        id="C13b",
        key="billing_leakage",
        title="Billing leakage",
        sentence="Of what the work of the period is worth at contracted rates, the share that was never billed and will hardly be.",
        formula="standard value written off, made non-billable or unbilled 90 days after it was done ÷ standard value",
        better="lower",
        population="Billable time and expenses worked in the period. What waits and is younger than 90 days makes the period immature: "
        "the figure can still rise to its upper bound. Deleted work was a mistake and is left out.",
        streams=_WORK,
    ),
    _metric(
        id="C15",
        key="project_margin",
        title="Project margin",
        sentence="Of what client projects earned in the period, the share that is left after what they cost.",
        formula="(revenue − direct cost) ÷ revenue; revenue: what was recognised where a schedule says so, else milestones accepted, else "
        "approved billable work at its contracted rate; cost: all hours at the cost of their day, expenses, purchases",
        unit="ratio",
        better="higher",
        population="Projects of an account that earned or cost something in the period. Each currency for itself. Not shown where revenue "
        "is zero or less. Provisional until ten days after the period. Purchases are purchase orders: suppliers' bills and what was posted to "
        "a project's costs are read too, but they are the same money again. What was billed is told by realization, not here. Unknown, and on "
        "neither side: a project with an hour whose cost nobody knows, a piece of work without a rate, or revenue and cost in two currencies.",
        attribution="day of the work, acceptance of the milestone",
        source="metrics catalogue C15",
        streams=(*_WORK, "project", "milestone", "cost_rate"),
        by=("project", "practice", "account", "basis", "system"),
        combine="ratio",
    ),
    _metric(
        id="C18",
        key="delivery_backlog",
        title="Delivery backlog",
        sentence="Of what was sold, what running projects still have to deliver.",
        formula="projects with budget left; in a currency: Σ (budget − contracted value of the billable time worked), never below zero",
        unit="count",
        better="context",
        population="Running projects of an account in a system that holds time, their phases with them. Beside it, hours left of budgets in "
        "hours, and projects with something left after their end. Unknown: no budget, work without a rate or in another currency, or "
        "a project that is closed and nobody knows since when.",
        attribution="as of the end of the period",
        source="Ours: sold and not delivered",
        streams=("project", "time_entry", "task"),
        by=("account", "project", "practice", "system"),
        owner="Service delivery",
    ),
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
        population="Issued invoices less credit notes, cancellations and payments, tax included on both sides; a credit note on no "
        "invoice is netted, cash that names none is not read. Each currency for itself. Late billing makes this figure better: what is "
        "not billed is not owed; read it with unbilled work. Unknown: an invoice without its gross amount, or paid in part by nobody knows how much.",
        attribution="as of the end of the period",
        source="metrics catalogue C16; count-back and Collections Effectiveness Index: Credit Research Foundation",
        streams=("invoice", "payment"),
        by=("account", "system"),
        combine="each",
    ),
    _metric(
        id="C16b",
        key="expected_receipts",
        title="Expected receipts",
        sentence="Of what is owed at the end of the period, what will come in within the next thirty days.",
        formula="Σ owed × how likely it is paid within 30 days, by how the account paid in the year before: Kaplan–Meier and Aalen–Johansen "
        "over its invoices, given that this one is open at its age",
        unit="money",
        better="context",
        population="Issued invoices that something is owed on, as for days sales outstanding, tax included; of a payment in part what is left. "
        "Accounts with fewer than eight paid invoices in the year are judged by all accounts of the customer. Each currency for "
        "itself. What is billed after the end of the period is not in it. Unknown: an invoice older than any that was watched, "
        "fewer than eight paid invoices in all, or an amount that nobody can read.",
        attribution="as of the end of the period",
        source="product: cash flow; Aalen & Johansen 1978",
        streams=("invoice", "payment"),
        by=("account", "system"),
    ),
    _metric(
        id="C16c",
        key="collections_risk",
        title="Collections risk",
        sentence="Of what is owed at the end of the period, what will not be paid even ninety days after it was due.",
        formula="Σ owed × how likely it is still unpaid 90 days after its due day, by how the account paid in the year before; what is overdue "
        "for longer counts whole",
        unit="money",
        better="lower",
        population="Issued invoices that something is owed on, judged as for expected receipts; without a due day, thirty days after the issue. "
        "Each currency for itself. Unknown: as for expected receipts.",
        attribution="as of the end of the period",
        source="product: collections risk; Aalen & Johansen 1978",
        streams=("invoice", "payment"),
        by=("account", "system"),
    ),
    _metric(
        id="C19",
        key="renewal_readiness",
        title="Renewal readiness",
        sentence="Of the contracts that end soon, the share that is renewed already.",
        formula="contracts that a later contract with the same account follows ÷ contracts that end in the period or within 90 days after it; "
        "in a currency: by their value",
        unit="ratio",
        better="higher",
        population="Contracts with an end, drafts and rejected ones left out; a renewal begins later than the contract and at most 90 days before "
        "its end. By value, those whose value is known. Unknown: a contract without an account.",
        attribution="end of the contract",
        source="product: renewal readiness; the same contracts as the expectation contract-to-renewal",
        streams=("contract",),
        by=("account", "system"),
        owner="Account management",
    ),
)
