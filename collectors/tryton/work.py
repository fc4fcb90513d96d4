"""The tree of Tryton's works: which project a task or a time line belongs to, and how that project is invoiced."""

from collections.abc import Collection, Mapping, Sequence

from collectors.tryton.client import NAMES_AT_ONCE, Reader
from collectors.tryton.rights import Need, Needs
from collectors.tryton.values import Domain, Row, target

_WORK = ("type", "parent", "list_price", "project_invoice_method")

WORK_MODULES = ("list_price", "project_invoice_method")
"""Fields of the modules project_revenue and project_invoice."""

WORKS: Needs = {
    "project.work": Need(("type", "parent"), WORK_MODULES),
    "timesheet.work": Need(("origin",)),
}


def climb(reader: Reader, ids: Collection[int | None]) -> None:
    """Look up these works and all that they stand under, level by level."""
    level: set[int | None] = set(ids)
    asked: set[int | None] = {None}
    while level := level - asked:
        asked |= level
        found = reader.look_up("project.work", level, _fields(reader))
        level = {row["parent"] for one in level if one is not None and (row := found.get(one))}


def project_of(reader: Reader, work: int | None) -> Row | None:
    """The nearest work of the type project, the work itself included; None when there is none. Climb first."""
    found = reader.look_up("project.work", (), _fields(reader))
    passed: set[int] = set()
    while work is not None and work not in passed:
        passed.add(work)
        row = found.get(work)
        if row is None or row["type"] == "project":
            return row
        work = row["parent"]
    return None


def add_projects(reader: Reader, rows: Sequence[Row], start: str = "parent") -> None:
    """Put the project that each row belongs to on it, as an id."""
    climb(reader, {row[start] for row in rows})
    for row in rows:
        project = project_of(reader, row[start])
        row[".project"] = project["id"] if project else None


def origins_of(reader: Reader, works: Collection[int]) -> dict[int, int | None]:
    """The task or project of every timesheet work; None for work of its own."""
    found = reader.look_up("timesheet.work", works, ("origin",))
    return {
        one: target(work["origin"], "project.work") if (work := found.get(one)) else None for one in works
    }


def add_billing(reader: Reader, rows: Sequence[Row]) -> None:
    """Put on time lines: the work they were done for, its project, the project's invoice method, the price of an hour.

    The price is the work's while the time is open, and the invoice line's from then on: what was billed stays billed.
    """
    origins = origins_of(reader, {row["work"] for row in rows})
    climb(reader, set(origins.values()))
    known = reader.look_up("project.work", (), _fields(reader))
    billed: Mapping[int, Row | None] = {}
    if "account.invoice.line" not in reader.closed:
        billed = reader.look_up(
            "account.invoice.line", {row.get("invoice_line") for row in rows}, ("unit_price",)
        )
    for row in rows:
        task = origins.get(row["work"])
        own = known.get(task) if task is not None else None
        project = project_of(reader, task)
        row[".task"] = task if own else None
        row[".project"] = project["id"] if project else None
        row[".method"] = project.get("project_invoice_method") if project else None
        line = billed.get(row.get("invoice_line") or 0)
        row[".rate"] = line["unit_price"] if line else own.get("list_price") if own else None


def lines_under(reader: Reader, rows: Sequence[Row]) -> Sequence[Domain]:
    """The time lines not yet on an invoice below works that changed: their rate, project and method are the works'."""
    below = reader.ids("project.work", [["parent", "child_of", sorted(row["id"] for row in rows)]])
    domains: list[Domain] = []
    for start in range(0, len(below), NAMES_AT_ONCE):
        origins = [f"project.work,{one}" for one in below[start : start + NAMES_AT_ONCE]]
        domains.append([["work.origin", "in", origins], ["invoice_line", "=", None]])
    return domains


def _fields(reader: Reader) -> tuple[str, ...]:
    return tuple(name for name in _WORK if name not in reader.unseen.get("project.work", ()))
