"""The exception queue at its size: 100,000 exceptions, 80,000 of them open, with five million records, and twenty people who work it."""

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st
from sqlalchemy import Connection, text

from app import data, house, queue_actions, queue_acts, queue_both, queue_reads, queue_safe
from app.auth.sessions import sha256_of
from app.data import Row
from app.scope import Scope, scope_of
from app.settings import Settings
from metrics.triage.act import Actor, Target, desk
from metrics.triage.moves import NotAllowed
from sql import query
from sql.database import Database, viewer
from tests.bench.timing import Result, timed

EXCEPTIONS, RECORDS_EACH, CUSTOMERS, PEOPLE = 100_000, 50, 20, 20
SECONDS, PAUSE = 60, 5.0
PAGE = 100
OPENS_IN, ACTS_IN = 0.300, 0.150
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

_BARE = """
SELECT e.customer_id, e.exception_id, e.title, e.state, e.value_at_risk, e.currency FROM ops.exception e
WHERE e.customer_id = ANY (:customer_ids) AND e.closed_at IS NULL ORDER BY e.value_at_risk DESC NULLS LAST LIMIT 100
"""
_ESTATE = (
    "INSERT INTO ops.partner (key, name, time_zone, locale) VALUES ('desk', 'Desk', 'UTC', 'en-GB')",
    (
        "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency) SELECT p.partner_id, 'desk-' || g, 'Desk ' || g, 'UTC',"
        f" (ARRAY['EUR', 'USD', 'GBP'])[1 + g % 3] FROM ops.partner p CROSS JOIN generate_series(1, {CUSTOMERS}) g WHERE p.key = 'desk'"
    ),
    (
        "INSERT INTO ops.system (customer_id, key, role, kind) SELECT c.customer_id, 'runs', 'ipaas', 'sql'"
        " FROM ops.customer c WHERE c.key LIKE 'desk-%'"
    ),
    (
        "INSERT INTO ops.flow (customer_id, key, name, workflow, runs_system_id, runs_match)"
        " SELECT s.customer_id, 'flow-' || g, 'Flow ' || g, 'workflow-' || g, s.system_id, 'flow-' || g FROM ops.system s"
        " JOIN ops.customer c ON c.customer_id = s.customer_id AND c.key LIKE 'desk-%' CROSS JOIN generate_series(1, 6) g"
    ),
    (
        "INSERT INTO ops.person (partner_id, email, name, role, all_customers) SELECT p.partner_id, 'desk' || g || '@desk.example',"
        f" 'Desk ' || g, 'partner_support', true FROM ops.partner p CROSS JOIN generate_series(1, {PEOPLE}) g WHERE p.key = 'desk'"
    ),
    (
        "INSERT INTO ops.fx_rate (base, currency, rate_on, rate, source) VALUES ('EUR', 'USD', '2026-11-19', 0.92, 'bench'),"
        " ('EUR', 'GBP', '2026-11-19', 1.17, 'bench') ON CONFLICT DO NOTHING"
    ),
    (
        "INSERT INTO kpi.cut_off (customer_id, cut_off_at) SELECT c.customer_id,"
        " CAST(:now AS timestamptz) + (c.customer_id % 9) * interval '1 day' + m * interval '30 days' + interval '9 hours'"
        " FROM ops.customer c CROSS JOIN generate_series(0, 2) m WHERE c.key LIKE 'desk-%'"
    ),
)
_EXCEPTIONS = f"""
INSERT INTO ops.exception (customer_id, rule, class, fingerprint, fingerprint_version, flow_id, system_id, object_type, object_key, title, state,
  severity, occurrences, opened_at, last_occurred_at, first_seen_at, last_seen_at, value_at_risk, currency, value_confidence)
SELECT c.customer_id, (ARRAY['run_failed', 'missed_slot', 'verification_break', 'expectation_overdue'])[1 + g % 4],
  CASE WHEN g % 4 < 2 THEN 'technical' ELSE 'business' END, 'desk-' || g, 1, f.flow_id, f.runs_system_id, 'project', 'P-' || g,
  'Project P-' || g || ' is not known to the target', (ARRAY['new', 'new', 'triaged', 'waiting'])[1 + g % 4], 1 + g % 4, {RECORDS_EACH},
  t.at, t.at + interval '1 hour', t.at, t.at + interval '1 hour',
  CASE WHEN (hashint4(g) & 65535) % 10 > 0 THEN 100 + hashint4(g) % 90000 + 90000 END, CASE WHEN (hashint4(g) & 65535) % 10 > 0 THEN c.currency END,
  CASE WHEN (hashint4(g) & 65535) % 10 > 0 THEN 'exact' ELSE 'unknown' END
FROM generate_series(1, {EXCEPTIONS}) g
JOIN (SELECT c.customer_id, c.currency, row_number() OVER (ORDER BY c.customer_id) - 1 AS nth FROM ops.customer c WHERE c.key LIKE 'desk-%') c
  ON c.nth = g % {CUSTOMERS}
JOIN ops.flow f ON f.customer_id = c.customer_id AND f.key = 'flow-' || (1 + g % 6)
CROSS JOIN LATERAL (SELECT CAST(:now AS timestamptz) - (g % 90) * interval '1 day' - interval '2 hours' AS at) t
"""
_CLOSED = """
UPDATE ops.exception SET state = 'verified_closed', closed_at = first_seen_at + interval '20 hours'
WHERE fingerprint LIKE 'desk-%' AND (hashint8(exception_id) & 65535) % 5 = 3 AND first_seen_at < CAST(:now AS timestamptz) - interval '1 day'
"""
_BLOCKED = f"""
UPDATE ops.exception e SET blocked_by_exception_id = b.exception_id
FROM (SELECT x.customer_id, x.exception_id, CAST(substr(x.fingerprint, 6) AS int) AS g FROM ops.exception x WHERE x.fingerprint LIKE 'desk-%') n
JOIN ops.exception b ON b.customer_id = n.customer_id AND b.fingerprint = 'desk-' || (n.g / 1000 * 1000 + n.g % {CUSTOMERS})
WHERE e.customer_id = n.customer_id AND e.exception_id = n.exception_id AND n.g % 50 = 7 AND n.g % 1000 >= {CUSTOMERS}
  AND e.closed_at IS NULL AND b.closed_at IS NULL
"""
_EVENTS = """
INSERT INTO ops.exception_event (customer_id, exception_id, kind, to_state, at, actor)
SELECT e.customer_id, e.exception_id, 'opened', 'new', e.first_seen_at, 'system' FROM ops.exception e WHERE e.fingerprint LIKE 'desk-%'
UNION ALL
SELECT e.customer_id, e.exception_id, 'moved', e.state, e.first_seen_at + interval '1 hour', 'desk1@desk.example' FROM ops.exception e
WHERE e.fingerprint LIKE 'desk-%' AND e.state <> 'new'
"""
_RECORDS = f"""
INSERT INTO ops.exception_occurrence (customer_id, exception_id, subject_type, system_id, subject_id, flow_id, occurred_at, amount, currency)
SELECT e.customer_id, e.exception_id, 'time_entry', e.system_id, 'T-' || n, e.flow_id, e.first_seen_at + n * interval '1 minute',
  e.value_at_risk / {RECORDS_EACH}, e.currency
FROM ops.exception e CROSS JOIN generate_series(1, {RECORDS_EACH}) n
WHERE e.customer_id = :customer AND e.fingerprint LIKE 'desk-%'
"""


