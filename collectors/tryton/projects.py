"""The delivery side of Tryton: projects and tasks, people and what they cost, and the time they enter."""

import re
from collections.abc import Sequence
from decimal import Decimal

from collectors.stream import BadRecord, Mapped
from collectors.tryton.client import Reader, among
from collectors.tryton.options import TextField, TrytonOptions
from collectors.tryton.reading import STAMP, Also, Reading
from collectors.tryton.removals import gone_row
from collectors.tryton.rights import Need
from collectors.tryton.shared import BOOKS, MERGES, add_books, currency_of
from collectors.tryton.values import Domain, Row, day, hours, instant, minutes, number, ref
from collectors.tryton.work import (
    WORK_MODULES,
    WORKS,
    add_billing,
    add_projects,
    climb,
    lines_under,
    project_of,
)

_WORK_FIELDS = ("number", "name", "type", "parent", "company", "effort_duration", "create_date")


def _add_effort(reader: Reader, rows: list[Row]) -> None:
    add_books(reader, rows)
    statuses = reader.look_up("project.work.status", {row["status"] for row in rows}, ("name",))
    by_id = {row["id"]: row for row in rows}
    for row in rows:
        status = statuses.get(row["status"])
        row[".status"] = status["name"] if status else None
        row[".efforts"] = [[row["effort_duration"], row.get("list_price")]] if row["effort_duration"] else []
    below: Domain = [
        ["parent", "child_of", sorted(by_id)],
        ["effort_duration", "!=", None],
        ["type", "=", "task"],
    ]
    for tasks in reader.pages("project.work", below, ("parent", "effort_duration", "list_price")):
        climb(reader, {task["parent"] for task in tasks})
        for task in tasks:
            project = project_of(reader, task["parent"])
            if project and project["id"] in by_id:
                effort = [task["effort_duration"], task.get("list_price")]
                by_id[project["id"]][".efforts"].append(effort)


def _projects_of(reader: Reader, rows: Sequence[Row]) -> Sequence[Domain]:
    climb(reader, {row["parent"] for row in rows})
    found = {project["id"] for row in rows if (project := project_of(reader, row["parent"]))}
    return among("id", found)


def projects(options: TrytonOptions) -> Reading:
    """Works of the type project; their budget is added up from the tasks, whose changes do not move the project."""
    said = {options.opportunity_key.field} | ({options.practice.field} if options.practice else set())
    key = sorted(said - set(_WORK_FIELDS))
    return Reading(
        model="project.work",
        need=Need((*_WORK_FIELDS, "party", "status", *key), WORK_MODULES),
        domain=[["type", "=", "project"]],
        others={"project.work.status": Need(("name",)), **BOOKS},
        also=(Also("project.work", ("parent",), _projects_of, [["type", "=", "task"]]), MERGES),
        enrich=_add_effort,
        page_size=300,
    )


def project(options: TrytonOptions, record: Row) -> Mapped:
    """A project; Tryton has no inactive ones, and one that is done was usable."""
    if gone := gone_row(record):
        return gone
    planned = [
        (hours(effort, "effort_duration") or Decimal(0), number(price, "list_price"))
        for effort, price in record[".efforts"]
    ]
    method = record.get("project_invoice_method")
    return {
        "source_id": str(record["id"]),
        "account_ref": ref(record["party"]),
        "parent_ref": ref(record["parent"]),
        "opportunity_key": opportunity_key(options, record),
        "number": record["number"],
        "name": record["name"],
        "practice": _said(options.practice, record) if options.practice else None,
        "status": record[".status"],
        "is_active": True,
        "billing_method": method,
        "budget_hours": sum((spent for spent, _ in planned), Decimal(0)) if planned else None,
        "budget_amount": _worth(planned) if method == "timesheet" else None,
        "currency": currency_of(record),
        "created_at": instant(record["create_date"], "create_date"),
        "source_updated_at": instant(record[STAMP], STAMP),
    }


