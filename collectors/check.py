"""Proves that a system can be read: reached, rights, first page mapped, unknown words, fields nobody maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from collectors.collect import opened
from collectors.intake import read_page
from collectors.kinds import streams_of
from collectors.redact import redact
from collectors.stream import Page, SourceError, Stream, Window
from collectors.system import System

SHOWN = 3
PAGES_TRIED = 5
"""Some sources are asked several questions, and the first (what is running now) is often answered with nothing."""


@dataclass
class CheckedStream:
    """What the first page of one stream became."""

    stream: str
    ok: bool = True
    records: int = 0
    rows: int = 0
    skipped: int = 0
    held: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    sample: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None


@dataclass
class Checked:
    """What a system answered; `ok` when every stream could be read."""

    system: str
    kind: str
    streams: list[CheckedStream] = field(default_factory=list)
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing stands in the way of collecting."""
        return self.error is None and all(stream.ok for stream in self.streams)

    def as_dict(self) -> dict[str, Any]:
        """Everything, for a program."""
        return {
            "system": self.system,
            "kind": self.kind,
            "ok": self.ok,
            "error": self.error,
            "streams": [vars(stream) for stream in self.streams],
        }

    def lines(self) -> list[str]:
        """Everything that matters, for a person."""
        if self.error is not None:
            return [f"{self.system} ({self.kind}): {self.error}"]
        said = [f"{self.system} ({self.kind}): {'can be read' if self.ok else 'has trouble'}"]
        for stream in self.streams:
            if stream.error is not None:
                said.append(f"  {stream.stream}: {stream.error}")
                continue
            counts = f"{stream.records} records on the first page, {stream.rows} rows"
            counts += f", {stream.skipped} skipped" if stream.skipped else ""
            counts += f", {len(stream.held)} cannot be read" if stream.held else ""
            said.append(f"  {stream.stream}: {counts}")
            said += [f"    {line}" for line in (*stream.held[:SHOWN], *stream.notices)]
            if stream.unmapped:
                said.append(f"    fields that are not mapped: {', '.join(stream.unmapped[:20])}")
            said += [f"    {_short(row)}" for row in stream.sample[:1]]
        return said


def check(system: System) -> Checked:
    """Read the first page of every stream and map it; nothing is written and nothing is raised for source trouble."""
    checked = Checked(system.label, system.kind)
    try:
        streams = streams_of(system)
    except SourceError as error:
        checked.error = redact(error)
        return checked
    checked.streams = [_stream(system, stream) for stream in streams]
    return checked


def _stream(system: System, stream: Stream) -> CheckedStream:
    found = CheckedStream(stream.name)
    now = datetime.now(UTC)
    try:
        with opened(stream, Window(until=now)) as pages:
            page = _first_filled(pages)
    except SourceError as error:
        found.ok, found.error = False, redact(error)
        return found
    except (
        Exception
    ) as error:  # an option of the wrong type, a mistake of ours: the other streams are still checked
        found.ok, found.error = False, redact(f"{type(error).__name__}: {error}")
        return found
    if page is None:
        return found
    intake = read_page(page, stream, system, now)
    rows = [row for written in intake.rows.values() for row in written]
    found.records, found.rows, found.skipped = len(page.records), len(rows), intake.skipped
    found.held = [
        f"{bad.place}: {bad.field + ': ' if bad.field else ''}{redact(bad.reason)}" for bad in intake.held
    ]
    found.ok = not intake.held
    found.notices = [*page.notes.warnings, *stream.notices()]
    found.unmapped = stream.unmapped(page.records[0]) if page.records else []
    found.sample = [{key: value for key, value in row.items() if value is not None} for row in rows[:SHOWN]]
    return found


def _first_filled(pages: Iterator[Page]) -> Page | None:
    """The first page that holds something; one of the first few that does not, when none does; None: no page came."""
    found = None
    for found in islice(pages, PAGES_TRIED):
        if found.records or found.undecoded:
            break
    return found


def _short(row: Mapping[str, Any]) -> str:
    said = ", ".join(
        f"{key}={value}" for key, value in row.items() if key not in ("customer_id", "system_id")
    )
    return said if len(said) <= 300 else said[:297] + "…"
