"""What a run needs before it is written: its flow, the root of its retry chain, and the due time of that root."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg

from sql.ask import ask
from sql.ingest_batch import Batch, Row, System

Run = dict[str, Any]
FlowFinder = Callable[[System, str], int | None]


class Held(NamedTuple):
    """What is stored of a run that matters to its retries."""

    due_at: datetime
    transaction_key: str


def complete_runs(db: psycopg.Connection, batch: Batch, seen_at: datetime) -> Batch:
    """The rows with flow_id, transaction_key and the due time of retries filled in; the rows given stay as they are.

    A retry belongs to the transaction of the run it retries and is due when that was, so that both fall into one
    cell. A retry whose run is unknown stands for itself until the run is seen.
    """
    find_flow = _flow_finder(db, sorted({customer for customer, _ in batch}))
    return {place: _complete(db, place, rows, find_flow, seen_at) for place, rows in batch.items()}


def _complete(
    db: psycopg.Connection, place: System, rows: Iterable[Row], find_flow: FlowFinder, seen_at: datetime
) -> list[Run]:
    flows: dict[str, int | None] = {}
    retries: dict[str, Run] = {}
    completed = [dict(row) for row in rows]
    for row in completed:
        name = row.get("workflow_name")
        if name is not None:
            if name not in flows:
                flows[name] = find_flow(place, name)
            row["flow_id"] = flows[name]
        own, parent = row["external_id"], row.get("retry_of")
        if parent is not None and parent != own:
            retries[own] = row
        elif row.get("transaction_key") is None:
            row["transaction_key"] = own
    if retries:
        _resolve(db, place, retries, {row["external_id"]: row for row in completed}, seen_at)
    return completed


def _resolve(
    db: psycopg.Connection,
    place: System,
    retries: Mapping[str, Run],
    by_id: Mapping[str, Run],
    seen_at: datetime,
) -> None:
    wanted = {*retries, *(row["retry_of"] for row in retries.values())}
    held = _held(db, place, wanted)

    def root(own: str, path: frozenset[str]) -> Held | None:
        row = by_id.get(own)
        if row is None:
            return held.get(own)
        parent = row.get("retry_of")
        first_due = held[own].due_at if own in held else row["due_at"]
        if parent is None or parent == own or parent in path:
            return Held(first_due, row.get("transaction_key") or own)
        return root(parent, path | {own}) or Held(first_due, parent)

    found = {own: root(own, frozenset()) for own in retries}
    for own, row in retries.items():
        answer = found[own]
        if answer is None:
            continue
        if own in held and held[own].due_at != answer.due_at:
            _rebase(db, place, own, held[own].due_at, answer, seen_at)
        row["due_at"], row["transaction_key"] = answer


def _held(db: psycopg.Connection, place: System, ids: set[str]) -> dict[str, Held]:
    rows = ask(db, "ops/runs_by_id", customer_id=place[0], system_id=place[1], external_ids=sorted(ids))
    return {row[0]: Held(row[1], row[2]) for row in rows}


def adopt_retries(db: psycopg.Connection, batch: Batch, seen_at: datetime) -> None:
    """Give stored retries of these runs the transaction and due time of their root, down the whole chain."""
    for place, rows in batch.items():
        if not ask(db, "ops/any_retry", customer_id=place[0], system_id=place[1]):
            continue
        frontier = [row["external_id"] for row in rows]
        visited: set[str] = set()
        while frontier:
            children = ask(
                db, "ops/retries_by_parent", customer_id=place[0], system_id=place[1], parents=frontier
            )
            above = _held(db, place, {row[1] for row in children}) if children else {}
            moved = []
            for own, parent, due_at, transaction_key in children:
                root = above.get(parent)
                if root and own not in visited and own != parent and root != (due_at, transaction_key):
                    _rebase(db, place, own, due_at, root, seen_at)
                    moved.append(own)
            visited.update(moved)  # once each, so that a chain that bites its tail ends
            frontier = moved


def _rebase(
    db: psycopg.Connection, place: System, own: str, due_before: datetime, root: Held, seen_at: datetime
) -> None:
    ask(
        db,
        "ops/run_rebase",
        customer_id=place[0],
        system_id=place[1],
        external_id=own,
        due_before=due_before,
        due_at=root.due_at,
        transaction_key=root.transaction_key,
        seen=seen_at,
    )


def _flow_finder(db: psycopg.Connection, customers: Sequence[int]) -> FlowFinder:
    """The flow of a workflow name: the longest glob that matches wins, then the first key."""
    globs: dict[System, list[tuple[re.Pattern[str], int, int]]] = {}
    for customer, system, flow, match in ask(db, "ops/flows_of_runs", customer_ids=list(customers)):
        globs.setdefault((customer, system), []).append((glob(match), len(match), flow))

    def find(place: System, name: str) -> int | None:
        fitting = [entry for entry in globs.get(place, ()) if entry[0].fullmatch(name)]
        return max(fitting, key=lambda entry: entry[1])[2] if fitting else None

    return find


@lru_cache(maxsize=4096)
def glob(pattern: str) -> re.Pattern[str]:
    """A glob as the estate writes it: * is any text, ? one character, everything else itself."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.DOTALL)
