"""Collects one stream, once: window, pages, rows and cursor in one transaction, and a ledger row whatever happens."""

import logging
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from collectors.intake import Intake, hold, read_page, write_intake
from collectors.ledger import (
    Ledger,
    Poll,
    State,
    accounts_from,
    not_past,
    out_of_reach,
    since_of,
    skewed,
    worker_name,
)
from collectors.redact import redact
from collectors.stream import Notes, Page, SourceError, Stream, Window
from collectors.system import System
from sql.ask import ask
from sql.ingest import mark_absent

if TYPE_CHECKING:
    from sql.database import Database

log = logging.getLogger(__name__)

MOST_WARNINGS = 30
_AGAIN = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.DuplicateTable,  # another worker made the same month in the same moment
)


class LeaseLost(SourceError):
    """Somebody else works on this stream now."""

    def __init__(self) -> None:
        super().__init__("the lease was lost to another worker", kind="lease")


def collect(
    db: "Database",
    system: System,
    stream: Stream,
    now: datetime,
    *,
    due_at: datetime | None = None,
    worker: str | None = None,
    still_ours: Callable[[], bool] | None = None,
) -> Poll:
    """Read a stream once, up to `now`, and answer its ledger row. Trouble with the source is in the row, never raised.

    Every page is committed with its rows, its quarantine and the cursor together; what was committed stays when a
    later page fails. `still_ours` is asked at every page: False stops the poll (another worker has the lease).
    Raises only when the database cannot be reached.
    """
    ledger = Ledger(db, system, stream.name, worker or worker_name(), stream.object)
    began = time.monotonic()
    if stream.object == "run":
        ledger.call_stuck(stream, now)
    state = ledger.state()
    with ledger.transaction() as conn:
        oldest_open = ledger.oldest_open(conn) if stream.object == "run" else None
    window = Window(
        until=now,
        since=since_of(state, stream, oldest_open),
        position=state.position,
        previous=state.previous,
        open_runs=ledger.open_runs() if stream.object == "run" else (),
        known=ledger.known,
    )
    poll = ledger.open(now, due_at or now, accounts_from(window.since, stream, now), state)
    reading = _Reading(ledger, stream, window, poll, state)
    try:
        with opened(stream, window) as pages:
            for page in pages:
                reading.take(page)
                if still_ours is not None and not still_ours():
                    raise LeaseLost
        reading.look_for_deletions()
    except SourceError as error:
        reading.failed(error.kind, redact(error))
    except (psycopg.OperationalError, psycopg.InterfaceError):
        raise
    except (
        Exception
    ) as error:  # a mistake of ours: it is recorded under its name, and the next stream goes on
        log.exception("%s, stream %s: the collector stumbled", system.label, stream.name)
        reading.failed("bug", _named(error))
    return reading.close(now + timedelta(seconds=time.monotonic() - began))


