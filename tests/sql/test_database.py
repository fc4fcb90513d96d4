"""The database: engines by role, and the scope that decides what a reader sees."""

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

import sql.database
from sql import query, query_names
from sql.database import ROLES, Database, DatabaseError, open_database, scope, viewer
from sql.migrate import migrate

SEEN = text("SELECT id FROM ops.thing ORDER BY id")
POLICY = (
    "CREATE POLICY readable ON ops.thing FOR SELECT TO throughline_viewer USING"
    " (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]))"
)
SCOPE = text("SELECT current_setting('app.customers', true)")


@pytest.fixture
def things(blank_database: Database) -> Database:
    """Three customers with a thing each, under the policy that the product's tables have."""
    with blank_database.engine("owner").begin() as conn:
        for statement in (
            "CREATE SCHEMA ops",
            "CREATE TABLE ops.thing (customer_id int, id int)",
            "INSERT INTO ops.thing VALUES (3, 30), (5, 50), (17, 170)",
            "ALTER TABLE ops.thing ENABLE ROW LEVEL SECURITY",
            POLICY,
            "GRANT USAGE ON SCHEMA ops TO throughline_viewer, throughline_collector",
            "GRANT SELECT ON ops.thing TO throughline_viewer, throughline_collector",
        ):
            conn.exec_driver_sql(statement)
    return blank_database


def seen(conn: Connection) -> list[int]:
    return list(conn.execute(SEEN).scalars())


def test_each_role_is_who_it_says(blank_database: Database) -> None:
    for role in ROLES:
        with blank_database.engine(role).connect() as conn:
            assert conn.execute(text("SELECT current_user")).scalar_one() == f"throughline_{role}"
            assert conn.execute(text("SHOW timezone")).scalar_one() == "UTC"
            assert conn.execute(text("SHOW application_name")).scalar_one() == f"throughline {role}"


def test_no_role_of_ours_is_a_superuser(blank_database: Database) -> None:
    with blank_database.engine("owner").connect() as conn:
        rows = conn.execute(
            text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'throughline%'")
        ).all()
    assert not any(row.rolsuper for row in rows)
    bypassing = {row.rolname for row in rows if row.rolbypassrls}
    assert bypassing == {"throughline_owner", "throughline_collector", "throughline_metrics"}


def test_a_viewer_sees_the_customers_in_scope(things: Database) -> None:
    with viewer(things, [3, 17]) as conn:
        assert seen(conn) == [30, 170]


def test_a_steady_viewer_reads_on_what_was_there_at_first(things: Database) -> None:
    with viewer(things, [3, 5]) as any_time, viewer(things, [3, 5], steady=True) as steady:
        assert seen(any_time) == seen(steady) == [30, 50]
        with things.engine("owner").begin() as owner:
            owner.execute(text("DELETE FROM ops.thing WHERE id = 50"))
        assert (seen(any_time), seen(steady)) == ([30], [30, 50])


def test_a_viewer_of_nobody_sees_nothing(things: Database) -> None:
    with viewer(things, []) as conn:
        assert seen(conn) == []


def test_a_viewer_without_a_scope_sees_nothing(things: Database) -> None:
    with things.engine("viewer").begin() as conn:
        assert seen(conn) == []


def test_a_writer_is_not_bound_by_the_policy(things: Database) -> None:
    with things.engine("collector").begin() as conn:
        assert seen(conn) == [30, 50, 170]


def test_a_scope_ends_with_its_transaction(things: Database) -> None:
    with viewer(things, [3]):
        pass
    with things.engine("viewer").begin() as conn:
        assert conn.execute(SCOPE).scalar_one() == ""
        assert seen(conn) == []


def test_a_scope_ends_with_a_rollback(things: Database) -> None:
    with things.engine("viewer").connect() as conn:
        conn.begin()
        scope(conn, [3])
        conn.rollback()
        conn.begin()
        assert seen(conn) == []


def test_a_role_survives_a_rollback(things: Database) -> None:
    with things.engine("viewer").connect() as conn:
        with pytest.raises(ProgrammingError):
            conn.execute(text("SELECT missing FROM ops.thing"))
        conn.rollback()
        assert conn.execute(text("SELECT current_user")).scalar_one() == "throughline_viewer"
        assert seen(conn) == []


@pytest.mark.parametrize(
    "left_behind", ["RESET ROLE", "SET ROLE NONE", "SET SESSION app.customers = '3,5,17'"]
)
def test_what_one_user_leaves_behind_does_not_reach_the_next(things: Database, left_behind: str) -> None:
    with things.engine("viewer").connect() as conn:
        conn.exec_driver_sql(left_behind)
        conn.commit()
        first = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with things.engine("viewer").connect() as conn:
        assert conn.execute(text("SELECT pg_backend_pid()")).scalar_one() == first, (
            "another connection: proves nothing"
        )
        assert conn.execute(text("SELECT current_user")).scalar_one() == "throughline_viewer"
        assert seen(conn) == []


