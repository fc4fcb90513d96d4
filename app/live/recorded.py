"""What the record of the live world tells of: deals, time, runs, and the transactions that runs belong to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Deal:
    """A won opportunity; `why_without` says why it has no project (None: it has one)."""

    number: str
    name: str
    account: str
    won_at: dt.datetime
    amount: Decimal
    currency: str
    why_without: str | None


@dataclass(frozen=True)
class Line:
    """One time entry that exists: its value, and the invoice that it is on (`pool` None: billed)."""

    id: int
    project: int
    minutes: int
    entered_at: dt.datetime
    value: Decimal | None
    currency: str
    invoice: int | None
    posted_at: dt.datetime | None
    pool: str | None


@dataclass(frozen=True)
class Run:
    """One flow run: `due_at` is when the platform was to start it, `wrote` the id of the record that it really wrote (None: nothing)."""

    id: str
    flow: str
    source_key: str
    source_changed_at: dt.datetime
    due_at: dt.datetime
    started_at: dt.datetime
    ended_at: dt.datetime | None
    state_type: str
    state_name: str
    attempts: int
    wrote: int | None
    message: str | None

    @property
    def outcome(self) -> str:
        """`first_attempt`, `after_retry`, `partial`, `failed`, or `open` (runs, or stuck for ever)."""
        if self.ended_at is None:
            return "open"
        if self.state_type != "COMPLETED":
            return "failed"
        if self.state_name == "CompletedWithRejects":
            return "partial"
        return "first_attempt" if self.attempts == 1 else "after_retry"

    @property
    def seconds(self) -> float | None:
        """From start to end, waiting for retries included; None while open."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()

    @property
    def is_silent_loss(self) -> bool:
        """It says that it completed and wrote something, and it wrote nothing."""
        return self.state_type == "COMPLETED" and self.ended_at is not None and self.wrote is None


@dataclass(frozen=True)
class Transaction:
    """All runs for one piece of work (flow and source key), oldest first."""

    flow: str
    source_key: str
    runs: tuple[Run, ...]

    @property
    def attempts(self) -> int:
        """Attempts of all runs together."""
        return sum(run.attempts for run in self.runs)

    @property
    def outcome(self) -> str:
        """The last run's outcome, or `by_person` when a success needed a run that a person started again."""
        last = self.runs[-1].outcome
        return "by_person" if len(self.runs) > 1 and last in ("first_attempt", "after_retry") else last
