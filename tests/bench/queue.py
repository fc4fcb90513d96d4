"""The exception queue at its size: 100,000 exceptions, 80,000 of them open, with five million records, and twenty people who work it."""

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st
from sqlalchemy import text

from app import data, house, queue_actions, queue_acts, queue_both, queue_reads, queue_safe
from app.auth.sessions import sha256_of
from app.data import Row
from app.scope import Scope, scope_of
from app.settings import Settings
from metrics.triage.act import Actor, Target, desk
from metrics.triage.moves import NotAllowed
from sql.database import Database, viewer
from tests.bench import queue_estate
from tests.bench.queue_estate import NOW, PEOPLE, ids
from tests.bench.timing import Result, timed

SECONDS, PAUSE = 60, 5.0
PAGE = 100
OPENS_IN, ACTS_IN = 0.300, 0.150

_BARE = """
SELECT e.customer_id, e.exception_id, e.title, e.state, e.value_at_risk, e.currency FROM ops.exception e
WHERE e.customer_id = ANY (:customer_ids) AND e.closed_at IS NULL ORDER BY e.value_at_risk DESC NULLS LAST LIMIT 100
"""


def run(db: Database, say: Callable[[str], None] = lambda _: None) -> Iterator[Result]:
    """What opening the queue costs the server against the bare query, and how soon an act is acknowledged."""
    customers, people = queue_estate.build(db, say)
    house.open_house(house.build(db, Settings()))
    yield opening(db, customers, people[0], say)
    yield acting(db, customers, people, say)


def opened(scope: Scope) -> Mapping[str, Callable[[], Any]]:
    """What the page reads when the queue is opened, by what it is for: the page's own readings, none of them remembered."""
    counts = queue_reads.exception_counts(scope, NOW)
    rows = _list(scope, NOW, counts)
    dearest = queue_reads.exception_causes(scope, NOW)
    page, causes = (tuple(row["exception_id"] for row in each) for each in (rows, dearest))
    top, customer = rows[0]["exception_id"], rows[0]["customer_id"]
    return {
        "counts": lambda: queue_reads.exception_counts(scope, NOW),
        "list": lambda: _list(scope, NOW, counts),
        "a saved view": lambda: queue_reads.matching(scope, NOW, "waiting", None, ""),
        "causes": lambda: queue_reads.exception_causes(scope, NOW),
        "how they run": lambda: queue_reads.lately(scope, page, False, NOW),
        "how causes run": lambda: queue_reads.lately(scope, causes, True, NOW),
        "what is safe": lambda: queue_safe.phrases(scope, queue_safe.asked_of(dearest), NOW),
        "one, its records and history": lambda: queue_reads.exception(scope, top, NOW),
        "both sides": lambda: queue_both.records(scope, customer, top, NOW),
        "waits": lambda: queue_reads.waits_for(scope, top, NOW),
        "its retries": lambda: queue_reads.retries(scope, top, NOW),
        "retry": lambda: queue_reads.retry_plan(scope, customer, top, NOW),
        "advice": lambda: queue_reads.retry_advice(scope, customer, top, NOW),
        "similar": lambda: queue_reads.similar(scope, top, NOW),
        "to whom it can be given": lambda: queue_reads.assignable(scope, (customer,)),
        "what to do": lambda: queue_reads.what_to_do(scope, customer, rows[0]["rule"], NOW),
    }


def _list(scope: Scope, as_of: datetime, counts: list[Row]) -> list[Row]:
    return queue_reads.exceptions(scope, as_of, "open", None, "", limit=PAGE, _counts=counts)


def opening(db: Database, customers: list[int], who: Actor, say: Callable[[str], None]) -> Result:
    """Server time of all that the queue asks when it is opened, against 300 ms; said beside the bare query.

    The page's own readings, with all that they take on this side of the database: none remembers an answer.
    """

    def bare() -> Any:
        with viewer(db, customers, NOW) as conn:
            return conn.execute(text(_BARE), {"customer_ids": customers}).all()

    scope = _scope(db, customers, who)
    parts = {name: _anew(name, ask) for name, ask in opened(scope).items()}
    base = timed("bare", bare).median
    for name, seconds in parts.items():
        say(f"  {name}: {seconds * 1000:.0f} ms")
    whole = sum(parts.values())
    said = (
        f"{whole * 1000:.0f} ms, the list {parts['list'] * 1000:.0f} ms of it; the bare query {base * 1000:.0f} ms:"
        f" list {parts['list'] / base:.1f} times that, all {whole / base:.1f} times"
    )
    return Result("queue of 100,000 opens, of 300 ms", whole / OPENS_IN, None, 1, said)


