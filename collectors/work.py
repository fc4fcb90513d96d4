"""Collects what is due: every stream in the hands of one worker, and one stream's trouble is not another's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from collectors import lease
from collectors.collect import collect
from collectors.hands import Hands
from collectors.intake import RUN_UNKNOWN
from collectors.kinds import streams_of
from collectors.ledger import Ledger, Poll, worker_name
from collectors.quarantine import replay
from collectors.redact import redact
from collectors.schedule import Due, Key, LastPoll, due, next_turn
from collectors.stream import SourceError, Stream
from collectors.system import System, load_systems
from sql.ask import ask, plain

if TYPE_CHECKING:
    from sql.database import Database

ENTRY = "(entry)"
"""The name under which a system whose entry cannot be used stands in the ledger."""
OF_A_RUN = frozenset({"attempt", "run_item"})
_EVERY = timedelta(minutes=5)
_LAST_SECONDS = 10.0


def collect_due(
    db: Database,
    now: datetime,
    customer_id: int | None = None,
    system: str | None = None,
    everything: bool = False,
    on_poll: Callable[[Poll], object] | None = None,
    threads: int = 1,
    hands: Hands | None = None,
) -> list[Poll]:
    """Read every stream that is due, once; `everything` does not ask what is due. Answers the ledger's rows.

    A stream that another worker holds is left to it. Systems are read side by side by `threads`, the streams of one
    system one after the other, so that a system is never asked twice at once by the same worker. One that cannot be
    reached is tried for one stream only: to wait for every stream in turn would keep the other systems waiting.
    With `hands` of the worker's own, what is slow goes on in them, and `on_poll` is told when it ends.
    """
    systems = load_systems(db, customer_id, system)
    polls: list[Poll] = []

    def note(poll: Poll) -> None:
        polls.append(poll)
        if on_poll is not None:
            on_poll(poll)

    pairs: list[tuple[System, Stream]] = []
    broken: list[tuple[System, SourceError]] = []
    for entry in systems:
        try:
            pairs += [(entry, stream) for stream in streams_of(entry)]
        except SourceError as error:
            broken.append((entry, error))
        except (
            Exception
        ) as error:  # options nobody thought of must not keep the other systems from being read
            said = redact(f"{entry.label}: {type(error).__name__}: {error}")
            broken.append((entry, SourceError(said, permanent=True, kind="mapping")))
    last = _last_polls(db, [*pairs], [entry for entry, _ in broken])
    for entry, mistake in broken:
        key = (entry.customer_id, entry.system_id, ENTRY)
        if everything or (next_turn(_EVERY, last.get(key, ())) or now) <= now:
            ledger = Ledger(db, entry, ENTRY, worker_name())
            note(ledger.fail(now, now, mistake.kind, redact(mistake)))
    turns = [Due(entry, stream, now) for entry, stream in pairs] if everything else due(pairs, last, now)
    by_system: dict[tuple[int, int], list[Due]] = defaultdict(list)
    for turn in turns:
        by_system[turn.system.customer_id, turn.system.system_id].append(turn)

    reading = hands or Hands(threads)

    def read(group: Sequence[Due]) -> None:
        # attempts and items are written only where their run is
        unreachable = None
        for turn in sorted(group, key=lambda turn: turn.stream.object in OF_A_RUN):
            if (poll := _read(db, turn, now, everything, unreachable, reading)) is None:
                continue
            note(poll)
            if (poll.outcome, poll.error_kind) == ("failed", "unreachable"):
                unreachable = poll.error
            if turn.stream.object == "run" and poll.new:
                replay(db, now, turn.system.customer_id, turn.system.key, reason=RUN_UNKNOWN)

    for place, group in by_system.items():
        reading.offer(place, partial(read, group), host=group[0].system.host)
    try:
        reading.settle()
    finally:
        if hands is None:
            reading.end(_LAST_SECONDS)
    return polls


def _read(
    db: Database, turn: Due, now: datetime, everything: bool, unreachable: str | None, hands: Hands
) -> Poll | None:
    holder = worker_name()
    taken = lease.take(db, turn.system, turn.stream.name, holder)
    if taken is None:
        return None
    with hands.holding(taken) as still_ours:
        # between the plan and the lease another worker may have read it
        last = _last_polls(db, [(turn.system, turn.stream)], [])
        if not everything and not due([(turn.system, turn.stream)], last, now):
            return None
        if unreachable is not None:
            ledger = Ledger(db, turn.system, turn.stream.name, holder, turn.stream.object)
            return ledger.fail(now, turn.due_at, "unreachable", unreachable)
        return collect(
            db, turn.system, turn.stream, now, due_at=turn.due_at, worker=holder, still_ours=still_ours
        )


def _last_polls(
    db: Database, pairs: Sequence[tuple[System, Stream]], broken: Sequence[System]
) -> dict[Key, list[LastPoll]]:
    """The newest polls of these streams, asked customer by customer."""
    wanted: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for entry, stream in pairs:
        wanted[entry.customer_id].append((entry.system_id, stream.name))
    for entry in broken:
        wanted[entry.customer_id].append((entry.system_id, ENTRY))
    found: dict[Key, list[LastPoll]] = defaultdict(list)
    with db.engine("collector").begin() as conn:
        for customer_id, streams in wanted.items():
            rows = ask(
                plain(conn),
                "ops/last_polls",
                customer_id=customer_id,
                system_ids=[system_id for system_id, _ in streams],
                streams=[name for _, name in streams],
            )
            for system_id, name, started_at, outcome in rows:
                found[customer_id, system_id, name].append(LastPoll(started_at, outcome))
    return found