def run(db: Database, say: Callable[[str], None] = lambda _: None) -> Iterator[Result]:
    """What opening the queue costs the server against the bare query, and how soon an act is acknowledged."""
    customers, people = build(db, say)
    yield opening(db, customers, people[0], say)
    yield acting(db, customers, people, say)


def build(db: Database, say: Callable[[str], None] = lambda _: None) -> tuple[list[int], list[Actor]]:
    """The estate with its exceptions; the customers, and the people who see all of them."""
    with db.engine("owner").begin() as conn:
        there = conn.execute(text("SELECT FROM ops.partner WHERE key = 'desk'")).all()
    if not there:
        with db.engine("owner").begin() as conn:
            for statement in _ESTATE:
                _run(conn, statement)
            _run(conn, _EXCEPTIONS)
            _run(conn, _CLOSED)
            _run(conn, _BLOCKED)
            _run(conn, _EVENTS)
    customers = _ids(db, "SELECT customer_id FROM ops.customer WHERE key LIKE 'desk-%' ORDER BY 1")
    if not there:
        for customer in customers:
            with db.engine("owner").begin() as conn:
                conn.execute(text(_RECORDS), {"customer": customer})
        with db.engine("owner").connect() as conn:
            conn.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE ops.exception"))
            for table in ("exception_event", "exception_occurrence", "customer", "flow", "system", "fx_rate"):
                conn.execute(text(f"VACUUM ANALYZE ops.{table}"))
            conn.execute(text("ANALYZE kpi.cut_off"))
    counts = [
        _ids(db, f"SELECT count(*) FROM ops.{table}")[0] for table in ("exception", "exception_occurrence")
    ]
    say(f"  {counts[0]:,} exceptions with {counts[1]:,} records")
    with db.engine("owner").connect() as conn:
        rows = conn.execute(
            text("SELECT person_id, email FROM ops.person WHERE email LIKE 'desk%' ORDER BY 1")
        )
        return customers, [Actor(row.person_id, row.email) for row in rows]


