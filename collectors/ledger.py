"""The ledger: one row a poll, opened and closed in transactions of its own; the cursor; what is held of runs."""

import json
import os
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import psycopg

from collectors.stream import Known, Notes, OpenRun, Stream
from collectors.system import System
from sql.ask import ask, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sql.database import Database

Outcome = Literal["running", "complete", "partial", "failed", "abandoned"]
MOST_OPEN_RUNS = 500


@dataclass(frozen=True)
class Poll:
    """One row of the ledger: what one poll of one stream did, and how it ended. `error` is one clear redacted line."""

    customer_id: int
    system_id: int
    customer: str
    system: str
    stream: str
    outcome: Outcome
    started_at: datetime
    finished_at: datetime | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    poll_id: int = 0
    pages: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    quarantined: int = 0
    source_count: int | None = None
    truncated: bool = False
    warnings: tuple[str, ...] = ()
    error_kind: str | None = None
    error: str | None = None

    @property
    def rows(self) -> int:
        """Rows that came and could be read."""
        return self.new + self.changed + self.unchanged


def worker_name() -> str:
    """Who we are in the ledger and at the leases: host, process and thread."""
    return f"{socket.gethostname()}/{os.getpid()}/{threading.get_native_id()}"


@dataclass(frozen=True)
class State:
    """Where a stream stood before this poll."""

    position: Mapping[str, Any] = field(default_factory=dict)
    previous: datetime | None = None
    held: int = 0


class Ledger:
    """What the harness writes and reads about one stream of one system."""

    def __init__(
        self, db: "Database", system: System, stream: str, worker: str, object_name: str | None = None
    ) -> None:
        self.db = db
        self.system = system
        self.stream = stream
        self.worker = worker
        self.object_name = object_name

    @contextmanager
    def transaction(self) -> "Iterator[psycopg.Connection]":
        """A transaction of the collector's own."""
        with self.db.engine("collector").begin() as conn:
            yield plain(conn)

    @property
    def _place(self) -> dict[str, Any]:
        return {**self._system, "stream": self.stream}

    @property
    def _system(self) -> dict[str, int]:
        return {"customer_id": self.system.customer_id, "system_id": self.system.system_id}

    def state(self) -> State:
        """Cursor, last whole poll and number of records held."""
        with self.transaction() as conn:
            position, previous, held = ask(conn, "ops/stream_state", **self._place)[0]
        return State(position or {}, previous, held)

    def open(
        self, started_at: datetime, due_at: datetime, window_from: datetime | None, state: State
    ) -> Poll:
        """A running poll, committed; polls of workers that are gone are called abandoned first."""
        with self.transaction() as conn:
            ask(conn, "ops/poll_abandon", **self._place, worker=self.worker, at=started_at)
            (poll_id,) = ask(
                conn,
                "ops/poll_open",
                **self._place,
                object=self.object_name,
                due_at=due_at,
                started_at=started_at,
                window_from=window_from,
                cursor_before=json.dumps(dict(state.position)) if state.position else None,
                worker=self.worker,
            )[0]
        return Poll(
            self.system.customer_id,
            self.system.system_id,
            self.system.customer,
            self.system.key,
            self.stream,
            "running",
            started_at,
            window_from=window_from,
            poll_id=poll_id,
        )

    def progress(self, conn: psycopg.Connection, poll: Poll, position: Mapping[str, Any]) -> None:
        """Counts so far, in the transaction of the rows they count."""
        ask(
            conn,
            "ops/poll_progress",
            customer_id=poll.customer_id,
            poll_id=poll.poll_id,
            pages=poll.pages,
            rows_new=poll.new,
            rows_changed=poll.changed,
            rows_unchanged=poll.unchanged,
            rows_deleted=poll.deleted,
            rows_quarantined=poll.quarantined,
            cursor_after=json.dumps(dict(position)) if position else None,
        )

    def move(self, conn: psycopg.Connection, position: Mapping[str, Any], at: datetime) -> None:
        """Move the cursor."""
        ask(conn, "ops/cursor_move", **self._place, position=json.dumps(dict(position)), at=at)

    def close(self, poll: Poll, notes: Notes) -> Poll:
        """The poll as it ended, committed."""
        with self.transaction() as conn:
            ask(
                conn,
                "ops/poll_close",
                customer_id=poll.customer_id,
                poll_id=poll.poll_id,
                outcome=poll.outcome,
                finished_at=poll.finished_at,
                window_to=poll.window_to,
                source_count=poll.source_count,
                truncated=poll.truncated,
                rate_limit=notes.rate_limit,
                rate_limit_remaining=notes.rate_limit_remaining,
                clock_skew_seconds=notes.clock_skew_seconds,
                warnings=json.dumps(list(poll.warnings)),
                error_kind=poll.error_kind,
                error=poll.error,
            )
        return poll

    def fail(self, at: datetime, due_at: datetime, kind: str, error: str) -> Poll:
        """A poll that never began: opened and closed as failed."""
        poll = self.open(at, due_at, None, State())
        return self.close(
            replace(poll, outcome="failed", finished_at=at, error_kind=kind, error=error), Notes()
        )

    def open_runs(self) -> tuple[OpenRun, ...]:
        """Runs of the system that have not ended, the newest first."""
        with self.transaction() as conn:
            return tuple(
                OpenRun(*row) for row in ask(conn, "ops/open_runs", **self._system, row_limit=MOST_OPEN_RUNS)
            )

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """What is held of these runs."""
        with self.transaction() as conn:
            found = ask(conn, "ops/known_runs", **self._system, external_ids=list(ids))
        return {own: Known(status, finished_at, has_error) for own, status, finished_at, has_error in found}

    def oldest_open(self, conn: psycopg.Connection) -> datetime | None:
        """What the cursor must not pass: the start of the oldest open run that is not stuck."""
        at: datetime | None = ask(conn, "ops/oldest_open_run", **self._system)[0][0]
        return at

    def call_stuck(self, stream: Stream, now: datetime) -> None:
        """Runs that are open for too long hold nothing back any more."""
        with self.transaction() as conn:
            ask(conn, "ops/run_stuck", **self._system, before=now - stream.stuck_after, seen=now)


