"""What a viewer of one customer can learn of another by any way that the database offers: nothing."""

from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal

from sql.ask import plain
from sql.database import viewer
from tests.app.conftest import Placed

READABLE = """
SELECT n.nspname, c.relname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('ops', 'raw', 'biz', 'kpi') AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
  AND has_any_column_privilege('throughline_viewer', c.oid, 'SELECT')
  AND {}EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'customer_id')
ORDER BY 1, 2
"""
PARTITIONS = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('raw', 'biz') AND c.relispartition AND c.relkind = 'r' ORDER BY 1, 2
"""
OF_NOBODY = {"fx_rate", "calendar", "calendar_holiday", "calendar_window", "partner", "person", "hourly_cost"}
"""Readable tables that belong to no customer; the last three have policies of their own."""


@pytest.fixture
def owner(seeded: Placed) -> Iterator[psycopg.Connection]:
    """Who sees everything; what it does is taken back."""
    with seeded.db.connect("owner") as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def reader(seeded: Placed) -> Iterator[psycopg.Connection]:
    """A viewer of acme, in its transaction."""
    with viewer(seeded.db, [seeded.world.customers["acme"]]) as conn:
        yield plain(conn)


def tables(owner: psycopg.Connection, of_customers: bool = True) -> list[tuple[str, str]]:
    return owner.execute(SQL(READABLE).format(SQL("" if of_customers else "NOT "))).fetchall()


def held(conn: psycopg.Connection, schema: str, table: str) -> set[int]:
    found = conn.execute(SQL("SELECT DISTINCT customer_id FROM {}").format(Identifier(schema, table)))
    return {customer for (customer,) in found}


def test_no_table_and_no_view_shows_a_row_of_another_customer(
    owner: psycopg.Connection, reader: psycopg.Connection, seeded: Placed
) -> None:
    acme, seen = seeded.world.customers["acme"], 0
    for schema, table in tables(owner):
        others = held(owner, schema, table) - {acme, None}
        seen += bool(others)
        assert held(reader, schema, table) - {acme, None} == set(), table
    assert seen >= 40, "where nobody else has a row, nothing is proven"
    assert {table for _, table in tables(owner, of_customers=False)} <= OF_NOBODY
    assert reader.execute("SELECT key FROM ops.partner").fetchall() == [("northwind",)]
    assert reader.execute("SELECT FROM ops.hourly_cost").fetchall() == []


@pytest.mark.parametrize(
    "source",
    ["(SELECT customer_id FROM raw.run)", "biz.invoice (customer_id)", "ops.exception (customer_id)",
     "(SELECT customer_id FROM kpi.transaction)"],
)  # fmt: skip
def test_a_copy_holds_the_rows_of_the_scope_only(
    reader: psycopg.Connection, seeded: Placed, source: LiteralString
) -> None:
    with reader.cursor().copy(SQL(f"COPY {source} TO STDOUT")) as copy:
        assert {row[0] for row in copy.rows()} == {str(seeded.world.customers["acme"])}


def test_a_month_of_a_table_cannot_be_read_past_its_policy(
    owner: psycopg.Connection, reader: psycopg.Connection
) -> None:
    months = owner.execute(PARTITIONS).fetchall()
    assert len(months) >= 8
    for schema, table in months:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
            reader.execute(SQL("SELECT FROM {}").format(Identifier(schema, table)))


def test_a_plan_that_was_made_in_one_scope_answers_in_the_next_for_that_one(seeded: Placed) -> None:
    acme, borealis = (seeded.world.customers[key] for key in ("acme", "borealis"))
    found = []
    with seeded.db.connect("viewer") as conn:
        conn.execute("SET plan_cache_mode = force_generic_plan")
        conn.execute("PREPARE mine AS SELECT array_agg(DISTINCT customer_id) FROM raw.run")
        for scope in (str(acme), str(borealis), ""):
            conn.execute(SQL("SET LOCAL app.customers = {}").format(Literal(scope)))
            found += conn.execute("EXECUTE mine").fetchone() or ()
            conn.commit()
    assert found == [[acme], [borealis], None]


def test_a_condition_that_tells_what_it_sees_sees_no_other_customer(
    reader: psycopg.Connection, seeded: Placed
) -> None:
    heard: list[str] = []
    reader.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    reader.execute(
        "CREATE FUNCTION pg_temp.tells(customer int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS"
        " $$ BEGIN RAISE NOTICE '%', customer; RETURN true; END $$"
    )
    reader.execute("SELECT FROM ops.exception WHERE pg_temp.tells(customer_id)")
    assert set(heard) == {str(seeded.world.customers["acme"])}
    reader.execute("SET LOCAL row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        reader.execute("SELECT FROM ops.exception")


def test_what_runs_with_its_owner_s_rights_sees_nothing_of_its_caller(owner: psycopg.Connection) -> None:
    definers = owner.execute(
        "SELECT p.proname, p.proconfig, has_function_privilege('throughline_viewer', p.oid, 'EXECUTE') FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prosecdef AND n.nspname IN ('ops', 'raw', 'biz', 'kpi')"
    ).fetchall()
    assert definers
    assert {(name, tuple(path), may) for name, path, may in definers} == {
        (name, ("search_path=pg_catalog, pg_temp",), False) for name, _, _ in definers
    }
    for statement in (
        "SET LOCAL ROLE throughline_collector",
        "CREATE TEMP TABLE pg_inherits AS SELECT 'ops.audit'::regclass AS inhrelid, 'raw.run'::regclass AS inhparent",
        "CREATE TEMP TABLE pg_class AS SELECT 'ops.audit'::regclass AS oid, '000000' AS relname",
        "GRANT SELECT ON pg_inherits, pg_class TO PUBLIC",
    ):
        owner.execute(statement)
    assert owner.execute("SELECT ops.drop_months_before('2001-01-01')").fetchone() == (0,)