def _worth(planned: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """The planned hours at their prices; None as soon as one has none. Prices of other methods may be for the whole task."""
    worth = [spent * price for spent, price in planned if price is not None]
    return sum(worth, Decimal(0)) if worth and len(worth) == len(planned) else None


def opportunity_key(options: TrytonOptions, record: Row) -> str | None:
    """The CRM's key as the project holds it; None when the field says none."""
    return _said(options.opportunity_key, record)


def _said(where: TextField, record: Row) -> str | None:
    text = record[where.field]
    if text is None or text == "":
        return None
    found = re.search(where.pattern, str(text))
    return found[1] if found else None


def _add_project(reader: Reader, rows: list[Row]) -> None:
    add_books(reader, rows)
    add_projects(reader, rows)


TASKS = Reading(
    model="project.work",
    need=Need((*_WORK_FIELDS, "progress"), WORK_MODULES),
    domain=[["type", "=", "task"]],
    others=BOOKS,
    enrich=_add_project,
)


def task(record: Row) -> Mapped:
    """A task; its list price is what an hour is invoiced at."""
    if gone := gone_row(record):
        return gone
    return {
        "source_id": str(record["id"]),
        "project_ref": ref(record[".project"]),
        "name": record["name"],
        "rate": number(record.get("list_price"), "list_price"),
        "currency": currency_of(record),
        "planned_hours": hours(record["effort_duration"], "effort_duration"),
        "progress": number(record["progress"], "progress"),
        "source_updated_at": instant(record[STAMP], STAMP),
    }


def _employees_of(_: Reader, rows: Sequence[Row]) -> Sequence[Domain]:
    return among("party", {row["id"] for row in rows})


RESOURCES = Reading(
    model="company.employee",
    need=Need(("party.name", "party.code", "start_date", "end_date", "active"), nice=("party.email",)),
    others={"party.party": Need(("name", "code"))},
    also=(Also("party.party", ("id",), _employees_of),),
)


def resource(record: Row) -> Mapped:
    """An employee, with name, number and address of the party."""
    if gone := gone_row(record):
        return gone
    party = record["party"] or {}
    return {
        "source_id": str(record["id"]),
        "name": party.get("name"),
        "email": party.get("email") or None,
        "employee_no": party.get("code"),
        "starts_on": day(record["start_date"], "start_date"),
        "ends_on": day(record["end_date"], "end_date"),
        "is_active": bool(record["active"]),
        "source_updated_at": instant(record[STAMP], STAMP),
    }


def _add_company(reader: Reader, rows: list[Row]) -> None:
    employees = reader.look_up("company.employee", {row["employee"] for row in rows}, ("company",))
    for row in rows:
        employee = employees.get(row["employee"])
        row["company"] = employee["company"] if employee else None
    add_books(reader, rows)


COST_RATES = Reading(
    model="company.employee_cost_price",
    need=Need(("employee", "date", "cost_price")),
    others={"company.employee": Need(("company",)), **BOOKS},
    enrich=_add_company,
)


def cost_rate(record: Row) -> Mapped:
    """What an hour of an employee costs from a day on."""
    if gone := gone_row(record):
        return gone
    return {
        "source_id": str(record["id"]),
        "resource_ref": ref(record["employee"]),
        "valid_from": day(record["date"], "date"),
        "rate": number(record["cost_price"], "cost_price"),
        "currency": currency_of(record),
        "source_updated_at": instant(record[STAMP], STAMP),
    }


def _add_all(reader: Reader, rows: list[Row]) -> None:
    add_books(reader, rows)
    add_billing(reader, rows)


TIME_ENTRIES = Reading(
    model="timesheet.line",
    need=Need(
        ("employee", "date", "duration", "work", "company", "create_date"), ("invoice_line",), ("cost_price",)
    ),
    others={**WORKS, "account.invoice.line": Need(("unit_price",), may_lack=True), **BOOKS},
    also=(Also("project.work", ("id",), lines_under),),
    enrich=_add_all,
)


def time_entry(options: TrytonOptions, record: Row) -> Mapped:
    """A time line. Tryton approves nothing: with `approval: entered` an entry is approved when it was entered."""
    if gone := gone_row(record):
        return gone
    entered = instant(record["create_date"], "create_date")
    worked_on, spent = day(record["date"], "date"), minutes(record["duration"], "duration")
    if spent is None:
        raise BadRecord("is missing", "duration")
    line = ref(record.get("invoice_line"))
    billable = is_billable(options, record[".method"], line)
    approved = options.approval == "entered" and entered is not None
    return {
        "source_id": str(record["id"]),
        "resource_ref": ref(record["employee"]),
        "project_ref": ref(record[".project"]),
        "task_ref": ref(record[".task"]),
        "worked_on": worked_on,
        "minutes": spent,
        "billable": billable,
        "rate": number(record[".rate"], "rate"),
        "currency": currency_of(record),
        "cost_rate": number(record.get("cost_price"), "cost_price"),
        "entered_at": entered,
        "approved_at": entered if approved else None,
        "approval_state": "approved" if approved else "unknown",
        "approval_precision": "entered" if approved else None,
        "bill_state": None if line else "open" if billable else "not_billable",
        "invoice_line_ref": line,
        "source_updated_at": instant(record[STAMP], STAMP),
    }


def is_billable(options: TrytonOptions, method: str | None, line: str | None) -> bool:
    """Whether time is billed by itself: when it stands on an invoice, or its project is invoiced by timesheet.

    Projects on effort or progress are billed by the task. "manual" is what a project gets when nobody chose: Tryton
    never bills its time, so it is not billable unless options.manual_time says so.
    """
    if line is not None or method == "timesheet":
        return True
    return method == "manual" and options.manual_time == "billable"
