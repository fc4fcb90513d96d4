"""Source tables on their way out: columns of plain values, written as SQLite tables, CSV, NDJSON or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from app.demo.clock import Array


@dataclass(frozen=True)
class Table:
    """A source's table: its columns in order, the column that names a row, and the one that says when it changed."""

    name: str
    columns: Mapping[str, Sequence[Any]]
    key: str = "id"
    changed: str | None = "updated_at"

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """The rows as tuples in the order of the columns."""
        return zip(*self.columns.values(), strict=True)

    def records(self) -> Iterable[dict[str, Any]]:
        """The rows as dictionaries."""
        names = list(self.columns)
        return (dict(zip(names, row, strict=True)) for row in self.rows())


def money(cents: Array) -> list[str | None]:
    """Cents as decimal texts; None for negative ones, which stand for nothing."""
    return [f"{c // 100}.{c % 100:02d}" if c >= 0 else None for c in np.asarray(cents).tolist()]


def refs(ids: Array, positions: Array) -> list[Any]:
    """The ids at these positions; None for a negative position."""
    picked = np.asarray(ids, dtype=object)[np.maximum(positions, 0)]
    picked[np.asarray(positions) < 0] = None
    return list(picked.tolist())


def texts(values: Array) -> list[Any]:
    """Plain Python values; None where pandas has its own nothing."""
    found = np.asarray(values, dtype=object)
    return [value if value == value else None for value in found.tolist()]  # NaN is not itself


def _column(name: str, values: Sequence[Any], key: str) -> sa.Column[Any]:
    sample = next((value for value in values if value is not None), "")
    kind = (
        sa.Integer()
        if isinstance(sample, (bool, int))
        else sa.Float()
        if isinstance(sample, float)
        else sa.Text()
    )
    return sa.Column(name, kind, primary_key=name == key, autoincrement=False)


def write_sqlite(path: Path, tables: Iterable[Table]) -> None:
    """A new SQLite file with these tables, each with an index over (changed, key), which is how it is read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    metadata = sa.MetaData()
    with engine.connect() as conn:
        for table in tables:
            columns = [_column(name, values, table.key) for name, values in table.columns.items()]
            made = sa.Table(table.name, metadata, *columns)
            made.create(conn)
            text = str(made.insert().compile(dialect=sqlite.dialect()))
            raw = conn.connection.cursor()
            raw.executemany(text, list(table.rows()))
            if table.changed:
                sa.Index(f"{table.name}_changed", made.c[table.changed], made.c[table.key]).create(conn)
        conn.commit()
    engine.dispose()


def write_ndjson(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object a line, UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_json(path: Path, name: str, records: Iterable[Mapping[str, Any]]) -> None:
    """One JSON document with the records under a name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"exported_by": "nightly", name: list(records)}, ensure_ascii=False, indent=1)
    path.write_text(text, encoding="utf-8")


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ",") -> None:
    """A header and rows; nothing is an empty field; UTF-8, a line feed at each end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")
