"""How a model is read: by the time of its last change with ties by id, then what changed beside it, then what has gone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from collectors.stream import Notes, Page, SourceError, Window
from collectors.system import System
from collectors.tryton.client import Reader, among, both
from collectors.tryton.options import TrytonOptions
from collectors.tryton.removals import Census, census
from collectors.tryton.rights import Need, Needs, forget, prove
from collectors.tryton.values import Domain, Row, instant, moment

STAMP = "last_modified_at"
LONGEST_TRANSACTION = timedelta(days=1)
"""So far back records are looked for that were committed behind the cursor."""

_ORDER = ((STAMP, "ASC"), ("id", "ASC"))


@dataclass(frozen=True)
class Also:
    """Records of another model whose change shows in ours without moving our record's own stamp.

    `where` says, for those that changed, which of our records to read again: one or several domains.
    """

    model: str
    fields: tuple[str, ...]
    where: Callable[[Reader, Sequence[Row]], Sequence[Domain]]
    domain: Domain = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """One model as one stream: which records, which fields, what is read beside them.

    `enrich` puts parts of other models on the rows, under names that start with a dot. `others` are the models it needs.
    `present` lists what there is when that is not the ids of the domain. `skips`: not every record becomes a row.
    """

    model: str
    need: Need
    domain: Domain = field(default_factory=list)
    others: Needs = field(default_factory=dict)
    also: tuple[Also, ...] = ()
    enrich: Callable[[Reader, list[Row]], None] | None = None
    present: Callable[[Reader], set[str]] | None = None
    page_size: int | None = None
    skips: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """All that is asked for."""
        return (*self.need.fields, *self.need.optional, STAMP)

    @property
    def needs(self) -> Needs:
        """All that the key must see."""
        own = replace(self.need, fields=(*self.need.fields, STAMP))
        stamped = {one.model: Need((*one.fields, STAMP)) for one in self.also}
        return {**stamped, **self.others, self.model: own}


def fetcher(
    system: System, options: TrytonOptions, reading: Reading, transport: httpx.BaseTransport | None = None
) -> Callable[[Window], Iterator[Page]]:
    """The `fetch` of a stream."""

    def fetch(window: Window) -> Iterator[Page]:
        with Reader(system, options, transport) as reader:
            proof = prove(reader, system, reading.needs)
            try:
                yield from _Pass(reader, reading, window, list(proof.warnings)).pages()
            except SourceError as error:
                if error.kind == "rights":  # they have changed since they were proven
                    forget()
                raise

    return fetch


class _Pass:
    """One reading of everything that a window asks for.

    The position holds `since` (all changes stamped before it are in), while a pass is under way where it stands
    (`at`, `id`) and when it `began`, so that the next poll goes on there; and the census that removals are found by.
    """

    def __init__(self, reader: Reader, reading: Reading, window: Window, warnings: list[str]) -> None:
        self.reader = reader
        self.reading = reading
        self.window = window
        self.warnings = warnings
        self.size = min(reading.page_size or reader.page_size, reader.page_size)
        self.number = 0
        self.seen: set[int] = set()
        position = window.position
        self.settled = {name: position[name] for name in ("since", "census") if name in position}
        self.began = position.get("began") or reader.source_time(window.until).astimezone(UTC).isoformat()
        self.whole = "at" not in position and not reading.skips and reading.present is None
        self.resumed = (
            (datetime.fromisoformat(position["at"]), int(position["id"])) if "at" in position else None
        )

    def pages(self) -> Iterator[Page]:
        yield from self._changed()
        yield from self._beside()
        found = census(
            self.reader,
            self.reading.model,
            self.reading.domain,
            self.settled.get("census") or {},
            self.window.until,
            self.seen,
            self.reading.present,
        )
        yield from self._late(found)
        if found.gone:
            yield self._page(found.gone, None)
        self.warnings += found.warnings
        last = self._page([], {"since": self.began, "census": found.state})
        last.present = found.present
        if self.window.since is None and self.whole:  # a first reading: as many rows as the source counts?
            last.notes.source_count = found.count
        yield last

    def _changed(self) -> Iterator[Page]:
        """By (time, id), so that no tie is too large; a page is a position."""
        after = self.resumed or ((self.window.since, 0) if self.window.since else None)
        while True:
            rows, self.size = self.reader.sized(
                self.reading.model,
                both(self.reading.domain, _later(after)),
                self.reading.fields,
                _ORDER,
                self.size,
            )
            if rows:
                stamp = instant(rows[-1][STAMP], STAMP) or self.window.until
                after = (stamp, rows[-1]["id"])
                standing = {"at": stamp.isoformat(), "id": after[1], "began": self.began}
                yield self._page(self._enriched(rows), {**self.settled, **standing})
            if len(rows) < self.size:
                return

    def _beside(self) -> Iterator[Page]:
        """What shows a change that was made elsewhere. The first pass has just read everything."""
        if self.window.since is None:
            return
        for also in self.reading.also:
            changed = both(also.domain, [[STAMP, ">=", moment(self.window.since)]])
            for moved in self.reader.pages(also.model, changed, also.fields):
                for domain in also.where(self.reader, moved):
                    yield from self._unread(domain)

    def _late(self, found: Census) -> Iterator[Page]:
        """What was committed behind the cursor by a transaction that was open for longer than the overlap."""
        if self.resumed is None:  # else a part of them came before the interruption
            for domain in among("id", found.missed):
                yield from self._unread(domain)
        if found.late_to is not None and self.window.since is not None:
            begun = moment(self.window.since - LONGEST_TRANSACTION)
            yield from self._unread([["id", "<=", found.late_to], ["create_date", ">=", begun]])

    def _unread(self, domain: Domain) -> Iterator[Page]:
        """Records of a domain that did not come in this pass yet."""
        wanted = both(self.reading.domain, domain)
        for rows in self.reader.pages(self.reading.model, wanted, self.reading.fields, self.size):
            if fresh := [row for row in rows if row["id"] not in self.seen]:
                yield self._page(self._enriched(fresh), None)

    def _enriched(self, rows: list[Row]) -> list[Row]:
        self.seen.update(row["id"] for row in rows)
        if self.reading.enrich:
            self.reading.enrich(self.reader, rows)
        return rows

    def _page(self, rows: Sequence[Row], position: Mapping[str, Any] | None) -> Page:
        self.number += 1
        places = [f"{self.reading.model} {row['id']}" for row in rows]
        notes = Notes(clock_skew_seconds=self.reader.skew, warnings=list(self.warnings))
        return Page(rows, f"page {self.number}", places, position, notes=notes)


def _later(after: tuple[datetime, int] | None) -> Domain:
    if after is None:
        return []
    at = moment(after[0])
    return ["OR", [STAMP, ">", at], [[STAMP, "=", at], ["id", ">", after[1]]]]


def everything(reader: Reader, reading: Reading) -> Iterator[list[Row]]:
    """All records of a reading by id, enriched; for comparing what there is."""
    for rows in reader.pages(reading.model, reading.domain, reading.fields, reading.page_size):
        if reading.enrich:
            reading.enrich(reader, rows)
        yield rows