class _Reading:
    """One poll under way: takes pages, counts, and knows how far the cursor may go."""

    def __init__(self, ledger: Ledger, stream: Stream, window: Window, poll: Poll, state: State) -> None:
        self.ledger = ledger
        self.stream = stream
        self.window = window
        self.poll = poll
        self.position = dict(state.position)
        self.notes = Notes()
        self._warnings: dict[str, None] = {}
        self._held_before = state.held
        self._seen: set[str] = set()
        self._skipped = 0
        self._complete = False
        self._moved = False
        if lost := out_of_reach(state, stream, window.until):
            self._warn(lost)

    def take(self, page: Page) -> None:
        """Commit a page: rows, quarantine, cursor and counts together."""
        if self.poll.pages >= self.stream.page_cap:
            self.notes.truncated = True
            raise SourceError(
                f"stopped after {self.poll.pages:,} pages, the cap of this stream", kind="page_cap"
            )
        self._listen(page)
        for attempt in (1, 2, 3):
            intake = read_page(page, self.stream, self.ledger.system, self.window.until)
            try:
                with self.ledger.transaction() as conn:
                    poll, position = self._commit(conn, page, intake)
                break
            except _AGAIN:
                if attempt == 3:
                    raise
        self.poll, self.position = poll, position
        self._moved = self._moved or page.position is not None
        self._held_before += len(intake.held)
        self._skipped += intake.skipped
        self._complete = page.complete
        if self.stream.absence_deletes:
            self._seen.update(intake.keys)
            self._seen.update(record.key for record in intake.held if record.key)

    def _commit(self, conn: psycopg.Connection, page: Page, intake: Intake) -> tuple[Poll, dict[str, object]]:
        system, until = self.ledger.system, self.window.until
        done = write_intake(conn, intake, self.stream, until, self.window.previous)
        gone = 0
        if page.present is not None:
            gone = mark_absent(
                conn, self.stream.table, system.customer_id, system.system_id, sorted(page.present), until
            )
        hold(conn, intake.held, system, self.stream.name, self.poll.poll_id, until)
        if self._held_before and (page.anew or page.anew_inside):
            ask(
                conn,
                "ops/quarantine_received_anew",
                customer_id=system.customer_id,
                system_id=system.system_id,
                stream=self.stream.name,
                place=page.place,
                inside=page.anew_inside,
                poll_id=self.poll.poll_id,
                seen=until,
            )
        if self._held_before and intake.keys:
            ask(
                conn,
                "ops/quarantine_supersede",
                customer_id=system.customer_id,
                system_id=system.system_id,
                stream=self.stream.name,
                record_keys=intake.keys,
                seen=until,
            )
        poll = replace(
            self.poll,
            pages=self.poll.pages + 1,
            new=self.poll.new + done.new,
            changed=self.poll.changed + done.changed,
            unchanged=self.poll.unchanged + done.unchanged,
            deleted=self.poll.deleted + done.deleted + gone,
            quarantined=self.poll.quarantined + len(intake.held),
        )
        position = dict(self.position)
        if page.position is not None:
            limit = skewed(until, self.notes.clock_skew_seconds)
            if self.stream.object == "run" and self.stream.pins:
                limit = min(limit, self.ledger.oldest_open(conn) or limit)
            position = not_past(page.position, limit)
            self.ledger.move(conn, position, until)
        self.ledger.progress(conn, poll, position)
        return poll, position

    def _listen(self, page: Page) -> None:
        """Keep what the source says about itself, and what the mapping remarked."""
        said = page.notes
        for name in ("source_count", "rate_limit", "rate_limit_remaining", "clock_skew_seconds"):
            value = getattr(said, name)
            if value is not None:
                setattr(self.notes, name, value)
        self.notes.truncated = self.notes.truncated or said.truncated
        self._warn(*said.warnings)
        said.warnings.clear()
        if page.records and self.poll.pages == 0 and (unread := self.stream.unmapped(page.records[0])):
            self._warn("fields that are not mapped: " + ", ".join(unread[:40]))

    def look_for_deletions(self) -> None:
        """After everything was read: what the source did not name is gone, unless the silence looks like a fault."""
        if not (self.stream.absence_deletes and self._complete):
            return
        system = self.ledger.system
        if self.poll.quarantined and len(self._seen) < self.poll.rows + self.poll.quarantined:
            self._warn("deletions were not looked for: some records could not be read")
            return
        if not self._seen:
            self._warn("the source names no record at all: taken for a fault, nothing was marked as deleted")
            return
        with self.ledger.transaction() as conn:
            gone = mark_absent(
                conn,
                self.stream.table,
                system.customer_id,
                system.system_id,
                sorted(self._seen),
                self.window.until,
            )
            self.poll = replace(self.poll, deleted=self.poll.deleted + gone)
            self.ledger.progress(conn, self.poll, self.position)

    def failed(self, kind: str, error: str) -> None:
        """Remember why the poll ended early."""
        self.poll = replace(self.poll, error_kind=kind, error=error)

    def close(self, finished_at: datetime) -> Poll:
        """Close the ledger row: complete, partial (some pages are in) or failed."""
        self._warn(*self.stream.notices())
        skew = self.notes.clock_skew_seconds
        if skew is not None and abs(skew) > max(60.0, self.stream.overlap.total_seconds() / 2):
            self._warn(
                f"the source's clock is {abs(skew):,.0f} s {'ahead of' if skew > 0 else 'behind'} ours"
            )
        received = self.poll.rows + self.poll.quarantined + self._skipped
        counted = self.notes.source_count
        short = counted is not None and self.poll.error is None and received < counted
        if short:
            self._warn(f"the source counts {counted:,} records, {received:,} came")
        truncated = self.notes.truncated or short
        outcome = "complete"
        if self.poll.error is not None:
            outcome = "partial" if self.poll.pages else "failed"
        elif truncated:
            outcome = "partial"
        since = self.position.get("since") if self._moved else None
        reached = datetime.fromisoformat(str(since)) if since else None
        self.poll = replace(
            self.poll,
            outcome=outcome,  # type: ignore[arg-type]
            finished_at=finished_at,
            window_to=self.window.until if outcome == "complete" else reached,
            source_count=counted,
            truncated=truncated,
            warnings=tuple(self._warnings),
        )
        return self.ledger.close(self.poll, self.notes)

    def _warn(self, *lines: str) -> None:
        for line in lines:
            if len(self._warnings) < MOST_WARNINGS:
                self._warnings[redact(line, longest=400)] = None


@contextmanager
def opened(stream: Stream, window: Window) -> Iterator[Iterator[Page]]:
    """The pages of a stream; its connections are closed whatever happens to us."""
    pages = stream.fetch(window)
    try:
        yield pages
    finally:
        if isinstance(pages, Generator):
            pages.close()


def _named(error: Exception) -> str:
    """A mistake of ours by its type, its words and the line it happened at."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return redact(f"{type(error).__name__}: {error}{at}")
