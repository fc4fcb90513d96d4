"""What every claim of a firm's runs is worth, worked out from the record alone: what people did behind the platform's back is in it."""

from __future__ import annotations

import re

from app.live.truth import Truth

GOOD = ("first_attempt", "after_retry")


def claimed(truth: Truth, flow: str) -> set[str]:
    """The keys of what the runs of a flow say they did: a deal's or a project's number, an invoice's for its status."""
    return {_key(run.source_key) for run in truth.runs(flow) if run.outcome in GOOD}


def _key(source_key: str) -> str:
    """Without the billing round and the state that a run's key carries."""
    return re.split("[@:]", source_key)[0]


def projects(truth: Truth) -> dict[str, str]:
    """The verdict on each deal of which won-to-project says that it became a project.

    By number: `confirmed`, `different` (it has another name), `duplicate` or `missing`. A project without the CRM's key
    is nobody's here, whatever people know.
    """
    names, deals = _names(truth), {deal.number: deal.name for deal in truth.won()}
    found = {}
    for number in claimed(truth, "won-to-project"):
        there = [event for event in truth.projects(number) if event["key"] is not None]
        if len(there) > 1:
            found[number] = "duplicate"
        elif not there:
            found[number] = "missing"
        else:
            alike = _plain(names[there[0]["id"]]) == _plain(deals[number])
            found[number] = "confirmed" if alike else "different"
    return found


def _names(truth: Truth) -> dict[int, str]:
    made = {event["id"]: str(event["name"]) for event in truth.kind("project_created")}
    return made | {event["id"]: str(event["name"]) for event in truth.kind("project_renamed")}


def _plain(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.lower()))


def statuses(truth: Truth) -> dict[str, str]:
    """The verdict on each invoice of which invoice-status-to-crm says that its deal knows, by number.

    `confirmed`; `different` where somebody wrote over it afterwards; `stale` where the invoice was paid afterwards, once
    the promised time has passed.
    """
    bills = {event["number"]: event["id"] for event in truth.kind("invoice_posted")}
    projects_of = {event["id"]: event["project"] for event in truth.kind("invoice_created")}
    deals = {event["id"]: event["opportunity"] for event in truth.kind("project_created")}
    over = {event["number"] for event in truth.kind("reference_written_over")}
    paid = {event["id"]: event["at"] for event in truth.kind("invoice_paid")}
    found = {}
    for run in truth.runs("invoice-status-to-crm"):
        number = _key(run.source_key)
        bill = bills[number]
        if run.outcome not in GOOD or run.ended_at is None:
            continue
        if deals[projects_of[bill]] in over:
            found[number] = "different"
        else:
            found[number] = "stale" if bill in paid and paid[bill] > run.ended_at else "confirmed"
    return found


def parity(truth: Truth) -> dict[str, str]:
    """How each won deal and each project stand to each other, whatever any run says: by the deal's number or the project's id.

    `equal`, `different` or `source_only` for a deal; `target_only` for the second project of one and for a project
    without the CRM's key. Whose such a project may be is not told.
    """
    names = _names(truth)
    cells = {str(event["id"]): "target_only" for event in truth.projects_without_key()}
    for deal in truth.won():
        there = [event for event in truth.projects(deal.number) if event["key"] is not None]
        alike = bool(there) and _plain(names[there[0]["id"]]) == _plain(deal.name)
        cells[deal.number] = ("equal" if alike else "different") if there else "source_only"
        cells |= {str(event["id"]): "target_only" for event in there[1:]}
    return cells


def strangers(truth: Truth) -> set[str]:
    """Ids of the projects that people made without the CRM's key, after the first run that says it made one."""
    first = min(run.started_at for run in truth.runs("won-to-project") if run.outcome in GOOD)
    return {str(event["id"]) for event in truth.projects_without_key() if event["at"] >= first}
