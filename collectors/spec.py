"""The mapping language: what a generic connector is told about a source, checked before anything is asked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from collectors.spec_parts import (
    Detail,
    Expression,
    Kept,
    Length,
    Listing,
    Model,
    Names,
    Paging,
    Part,
    Request,
    Rule,
    Stop,
    Times,
    Words,
)
from collectors.stream import TABLES, SourceError
from sql.declared import declared


class SpecError(SourceError):
    """An entry of the estate cannot be used; one line per mistake, each naming the key and the fix."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("; ".join(lines), permanent=True, kind="mapping")
        self.lines = tuple(lines)


class StreamSpec(Model):
    """One stream of a generic connector."""

    object: str
    every: Length = timedelta(minutes=5)
    overlap: Length = timedelta(minutes=10)
    history: Length | None = None
    stuck_after: Length = timedelta(days=1)
    keeps: Kept = None
    pins: bool = True
    stable_start: bool = True
    deletions: Literal["absence"] | None = None

    request: Request | None = None
    requests: list[Part] = Field(default_factory=list)
    paging: Paging = Paging()
    records: Expression = "@"
    for_each: Listing | None = None
    names: dict[str, Names] = Field(default_factory=dict)
    lookup: dict[str, str] = Field(default_factory=dict)
    reread: Request | None = None
    detail: Detail | None = None
    stop: Stop | None = None
    count: Expression | None = None

    query: str | None = None
    cursor: str | None = None
    id: str | None = None
    batch: int = Field(default=5000, gt=0, le=100_000)

    files: str | None = None
    format: Literal["csv", "ndjson", "json"] | None = None
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)

    fields: dict[str, Expression] = Field(default_factory=dict)
    constants: dict[str, Any] = Field(default_factory=dict)
    status: Words | None = None
    enums: dict[str, Words] = Field(default_factory=dict)
    duration: Expression | None = None
    rules: list[Rule] = Field(default_factory=list)
    skip: Expression | None = None
    times: Times = Times()
    decimal: Literal[".", ","] = "."
    ignore: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _fits_its_table(self) -> "StreamSpec":
        if self.object not in TABLES:
            raise ValueError(f"object: {near(self.object, TABLES)}")
        table = declared(TABLES[self.object])
        columns = set(table.by_name) - {
            "customer_id",
            "system_id",
            "flow_id",
            "first_seen_at",
            "last_seen_at",
        }
        named = {
            "fields": self.fields,
            "constants": self.constants,
            "enums": self.enums,
            "lookup": self.lookup,
        }
        named |= {f"rules.{n}.set": rule.set for n, rule in enumerate(self.rules)}
        if self.detail:
            named["detail.fields"] = self.detail.fields
        for place, names in named.items():
            for name in names:
                if name not in columns:
                    raise ValueError(
                        f"{place}.{name}: {TABLES[self.object]} has no such column; {near(name, columns)}"
                    )
        for name in self.lookup.values():
            if name not in self.names:
                raise ValueError(f"lookup: {near(name, self.names)} under names")
        given = {*self.fields, *self.constants, *self.enums}
        if self.object == "run":
            given |= {"transaction_key", "source_status", *({"status"} if self.status else set())}
            given |= {"due_at"} if "started_at" in self.fields else set()
            given |= {"source_status"} if "status" in given else set()
        elif self.object in ("attempt", "run_item"):
            given |= {"due_at", *({"status", "source_status"} if self.status else set())}
        elif self.object == "state_event":
            given |= {"seen_at"}
        missing = sorted(table.required - given - {"customer_id", "system_id"})
        if missing:
            raise ValueError(f"fields: say where {', '.join(missing)} comes from")
        self._check_words(table.by_name)
        return self

    def _check_words(self, columns: Mapping[str, Any]) -> None:
        checked = {f"enums.{name}": (name, words) for name, words in self.enums.items()}
        if self.status:
            checked["status"] = ("status", self.status)
        for place, (name, words) in checked.items():
            allowed = columns[name].allowed
            for word in [*words.map.values(), *([] if words.default is None else [words.default])]:
                if allowed and word not in allowed:
                    raise ValueError(f"{place}.map: {near(str(word), allowed)}")


