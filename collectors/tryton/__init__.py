"""Tryton 8 over its REST interface: as CRM (accounts, opportunities, sales) and as PSA or ERP (projects, time, bills)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import httpx

from collectors.stream import Mapped, Stream
from collectors.system import System
from collectors.tryton import billing, crm, payments, projects
from collectors.tryton.options import TrytonOptions, options_of
from collectors.tryton.reading import Reading, fetcher

Map = Callable[[Any], Mapped]

OVERLAP = timedelta(minutes=10)
"""Stamps are the start of a transaction: one that took this long is still seen."""


def streams(system: System, transport: httpx.BaseTransport | None = None) -> tuple[Stream, ...]:
    """The streams of a Tryton database by the system's role. Raises SpecError for options that are wrong."""
    options = options_of(system)

    def stream(name: str, object_: str, reading: Reading, map_: Map, **more: Any) -> Stream:
        return Stream(
            name=name,
            object=object_,
            fetch=fetcher(system, options, reading, transport),
            map=map_,
            overlap=OVERLAP,
            strategy="keyset",
            pins=False,
            **more,
        )

    accounts = stream("accounts", "account", crm.ACCOUNTS, partial(crm.account, options))
    resources = stream("resources", "resource", projects.RESOURCES, projects.resource)
    sales = (
        accounts,
        stream(
            "opportunities", "opportunity", crm.OPPORTUNITIES, crm.opportunity, history=frozenset({"stage"})
        ),
        stream("contracts", "contract", crm.CONTRACTS, crm.contract),
        resources,
    )
    delivery = (
        accounts,
        stream("projects", "project", projects.projects(options), partial(projects.project, options)),
        stream("tasks", "task", projects.TASKS, projects.task),
        resources,
        stream("cost_rates", "cost_rate", projects.COST_RATES, projects.cost_rate),
        stream("time_entries", "time_entry", projects.TIME_ENTRIES, partial(projects.time_entry, options)),
    )
    books = (
        stream("invoices", "invoice", billing.INVOICES, billing.invoice),
        stream("invoice_lines", "invoice_line", billing.INVOICE_LINES, billing.invoice_line),
        stream("payments", "payment", payments.PAYMENTS, payments.payments),
    )
    return {"crm": sales, "psa": (*delivery, *books), "erp": (accounts, *books)}.get(
        system.role, (*sales, *delivery[1:], *books)
    )


__all__ = ["TrytonOptions", "streams"]