def instant(value: Any) -> datetime | None:
    """The instant in a cursor; None for one that has none."""
    try:
        found = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def since_of(state: State, stream: Stream, oldest_open: datetime | None) -> datetime | None:
    """From where to read again: the cursor minus the overlap, and no later than the oldest open run."""
    at = instant(state.position.get("since"))
    if at is None:
        return None
    if stream.object == "run" and stream.pins and oldest_open is not None:
        at = min(at, oldest_open)
    return at - stream.overlap


def accounts_from(since: datetime | None, stream: Stream, now: datetime) -> datetime | None:
    """From where a poll accounts for the source: from `since` (None: its beginning), but for no more than is asked for and still kept."""
    spans = (stream.keeps, stream.reads_back if since is None else None)
    return max((at for at in (since, *(now - span for span in spans if span)) if at), default=None)


def out_of_reach(state: State, stream: Stream, now: datetime) -> str | None:
    """What is not read and cannot be: the last whole poll is longer ago than the source keeps; None: nothing of the kind."""
    if stream.keeps is None or state.previous is None or state.previous >= now - stream.keeps:
        return None
    since, until = (at.astimezone(UTC) for at in (state.previous, now - stream.keeps))
    return f"from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC nothing counts as read: the source keeps less"


def not_past(position: Mapping[str, Any], limit: datetime | None) -> dict[str, Any]:
    """The cursor, moved back to `limit` when it lies behind it; what belongs to the later instant is dropped."""
    at = instant(position.get("since"))
    if at is None or limit is None or at <= limit:
        return dict(position)
    return {**{key: value for key, value in position.items() if key != "id"}, "since": limit.isoformat()}


def skewed(until: datetime, skew: float | None) -> datetime:
    """The end of a window by the source's own clock, when that runs behind ours."""
    return until + timedelta(seconds=min(0.0, skew or 0.0))
