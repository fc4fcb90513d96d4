"""A batch before it is written: by system, one row per key, and the rows that bring the same columns together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sql.ingest_table import Table

Row = Mapping[str, Any]
System = tuple[int, int]
Batch = Mapping[System, Sequence[Row]]
"""Rows by customer and system."""

_DUE_WITH_RUN = frozenset({"raw.run", "raw.attempt", "raw.run_item"})


def by_system(rows: Iterable[Row], table: Table) -> dict[System, Sequence[Row]]:
    """The rows of each system, one per key; a later row lies over an earlier one, column by column."""
    groups: dict[System, list[Row]] = {}
    for place, together in groupby(rows, key=itemgetter("customer_id", "system_id")):
        groups.setdefault(place, []).extend(together)
    return {place: _merged(members, table) for place, members in groups.items()}


def _merged(rows: Sequence[Row], table: Table) -> Sequence[Row]:
    left_out = {"customer_id", "system_id"} | ({"due_at"} if table.name in _DUE_WITH_RUN else set())
    key_of = itemgetter(*(name for name in table.key if name not in left_out))
    held: dict[Any, Row] = dict(zip(map(key_of, rows), rows, strict=True))
    if len(held) == len(rows):
        return rows
    held = {}
    for row in rows:
        key = key_of(row)
        held[key] = {**held[key], **row} if key in held else row
    return list(held.values())


def months(instants: Sequence[datetime]) -> set[date]:
    """The first day of every UTC month that an instant falls into."""
    first, last = month(min(instants)), month(max(instants))
    if last - first <= timedelta(days=31):
        return {first, last}
    return {month(at) for at in instants}  # months lie between, and perhaps nothing in them


def month(at: datetime) -> date:
    """The first day of the UTC month of an instant."""
    at = at.astimezone(UTC)
    return date(at.year, at.month, 1)


def by_columns(rows: Iterable[Row], table: Table) -> dict[tuple[str, ...], list[Row]]:
    """Rows that bring the same columns go together, each with its values in the order of these columns.

    Raises LookupError for a column the table has not.
    """
    orders: dict[frozenset[str], tuple[str, ...]] = {}
    groups: dict[tuple[str, ...], list[Row]] = {}
    for names, alike in groupby(rows, key=tuple):
        given = frozenset(names)
        if given not in orders:
            if unknown := given - table.by_name.keys():
                raise LookupError(f"{table.name} has no column {', '.join(sorted(unknown))}")
            orders[given] = names
        columns = orders[given]
        if names == columns:
            groups.setdefault(columns, []).extend(alike)
        else:
            groups[columns] += [{name: row[name] for name in columns} for row in alike]
    return groups
