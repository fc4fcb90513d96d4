"""Parity: two systems reconciled by checksums, beside one full outer join of the same tables."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from metrics import parity
from metrics.news import News
from sql.database import Database
from tests.bench.timing import Result, Timing, timed

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
MANY = 200_000

MAKE = (
    """
INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)
SELECT min(partner_id), 'parity', 'Parity', 'UTC', 'GBP' FROM ops.partner""",
    """
INSERT INTO ops.system (customer_id, key, role, kind)
SELECT c.customer_id, r.role, r.role, 'sql'
FROM ops.customer c CROSS JOIN (VALUES ('crm'), ('psa')) r (role) WHERE c.key = 'parity'""",
    """
INSERT INTO ops.flow (customer_id, key, name, workflow, from_system_id, to_system_id)
SELECT f.customer_id, 'won', 'Won', 'opportunity_to_project', f.system_id, t.system_id
FROM ops.customer c
JOIN ops.system f ON f.customer_id = c.customer_id AND f.key = 'crm'
JOIN ops.system t ON t.customer_id = c.customer_id AND t.key = 'psa'
WHERE c.key = 'parity'""",
)
# Of a hundred records one has another amount, of a thousand one is missing at either side.
FILL = (
    """
INSERT INTO biz.opportunity (customer_id, system_id, source_id, number, stage, is_won, is_lost, amount, currency, won_at,
                             source_updated_at, first_seen_at, last_seen_at)
SELECT :customer, :crm, 'o' || n, 'OPP-' || n, 'won', true, false, n % 9999, 'GBP', '2026-01-01Z', '2026-01-01Z', '2026-01-01Z', '2026-01-01Z'
FROM generate_series(1, :records) n WHERE n % 1000 <> 1""",
    """
INSERT INTO biz.project (customer_id, system_id, source_id, opportunity_key, number, name, budget_amount, currency, created_at,
                         source_updated_at, first_seen_at, last_seen_at)
SELECT :customer, :psa, 'p' || n, 'OPP-' || n, 'P-' || n, 'Project ' || n, n % 9999 + CAST(n % 100 = 7 AS int), 'GBP', '2026-01-01Z',
       '2026-01-01Z', '2026-01-01Z', '2026-01-01Z'
FROM generate_series(1, :records) n WHERE n % 1000 <> 2""",
    """
INSERT INTO biz.xref (customer_id, relation, left_system_id, left_id, right_system_id, right_id, rule, confidence, valid_from, decided_by)
SELECT :customer, 'project_of_opportunity', :crm, 'o' || n, :psa, 'p' || n, 'number', 1, '2026-01-01Z', 'rule number'
FROM generate_series(1, :records) n WHERE n % 1000 NOT IN (1, 2)""",
)
JOINED = """
WITH linked AS (
  SELECT p.source_id, x.left_id AS opportunity_id, p.budget_amount, p.currency
  FROM biz.project p
  LEFT JOIN biz.xref x ON x.customer_id = p.customer_id AND x.relation = 'project_of_opportunity' AND x.left_system_id = :crm
    AND x.right_system_id = p.system_id AND x.right_id = p.source_id AND x.valid_to = 'infinity'
  WHERE p.customer_id = :customer AND p.system_id = :psa AND p.deleted_at IS NULL
),
known AS (
  SELECT o.source_id, o.amount, o.currency
  FROM biz.opportunity o
  WHERE o.customer_id = :customer AND o.system_id = :crm AND o.is_won AND o.deleted_at IS NULL
)
SELECT CASE WHEN o.source_id IS NULL THEN 'target_only' WHEN p.source_id IS NULL THEN 'source_only'
            WHEN (o.amount, o.currency) IS DISTINCT FROM (p.budget_amount, p.currency) THEN 'different' ELSE 'equal' END AS cell, count(*) AS n
FROM known o
FULL JOIN linked p ON p.opportunity_id = o.source_id
GROUP BY 1
"""
# what a script that knows both systems would do: hash what has to agree on either side, join the hashes, keep nothing
HASHED = """
WITH source AS (
  SELECT r.source_id, hash_record_extended(ROW (r.fields -> 'amount', r.fields -> 'currency'), 0) AS sum
  FROM kpi.record r
  WHERE r.customer_id = :customer AND r.system_id = :crm AND r.object_type = 'opportunity' AND r.gone_at = 'infinity' AND r.is_owed
),
target AS (
  SELECT x.left_id AS source_id, hash_record_extended(ROW (r.fields -> 'amount', r.fields -> 'currency'), 0) AS sum
  FROM kpi.record r
  LEFT JOIN biz.xref x ON x.customer_id = r.customer_id AND x.relation = 'project_of_opportunity' AND x.left_system_id = :crm
    AND x.right_system_id = r.system_id AND x.right_id = r.source_id AND x.valid_to = 'infinity'
  WHERE r.customer_id = :customer AND r.system_id = :psa AND r.object_type = 'project' AND r.gone_at = 'infinity'
)
SELECT CASE WHEN s.source_id IS NULL THEN 'target_only' WHEN t.sum IS NULL THEN 'source_only' WHEN s.sum = t.sum THEN 'equal' ELSE 'different' END AS cell,
  count(*) AS n
