"""Business metrics: is work turning into invoices, and what went wrong on the way."""

from datetime import date
from functools import partial

from metrics.metric import FIRST, Change, Metric

_WORK = ("time_entry", "expense", "task", "invoice", "invoice_line")
_BILLS = (*_WORK, "milestone", "contract", "billing_hold")
_DEALS = ("opportunity", "account", "project")

_OF_CONTRACTS = Change(
    2,
    date(2026, 11, 21),
    "Retainers on their day and usage at the end of its month are due as well, where the contract says so; a bill that is held back "
    "for a reason and until a day is not late while the hold lasts.",
    "What a contract says must be billed was forgotten without anybody seeing it, and what is held on purpose looked forgotten.",
)
_metric = partial(Metric, version=1, owner="Service delivery")
_clock = partial(_metric, unit="seconds", better="lower", combine="each")

BUSINESS: tuple[Metric, ...] = (
    _metric(
        id="A11",
        key="exception_volume",
        title="Exceptions",
        sentence="How many transactions and records got into trouble in the period.",
        formula="count of (transaction or record, cause) that began in the period",
        unit="count",
        better="lower",
        population="Transactions that ended badly or never came, and records in trouble in the business systems. Automatic "
        "retries open nothing before they are used up; the children of one outage are counted, and beside them their "
        "one cause.",
        attribution="when it began: due time of a transaction, deadline of a record",
        source="metrics catalogue A11; event and exception as in ITIL",
        streams=("run", *_DEALS, "time_entry", "invoice"),
        by=("class", "rule", "flow", "workflow", "project", "practice", "system", "day"),
    ),
    _metric(
        id="A12",
        key="exception_rate",
        title="Exception rate",
        sentence="Of the transactions that came due, the share that ended in the exception queue.",
        formula="(S3 + F + O⁺ + M) ÷ (S1 + S2 + S3 + F + O⁺ + M)",
        unit="ratio",
        better="lower",
        population="Logical transactions that came due in the period, as for the sync success rate; each is counted once, "
        "however many attempts it made.",
        attribution="due time",
        source="metrics catalogue A12: distinct valid transactions with at least one exception over valid transactions",
        streams=("run",),
        by=("flow", "day", "month", "system", "workflow"),
        is_rolled_up=True,
    ),
    _metric(
        id="C1",
        key="failed_project_creations",
        title="Failed project creations",
        sentence="Won deals whose project was not there, ready to use, by the promised time.",
        formula="won opportunities without a usable project at the deadline; their share: ÷ those whose deadline has passed",
        unit="count",
        better="lower",
        population="Opportunities won in the period that need delivery, compared with the projects that the target system "
        "holds, not with what runs say. Lost again before the deadline: not counted. Unknown: no promise, a project "
        "that may be theirs by a rule that is no proof, a system that was not read so far.",
        attribution="time of the win",
        source="metrics catalogue C1",
        streams=_DEALS,
        by=("account", "practice", "system", "day"),
    ),
    _clock(
        id="C2",
        key="project_ready_time",
        title="Time from won to project ready",
        sentence="How long it takes from winning a deal until its project can be worked on.",
        formula="median of (project created − won), Kaplan–Meier: deals that still wait are counted in",
        population="Won opportunities that waited for their project at some time of the period. Business time where the "
        "promise names a calendar, elapsed time otherwise. Lost or re-opened is another way to end.",
        attribution="every deal under observation in the period, older ones from its first day on",
        source="Kaplan & Meier 1958, Aalen & Johansen 1978; metrics catalogue C2 and 4.1",
        streams=_DEALS,
        by=("account", "practice", "system"),
    ),
    _metric(
        id="C3",
        key="project_setup_accuracy",
        title="Project setup accuracy",
        sentence="Of the new projects, the share that was set up right in everything when they were first looked at.",
        formula="projects that pass every check one working day after they were made ÷ projects made; checks of version 2: customer, "
        "contract, billing method, currency, budget, dates, cost centre, manager, tax code",
        unit="ratio",
        better="higher",
        population="Projects made in the period, phases of others left out. A check is made where the system tells the field of any "
        "project. What the first look found is kept, and no later correction makes a project right; one that was changed before anybody could look "
        "is unknown. Rates and tasks are not looked at.",
        attribution="when the project was made",
        source="metrics catalogue C3; SCOR, perfect order: each component scores 1 or 0",
        streams=("project", "account"),
        by=("check", "account", "practice", "system", "day"),
        version=2,
        changes=(
            FIRST,
            Change(
                2,
                date(2026, 11, 21),
                "Cost centre, manager and tax code are checked where a system tells them; what the first look found is kept.",
                "A project that was corrected later could be judged by its corrected fields.",
            ),
        ),
    ),
    _clock(
        id="C4",
        key="time_to_bill",
        title="Time to bill",
        sentence="How long approved work waits until it is on an issued invoice.",
        formula="median of (invoice posted − approved), Kaplan–Meier: work that still waits is counted in; in a currency: "
        "weighted by value",
        population="Billable time and expenses that were approved and waiting at some time of the period. A draft is not an "
        "invoice; a voided or credited invoice bills nothing and opens its work again. Written off, deleted or made "
        "non-billable is another way to end.",
        attribution="all work under observation in the period, older work from its first day on",
        source="Kaplan & Meier 1958, Aalen & Johansen 1978; metrics catalogue C4 and 4.1",
        streams=_WORK,
        by=("account", "project", "practice", "system"),
    ),
    _clock(
        id="C4b",
        key="time_to_bill_cohort",
        title="Time to bill of one period's work",
        sentence="How long the work that was approved in the period waits until it is on an issued invoice, watched until today.",
        formula="median of (invoice posted − approved), Kaplan–Meier, of what was approved in the period; in a currency: weighted by value",
        population="Billable time and expenses approved in the period, and no older work. Each piece is watched on after the period "
        "until it is billed or ends otherwise, as for the time to bill: while work waits the figure moves, so no statement has it and "
        "nobody can promise it. It tells whether one month's work was billed faster than another's.",
        attribution="approval of the work",
        source="Kaplan & Meier 1958, Aalen & Johansen 1978; metrics catalogue C4 and 4.1, cohort form",
        streams=_WORK,
        by=("account", "project", "practice", "system"),
        is_watched_on=True,
    ),
    _clock(
        id="C5",
        key="invoice_cycle_time",
        title="Invoice cycle time",
        sentence="How long it takes from work that is ready to be billed until its invoice is sent.",
        formula="median of (invoice sent − ready), Kaplan–Meier: what still waits is counted in; in a currency: weighted by "
        "value. Ready: the month has ended and the last of its work on the invoice is approved, or the milestone is accepted",
        population="A project's work of a month, invoice by invoice and what is on none, and milestones, that were ready and not "
        "sent at some time of the period. Sent ahead of time counts 0. Where a system does not say when an invoice was sent, posting it counts as sending. Written "
        "off or deleted is another way to end. A retainer is ready on its day and usage at the end of its month, where the contract says so.",
        attribution="all that was under observation in the period, older ones from its first day on",
        source="Kaplan & Meier 1958, Aalen & Johansen 1978; metrics catalogue C5 and 4.1",
        streams=_BILLS,
        by=("kind", "account", "project", "practice", "system"),
        version=2,
        changes=(FIRST, _OF_CONTRACTS),
    ),
    _metric(
        id="C6",
        key="delayed_invoice_triggers",
        title="Delayed invoice triggers",
        sentence="Months of work, milestones, retainers and months of usage that were due to be billed and were on no draft by the "
        "promised time.",
        formula="due triggers of which most was on no draft at the deadline; their share: ÷ those whose deadline has passed",
        unit="count",
        better="lower",
        population="A project's approved work of a month, due when the month has ended, accepted milestones, and what contracts say: a "
        "retainer's day and the end of a month of usage; compared with the invoices that the system holds, not with what runs say. "
        "Work approved more than five days after its month is due with "
        "the month of its approval. The deadline is the flow's promise (milestone_to_invoice, "
        "period_to_invoice), ten days where none is made. Written off before it: not counted. A bill that is held back "
        "for a reason and until a day, before it is late, is not late while the hold lasts: its value is told beside the figure. "
        "Unknown: a bill or an approval that could not be read, or lines that do not say which date of a contract they bill.",
        attribution="when it came due",
        source="metrics catalogue C6",
        streams=_BILLS,
        by=("kind", "account", "project", "practice", "system", "day"),
        version=2,
        changes=(FIRST, _OF_CONTRACTS),
    ),
    _metric(
        id="C7",
        key="unbilled_time",
        title="Unbilled work",
        sentence="What approved work that is on no issued invoice is worth.",
        formula="Σ hours × contracted rate, and expenses, of approved billable work neither invoiced nor written off",
        unit="money",
        better="lower",
        population="Billable time and expenses worked and approved by the end of the period: on no invoice, on drafts, on "
        "cancelled or credited invoices. Fixed fees earned and not billed, and caps that a contract sets, are not read. Each currency for itself. "
        "Work without a known rate is unknown, not zero.",
        attribution="as of the end of the period",
        source="metrics catalogue C7; age bands of work-in-progress reports: 0–30, 31–60, 61–90, 91 days and more",
        streams=_WORK,
        by=("pool", "age", "account", "project", "practice", "system", "day"),
    ),
    _metric(
        id="C11",
        key="business_rule_exceptions",
        title="Business-rule exceptions",
        sentence="How many records break a rule of the house.",
        formula="records that break at least one rule of version 3: project without contract, time without project, time of an inactive "
        "person, time on a closed project, work without a rate, billed before it was approved, project over budget, won without "
        "customer or value, invoice without tax, duplicate account, work without a billing code, account without tax "
        "settings, cost centre differs, revenue schedule outside the books, books closed late, milestone billed by hand, project set up wrong, "
        "invoice does not add up",
        unit="count",
        better="lower",
        population="Records of the period on which a rule can be checked, as they stand now; how many were checked is told beside the "
        "figure. A record that breaks two rules counts once, and once in each rule. A rule whose field a system never tells is "
        "not checked there. Unknown: a person or project that is closed and nobody knows since when.",
        attribution="day of the work, making of a project or the working day after it, win, posting of an invoice, end of a schedule's period, day of a close; "
        "duplicate accounts at the end of the period",
        source="metrics catalogue C11",
        streams=(*_DEALS, "contract", "resource", "milestone", "revenue_schedule", "period_close", *_WORK),
        by=("rule", "project", "practice", "system", "day"),
        version=3,
        changes=(
            FIRST,
            Change(
                2,
                date(2026, 11, 21),
                "Billing codes, tax settings, cost centres, revenue schedules, the close of the books and the milestones of invoice lines are "
                "checked, where they are read.",
                "What breaks a bill or a close was seen only when the bill or the close was late.",
            ),
            Change(
                3,
                date(2026, 11, 21),
                "Projects that are set up wrong and invoices that do not add up are checked.",
                "Both were told by figures, and nobody was told which ones to mend.",
            ),
        ),
    ),
    _metric(
        id="C12",
        key="invoice_first_time_right",
        title="Invoices right the first time",
        sentence="Of the invoices that are old enough to tell, the share that nobody had to credit, cancel or replace.",
        formula="invoices not taken back within 60 days ÷ invoices issued at least 60 days ago",
        unit="ratio",
        better="higher",
        population="Invoices issued in the period. Those younger than 60 days are not judged yet, and how many there are is told "
        "beside the figure, with those already taken back. A credit note over a part takes back too. The sources tell no "
        "reason for a credit: goodwill counts as an error.",
        attribution="issue of the invoice",
        source="metrics catalogue C12",
        streams=("invoice",),
        by=("account", "system", "day"),
    ),
    _metric(
        id="C17",
        key="status_feedback",
        title="Status feedback",
        sentence="Of the invoices issued, the share whose state CRM and projects know as billing has it.",
        formula="invoices with the same state on both sides ÷ invoices whose state is older than the promised time; states: issued, "
        "part paid, paid, taken back",
        unit="ratio",
        better="higher",
        population="Invoices issued in the period by the system that owns them (the first of billing, ERP, PSA that holds any), in every "
        "other system that holds invoices, found by their number or a sure link. The promised time is that of the flow, 24 hours "
        "where none is made. Amounts are compared by record parity. Unknown: a flow writes to a system whose invoices nobody reads, or how it stood then is not told.",
        attribution="issue of the invoice",
        source="metrics catalogue C17",
        streams=("invoice",),
        by=("system", "day"),
    ),
    _metric(
        id="D5",
        key="value_at_risk",
        title="Value at risk",
        sentence="What is in danger of never becoming money, every deal, piece of work, milestone and invoice counted once.",
        formula="Σ value of the records with at least one reason: no project by the promised time, no draft by the promised time, "
        "an open exception, approved and unbilled for more than 30 days",
        unit="money",
        better="lower",
        population="Records, not reasons: a record in trouble for three reasons counts once, and work on the draft of an invoice that "
        "is at risk counts in that invoice. Each currency for itself. Master data and schedules carry no money, a quote's is its deal's, a bill "
        "or payroll that is on no project is a cost; of change orders those that add to a budget. What a person waived is left out. Unknown: a "
        "record without a known value.",
        attribution="as of the end of the period",
        source="metrics catalogue D5",
        streams=(*_DEALS, *_BILLS),
        by=("reason", "type", "project", "practice", "system"),
        version=3,
        changes=(
            FIRST,
            _OF_CONTRACTS,
            Change(
                3,
                date(2026, 11, 21),
                "What a person waived is no open exception here either; accepted change orders that are in no budget are at risk, too.",
                "Open exceptions and the value at risk told two stories of a waived cause, and work that was agreed beyond a deal was in no danger.",
            ),
        ),
    ),
)