def _run(conn: Connection, statement: str) -> None:
    compiled = text(statement)
    asked = {"now": NOW, "nth": 500}
    conn.execute(compiled, {key: asked[key] for key in compiled.compile().params})


def _ids(db: Database, statement: str) -> list[int]:
    with db.engine("owner").connect() as conn:
        return list(conn.execute(text(statement)).scalars())


def opened(db: Database, customers: list[int], who: Actor) -> Mapping[str, Callable[[], Any]]:
    """What the page asks when the queue is opened, by what it is for."""

    def ask(name: str, **given: Any) -> list[Any]:
        statement = text(query(name))
        asked = dict.fromkeys(statement.compile().params) | {"customer_ids": customers, "as_of": NOW} | given
        with viewer(db, customers, NOW) as conn:
            conn.execute(text(query("kpi/plan_mode")), {"mode": "force_custom_plan"})
            return list(conn.execute(statement, {key: asked[key] for key in statement.compile().params}))

    def first() -> int:
        return int(ask("screen/exceptions", view="open", row_limit=1)[0].exception_id)

    top = first()
    page = [row.exception_id for row in ask("screen/exceptions", view="open", row_limit=PAGE)]
    dearest = [row.exception_id for row in ask("screen/exception_causes")]
    return {
        "list": lambda: ask("screen/exceptions", view="open", row_limit=PAGE),
        "a saved view": lambda: ask("screen/exception_matching", view="waiting", row_limit=1000),
        "counts": lambda: ask("screen/exception_counts", person_id=who.person_id),
        "causes": lambda: ask("screen/exception_causes"),
        "how they run": lambda: ask("screen/exceptions_lately", exception_ids=page, is_whole=False),
        "how causes run": lambda: ask("screen/exceptions_lately", exception_ids=dearest, is_whole=True),
        "one": lambda: ask("screen/exception", exception_id=top),
        "its records": lambda: ask("screen/exception_occurrences", exception_id=top, row_limit=200),
        "its history": lambda: ask("screen/exception_events", exception_id=top, for_customer=False),
        "will clear": lambda: ask("triage/will_clear", exception_id=top),
        "waits": lambda: ask("triage/waits_for", exception_id=top, row_limit=5),
        "similar": lambda: ask("triage/similar", exception_id=top, row_limit=5),
        "retry": lambda: ask("triage/retry_records", exception_id=top, row_limit=20),
        "its retries": lambda: ask("triage/retries", exception_id=top),
        "advice": lambda: ask("triage/advice", exception_ids=[top], row_limit=10_000),
        "both sides": lambda: ask("triage/both_sides", exception_id=top, compared="{}", row_limit=3),
        "what is safe": lambda: ask("triage/advice", exception_ids=dearest, row_limit=100),
    }


def opening(db: Database, customers: list[int], who: Actor, say: Callable[[str], None]) -> Result:
    """Server time of all that the queue asks when it is opened, against 300 ms; said beside the bare query."""

    def bare() -> Any:
        with viewer(db, customers, NOW) as conn:
            return conn.execute(text(_BARE), {"customer_ids": customers}).all()

    parts = {name: timed(name, ask).median for name, ask in opened(db, customers, who).items()}
    base = timed("bare", bare).median
    for name, seconds in parts.items():
        say(f"  {name}: {seconds * 1000:.0f} ms")
    whole = sum(parts.values())
    said = (
        f"{whole * 1000:.0f} ms, the list {parts['list'] * 1000:.0f} ms of it; the bare query {base * 1000:.0f} ms:"
        f" list {parts['list'] / base:.1f} times that, all {whole / base:.1f} times"
    )
    return Result("queue of 100,000 opens, of 300 ms", whole / OPENS_IN, None, 1, said)


def acting(db: Database, customers: list[int], people: list[Actor], say: Callable[[str], None]) -> Result:
    """How soon an act is acknowledged while twenty people act, look and think, against 150 ms at the 95th percentile.

    Each does what the page does: it finds out who acts, acts on the row that is looked at as the list showed it, and is
    drawn again; in between somebody opens another row. What is remembered meanwhile is what the page remembers.
    """
    house.open_house(house.build(db, Settings()))
    st.cache_data.clear()
    partner = _ids(db, "SELECT partner_id FROM ops.partner WHERE key = 'desk'")[0]
    took: list[float] = []
    refused: list[str] = []
    began_all = time.monotonic()

    def now() -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - began_all)

    def work(who: Actor, number: int) -> None:
        dice = random.Random(number)
        assert who.person_id is not None
        token = house.current().sessions.begin(
            who.person_id, partner, "desk.localhost", "password", datetime.now(UTC)
        )
        scope = Scope(partner, tuple(customers), "partner_support", who.person_id)
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
    queue_reads.exception_counts(scope, as_of)
    rows = queue_reads.exceptions(scope, as_of, "open", None, "", limit=PAGE)
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
