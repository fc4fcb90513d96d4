"""The tables of raw and biz as the migrations declare them: for whoever maps records without a database at hand."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sql.ingest_table import Column, Table

_MIGRATIONS = Path(__file__).parent / "migrations"
_TABLE = re.compile(r"^CREATE TABLE ((?:raw|biz)\.\w+) \(\n(.*?)^\)", re.MULTILINE | re.DOTALL)
_ADDED = re.compile(r"ALTER TABLE ((?:raw|biz)\.\w+) ADD COLUMN (?:IF NOT EXISTS )?([^;]*);")
_COLUMN = re.compile(r"\s*([a-z_]+)\s+([a-z]+[0-9]*(?: precision)?(?:\([0-9, ]+\))?)(.*)", re.DOTALL)
_KEY = re.compile(r"PRIMARY KEY \(([^)]*)\)")
_ALLOWED = re.compile(r"CHECK \((\w+) IN \(([^)]*)\)\)")
_FULL = {"int": "integer", "timestamptz": "timestamp with time zone", "char": "character"}
_SHORT = {
    "int": "int4",
    "smallint": "int2",
    "bigint": "int8",
    "boolean": "bool",
    "double precision": "float8",
    "char": "text",
}


def declared(name: str) -> Table:
    """The table that the migrations create under this name. Raises LookupError for one they do not."""
    tables = _all_tables()
    if name not in tables:
        raise LookupError(f"the migrations create no table {name}")
    return tables[name]


@cache
def _all_tables() -> dict[str, Table]:
    columns: dict[str, dict[str, Column]] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for file in sorted(_MIGRATIONS.glob("*.sql")):
        text = re.sub(r"--[^\n]*", "", file.read_text(encoding="utf-8"))
        for name, body in _TABLE.findall(text):
            key = _KEY.search(body)
            keys[name] = tuple(part.strip() for part in key[1].split(",")) if key else ()
            columns[name] = {column.name: column for column in _columns(body)}
        for name, body in _ADDED.findall(text):
            columns[name] |= {column.name: column for column in _columns(body)}
    return {name: Table(name, tuple(columns[name].values()), keys[name]) for name in columns}


def _columns(body: str) -> Iterator[Column]:
    for line in _split(body):
        found = _COLUMN.match(line)
        if not found or _KEY.match(line.strip()):
            continue
        name, kind, rest = found[1], found[2], found[3]
        word, _, size = kind.partition("(")
        nullable = "NOT NULL" not in rest and "PRIMARY KEY" not in rest
        allowed = _ALLOWED.search(rest)
        yield Column(
            name=name,
            type=_FULL.get(word, word) + ("(" + size.replace(" ", "") if size else ""),
            copy_type=_SHORT.get(word, word),
            required=not nullable and "DEFAULT" not in rest and "IDENTITY" not in rest,
            nullable=nullable,
            allowed=tuple(re.findall(r"'([^']*)'", allowed[2])) if allowed and allowed[1] == name else (),
        )


def _split(body: str) -> Iterator[str]:
    """The parts between the commas that stand outside brackets."""
    depth, start = 0, 0
    for at, character in enumerate(body):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            yield body[start:at]
            start = at + 1
    yield body[start:]
