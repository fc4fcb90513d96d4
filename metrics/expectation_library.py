"""The library of expectations: what must follow what, for each workflow worth watching, and what cannot be watched yet."""

from dataclasses import dataclass

STAGES = ("presales", "implementation", "stabilisation", "optimisation", "expansion")
HOUR, DAY = 3600, 86400


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One expectation: after `start`, `end` by the deadline.

    `start` and `end` name events of the views kpi.expectation_start and kpi.expectation_end; `subject` is the record that the
    start happens to. `reads` are the objects whose systems must have been read before anything is called missing.
    `seconds` (open seconds where `is_business`, else elapsed) or `business_days` (until the end of that many business days
    after the event's own) is the deadline unless the customer's entry says another. `lacks` is what an overdue one lacks;
    `worth` what it puts at risk. `missing`: why it cannot be switched on, in words; empty when it can.
    """

    key: str
    workflow: str
    title: str
    sentence: str
    subject: str = ""
    start: str = ""
    end: str = ""
    reads: tuple[str, ...] = ()
    seconds: int | None = None
    business_days: int | None = None
    is_business: bool = False
    lacks: str = ""
    worth: str = "nothing of its own"
    severity: int = 2
    missing: str = ""


LIBRARY: tuple[Rule, ...] = (
    Rule(
        key="lead-to-opportunity",
        workflow="lead_to_opportunity",
        title="Qualified lead to opportunity",
        sentence="A qualified lead is an opportunity in the CRM.",
        missing="leads are not read: there is no table for them",
    ),
    Rule(
        key="won-to-project",
        workflow="opportunity_to_project",
        title="Won deal to project",
        sentence="A won deal that needs delivery has a project that work can be booked on.",
        subject="opportunity",
        start="opportunity_won",
        end="project_ready",
        reads=("project",),
        seconds=4 * HOUR,
        is_business=True,
        lacks="no project",
        worth="the deal's amount",
    ),
    Rule(
        key="quote-to-project",
        workflow="opportunity_to_project",
        title="Accepted quote to project",
        sentence="An accepted quote is a project with the quoted budget.",
        missing="quotes are not read: there is no table for them; watch won-to-project instead",
    ),
    Rule(
        key="project-to-resource",
        workflow="project_to_resource",
        title="Project to staffed project",
        sentence="A new project has people assigned to it.",
        subject="project",
        start="project_created",
        end="project_staffed",
        reads=("assignment",),
        business_days=5,
        is_business=True,
        lacks="nobody to work on it",
        worth="the project's budget",
    ),
    Rule(
        key="project-to-task",
        workflow="resource_task_push",
        title="Project to tasks",
        sentence="A new project has at least one task.",
        subject="project",
        start="project_created",
        end="task_planned",
        reads=("task",),
        business_days=2,
        is_business=True,
        lacks="no task",
        worth="the project's budget",
        severity=3,
    ),
    Rule(
        key="time-to-billable-line",
        workflow="time_and_expense_to_erp",
        title="Approved time to billable line",
        sentence="Approved billable time is on a line of an invoice, a draft at least.",
        subject="time_entry",
        start="time_approved",
        end="time_entry_on_bill",
        reads=("invoice", "invoice_line"),
        business_days=1,
        is_business=True,
        lacks="approved time on no invoice line",
        worth="hours times rate",
    ),
    Rule(
        key="expense-to-billable-line",
        workflow="time_and_expense_to_erp",
        title="Approved expense to billable line",
        sentence="An approved billable expense is on a line of an invoice, a draft at least.",
        subject="expense",
        start="expense_approved",
        end="expense_on_bill",
        reads=("invoice", "invoice_line"),
        business_days=1,
        is_business=True,
        lacks="approved expenses on no invoice line",
        worth="the expense",
    ),
    Rule(
        key="milestone-to-trigger",
        workflow="milestone_to_invoice",
        title="Accepted milestone to invoice trigger",
        sentence="An accepted milestone is on a line of an invoice, a draft at least.",
        subject="milestone",
        start="milestone_completed",
        end="milestone_on_bill",
        reads=("invoice", "invoice_line"),
        seconds=2 * DAY,
        lacks="no invoice trigger",
        worth="the milestone's amount",
    ),
    Rule(
        key="draft-to-issued",
        workflow="erp_to_billing",
        title="Draft to issued invoice",
        sentence="A draft invoice is issued.",
        subject="invoice",
        start="invoice_drafted",
        end="invoice_issued",
        reads=("invoice",),
        business_days=5,
        is_business=True,
        lacks="still a draft",
        worth="the invoice's net amount",
    ),
    Rule(
        key="issued-to-sent",
        workflow="erp_to_billing",
        title="Issued invoice to sent",
        sentence="An issued invoice is sent to the client.",
        subject="invoice",
        start="invoice_posted",
        end="invoice_sent",
        reads=("invoice",),
        business_days=1,
        is_business=True,
        lacks="not sent",
        worth="the invoice's net amount",
    ),
    Rule(
        key="schedule-to-billing",
        workflow="erp_to_billing",
        title="Billing schedule to invoice",
        sentence="A line of a billing schedule, a retainer or metered usage that is due is on an invoice.",
        missing="billing schedules, retainers and usage are not read: there is no table for them",
    ),
    Rule(
        key="invoice-to-crm",
        workflow="invoice_status_to_crm",
        title="Issued invoice back in the CRM",
        sentence="An issued invoice is known, by its number, to another system that holds invoices.",
        subject="invoice",
        start="invoice_posted",
        end="invoice_mirrored",
        reads=("invoice",),
        seconds=DAY,
        lacks="its status did not come back",
        worth="the invoice's net amount",
        severity=3,
    ),
    Rule(
        key="procurement-to-costing",
        workflow="procurement_to_costing",
        title="Purchase to project cost",
        sentence="What was bought for a project is on the project's costs.",
        missing="suppliers' bills and project costs are not read: there are orders, but no table for what became of them",
    ),
    Rule(
        key="revenue-recognised",
        workflow="revenue_recognition",
        title="Period to recognised revenue",
        sentence="When a period of a revenue schedule has ended, its revenue is recognised as planned.",
        subject="revenue_schedule",
        start="revenue_period_ended",
        end="revenue_recognised",
        reads=("revenue_schedule",),
        business_days=5,
        is_business=True,
        lacks="revenue not recognised",
        worth="the planned revenue",
        severity=3,
    ),
    Rule(
        key="contract-to-renewal",
        workflow="delivery_to_renewal",
        title="Ending contract to renewal",
        sentence="Ninety days before a contract ends its renewal falls due: a later contract with the same account.",
        subject="contract",
        start="contract_ending",
        end="contract_followed",
        reads=("contract",),
        seconds=60 * DAY,
        lacks="no renewal",
        worth="the contract's value",
        severity=3,
    ),
    Rule(
        key="account-to-erp",
        workflow="master_data_sync",
        title="New account in every system",
        sentence="An account that is new in one system is known to another.",
        subject="account",
        start="account_created",
        end="account_linked",
        reads=("account",),
        business_days=1,
        is_business=True,
        lacks="known to one system only",
        severity=3,
    ),
    Rule(
        key="employee-to-psa",
        workflow="master_data_sync",
        title="New employee in every system",
        sentence="A person who is new in one system is known to another, by employee number or e-mail address.",
        subject="resource",
        start="resource_created",
        end="resource_linked",
        reads=("resource",),
        business_days=1,
        is_business=True,
        lacks="known to one system only",
        severity=3,
    ),
    Rule(
        key="change-order",
        workflow="change_order",
        title="Change order to budget",
        sentence="An accepted change order is in the project's budget and billing.",
        missing="change orders are not read: there is no table for them",
    ),
    Rule(
        key="support-ticket",
        workflow="support_ticket_sync",
        title="Support ticket to task",
        sentence="A billable support ticket is a task that time can be booked on.",
        missing="support tickets are not read: there is no table for them",
    ),
    Rule(
        key="payroll-cost",
        workflow="payroll_cost_allocation",
        title="Payroll to project cost",
        sentence="After a payroll run, labour cost is allocated to projects.",
        missing="payroll runs are not read: there are cost rates, but no table for postings",
    ),
)

_BY_KEY = {rule.key: rule for rule in LIBRARY}


def by_key(key: str) -> Rule:
    """The rule of that name, whether or not it can be switched on.

    Raises LookupError, one line that names all that can be.
    """
    try:
        return _BY_KEY[key]
    except KeyError:
        can = ", ".join(rule.key for rule in LIBRARY if not rule.missing)
        raise LookupError(f"no expectation is called {key!r}; there are: {can}") from None


def usable() -> tuple[Rule, ...]:
    """The rules that can be switched on, in the order of the library."""
    return tuple(rule for rule in LIBRARY if not rule.missing)
