"""Which figure, detector, check or expectation answers each KPI and each business exception that the product must cover."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What answers one thing that was asked for.

    metrics       keys of the catalogue
    rules         exceptions that detection opens (sql/queries/kpi/detect_*.sql)
    checks        rules of the house (metric C11, fragment rule_check)
    expectations  keys of the library of expectations (metrics.expectation_library)
    missing       what is not answered yet and why; empty when all of it is. With nothing else, nothing is answered
    """

    number: int
    asked: str
    metrics: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    expectations: tuple[str, ...] = ()
    missing: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether anything answers it, at least in part."""
        return bool(self.metrics or self.rules or self.checks or self.expectations)


KPIS: tuple[Answer, ...] = (
    Answer(number=1, asked="sync success rate", metrics=("sync_success_rate", "sync_success_value")),
    Answer(number=2, asked="sync health", metrics=("sync_success_rate", "schedule_adherence", "freshness")),
    Answer(number=3, asked="sync latency", metrics=("sync_latency",)),
    Answer(number=4, asked="transaction latency", metrics=("transaction_latency",)),
    Answer(number=5, asked="latency", metrics=("sync_latency", "transaction_latency")),
    Answer(number=6, asked="transaction throughput", metrics=("throughput",)),
    Answer(
        number=7,
        asked="failed syncs, failures",
        metrics=("exception_volume", "sync_success_rate"),
        rules=("run_failed", "run_overdue", "missed_slot"),
    ),
    Answer(number=8, asked="exception volume", metrics=("exception_volume",)),
    Answer(number=9, asked="exception rates", metrics=("exception_rate",)),
    Answer(number=10, asked="exception trends", metrics=("exception_trend",), rules=("unusual_day",)),
    Answer(number=11, asked="invoice cycle time", metrics=("invoice_cycle_time",)),
    Answer(number=12, asked="time-to-bill latency", metrics=("time_to_bill", "time_to_bill_cohort")),
    Answer(number=13, asked="unbilled time", metrics=("unbilled_time", "wip_days")),
    Answer(number=14, asked="failed project creations", metrics=("failed_project_creations",)),
    Answer(number=15, asked="delayed invoice triggers", metrics=("delayed_invoice_triggers",)),
    Answer(number=16, asked="project setup accuracy", metrics=("project_setup_accuracy",)),
    Answer(number=17, asked="dependency health", metrics=("dependency_health",)),
    Answer(
        number=18,
        asked="business-process exceptions",
        metrics=("business_rule_exceptions", "exception_volume"),
    ),
    Answer(number=19, asked="workflow performance metrics", metrics=("expectations_met", "throughput")),
    Answer(number=20, asked="SLA performance", metrics=("availability", "error_budget", "burn_rate")),
    Answer(number=21, asked="utilization", metrics=("billable_utilization",)),
    Answer(number=22, asked="margin, project profitability", metrics=("project_margin",)),
    Answer(
        number=23,
        asked="backlog, delivery performance",
        metrics=("backlog", "oldest_waiting", "delivery_backlog", "expectations_met"),
    ),
    Answer(
        number=24,
        asked="cash flow",
        metrics=("days_sales_outstanding", "expected_receipts", "value_at_risk"),
        missing="what comes in; no source tells of payments to suppliers or of pay, so what goes out is unknown",
    ),
    Answer(number=25, asked="DSO", metrics=("days_sales_outstanding",)),
    Answer(
        number=26,
        asked="reconciliation errors",
        metrics=("record_parity", "break_time_to_heal", "verified_success", "duplicate_rate"),
    ),
    Answer(
        number=27,
        asked="duplicate data entry, manual effort",
        metrics=("duplicate_rate", "own_work", "cost_to_serve"),
        missing="of the customer's own people what they log under names that its settings give; without them own work is unknown",
    ),
    Answer(
        number=28,
        asked="billing leakage, revenue leakage",
        metrics=("billing_leakage", "realization", "collection_realization", "overall_realization"),
    ),
    Answer(number=29, asked="time to project kickoff", metrics=("project_ready_time",)),
    Answer(
        number=30,
        asked="error-related rework",
        metrics=("invoice_first_time_right", "retry_recovery", "own_work", "effort_per_exception"),
        missing="of the customer's own people what they log under names that its settings give; without them own work is unknown",
    ),
    Answer(
        number=31,
        asked="customer retention",
        metrics=("net_retention", "gross_retention", "logo_churn"),
    ),
    Answer(
        number=32,
        asked="escalations",
        metrics=("escalations",),
    ),
    Answer(
        number=33,
        asked="collections risk and renewal readiness",
        metrics=("collections_risk", "expected_receipts", "renewal_readiness"),
        expectations=("contract-to-renewal",),
    ),
    Answer(
        number=34,
        asked="finance-team effort",
        metrics=("own_work", "cost_to_serve", "effort_per_exception"),
        missing="of the finance team what it logs under names that the customer's settings give; without them own work is unknown",
    ),
)


EXCEPTIONS: tuple[Answer, ...] = (
    Answer(
        number=1,
        asked="missing billing code",
        checks=("work without a billing code", "work without a rate"),
    ),
    Answer(
        number=2,
        asked="invalid tax settings",
        metrics=("project_setup_accuracy",),
        checks=("account without tax settings", "invoice without tax"),
        missing="tax settings of items are not read: only what comes of them, an invoice's tax",
    ),
    Answer(number=3, asked="project created without approved contract", checks=("project without contract",)),
    Answer(number=4, asked="missing project code", checks=("time without project",)),
    Answer(number=5, asked="inactive resource", checks=("time of an inactive person",)),
    Answer(
        number=6,
        asked="duplicate customer, duplicate account",
        metrics=("duplicate_rate",),
        checks=("duplicate account",),
    ),
    Answer(
        number=7,
        asked="failed invoice update",
        metrics=("verified_success", "status_feedback"),
        rules=("run_failed", "verification_break"),
    ),
    Answer(
        number=8,
        asked="failed project creation",
        metrics=("failed_project_creations",),
        rules=("failed_project_creation",),
    ),
    Answer(
        number=9,
        asked="closed-won opportunity with no project",
        metrics=("failed_project_creations",),
        rules=("failed_project_creation",),
        expectations=("won-to-project",),
    ),
    Answer(
        number=10,
        asked="approved time or expense not in ERP in time",
        rules=("expectation_overdue",),
        expectations=("time-to-billable-line", "expense-to-billable-line"),
    ),
    Answer(
        number=11,
        asked="approved time not reaching billing",
        metrics=("time_to_bill",),
        rules=("unbilled_time",),
        expectations=("time-to-billable-line",),
    ),
    Answer(
        number=12,
        asked="delayed invoice trigger, delayed billing trigger",
        metrics=("delayed_invoice_triggers",),
        rules=("expectation_overdue",),
        expectations=("milestone-to-trigger",),
    ),
    Answer(number=13, asked="unbilled time", metrics=("unbilled_time",), rules=("unbilled_time",)),
    Answer(
        number=14,
        asked="milestone billed by hand, outside the flow",
        metrics=("verified_success",),
        checks=("milestone billed by hand",),
    ),
    Answer(
        number=15,
        asked="revenue schedule outside the system of record",
        checks=("revenue schedule outside the books",),
    ),
    Answer(
        number=16,
        asked="budget vs ERP cost-centre mismatch",
        checks=("cost centre differs",),
    ),
    Answer(number=17, asked="time logged on outdated project code", checks=("time on a closed project",)),
    Answer(number=18, asked="time tracked against outdated budget", checks=("project over budget",)),
    Answer(
        number=19,
        asked="missing time entry",
        metrics=("missing_timesheets",),
        rules=("missing_time",),
    ),
    Answer(number=20, asked="unapproved time moved to billing", checks=("billed before it was approved",)),
    Answer(
        number=21,
        asked="project active in PSA before customer, tax, billing schedule and item are valid in ERP",
        metrics=("project_setup_accuracy",),
        checks=("account without tax settings",),
        expectations=("account-to-erp",),
        missing="of the ERP the customer and its tax settings are looked at: billing schedules and items are not read",
    ),
    Answer(
        number=22,
        asked="stale customer record",
        metrics=("verified_success", "record_parity"),
        rules=("verification_break",),
        expectations=("account-to-erp",),
    ),
    Answer(
        number=23,
        asked="incorrect project setup",
        metrics=("project_setup_accuracy",),
        checks=("project set up wrong",),
    ),
    Answer(
        number=24,
        asked="inconsistent project codes, labour categories",
        rules=("unmatched_record",),
        missing="projects that cannot be matched for sure; labour categories are not read",
    ),
    Answer(
        number=25,
        asked="manual re-entry",
        metrics=("duplicate_rate", "verified_success"),
        rules=("made_by_hand", "verification_break"),
        missing="seen where a flow's runs name their records; who typed it is not read",
    ),
    Answer(
        number=26,
        asked="billing error",
        metrics=("invoice_first_time_right",),
        checks=("invoice does not add up",),
    ),
    Answer(number=27, asked="late close", checks=("books closed late",)),
    Answer(
        number=28,
        asked="closed-won that finance cannot bill",
        checks=("won without customer or value",),
    ),
    Answer(
        number=29,
        asked="closed-won that delivery cannot resource",
        rules=("expectation_overdue",),
        expectations=("project-to-resource",),
    ),
    Answer(
        number=30,
        asked="invoice or payment status not returned to CRM or PSA",
        metrics=("status_feedback",),
        rules=("expectation_overdue",),
        expectations=("invoice-to-crm",),
    ),
    Answer(
        number=31,
        asked="breakage after an application upgrade or API change",
        metrics=("dependency_health",),
        rules=("run_failed", "record_quarantined", "stream_failing", "stream_stale"),
        missing="what breaks is seen; which change came before it is not told",
    ),
)
