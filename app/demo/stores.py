"""Writes a customer's systems where their own software would keep them: SQLite files, monthly files, server stores."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.demo import service_desk, shape_crm, shape_platforms, shape_psa, shape_runs
from app.demo.cast import Cast
from app.demo.simulate import Customer
from app.demo.spoil import with_spoilt
from app.demo.tables import Table, write_csv, write_json, write_ndjson, write_sqlite


@dataclass(frozen=True)
class Written:
    """What was written for one system: how many records in which tables."""

    system: str
    rows: Mapping[str, int]


def write(world: Customer, folder: Path) -> list[Written]:
    """Writes every system of a customer below `folder`; the same world gives the same bytes."""
    home = folder / world.cast.key
    written = [_crm(world, home), _psa(world, home), _runs(world, home), _hr(world, home)]
    if world.cast.claims:
        table = with_spoilt(world, _expense_claims(world))
        _monthly_csv(home / "expense", table, "incurred_on", ",")
        written.append(Written("expense", {table.name: len(table)}))
    if world.handed:
        desk = [service_desk.tickets(world.handed), service_desk.change_orders(world.handed, world.projects)]
        for table in desk:
            write_csv(home / "desk" / f"{table.name}.csv", list(table.columns), table.rows())
        written.append(Written("desk", {table.name: len(table) for table in desk}))
    return written


def write_secrets(cast: Cast, folder: Path) -> None:
    """One key a served system, readable by nobody else: a demo's keys open nothing but the demo."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for system in locked(cast.crm, cast.psa, cast.platform):
        path = folder / f"{cast.key}-{system}.key"
        path.touch(mode=0o600, exist_ok=True)
        path.write_text(f"{secrets.token_hex(24)}\n", encoding="ascii")


def locked(crm: str, psa: str, platform: str) -> list[str]:
    """Which systems of a customer are read over HTTP with a key."""
    shapes = {"crm": crm == "http", "psa": psa == "http", "ipaas": platform == "n8n"}
    return [system for system, over_http in shapes.items() if over_http]


def _crm(world: Customer, home: Path) -> Written:
    tables = [with_spoilt(world, table) for table in shape_crm.crm(world)]
    if world.cast.crm == "file":
        accounts, opportunities, history = tables
        write_json(home / "crm" / "accounts.json", "accounts", accounts.records())
        write_ndjson(home / "crm" / "opportunities.ndjson", opportunities.records())
        write_csv(home / "crm" / "stage_history.csv", list(history.columns), history.rows())
    else:
        write_sqlite(home / "crm.db", tables)
    return Written("crm", {table.name: len(table) for table in tables})


def _psa(world: Customer, home: Path) -> Written:
    tables = [with_spoilt(world, table) for table in shape_psa.psa(world)]
    if world.cast.claims:
        tables = [table for table in tables if table.name != "expenses"]
    if world.handed:
        tables += service_desk.in_the_psa(world.handed, world.projects)
    if world.cast.psa == "file":
        for table in tables:
            _psa_file(home / "psa", table)
    else:
        write_sqlite(home / "psa.db", tables)
    return Written("psa", {table.name: len(table) for table in tables})


def _psa_file(folder: Path, table: Table) -> None:
    if table.name == "time_entries":
        for month, records in _by_month(table, "entered_at"):
            write_ndjson(folder / f"time-{month}.ndjson", records)
    elif table.name == "expenses":
        comma = {**table.columns, "amount": [_comma(amount) for amount in table.columns["amount"]]}
        _monthly_csv(folder, Table(table.name, comma, table.key), "entered_at", ";")
    else:
        write_csv(folder / f"{table.name}.csv", list(table.columns), table.rows())


def _comma(amount: str) -> str:
    """A good amount the way its country writes it; an unreadable one stays as it is."""
    return amount.replace(".", ",") if amount.count(".") == 1 and "," not in amount else amount


def _expense_claims(world: Customer) -> Table:
    """Expenses as the claims tool knows them: people and projects by number, no invoices."""
    table = shape_psa.expenses(world)
    names = ("id", "employee_no", "project_number", "incurred_on", "amount", "currency", "billable", "entered_at",
             "submitted_at", "approved_at", "state", "bill_state")  # fmt: skip
    return Table(table.name, {name: table.columns[name] for name in names}, changed=None)


def _hr(world: Customer, home: Path) -> Written:
    people, rates = shape_crm.employees(world), shape_crm.cost_rates(world)
    write_csv(home / "hr" / "employees.csv", list(people.columns), people.rows())
    write_ndjson(home / "hr" / "cost_rates.ndjson", rates.records())
    return Written("hr", {people.name: len(people), rates.name: len(rates)})


def _runs(world: Customer, home: Path) -> Written:
    platform = world.cast.platform
    if platform == "journal":
        records = shape_runs.journal(world)
        for month, some in _grouped(records, "started"):
            write_ndjson(home / "runs" / f"runs-{month}.ndjson", some)
        return Written("ipaas", {"runs": len(records)})
    shapes = {
        "bridge": shape_runs.bridge,
        "jobs": shape_runs.jobs,
        "n8n": shape_platforms.n8n,
        "prefect": shape_platforms.prefect,
    }
    tables = shapes[platform](world)
    write_sqlite(home / "ipaas.db", tables)
    return Written("ipaas", {table.name: len(table) for table in tables})


def _by_month(table: Table, column: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    return _grouped(table.records(), column)


def _grouped(records: Iterable[dict[str, Any]], column: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    months: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        months.setdefault(str(record[column])[:7], []).append(record)
    yield from months.items()


def _monthly_csv(folder: Path, table: Table, column: str, delimiter: str) -> None:
    for month, records in _by_month(table, column):
        rows = [list(record.values()) for record in records]
        write_csv(folder / f"{table.name}-{month}.csv", list(table.columns), rows, delimiter)


def platform(folder: Path, customer: str) -> dict[str, Any]:
    """What the administrator of a simulated platform set: how far it shows its runs, whether its key was withdrawn."""
    path = folder / customer / "platform.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def set_platform(folder: Path, customer: str, **state: Any) -> None:
    """Changes what the administrator of a simulated platform set."""
    path = folder / customer / "platform.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**platform(folder, customer), **state}), encoding="utf-8")
    fresh.replace(path)
