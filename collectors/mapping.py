"""A stream's entry as a function: one record of the source in, one row of ours out."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from collectors.conditions import Read, quick
from collectors.payload import Unclear
from collectors.shape import Options, Shape, shorten
from collectors.spec import StreamSpec
from collectors.spec_parts import Words
from collectors.stream import TABLES, BadRecord
from collectors.times import read_duration, zone_named

DETAIL, LOOKUP, PARENT = "detail", "lookup", "parent"
"""Keys that a connector adds to a record: columns of a detail request, names of ids, the parent of a fan-out."""

_PLAIN = re.compile(r'[A-Za-z_][A-Za-z0-9_]*|"[^"\\]+"')
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+")


@lru_cache(maxsize=4096)
def reader(expression: str) -> Read:
    """The expression as a function of a record; plain and dotted names take a short way. Raises BadRecord."""
    if _PLAIN.fullmatch(expression):
        name = expression.strip('"')

        def plain(record: Any) -> Any:
            return record.get(name) if isinstance(record, (dict, Mapping)) else None

        return plain
    if _DOTTED.fullmatch(expression):
        names = expression.split(".")

        def dotted(record: Any) -> Any:
            for part in names:
                if not isinstance(record, (dict, Mapping)):
                    return None
                record = record.get(part)
            return record

        return dotted
    compiled = jmespath.compile(expression)
    if condition := quick(compiled.parsed):
        return condition
    search = compiled.search

    def searched(record: Any) -> Any:
        try:
            return search(record)
        except (JMESPathError, TypeError, ValueError) as error:
            raise BadRecord(
                f"{expression} cannot be computed: {' '.join(str(error).split())[:120]}"
            ) from None

    return searched


class RecordMapping:
    """What one stream's entry makes of a record. `map` answers None for what is no valid event; BadRecord for the rest."""

    def __init__(self, spec: StreamSpec) -> None:
        self.spec = spec
        self.shape = Shape(
            TABLES[spec.object], Options(zone_named(spec.times.zone), spec.times.format, spec.decimal)
        )
        fields = dict(spec.fields)
        if spec.object == "run" and "due_at" not in fields | spec.constants and "started_at" in fields:
            fields["due_at"] = fields["started_at"]
        self._fields = [(column, reader(expression)) for column, expression in fields.items()]
        self._keys = [
            (column, expression.strip('"'))
            for column, expression in fields.items()
            if _PLAIN.fullmatch(expression)
        ]
        self._all_plain = len(self._keys) == len(self._fields)
        self._numbers = [
            column.name
            for column in self.shape.table.columns
            if column.copy_type in ("int2", "int4", "int8", "numeric", "float8")
        ]
        self._status = _Translation(spec.status) if spec.status else None
        self._enums = {column: _Translation(words) for column, words in spec.enums.items()}
        self._skip = reader(spec.skip) if spec.skip else None
        self._rules = [(reader(rule.when), rule.set) for rule in spec.rules]
        self._duration = reader(spec.duration) if spec.duration else None
        self._notices: Counter[str] = Counter()
        self._used = names_in(spec)
        self._own = spec.fields.get("external_id", spec.fields.get("source_id"))

    def map(self, record: Any) -> dict[str, Any] | None:
        """One row of ours from one record, or None when `skip` says so. The same record always gives the same row."""
        if not isinstance(record, (dict, Mapping)):  # a dict is told at once, an abstract type is asked
            raise BadRecord(f"is {shorten(record)}, not a record with fields")
        if self._skip is not None and self._skip(record):
            return None
        if self._all_plain:
            get = record.get
            row: dict[str, Any] = {column: get(key) for column, key in self._keys}
        else:
            row = {}
            for column, read in self._fields:
                try:
                    row[column] = read(record)
                except BadRecord as error:
                    raise BadRecord(error.reason, column) from None
        row.update(self.spec.constants)
        if self._status is not None:
            self._translate_status(record, row)
        elif self.spec.object == "run" and "status" in row:
            row.setdefault("source_status", row["status"])
        for column, translation in self._enums.items():
            row[column] = self._translate(column, translation, record)
        for added in (LOOKUP, DETAIL):
            if added in record and isinstance(record[added], Mapping):
                row.update((c, v) for c, v in record[added].items() if c in self.shape.table.by_name)
        if self._duration is not None and row.get("finished_at") is None:
            self._add_end(record, row)
        if self._rules:
            self._apply_rules(record, row)
        if isinstance(record, Unclear) and (unclear := sorted(record.twice & self._used)):
            sure = row if self._own not in unclear else None
            raise BadRecord("comes twice, with two values", unclear[0], sure)
        return row

    def notices(self) -> list[str]:
        """What was remarked since the last call: words that the entry does not translate."""
        said = [f"{what} ({count:,} ×)" for what, count in self._notices.most_common(20)]
        self._notices.clear()
        return said

    def unmapped(self, record: Any) -> list[str]:
        """Top-level fields of a record that the entry neither reads nor ignores."""
        if not isinstance(record, Mapping) or "*" in self.spec.ignore:
            return []
        known = {*self._used, *self.spec.ignore, DETAIL, LOOKUP, PARENT}
        return sorted(str(name) for name in record if name not in known)

    def _translate_status(self, record: Any, row: dict[str, Any]) -> None:
        assert self._status is not None
        word, meaning = self._status.look_up(record)
        row["source_status"] = word or "(none)"
        if meaning is None:
            meaning = "unknown"
            self._notices[f"unknown status {shorten(word)}"] += 1
        row["status"] = meaning

    def _translate(self, column: str, translation: "_Translation", record: Any) -> Any:
        word, meaning = translation.look_up(record)
        if meaning is not None or (word is None and self.shape.table.by_name[column].nullable):
            return meaning
        if "unknown" in self.shape.table.by_name[column].allowed:
            self._notices[f"unknown {column} {shorten(word)}"] += 1
            return "unknown"
        known = ", ".join(sorted(translation.words))
        raise BadRecord(f"{shorten(word)} is not translated; enums.{column}.map knows {known}", column)

    def _add_end(self, record: Any, row: dict[str, Any]) -> None:
        assert self._duration is not None
        length = self._duration(record)
        if length is not None and row.get("started_at") is not None:
            try:
                started_at = self.shape.conform_value("started_at", row["started_at"])
                row["finished_at"] = started_at + read_duration(length)
            except BadRecord as error:
                raise BadRecord(error.reason, "duration") from None

    def _apply_rules(self, record: Mapping[str, Any], row: dict[str, Any]) -> None:
        numbers = {
            name: self.shape.number(name, row[name]) for name in self._numbers if row.get(name) is not None
        }
        seen = {**row, **record, **numbers}
        for holds, columns in self._rules:
            if holds(seen):
                row.update(columns)