def _anew(name: str, ask: Callable[[], Any]) -> float:
    """Median seconds of a reading that remembers nothing; the first six do not count: after those its plan is kept."""

    def read() -> Any:
        st.cache_data.clear()
        return ask()

    return timed(name, read, warm=6).median


def _scope(db: Database, customers: list[int], who: Actor) -> Scope:
    partner = ids(db, "SELECT partner_id FROM ops.partner WHERE key = 'desk'")[0]
    return Scope(partner, tuple(customers), "partner_support", who.person_id)


def acting(db: Database, customers: list[int], people: list[Actor], say: Callable[[str], None]) -> Result:
    """How soon an act is acknowledged while twenty people act, look and think, against 150 ms at the 95th percentile.

    Each does what the page does: it finds out who acts, acts on the row that is looked at as the list showed it, and is
    drawn again; in between somebody opens another row. What is remembered meanwhile is what the page remembers.
    """
    st.cache_data.clear()
    took: list[float] = []
    refused: list[str] = []
    began_all = time.monotonic()

    def now() -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - began_all)

    def work(who: Actor, number: int) -> None:
        dice = random.Random(number)
        assert who.person_id is not None
        scope = _scope(db, customers, who)
        token = house.current().sessions.begin(
            who.person_id, scope.partner_id, "desk.localhost", "password", datetime.now(UTC)
        )
        time.sleep(dice.uniform(0, PAUSE))
        rows = drawn(scope, now(), None)
        while time.monotonic() < began_all + SECONDS:
            row = dice.choice(rows)
            drawn(scope, now(), row["exception_id"])
            time.sleep(dice.uniform(0.25, 0.75) * PAUSE)
            target = Target(row["customer_id"], row["exception_id"], row["version"])
            verb, given = dice.choice(
                [
                    ("take", {}),
                    ("note", {"note": "seen"}),
                    ("tag", {"tags": (f"t{dice.randrange(9)}",)}),
                    ("snooze", {"snoozed_until": NOW + timedelta(days=400)}),
                ]
            )
            began = time.perf_counter()
            try:
                user = house.current().session(sha256_of(token), "desk.localhost", datetime.now(UTC))
                assert user is not None
                with (
                    queue_acts.acting(scope_of(user), (target.customer_id,), verb),
                    desk(db, user.customer_ids) as conn,
                ):
                    queue_actions.done(conn, who, target, verb, now(), given)
                took.append(time.perf_counter() - began)
            except NotAllowed as error:
                refused.append(str(error))
            rows = drawn(scope, now(), row["exception_id"])
            time.sleep(dice.uniform(0.25, 0.75) * PAUSE)

    threads = [threading.Thread(target=work, args=(who, n)) for n, who in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p95 = statistics.quantiles(took, n=20)[-1]
    said = (
        f"{len(took)} acts in {SECONDS} s by {PEOPLE} people, {len(refused)} refused:"
        f" median {statistics.median(took) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms"
    )
    return Result("an act among 20 people, p95 of 150 ms", p95 / ACTS_IN, None, 1, said)


def drawn(scope: Scope, now: datetime, here: int | None) -> list[Row]:
    """What the page reads when it is drawn with an exception in its pane (None: the first); the rows of its list."""
    as_of = data.floor(now, data.STEP_SECONDS)
    counts = queue_reads.exception_counts(scope, as_of)
    rows = _list(scope, as_of, counts)
    dearest = queue_reads.exception_causes(scope, as_of)
    queue_safe.phrases(scope, queue_safe.asked_of(dearest), as_of)
    queue_reads.lately(scope, tuple(row["exception_id"] for row in dearest), True, as_of)
    queue_reads.lately(scope, tuple(row["exception_id"] for row in rows), False, as_of)
    found = queue_reads.exception(scope, here or rows[0]["exception_id"], as_of)
    assert found is not None
    number, customer = found["exception_id"], found["customer_id"]
    queue_reads.assignable(scope, (customer,))
    queue_reads.what_to_do(scope, customer, found["rule"], as_of)
    queue_both.records(scope, customer, number, as_of)
    queue_reads.waits_for(scope, number, as_of)
    queue_reads.retries(scope, number, as_of)
    queue_reads.retry_advice(scope, customer, number, as_of)
    queue_reads.similar(scope, number, as_of)
    return rows
