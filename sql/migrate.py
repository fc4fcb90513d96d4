"""Brings a database up to date: migrations once and in order, then all views, in one transaction."""

import hashlib
import re
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import errors
from psycopg.sql import SQL, Identifier

from sql import with_fragments
from sql.database import Database
from sql.roles import RoleError, ensure_roles, let_owner_create
from sql.statements import split

MIGRATIONS = Path(__file__).parent / "migrations"
VIEWS = Path(__file__).parent / "views"

_LOCK = 7_305_411
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+(\.citus)?\.sql")
_VIEW_NAME = re.compile(r"(\d{2,4})_[a-z0-9_]+\.sql")
_VIEW_SCHEMAS = ["ops", "raw", "biz", "kpi"]
_LOCK_TIMEOUT, _TRIES, _PAUSE = "4s", 5, 1.0


class MigrationError(RuntimeError):
    """A migration cannot be applied; the message names the file, the line and the statement."""


def migrate(database: Database, folder: Path = MIGRATIONS, views: Path = VIEWS) -> list[str]:
    """Apply what is missing and return the names of the files that were applied, "views" last when they were rebuilt.

    Safe to run from many processes at once (one works, the others wait) and to run again (then it returns nothing).
    Each file is one transaction with its bookkeeping, unless its first line is `-- no-transaction`.
    """
    files = _files(folder)
    if database.server is None:
        with database.connect_as_administrator() as administrator, _alone(administrator):
            try:
                ensure_roles(administrator)
                let_owner_create(administrator)
            except RoleError as error:
                raise MigrationError(str(error)) from error
    with database.connect("owner", autocommit=True) as connection, _alone(connection):
        _prepare(connection)
        applied = _apply(connection, files)
        if _rebuild_views(connection, sorted(views.glob("*.sql")), force=bool(applied)):
            applied.append("views")
    return applied


class _alone:
    """An advisory lock around the work; the server drops it with the connection."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def __enter__(self) -> None:
        self.connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))

    def __exit__(self, *error: object) -> None:
        if not self.connection.broken:
            self.connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.sql"))
    numbers: dict[str, str] = {}
    for file in files:
        found = _NAME.fullmatch(file.name)
        if not found:
            raise MigrationError(f"{file.name}: a migration is called 0007_add_something.sql")
        if found[1] in numbers:
            raise MigrationError(f"{file.name}: the number is taken by {numbers[found[1]]}")
        numbers[found[1]] = file.name
    return files


def _prepare(connection: psycopg.Connection) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS migration")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migration.applied (name text PRIMARY KEY, sha256 text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )


def _apply(connection: psycopg.Connection, files: Sequence[Path]) -> list[str]:
    done: dict[str, str] = dict(connection.execute("SELECT name, sha256 FROM migration.applied").fetchall())
    done.pop("views", None)
    citus = bool(connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'citus'").fetchone())
    wanted = [file for file in files if citus or not file.name.endswith(".citus.sql")]
    if unknown := sorted(set(done) - {file.name for file in files}):
        raise MigrationError(f"{unknown[-1]}: applied to this database, and unknown to this version")
    applied: list[str] = []
    for file in wanted:
        text = file.read_text(encoding="utf-8")
        checksum = hashlib.sha256(text.encode()).hexdigest()
        if file.name in done:
            if done[file.name] != checksum:
                raise MigrationError(f"{file.name}: was changed after it was applied; write a new migration")
            continue
        if done and file.name < max(done):
            raise MigrationError(
                f"{file.name}: {max(done)} has been applied already; give it a higher number"
            )
        if text.startswith("-- no-transaction"):
            _run(connection, file.name, text)
            _record(connection, file.name, checksum)
        else:
            with connection.transaction():
                _run(connection, file.name, text)
                _record(connection, file.name, checksum)
        applied.append(file.name)
    return applied


def _run(connection: psycopg.Connection, name: str, text: str) -> None:
    try:
        statements = list(split(text))
    except ValueError as error:
        raise MigrationError(f"{name}: {error}") from None
    for statement in statements:
        try:
            connection.execute(statement.text.encode())
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise MigrationError(
                f"{name}, line {statement.line}: {statement.first_line} … {reason}"
            ) from error


def _record(connection: psycopg.Connection, name: str, checksum: str) -> None:
    connection.execute(
        "INSERT INTO migration.applied (name, sha256, applied_at) VALUES (%s, %s, clock_timestamp())"
        " ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, applied_at = excluded.applied_at",
        (name, checksum),
    )


def _rebuild_views(connection: psycopg.Connection, files: Sequence[Path], *, force: bool) -> bool:
    """Drop our plain views and make them anew, all or none; False when they are as the files say already.

    Dropping and making is the one way that allows any change (CREATE OR REPLACE cannot rename, retype or drop a column)
    and removes a view whose file is gone. Dropped in one statement and never with CASCADE: a view that somebody else
    built on ours stops the rebuild by name instead of vanishing.
    """
    for file in files:
        if not _VIEW_NAME.fullmatch(file.name):
            raise MigrationError(f"{file.name}: a view file is called 20_sla_daily.sql")
    texts = [(file.name, with_fragments(file.read_text(encoding="utf-8"))) for file in files]
    checksum = hashlib.sha256(repr(texts).encode()).hexdigest()
    before = connection.execute("SELECT sha256 FROM migration.applied WHERE name = 'views'").fetchone()
    if before == (checksum,) and not force:
        return False
    if before is None and not texts:
        return False
    for again in range(_TRIES):
        try:
            with connection.transaction():
                _run(connection, "views", f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
                _drop_views(connection)
                for name, text in texts:
                    _run(connection, name, text)
                _record(connection, "views", checksum)
            return True
        except (errors.LockNotAvailable, MigrationError) as error:
            if not isinstance(error.__cause__ or error, errors.LockNotAvailable):
                raise
            if again == _TRIES - 1:
                raise MigrationError(
                    f"views: others held them for {_TRIES} times {_LOCK_TIMEOUT}; nothing was changed, try again"
                ) from error
            time.sleep(_PAUSE)
    return True


def _drop_views(connection: psycopg.Connection) -> None:
    ours = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'v' AND n.nspname = ANY (%s) AND c.relowner = CAST(current_user AS regrole)"
        " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = CAST('pg_class' AS regclass)"
        " AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1, 2",
        (_VIEW_SCHEMAS,),
    ).fetchall()
    if ours:
        try:
            connection.execute(SQL("DROP VIEW {}").format(SQL(", ").join(Identifier(*name) for name in ours)))
        except errors.DependentObjectsStillExist as error:
            detail = " ".join((error.diag.message_detail or str(error)).split())
            raise MigrationError(f"views: something that is not ours is built on them: {detail}") from error
