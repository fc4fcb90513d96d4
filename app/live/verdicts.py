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
    renamed: dict[int, str] = {event["id"]: event["name"] for event in truth.kind("project_renamed")}
    names = {deal.number: deal.name for deal in truth.won()}
    found = {}
    for number in claimed(truth, "won-to-project"):
        there = [event for event in truth.projects(number) if event["key"] is not None]
        if len(there) > 1:
            found[number] = "duplicate"
        elif not there:
            found[number] = "missing"
        else:
            name = renamed.get(there[0]["id"]) or str(there[0]["name"])
            found[number] = "confirmed" if _plain(name) == _plain(names[number]) else "different"
    return found


def _plain(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.lower()))


def statuses(truth: Truth) -> dict[str, str]:
    """The verdict on each invoice of which invoice-status-to-crm says that its deal knows, by number.

    `confirmed`, or `different` where the run wrote nothing or somebody wrote over it afterwards.
    """
    bills = {event["number"]: event["id"] for event in truth.kind("invoice_posted")}
    projects_of = {event["id"]: event["project"] for event in truth.kind("invoice_created")}
    deals = {event["id"]: event["opportunity"] for event in truth.kind("project_created")}
    over = {event["number"] for event in truth.kind("reference_written_over")}
    wrote = {_key(run.source_key): run.wrote for run in truth.runs("invoice-status-to-crm")}
    return {
        number: "different"
        if wrote[number] is None or deals[projects_of[bills[number]]] in over
        else "confirmed"
        for number in claimed(truth, "invoice-status-to-crm")
    }


def strangers(truth: Truth) -> set[str]:
    """Ids of the projects that people made without the CRM's key, after the first run that says it made one."""
    first = min(run.started_at for run in truth.runs("won-to-project") if run.outcome in GOOD)
    return {str(event["id"]) for event in truth.projects_without_key() if event["at"] >= first}
