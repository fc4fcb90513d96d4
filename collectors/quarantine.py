"""Records that could not be read: what is held, mapping them again after the entry was mended, and letting go of one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from collectors.intake import read_page, write_intake
from collectors.kinds import streams_of
from collectors.ledger import Ledger, worker_name
from collectors.stream import Page, SourceError, Stream
from collectors.system import System, load_systems
from sql.ask import ask, plain

if TYPE_CHECKING:
    from sql.database import Database

AT_ONCE = 500


@dataclass(frozen=True)
class HeldRecord:
    """One record in quarantine; `payload` is what came, whole."""

    customer_id: int
    system_id: int
    quarantine_id: int
    customer: str
    system: str
    stream: str
    record_key: str | None
    reason: str
    field: str | None
    place: str
    payload: bytes
    times_seen: int
    first_seen_at: datetime
    last_seen_at: datetime
    state: str

    @property
    def text(self) -> str:
        """The payload as a person can read it; bytes that are no UTF-8 are shown as such."""
        return self.payload.decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Replayed:
    """What a replay did: records written, those that still cannot be read, and those whose stream is gone."""

    replayed: int = 0
    still_held: int = 0
    without_stream: int = 0


def held(
    db: Database,
    customer_id: int | None = None,
    system: str | None = None,
    stream: str | None = None,
    reason: str | None = None,
) -> list[HeldRecord]:
    """The records that are held, oldest first; an empty list when there are none."""
    with db.engine("collector").begin() as conn:
        rows = ask(
            plain(conn),
            "ops/quarantine_held",
            customer_id=customer_id,
            system=system,
            stream=stream,
            reason=reason,
        )
    return [HeldRecord(*row) for row in rows]


def replay(
    db: Database,
    now: datetime,
    customer_id: int | None = None,
    system: str | None = None,
    reason: str | None = None,
) -> Replayed:
    """Map what is held (for this reason) again, as the entry says now; what can be read is written like a poll writes it."""
    systems = {(s.customer_id, s.system_id): s for s in load_systems(db, customer_id, system)}
    done: Counter[str] = Counter()

    def place(record: HeldRecord) -> tuple[int, int, str]:
        return record.customer_id, record.system_id, record.stream

    for (of, system_id, name), group in groupby(held(db, customer_id, system, reason=reason), key=place):
        records = list(group)
        entry = systems.get((of, system_id))
        stream = _stream(entry, name) if entry is not None else None
        if entry is None or stream is None:
            done["without_stream"] += len(records)
            continue
        for first in range(0, len(records), AT_ONCE):
            done.update(_replay(db, entry, stream, records[first : first + AT_ONCE], now))
    return Replayed(done["replayed"], done["still_held"], done["without_stream"])


def drop(db: Database, record: HeldRecord, actor: str, because: str, now: datetime) -> bool:
    """Let go of a record that no replay and no poll will settle, as a broken line that was mended in its file.

    Who and why is written into the audit. False: it was not held any more. The same bytes again are held again.
    """
    with db.engine("owner").begin() as conn:
        of, own = record.customer_id, record.quarantine_id
        if not ask(plain(conn), "ops/quarantine_drop", customer_id=of, quarantine_id=own, at=now):
            return False
        detail = {"because": because, "place": record.place, "reason": record.reason}
        subject = f"quarantine {record.customer}/{record.system}/{record.stream}/{own}"
        said = {"actor": actor, "action": "drop", "subject": subject, "detail": json.dumps(detail)}
        ask(plain(conn), "config/audit_put", at=now, **said)
    return True


def _stream(system: System, name: str) -> Stream | None:
    try:
        return next((stream for stream in streams_of(system) if stream.name == name), None)
    except SourceError:
        return None


def _replay(
    db: Database, system: System, stream: Stream, records: Sequence[HeldRecord], now: datetime
) -> Counter[str]:
    """One batch in one transaction: rows and what became of the records together."""
    readable, undecoded = [], 0
    for record in records:
        try:
            readable.append((record, stream.unpack(record.payload)))
        except ValueError:
            undecoded += 1
    page = Page([payload for _, payload in readable], places=[str(r.quarantine_id) for r, _ in readable])
    ledger = Ledger(db, system, stream.name, worker_name())
    with ledger.transaction() as conn:
        intake = read_page(page, stream, system, now)
        write_intake(conn, intake, stream, now, None)
        refused = {bad.place: bad for bad in intake.held}
        for record, _ in readable:
            bad = refused.get(str(record.quarantine_id))
            outcome: dict[str, Any] = {"state": "replayed", "reason": None, "field": None}
            if bad is not None:
                outcome = {"state": "held", "reason": bad.reason, "field": bad.field}
            ask(
                conn,
                "ops/quarantine_settle",
                customer_id=record.customer_id,
                quarantine_id=record.quarantine_id,
                at=now,
                **outcome,
            )
    return Counter(replayed=len(readable) - len(refused), still_held=len(refused) + undecoded)
