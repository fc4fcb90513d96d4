"""Which fields of two records can be compared at all, and how each is."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["amount", "text", "says", "exact"]


@dataclass(frozen=True)
class Field:
    """A field that two records must agree in, under the name that view kpi.record gives it.

    amount  equal up to `tolerance`, in the same currency;   text  equal but for case, accents, punctuation and a firm's legal form;
    says    the target's words have all of the source's among them;   exact   equal, such as dates.
    A field that one of the two does not hold is not compared.
    """

    name: str
    kind: Kind = "exact"
    tolerance: float = 0.005


_FIELDS = {
    field.name: field
    for field in (
        Field("amount", "amount"),
        Field("tax", "amount"),
        Field("gross", "amount"),
        Field("minutes", "amount"),
        Field("currency"),
        Field("name", "text"),
        Field("tax_id"),
        Field("email"),
        Field("starts_on"),
        Field("ends_on"),
        Field("worked_on"),
        Field("incurred_on"),
        Field("issued_on"),
        Field("due_on"),
        Field("period_from"),
        Field("period_to"),
        Field("standing"),
        Field("status", "says"),
    )
}

HOLDS: dict[str, tuple[str, ...]] = {
    "opportunity": ("amount", "currency", "name", "status"),
    "project": ("amount", "currency", "name", "starts_on", "ends_on"),
    "account": ("name", "tax_id"),
    "contract": ("amount", "currency", "starts_on", "ends_on"),
    "resource": ("name", "email", "starts_on", "ends_on"),
    "time_entry": ("minutes", "worked_on", "amount", "currency"),
    "expense": ("amount", "currency", "incurred_on"),
    "milestone": ("amount", "currency"),
    "invoice": ("amount", "tax", "gross", "currency", "issued_on", "standing", "status"),
    "invoice_line": ("amount", "currency"),
    "task": ("name",),
    "lead": ("amount", "currency", "name"),
    "quote": ("amount", "currency", "name"),
    "change_order": ("amount", "currency", "name"),
    "budget": ("amount", "currency"),
    "billing_schedule": ("amount", "currency", "due_on"),
    "supplier_bill": ("amount", "currency", "issued_on"),
    "payroll_run": ("amount", "currency", "period_from", "period_to"),
    "project_cost": ("amount", "currency"),
    "support_ticket": ("name",),
}
"""The fields of each kind of record, as view kpi.record gives them."""

BOOKED = ("budget", "project_cost")
"""Kinds that several records together may be what one record was booked as: two of them are no duplicate, their sum has to agree."""


def shared(source: str, target: str) -> tuple[Field, ...]:
    """The fields that records of both kinds hold, in the source's order; none for a kind that is not known."""
    return tuple(_FIELDS[name] for name in HOLDS.get(source, ()) if name in HOLDS.get(target, ()))