class _Translation:
    """A source's words into ours: exact first, then without regard to case, then the default."""

    def __init__(self, words: Words) -> None:
        fields = [words.field] if isinstance(words.field, str) else words.field
        self._read = [reader(field) for field in fields]
        self.words = words.map
        self._folded = {word.casefold(): meaning for word, meaning in words.map.items()}
        self._default = words.default

    def look_up(self, record: Any) -> tuple[str | None, Any]:
        """The source's word and ours. Of several fields all are tried together ("FAILED/TimedOut"), then the first alone."""
        parts = [_said(read(record)) for read in self._read]
        if len(parts) == 1:
            whole = parts[0]
            found = self.words.get(whole) if whole is not None else None
        else:
            whole = "/".join(part or "" for part in parts) if any(parts) else None
            found = None
        if found is None and whole is not None:
            for word in (whole, parts[0] or ""):
                found = self.words.get(word, self._folded.get(word.casefold()))
                if found is not None:
                    break
        return whole, self._default if found is None else found


def _said(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return "true" if value is True else "false" if value is False else str(value)


def names_in(spec: StreamSpec) -> frozenset[str]:
    """Every field name that any expression of the entry mentions."""
    found: set[str] = set()
    several = [spec.status, *spec.enums.values()]
    expressions = [*spec.fields.values(), *(rule.when for rule in spec.rules)]
    for words in several:
        if words:
            expressions += [words.field] if isinstance(words.field, str) else words.field
    expressions += [
        e
        for e in (spec.skip, spec.duration, spec.detail and spec.detail.when, spec.stop and spec.stop.field)
        if e
    ]
    expressions += [e for e in (spec.cursor, spec.id) if e and re.fullmatch(r"\w+", e)]

    def walk(node: Any) -> None:
        if node["type"] in ("field", "key_val_pair"):
            found.add(node["value"])
        for child in node.get("children", ()):
            if isinstance(child, dict):
                walk(child)

    for expression in expressions:
        walk(jmespath.compile(expression).parsed)
    return frozenset(found)
