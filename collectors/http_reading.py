"""One poll of one stream over HTTP: its lists, their pages, and what else has to be asked to complete a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import jmespath

from collectors.http import NOTHING, Answer, Client
from collectors.mapping import DETAIL, LOOKUP, PARENT, RecordMapping, reader
from collectors.paging import Pager, placeholders, prepare
from collectors.spec import StreamSpec
from collectors.spec_parts import Listing, Paging, Request
from collectors.stream import BadRecord, Page, SourceError, Window
from collectors.system import System
from collectors.times import InstantReader, zone_named


@dataclass
class Reading:
    """One poll of one stream over HTTP."""

    client: Client
    spec: StreamSpec
    mapping: RecordMapping
    window: Window
    details: int = 0
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    totals: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        zone = zone_named(self.spec.times.zone)
        self.times = InstantReader(self.spec.times.since or self.spec.times.format, zone)
        since = self.window.since
        if since is None and self.spec.history is not None:
            since = self.window.until - self.spec.history
        self.since = since
        self.words: dict[str, Any] = {"until": self.times.write(self.window.until)}
        if since is not None:
            self.words["since"] = self.times.write(since)
        self.own_id = reader(self.spec.fields.get("external_id", self.spec.fields.get("source_id", "id")))

    @property
    def names_everything(self) -> bool:
        """Whether a record that the source did not name is gone: it was asked for all it has, not for what changed."""
        parts = [*self.spec.requests, *([self.spec.request] if self.spec.request else [])]
        asks_since = self.since is not None and any("since" in placeholders(part) for part in parts)
        return self.spec.stop is None and not asks_since and len(self.totals) < 2

    def lists(self) -> Iterator[Page]:
        """The pages of every request, for every parent of a fan-out."""
        for name, names in self.spec.names.items():
            key, value = reader(names.key), reader(names.value)
            self.tables[name] = {str(key(entry)): value(entry) for entry in self._entries(names)}
        parents: Sequence[Any] = (
            [None] if self.spec.for_each is None else list(self._entries(self.spec.for_each))
        )
        parts: list[Request] = [*self.spec.requests] or ([self.spec.request] if self.spec.request else [])
        for parent in parents:
            words = self.words | ({"parent": parent} if parent is not None else {})
            for part in parts:
                paging = getattr(part, "paging", None) or self.spec.paging
                records = getattr(part, "records", None) or self.spec.records
                only = len(parents) == len(parts) == 1 and (self.since is None or self.names_everything)
                yield from self._pages(part, paging, records, words, parent, counted=only)

    def open_runs(self) -> Iterator[Page]:
        """Runs that have not ended as far as we know, asked for one by one where the source allows it."""
        if self.spec.reread is None:
            return
        for run in self.window.open_runs:
            ready = prepare(self.spec.reread, self.words | {"id": run.external_id}, {})
            answer = self._ask(ready, allow=(404,))
            if answer.status != 404 and answer.body is not None:
                body = answer.body
                records = [self._complete(body, None)] if isinstance(body, Mapping) else list(body)
                yield Page(records, place=f"run {run.external_id}", notes=self.client.notes)

    def _pages(
        self,
        part: Request,
        paging: Paging,
        expression: str,
        words: dict[str, Any],
        parent: Any,
        counted: bool,
    ) -> Iterator[Page]:
        pager = Pager(paging, part, self.times)
        number, more = 0, True
        while more:
            answer = self._next(part, pager, words)
            records = _records(self.client.system, expression, answer)
            more = pager.turn(answer.body, records, answer.headers)
            stop = more and self._read_enough(records)
            number += 1
            notes = self.client.notes
            total = self._count(answer.body)
            if counted and (pager.total is not None or total is not None):
                notes.source_count = pager.total if total is None else total
                self._hear(notes.source_count)
            yield Page(
                [self._complete(record, parent) for record in records], place=f"page {number}", notes=notes
            )
            if stop:
                return

    def _next(self, part: Request, pager: Pager, words: dict[str, Any]) -> Answer:
        if pager.url is not None:
            # a relative link counts from the page that it stands on
            here = f"{self.client.base}/{str(prepare(part, words | pager.words, {})['url']).lstrip('/')}"
            return self.client.request("GET", urljoin(here, pager.url), headers=dict(part.headers))
        if pager.raw is not None:
            path, token = pager.raw
            return self.client.request("POST", path, content=token, headers={"Content-Type": "text/plain"})
        return self._ask(prepare(part, words | pager.words, pager.extra))

    def _ask(self, ready: dict[str, Any], allow: tuple[int, ...] = ()) -> Answer:
        method, url = ready.pop("method"), ready.pop("url")
        return self.client.request(method, url, **ready, **({"allow": allow} if allow else {}))

    def _entries(self, listing: Listing) -> Iterator[Any]:
        pager = Pager(listing.paging, listing.request, self.times)
        more = True
        while more:
            answer = self._next(listing.request, pager, self.words)
            records = _records(self.client.system, listing.records, answer)
            more = pager.turn(answer.body, records, answer.headers)
            yield from records

    def _count(self, body: Any) -> int | None:
        found = jmespath.search(self.spec.count, body) if self.spec.count else None
        return int(found) if isinstance(found, int) else None

    def _hear(self, total: int | None) -> None:
        """A list that grows or shrinks between two of its pages may have moved a record past us: it names not everything."""
        if total is not None and self.spec.deletions:
            self.totals.add(total)
            if len(self.totals) > 1:
                self._warn("the list changed while it was read: deletions are looked for next time")

    def _read_enough(self, records: Sequence[Any]) -> bool:
        """Whether a list that gives the newest first has reached what we already hold for good."""
        stop = self.spec.stop
        if stop is None:
            return False
        if stop.when == "known_closed":
            ids = [str(self.own_id(record)) for record in records]
            known = self.window.known(ids)
            return bool(ids) and all(own in known and known[own].closed for own in ids)
        if self.since is None or stop.field is None:
            return False
        read = reader(stop.field)
        try:
            return all(
                InstantReader(self.spec.times.format, self.times.zone).read(read(r)) < self.since
                for r in records
            )
        except BadRecord:
            return False

    def _complete(self, record: Any, parent: Any) -> Any:
        """A record with what other requests add to it: its parent, names of its ids, details of its failure."""
        if not isinstance(record, dict):
            return record
        found = record.copy()
        if parent is not None:
            found[PARENT] = parent
        if self.spec.lookup:
            found[LOOKUP] = {
                column: self.tables[name].get(str(key), key)
                for column, name in self.spec.lookup.items()
                if (key := reader(self.spec.fields[column])(found)) is not None
            }
        detail = self.spec.detail
        if detail is None or not reader(detail.when)(found):
            return found
        own = str(self.own_id(found))
        known = self.window.known([own]).get(own)
        if known is not None and known.has_error:
            return found
        if self.details >= detail.cap:
            self._warn(
                f"details were asked for {detail.cap} records, the cap of a poll; the others came without"
            )
            return found
        self.details += 1
        answer = self._ask(
            prepare(detail.request, self.words | {"id": own, "parent": parent}, {}), allow=(404,)
        )
        if answer.status != 404:
            found[DETAIL] = {
                column: value
                for column, expression in detail.fields.items()
                if (value := reader(expression)(answer.body)) is not None
            }
        return found

    def _warn(self, line: str) -> None:
        if line not in self.client.notes.warnings:
            self.client.notes.warnings.append(line)


def _records(system: System, expression: str, answer: Answer) -> list[Any]:
    if answer.status in NOTHING:
        return []
    found = jmespath.search(expression, answer.body)
    if isinstance(found, list):
        return found
    if found is None and isinstance(answer.body, Mapping):
        raise SourceError(
            f"{system.label}: the answer has no list at {expression}; is it the right address?", kind="shape"
        )
    if isinstance(found, Mapping):
        return [found]
    raise SourceError(f"{system.label}: the answer at {expression} is no list", kind="shape")
