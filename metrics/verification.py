"""How a claimed write is held against the target: which kind becomes which, how it is found, what has to agree."""

import re
from dataclasses import asdict, dataclass

from metrics.agreement import Field, shared

VERSION = 4  # raise it when a rule changes: every claim is verified again


@dataclass(frozen=True)
class Rule:
    """What a claim about `object_types` in flows of `workflow` (a pattern; None: any) says: `source` became `target`.

    The target is looked for by the key that the log names, by the key of its source that it holds, by a link of biz.xref
    that is a fact, and by what the source says it became; where both are of one kind also by a shared key. The first
    rule that fits a flow and an object type holds. A kind that becomes itself within one system cannot be checked.
    `makes` is false where the target was there before and is only written into, and where people make such records as well:
    nobody has to claim one.
    `fields` are the library's; a flow that has agreed on others (`flows[].agreed`) is compared in those instead.
    """

    object_types: tuple[str, ...]
    source: str
    target: str
    fields: tuple[Field, ...]
    workflow: str | None = None
    moved_by: tuple[str, ...] = ()
    makes: bool = True

    def fits(self, workflow: str) -> bool:
        """May flows of this workflow claim such a record?"""
        return self.workflow is None or _is_like(workflow, self.workflow)

    def is_own(self, workflow: str) -> bool:
        """Is it the rule of what flows of this workflow move, and not one that holds in any flow?"""
        patterns = (*self.moved_by, *([self.workflow] if self.workflow else []))
        return any(_is_like(workflow, each) for each in patterns)


def _is_like(workflow: str, pattern: str) -> bool:
    """As LIKE reads it, but that _ is a letter of the name."""
    return re.fullmatch(re.escape(pattern).replace("%", ".*"), workflow) is not None


_MONEY = (Field("amount", "amount"), Field("currency"))


def _itself(kind: str, fields: tuple[Field, ...], *, numbered: bool = True) -> Rule:
    """A kind that flows whose workflow begins with its name carry into another system as what it is."""
    return Rule((kind,), kind, kind, fields, f"{kind}%", (f"{kind}%",) if numbered else ())


RULES: tuple[Rule, ...] = (
    # an integration platform that names only the record's key says nothing of its type: the workflow does
    Rule(
        ("opportunity", "project", ""),
        "opportunity",
        "project",
        _MONEY,
        "opportunity_to_project",
        ("opportunity_to_project",),
    ),
    Rule(("milestone", "invoice_line", ""), "milestone", "invoice_line", _MONEY, "milestone_to_invoice"),
    # one line bills many entries, so that nothing but the link can be compared; work that waits for its bill is not checked
    Rule(("time_entry",), "time_entry", "invoice_line", (), "time_to_invoice"),
    Rule(("expense",), "expense", "invoice_line", (), "expense_to_invoice"),
    # what became of an invoice: in a system that holds invoices of its own, and in words on the deal that it came of
    Rule(("invoice",), "invoice", "invoice", (Field("standing"),), "invoice_status%", makes=False),
    Rule(
        ("invoice_status",),
        "invoice",
        "opportunity",
        (Field("status", "says"),),
        "invoice_status%",
        makes=False,
    ),
    Rule(
        ("account", "customer"),
        "account",
        "account",
        (Field("tax_id"),),  # names are written as everybody likes
        None,
        ("account%", "customer%"),
    ),
    Rule(
        ("resource", "employee"), "resource", "resource", (Field("email"),), None, ("employee%", "resource%")
    ),
    Rule(
        ("contract",),
        "contract",
        "contract",
        (*_MONEY, Field("starts_on"), Field("ends_on")),
        None,
        ("contract%",),
    ),
    Rule(
        ("project",),
        "project",
        "project",
        (*_MONEY, Field("name", "text"), Field("starts_on"), Field("ends_on")),
        None,
        ("project_to_%",),
    ),
    Rule(
        ("time_entry",),
        "time_entry",
        "time_entry",
        (Field("minutes", "amount"), Field("worked_on")),
        None,
        ("time_to_erp",),
    ),
    Rule(("expense",), "expense", "expense", (*_MONEY, Field("incurred_on")), None, ("expense%",)),
    Rule(("milestone",), "milestone", "milestone", _MONEY),
    Rule(("invoice",), "invoice", "invoice", (*_MONEY, Field("tax", "amount"), Field("gross", "amount"))),
    # people make deals, tasks and bookings by hand as well, so nobody has to claim one; what a lead or ticket says is written anew
    Rule(("lead", "opportunity", ""), "lead", "opportunity", (), "lead_to_opportunity", makes=False),
    Rule(("support_ticket", "task", ""), "support_ticket", "task", (), "support_ticket_sync", makes=False),
    Rule(("quote",), "quote", "budget", _MONEY, "opportunity_to_project", makes=False),
    Rule(("change_order", "budget", ""), "change_order", "budget", _MONEY, "change_order", makes=False),
    Rule(
        ("supplier_bill", "project_cost", ""),
        "supplier_bill",
        "project_cost",
        _MONEY,
        "procurement_to_costing",
        makes=False,
    ),
    Rule(
        ("payroll_run", "project_cost", ""),
        "payroll_run",
        "project_cost",
        _MONEY,
        "payroll_cost_allocation",
        makes=False,
    ),
    Rule(
        ("billing_schedule",), "billing_schedule", "invoice_line", _MONEY, "schedule_to_invoice", makes=False
    ),
    # what is numbered is kept equal whatever the log says; bookings and dates have no key but the one that the log names
    _itself("lead", _MONEY),
    _itself("quote", _MONEY),
    _itself("change_order", _MONEY),
    _itself("supplier_bill", (*_MONEY, Field("issued_on"))),
    _itself("payroll_run", (*_MONEY, Field("period_from"), Field("period_to"))),
    _itself("support_ticket", (Field("name", "text"),)),
    _itself("budget", _MONEY, numbered=False),
    _itself("project_cost", _MONEY, numbered=False),
    _itself("billing_schedule", (*_MONEY, Field("due_on")), numbered=False),
)


def agreeable(workflow: str) -> dict[str, Field]:
    """The fields that a flow of a workflow can agree on, by name: of what it moves; where no rule is its own, of all that it may."""
    fitting = [rule for rule in RULES if rule.fits(workflow)]
    own = [rule for rule in fitting if rule.is_own(workflow)]
    return {field.name: field for rule in own or fitting for field in shared(rule.source, rule.target)}


def as_rows() -> list[dict[str, object]]:
    """The rules as the queries read them: one row per rule and object type, in the order in which they are tried."""
    return [
        {
            "n": n,
            "workflow": rule.workflow,
            "object_type": object_type,
            "source_type": rule.source,
            "target_type": rule.target,
            "fields": [asdict(field) for field in rule.fields],
            "shared": [asdict(field) for field in shared(rule.source, rule.target)],
            "moved_by": list(rule.moved_by),
            "makes": rule.makes,
        }
        for n, rule in enumerate(RULES)
        for object_type in rule.object_types
    ]