def test_a_viewer_of_the_embedded_server_cannot_become_the_owner(database: Database) -> None:
    with (
        database.engine("viewer").connect() as conn,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        conn.exec_driver_sql("SET ROLE throughline_owner")


def test_a_second_scope_replaces_the_first(things: Database, now: datetime) -> None:
    with viewer(things, [3], as_of=now) as conn:
        scope(conn, [5])
        assert seen(conn) == [50]
        assert conn.execute(text("SELECT current_setting('app.as_of')")).scalar_one() == ""


def test_the_instant_of_a_scope_is_told_in_utc(blank_database: Database, now: datetime) -> None:
    elsewhere = now.astimezone(timezone(timedelta(hours=-5)))
    with viewer(blank_database, [3], as_of=elsewhere) as conn:
        told = conn.execute(text("SELECT CAST(current_setting('app.as_of') AS timestamptz)")).scalar_one()
        assert told == datetime(2026, 11, 20, 14, 20, tzinfo=UTC)


def test_an_instant_without_a_zone_is_refused(blank_database: Database) -> None:
    naive = datetime(2026, 11, 20)  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"), viewer(blank_database, [3], as_of=naive):
        pass


@pytest.mark.parametrize("wrong", ["3", "3'; RESET ROLE; --", 3.0, None, True, 0, -1, 2**31])
def test_only_customer_ids_enter_a_scope(blank_database: Database, wrong: object) -> None:
    with pytest.raises(ValueError, match="customer id"), viewer(blank_database, [wrong]):  # type: ignore[list-item]
        pass


def test_a_scope_outside_a_transaction_is_refused(blank_database: Database) -> None:
    with blank_database.engine("viewer").connect() as conn, pytest.raises(RuntimeError, match="transaction"):
        scope(conn, [3])


def test_a_scope_in_autocommit_is_refused(blank_database: Database) -> None:
    engine = blank_database.engine("viewer").execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.begin()
        with pytest.raises(RuntimeError, match="transaction"):
            scope(conn, [3])


def test_an_engine_is_made_once(blank_database: Database) -> None:
    assert blank_database.engine("viewer") is blank_database.engine("viewer")


def test_a_role_that_nobody_has_is_refused(blank_database: Database) -> None:
    with pytest.raises(ValueError, match="no role 'admin'"):
        blank_database.engine("admin")  # type: ignore[arg-type]


def test_a_connection_that_the_server_closed_is_replaced(blank_database: Database) -> None:
    with blank_database.engine("viewer").connect() as conn:
        backend = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with blank_database.connect_as_administrator() as administrator:
        administrator.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))
    with blank_database.engine("viewer").connect() as conn:
        assert conn.execute(text("SELECT pg_backend_pid()")).scalar_one() != backend


def test_a_forked_process_has_connections_of_its_own(blank_database: Database) -> None:
    before = blank_database.engine("viewer")
    child = os.fork()
    if child == 0:
        os._exit(0 if blank_database.engine("viewer") is not before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_database_url_is_used_when_nothing_else_is_said(
    external_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", external_url)
    database = open_database()
    assert database.server is None
    assert database.name == "postgres"


def test_a_driver_in_the_url_is_understood(external_url: str) -> None:
    assert open_database(external_url.replace("postgresql://", "postgresql+psycopg://")).name == "postgres"


def test_the_roles_are_missing_before_the_first_migration_and_the_error_says_so(external_url: str) -> None:
    database = open_database(external_url)
    with database.connect_as_administrator() as administrator:
        administrator.execute("CREATE ROLE somebody LOGIN")
    stranger = Database(address=external_url.replace("operator@", "somebody@"))
    with pytest.raises(DatabaseError, match=r"somebody cannot act as throughline_owner.*migrations"):
        stranger.connect("owner")


def test_an_old_server_is_refused(external_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql.database, "OLDEST_VERSION", 99)
    with pytest.raises(
        DatabaseError, match=r"^PostgreSQL 99 or newer is needed; the server at .* is 15\.\d+"
    ):
        open_database(external_url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root:geheim@db/x", "must begin with postgresql://"),
        ("geheim", "must begin with postgresql://"),
        ("postgresql://me:geheim@127.0.0.1:1", "names no database"),
        ("postgresql://me:geheim@127.0.0.1:1/x", "cannot be reached"),
        ("postgresql://me:geheim@127.0.0.1/x?nonsense=1", "cannot be read"),
    ],
)
def test_a_url_that_cannot_work_gives_one_clear_line_without_the_password(url: str, said: str) -> None:
    with pytest.raises(DatabaseError, match=said) as caught:
        open_database(url)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_database_shows_no_password(external_url: str, things: Database) -> None:
    assert "geheim" not in repr(Database(address="postgresql://me:geheim@db.example/x"))
    assert things.name in repr(things)


def test_a_role_in_an_external_database_may_sign_in_itself(external_url: str, tmp_path: Path) -> None:
    migrate(open_database(external_url), tmp_path, tmp_path)
    own = Database(address=external_url.replace("operator@", "throughline_owner@"))
    with own.engine("viewer").connect() as conn:
        assert conn.execute(text("SELECT current_user")).scalar_one() == "throughline_viewer"
    own.close()


def test_a_query_is_found_by_its_name() -> None:
    for name in query_names():
        assert query(name).startswith("--")


@pytest.mark.parametrize(
    "name", ["viewer/no_such", "../migrations/0001_create_roles", "runs", "viewer/runs.sql", ""]
)
def test_an_unknown_query_is_an_error_that_names_it(name: str) -> None:
    with pytest.raises(LookupError, match="no query is called"):
        query(name)