def near(word: str, words: Any) -> str:
    """ "there is no x; did you mean y?", or all the words when none is near."""
    found = get_close_matches(word, list(words), n=1)
    return f"there is no {word!r}; " + (
        f"did you mean {found[0]!r}?" if found else f"choose from {', '.join(sorted(words)) or 'nothing'}"
    )


Way = Literal["http", "sql", "file"]

_OF_WAY: Mapping[Way, frozenset[str]] = MappingProxyType(
    {
        "http": frozenset(
            [
                "request",
                "requests",
                "paging",
                "records",
                "for_each",
                "names",
                "lookup",
                "reread",
                "detail",
                "stop",
                "count",
                "history",
                "overlap",
                "pins",
                "deletions",
            ]
        ),
        "sql": frozenset(["query", "cursor", "id", "batch", "history", "overlap", "pins", "deletions"]),
        "file": frozenset(["files", "format", "encoding", "delimiter", "records"]),
    }
)
"""The keys of a stream that not every way of reading knows."""

_OPTIONS: Mapping[Way, frozenset[str]] = MappingProxyType(
    {
        "http": frozenset(
            ["streams", "auth", "timeout", "requests_per_second", "headers", "allow_private", "retry"]
        ),
        "sql": frozenset({"streams", "timeout"}),
        "file": frozenset({"streams"}),
    }
)


def parse_streams(
    label: str, way: Way, options: Mapping[str, Any], streams: Any = None
) -> dict[str, StreamSpec]:
    """The streams of one system: of its options, or of a preset. What its way of reading does not know is refused.

    Raises SpecError with one line for every mistake.
    """
    streams = options.get("streams") if streams is None else streams
    if not isinstance(streams, Mapping) or not streams:
        raise SpecError([f"{label}: options.streams is missing: name at least one stream, for example runs"])
    parsed: dict[str, StreamSpec] = {}
    lines = [
        f"{label}: options.{name}: {near(str(name), _OPTIONS[way])}"
        for name in options
        if name not in _OPTIONS[way]
    ]
    for name, entry in streams.items():
        try:
            parsed[str(name)] = StreamSpec.model_validate(entry)
        except ValidationError as error:
            lines += [f"{label}: streams.{name}{_said(each)}" for each in error.errors()]
        else:
            lines += [f"{label}: streams.{name}.{said}" for said in _unknown_to(way, parsed[str(name)])]
    if lines:
        raise SpecError(lines)
    return parsed


def _unknown_to(way: Way, spec: StreamSpec) -> Iterator[str]:
    """What the entry says and nobody would hear: each with why."""
    for key in sorted(spec.model_fields_set - _OF_WAY[way]):
        if others := [other for other, keys in _OF_WAY.items() if key in keys]:
            yield f"{key}: is for {' and '.join(others)}, nobody hears it here: leave it out"
    if way != "http" and spec.times.since is not None:
        yield "times.since: is for http, nobody hears it here: leave it out"
    if way == "sql" and spec.cursor is None:
        for key in sorted(spec.model_fields_set & {"history", "overlap"}):
            yield f"{key}: is for a query with a cursor, without one everything is read every time: leave it out"
    if way == "file":
        for key, form in (("records", "json"), ("delimiter", "csv")):
            if key in spec.model_fields_set and spec.format not in (None, form):
                yield f"{key}: is for {form}, nobody hears it here: leave it out"


def _said(error: ErrorDetails) -> str:
    where = "".join(
        f".{part}" for part in error["loc"] if not str(part).startswith(("function-", "list[", "Model"))
    )
    if error["type"] == "extra_forbidden":
        known = _KEYS if len(error["loc"]) == 1 else _PART_KEYS
        return f"{where}: {near(str(error['loc'][-1]), known)}"
    said = error["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where or not said else f".{said}"


_KEYS = frozenset(StreamSpec.model_fields)
_PART_KEYS = frozenset(
    field.alias or name
    for part in (Paging, Part, Names, Words, Rule, Detail, Stop, Times)
    for name, field in part.model_fields.items()
)
