"""Records that cannot be read, put among the good ones: each is one more row, so no figure loses anything by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.demo.simulate import Customer
from app.demo.tables import Table

# (customer, table) → what is changed in a copy of a good record
SPOILED: Mapping[tuple[str, str], tuple[Mapping[str, Any], ...]] = {
    ("brasswater", "time_entries"): (
        {"id": "900001", "worked_on": "0000-00-00"},
        {"id": "900002", "worked_on": "2026-02-30"},
    ),
    ("dunlark", "expenses"): (
        {"id": "X90001", "amount": "1,240.50"},
        {"id": "X90002", "amount": "86,20"},
        {"id": "X90003", "amount": "2.105,00"},
        {"id": "X90004", "incurred_on": "2026-06-31"},
        {"id": ""},
    ),
    ("hafenlicht", "opportunities"): (
        {"id": "006HA999999", "number": "OPP-0000-9999", "amount": "12,500.00"},
    ),
    ("juniwald", "time_entries"): (
        {"id": "900001", "worked_on": "2026-02-29"},
        {"id": "900002", "worked_on": "31.11.2025"},
        {"id": "900003", "minutes": "1,5 h"},
        {"id": None},
        {"id": None, "minutes": 45},
    ),
    ("juniwald", "expenses"): (
        {"id": "X90001", "amount": "1.310,75"},
        {"id": "X90002", "amount": "n/a"},
        {"id": "X90003", "incurred_on": "2026-13-01"},
    ),
}


def spoilt(world: Customer, table: Table) -> list[dict[str, Any]]:
    """The unreadable records of a table: copies of its oldest rows with something wrong in each."""
    changes = SPOILED.get((world.cast.key, table.name), ())
    return [
        {**dict(zip(table.columns, row, strict=True)), **change}
        for row, change in zip(table.rows(), changes, strict=False)
    ]


def with_spoilt(world: Customer, table: Table) -> Table:
    """The table and its unreadable records behind it."""
    more = spoilt(world, table)
    if not more:
        return table
    columns = {name: [*values, *(row[name] for row in more)] for name, values in table.columns.items()}
    return Table(table.name, columns, table.key, table.changed)
