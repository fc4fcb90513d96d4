"""Backup and restore: what comes back is what was there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier

from sql.backup import BackupError, backup, restore
from sql.database import Database, viewer
from sql.migrate import migrate

pytestmark = pytest.mark.slow

MAKE = """
    CREATE SCHEMA ops;
    CREATE TABLE ops.thing (customer_id int, id int, note text, PRIMARY KEY (customer_id, id));
    CREATE TABLE ops.month (customer_id int, day date) PARTITION BY RANGE (day);
    CREATE TABLE ops.month_1 PARTITION OF ops.month FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
    INSERT INTO ops.thing SELECT i % 7 + 1, i, 'a;\\''é' || i FROM generate_series(1, 5000) i;
    INSERT INTO ops.month SELECT i, '2026-11-20' FROM generate_series(1, 40) i;
    ALTER TABLE ops.thing ENABLE ROW LEVEL SECURITY;
    CREATE POLICY readable ON ops.thing FOR SELECT TO throughline_viewer
      USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
    GRANT USAGE ON SCHEMA ops TO throughline_viewer;
    GRANT SELECT ON ops.thing TO throughline_viewer;
""".replace("\\''", "''")


@pytest.fixture
def filled(blank_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A few thousand rows, a policy and a partition; for an external server, the programs of its own version."""
    if blank_database.server is None:
        monkeypatch.setenv("THROUGHLINE_PG_BIN", "/usr/lib/postgresql/15/bin")
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_make.sql").write_text(MAKE)
    migrate(blank_database, tmp_path / "migrations", tmp_path)
    yield blank_database
    blank_database.dispose()


def counts(database: Database) -> dict[str, int]:
    """Rows of every table of ours, by name."""
    with database.connect("owner") as connection:
        names = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE tableowner = 'throughline_owner' ORDER BY 1, 2"
        ).fetchall()
        found = {}
        for name in names:
            row = connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(*name))).fetchone()
            assert row is not None
            found[".".join(name)] = int(row[0])
        return found


def test_a_restore_brings_back_every_row(filled: Database, tmp_path: Path) -> None:
    before = counts(filled)
    assert before["ops.thing"] == 5000
    backup(filled, tmp_path / "all.dump")
    with filled.connect("owner") as connection:
        connection.execute("DELETE FROM ops.thing WHERE customer_id = 3")
        connection.execute("CREATE TABLE ops.later (n int)")
    assert counts(filled) != before
    restore(filled, tmp_path / "all.dump")
    assert counts(filled) == before
    with viewer(filled, [3]) as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM ops.thing").scalar_one() == 715


def test_the_product_s_own_schema_survives_the_way_there_and_back(
    any_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if any_database.server is None:
        monkeypatch.setenv("THROUGHLINE_PG_BIN", "/usr/lib/postgresql/15/bin")
    before = counts(any_database)
    backup(any_database, tmp_path / "all.dump")
    restore(any_database, tmp_path / "all.dump")
    assert counts(any_database) == before
    assert migrate(any_database) == []


def test_a_restored_database_needs_no_migration(filled: Database, tmp_path: Path) -> None:
    backup(filled, tmp_path / "all.dump")
    restore(filled, tmp_path / "all.dump")
    assert migrate(filled, tmp_path / "migrations", tmp_path) == []


def test_a_backup_is_readable_by_its_owner_only(filled: Database, tmp_path: Path) -> None:
    backup(filled, tmp_path / "all.dump")
    assert (tmp_path / "all.dump").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("*.part"))


def test_a_cut_backup_changes_nothing(filled: Database, tmp_path: Path) -> None:
    backup(filled, tmp_path / "all.dump")
    whole = (tmp_path / "all.dump").read_bytes()
    (tmp_path / "cut.dump").write_bytes(whole[: int(len(whole) * 0.7)])
    before = counts(filled)
    with pytest.raises(BackupError, match=r"cut\.dump"):
        restore(filled, tmp_path / "cut.dump")
    assert counts(filled) == before


def test_a_file_that_is_no_backup_changes_nothing(filled: Database, tmp_path: Path) -> None:
    before = counts(filled)
    (tmp_path / "letter.txt").write_text("Dear customer")
    with pytest.raises(BackupError, match=r"letter\.txt is no backup"):
        restore(filled, tmp_path / "letter.txt")
    with pytest.raises(BackupError, match=r"missing\.dump is no backup"):
        restore(filled, tmp_path / "missing.dump")
    assert counts(filled) == before


def test_a_folder_that_is_not_there_is_one_clear_line(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"cannot be written: No such file or directory$"):
        backup(filled, tmp_path / "nowhere" / "all.dump")


def test_missing_programs_are_named(
    external_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THROUGHLINE_PG_BIN", os.fspath(tmp_path))
    with pytest.raises(BackupError, match=r"pg_dump is not in .*THROUGHLINE_PG_BIN"):
        backup(Database(address=external_url), tmp_path / "all.dump")