FROM source s
FULL JOIN target t ON t.source_id = s.source_id
GROUP BY 1
"""
FOUND = "SELECT cell, count(*) AS n FROM kpi.parity WHERE customer_id = :customer GROUP BY cell"
FORGET = (
    "DELETE FROM kpi.parity WHERE customer_id = :customer",
    "DELETE FROM kpi.parity_range WHERE customer_id = :customer",
)
CHANGE = """
UPDATE biz.opportunity SET name = 'Changed ' || CAST(:now AS text), last_seen_at = :now
WHERE customer_id = :customer AND system_id = :crm AND source_id = 'o5000'
"""


def run(db: Database, records: int) -> Iterator[Result]:
    """The ratios; both sides held by one customer, in one transaction that is taken back."""
    with db.engine("owner").connect() as conn:
        asked = _fill(conn, records)
        customer = asked["customer"]
        moment = NOW

        def forget() -> None:
            for statement in FORGET:
                conn.execute(text(statement), {"customer": customer})

        def change() -> None:
            nonlocal moment
            moment += timedelta(minutes=5)
            conn.execute(text(CHANGE), {"customer": customer, "crm": asked["crm"], "now": moment})

        # of very many records each takes as long as all repeats of fewer
        once = {"warm": 0, "repeats": 1} if records > MANY else {}
        first = timed("first", lambda: _reconcile(conn, customer, None, 256), forget, **once)
        for table in ("parity", "parity_range"):
            conn.execute(text(f"ANALYZE kpi.{table}"))
        joined = timed("outer join", lambda: _cells(conn, JOINED, asked))
        hashed = timed("hashes", lambda: _cells(conn, HASHED, asked), **once)
        assert (
            _cells(conn, FOUND, {"customer": customer})
            == _cells(conn, JOINED, asked)
            == _cells(conn, HASHED, asked)
        )
        quiet = timed("nothing new", lambda: _reconcile(conn, customer, NOW, 0))
        again = timed("nothing changed", lambda: _reconcile(conn, customer, None, 0), **once)
        one = timed("one changed", lambda: _reconcile(conn, customer, moment, 1), change)
        conn.rollback()
    size = f"{records:,} records a side"
    yield _over(f"{size}, the first time ÷ one full outer join of the tables", first, joined, 60)
    yield _over(f"{size}, the first time ÷ one full outer join of their hashes", first, hashed, 12)
    yield _over(
        f"{size}, all read as if rules had changed, and nothing has ÷ the first time", again, first, 1
    )
    yield _over(f"{size}, one record changed and one range of 256 read ÷ the first time", one, first, 0.1)
    yield _over(f"{size}, nothing new was written ÷ the first time", quiet, first, 0.1)


def _reconcile(conn: Connection, customer: int, since: datetime | None, ranges: int) -> None:
    done = parity.reconcile_customer(conn, News(customer, since, 0, ()), since or NOW)
    assert done.ranges == ranges, done


def _cells(conn: Connection, statement: str, asked: dict[str, int]) -> dict[str, int]:
    prepared = text(statement)
    found = conn.execute(prepared, {name: asked[name] for name in prepared.compile().params})
    return {row.cell: row.n for row in found}


def _fill(conn: Connection, records: int) -> dict[str, int]:
    for statement in MAKE:
        conn.execute(text(statement))
    crm, psa = conn.execute(
        text(
            "SELECT s.customer_id, s.system_id FROM ops.system s JOIN ops.customer c USING (customer_id)"
            " WHERE c.key = 'parity' ORDER BY s.key"
        )
    )
    asked = {"customer": crm.customer_id, "crm": crm.system_id, "psa": psa.system_id, "records": records}
    for statement in FILL:
        prepared = text(statement)
        conn.execute(prepared, {name: asked[name] for name in prepared.compile().params})
    for table in ("opportunity", "project", "xref"):
        conn.execute(text(f"ANALYZE biz.{table}"))
    return asked


def _over(title: str, these: Timing, those: Timing, at_most: float) -> Result:
    said = f"{these.median:.2f} s, {those.median:.2f} s"
    return Result(title, these.median / those.median, None, at_most, said)
