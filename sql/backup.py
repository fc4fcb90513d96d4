"""One file that holds everything, and the way back from it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from sql.database import Database
from sql.home import login

SCHEMAS = ("migration", "ops", "raw", "biz", "kpi")


class BackupError(RuntimeError):
    """A backup or a restore did not take place; the database is as it was. The message is one line."""


def backup(database: Database, file: Path) -> None:
    """Write the whole database to a file (pg_dump's custom format), readable by its owner only.

    Consistent as of the start, taken while others read and write. The file appears when it is complete. Roles and
    passwords are not in it: they belong to the server.
    """
    target, environment = _connection(database)
    part = file.with_name(f"{file.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        raise BackupError(f"{part} cannot be written: {error.strerror}") from error
    command = [
        _program(database, "pg_dump"),
        "--format=custom",
        f"--role={login('owner')}",
        f"--file={part}",
        target,
    ]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BackupError(f"no backup of {database.name}: {_one_line(done.stderr)}")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def restore(database: Database, file: Path) -> None:
    """Put back what a backup holds, in place of everything that is there: all of it, or on any error nothing.

    The migrations that were made since the backup are applied by the next `migrate`.
    """
    target, environment = _connection(database)
    unpack = _program(database, "pg_restore")
    listed = subprocess.run([unpack, "--list", file], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise BackupError(f"{file} is no backup: {_one_line(listed.stderr)}")
    psql = [
        _program(database, "psql"),
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        f"--dbname={target}",
    ]
    database.dispose()
    with (
        subprocess.Popen(
            [unpack, "--file=-", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as source,
        subprocess.Popen(
            psql, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
        ) as sink,
    ):
        assert source.stdout is not None
        assert source.stderr is not None
        assert sink.stdin is not None
        assert sink.stderr is not None
        try:
            sink.stdin.write(_BEGIN.encode())
            shutil.copyfileobj(source.stdout, sink.stdin)
            # Only a backup that was read to its end is committed; a cut one ends without this line.
            if source.wait() == 0:
                sink.stdin.write(b"\nCOMMIT;\n")
            sink.stdin.close()
        except BrokenPipeError:
            source.kill()
        refused = sink.stderr.read().decode(errors="replace")
        failed = sink.wait() != 0
        unread = source.stderr.read().decode(errors="replace")
        if failed or source.wait() != 0:
            raise BackupError(f"{file} was not restored: {_one_line(refused if failed else unread)}")


_BEGIN = f"""
SET client_min_messages = warning;
SET role = {login("owner")};
BEGIN;
SET LOCAL lock_timeout = '15s';
DROP SCHEMA IF EXISTS {", ".join(SCHEMAS)} CASCADE;
"""


def _program(database: Database, name: str) -> str:
    """The server's own program; for an external server the one in THROUGHLINE_PG_BIN, else on the PATH."""
    if database.server is not None:
        return str(database.server.bin / name)
    folder = os.environ.get("THROUGHLINE_PG_BIN")
    found = shutil.which(name, path=folder or None)
    if not found:
        where = folder or "the PATH"
        raise BackupError(
            f"{name} is not in {where}; set THROUGHLINE_PG_BIN to the folder of the server's programs"
        )
    return found


def _connection(database: Database) -> tuple[str, Mapping[str, str]]:
    """What to tell a program: the address without its password, and an environment that holds it.

    A command line can be read by every user of the machine, an environment only by its owner.
    """
    source = database.server.dsn("owner", database.name) if database.server else database.address
    parts = conninfo_to_dict(source, dbname=database.name)
    environment = dict(os.environ)
    if password := parts.pop("password", None):
        environment["PGPASSWORD"] = str(password)
    target = " ".join(f"{key}={_quoted(value)}" for key, value in parts.items() if value is not None)
    return target, environment


def _quoted(value: object) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _one_line(text: str) -> str:
    return " | ".join(line.strip() for line in text.splitlines() if line.strip())[:600]
