"""What a connector declares: streams of records; everything else is the harness's work."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from collectors.payload import pack, unpack

Row = Mapping[str, Any]
Strategy = Literal["keyset", "window", "delta", "feed", "full"]

TABLES: Mapping[str, str] = MappingProxyType(
    {name: f"raw.{name}" for name in ("run", "attempt", "run_item")}
    | {
        name: f"biz.{name}"
        for name in (
            "account",
            "opportunity",
            "contract",
            "project",
            "task",
            "resource",
            "cost_rate",
            "time_entry",
            "expense",
            "milestone",
            "invoice",
            "invoice_line",
            "billing_link",
            "payment",
            "purchase_order",
            "revenue_schedule",
            "leave",
            "assignment",
            "billing_hold",
            "period_close",
            "lead",
            "quote",
            "change_order",
            "budget",
            "billing_schedule",
            "supplier_bill",
            "payroll_run",
            "project_cost",
            "support_ticket",
            "state_event",
        )
    }
)
"""The objects that can be collected, and the table of each."""

OPEN_STATUSES = frozenset({"running", "queued", "waiting", "unknown"})
"""Statuses of a run that may still change by itself; `unknown` is one when the run has no end."""


class SourceError(Exception):
    """A source did not give what was asked; the message is one clear line without secrets.

    `permanent`: asking again does not help (wrong key, wrong address). `kind`: one word for the ledger.
    """

    def __init__(self, message: str, *, permanent: bool = False, kind: str = "source") -> None:
        super().__init__(message)
        self.permanent = permanent
        self.kind = kind


class BadRecord(Exception):
    """One record cannot be mapped: why, and which field. The record is kept and counted, the others go on.

    `row`: what it would have become, where its key is beyond doubt.
    """

    def __init__(self, reason: str, field: str | None = None, row: Row | None = None) -> None:
        super().__init__(reason if field is None else f"{field}: {reason}")
        self.reason = reason
        self.field = field
        self.row = row


@dataclass(frozen=True, slots=True)
class Record:
    """One row for one table: what `map` answers when a source record holds rows of several objects."""

    object: str
    row: Row


Mapped = Row | Sequence[Record] | None


@dataclass(frozen=True, slots=True)
class Undecoded:
    """A piece of a page that is not even a record: the bytes as received, why, and where they stood."""

    payload: bytes
    reason: str
    place: str
    field: str | None = None


@dataclass(slots=True)
class Notes:
    """What a source says about itself beside its records; the last one said is kept in the ledger."""

    source_count: int | None = None
    rate_limit: int | None = None
    rate_limit_remaining: int | None = None
    clock_skew_seconds: float | None = None
    truncated: bool = False
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """A handful of records that are committed together.

    `complete`: with this page the source has named everything it holds (for streams with `absence_deletes`).
    `position`: the cursor that is true once this page is committed; None leaves it where it is (a descending list
    says it on its last page only). `present`: the ids of everything the source has now; what we hold and it does not
    name is deleted by absence. `places` says where each record stood when "record n of the page" does not. `anew`: what
    could not be read of exactly this place by earlier polls has been received again, and is held no longer;
    `anew_inside`: nor is what stood in it, at "place, …".
    """

    records: Sequence[Any]
    place: str = "page 1"
    places: Sequence[str] = ()
    position: Mapping[str, Any] | None = None
    present: Collection[str] | None = None
    complete: bool = False
    anew: bool = False
    anew_inside: bool = False
    undecoded: Sequence[Undecoded] = ()
    notes: Notes = field(default_factory=Notes)

    def place_of(self, index: int) -> str:
        """Where the record with this index stood, for a person: "page 3, record 17"."""
        return self.places[index] if self.places else f"{self.place}, record {index + 1}"


@dataclass(frozen=True, slots=True)
class Known:
    """What we already hold of a run."""

    status: str
    finished_at: datetime | None
    has_error: bool = False

    @property
    def closed(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.finished_at is not None


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that has not ended as far as we know."""

    external_id: str
    due_at: datetime
    started_at: datetime | None
    status: str


def _nothing_known(ids: Sequence[str]) -> Mapping[str, Known]:
    return {}


@dataclass(frozen=True, slots=True)
class Window:
    """What one poll has to read: everything that changed in [since, until), and the open runs again.

    `since` is the cursor minus the overlap, and never lies past an open run; None: everything there is.
    `position` is the cursor as it was committed last, {} the first time. `previous` is when the last whole poll
    began. `known(ids)` tells what we hold of those runs (absent: never seen).
    """

    until: datetime
    since: datetime | None = None
    position: Mapping[str, Any] = field(default_factory=dict)
    previous: datetime | None = None
    open_runs: Sequence[OpenRun] = ()
    known: Callable[[Sequence[str]], Mapping[str, Known]] = _nothing_known

    def position_at(self, instant: datetime | None = None, **more: Any) -> dict[str, Any]:
        """The cursor "everything up to this instant has been read"; without one: up to the end of the window."""
        return {"since": (instant or self.until).astimezone(UTC).isoformat(), **more}


def _nothing_unmapped(record: Any) -> list[str]:
    return []


@dataclass(frozen=True)
class Stream:
    """One table's worth of one system.

    `fetch` yields pages, oldest first where the source can; `map` turns one record of a page into one row of `object`
    (column → value), into several `Record`s, or into None when it is no valid event; it raises BadRecord and is pure,
    because quarantine is replayed through it. A row with `deleted_at` and no more than its key says that a record is
    gone. `history`: state fields whose moments the connector supplies itself (no observed event is written for
    them). `pins`: the cursor waits for open runs (False when the source can be asked for what changed or ended since).
    `stable_start` False: the source revises `due_at`; the first one seen is kept. A run that is open for longer than
    `stuck_after` becomes 'stuck' and pins nothing. `absence_deletes`: what a complete page run does not name is gone.
    `keeps`: how long the source keeps its records; no poll accounts for what is older (None: it keeps everything).
    `reads_back`: how far back the first poll asks (None: to the beginning); what is older stays unread.
    `conform`: types the mapped row (default: the table's shape). `notices`: remarks since the last call, for the
    ledger. `unmapped`: fields of a record that the mapping does not use.
    """

    name: str
    object: str
    fetch: Callable[[Window], Iterator[Page]]
    map: Callable[[Any], Mapped]
    every: timedelta = timedelta(minutes=5)
    overlap: timedelta = timedelta(minutes=10)
    strategy: Strategy = "window"
    history: frozenset[str] = frozenset()
    pins: bool = True
    stable_start: bool = True
    stuck_after: timedelta = timedelta(days=1)
    keeps: timedelta | None = None
    reads_back: timedelta | None = None
    page_cap: int = 100_000
    absence_deletes: bool = False
    conform: Callable[[Row], dict[str, Any]] | None = None
    notices: Callable[[], list[str]] = list
    unmapped: Callable[[Any], list[str]] = _nothing_unmapped
    pack: Callable[[Any], bytes] = pack
    unpack: Callable[[bytes], Any] = unpack

    def __post_init__(self) -> None:
        if self.object not in TABLES:
            raise ValueError(f"there is no object {self.object!r}; the objects are {', '.join(TABLES)}")

    @property
    def table(self) -> str:
        """The table that `object` is kept in."""
        return TABLES[self.object]
