"""Fixtures of the whole suite: one migrated database, and connections whose work is rolled back after each test."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, make_url

from sql.database import Database, open_database, scope
from sql.embedded import Server, attach, wait_until_stopped
from sql.home import login
from sql.migrate import migrate

DEBIAN = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def now() -> datetime:
    """The instant at which the tests take place: Friday 20 November 2026, 14:20 UTC."""
    return datetime(2026, 11, 20, 14, 20, tzinfo=UTC)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A private server in a temporary home; the workers of pytest-xdist share one."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    home = Path(tempfile.gettempdir()) / f"throughline-tests-{run[:12]}"
    server = attach(home, wait=240, linger=0.5)
    yield server
    server.close()
    if wait_until_stopped(home, wait=8):  # otherwise another worker is still at it, and tidies up
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: Server) -> Database:
    """The embedded database with all migrations, made once. Nobody connects to it: it is there to be copied."""
    name = f"template_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with server.connect("owner", "postgres", autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    made = Database(server=server, name=name)
    migrate(made)
    return made


@pytest.fixture(scope="session")
def database(template: Database) -> Iterator[Database]:
    """The migrated database that tests share; they leave it as they found it."""
    made = copy_of(template)
    yield made
    made.dispose()


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    """A connection as the owner; all it does is rolled back after the test."""
    with database.engine("owner").connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def viewer_conn(database: Database) -> Iterator[Connection]:
    """A connection as a viewer who may see nothing until `scope()` names customers; rolled back after the test.

    It is a sign-in of its own and sees committed rows only; `as_viewer` sees what the test has just written.
    """
    with database.engine("viewer").connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def as_viewer(conn: Connection) -> Callable[..., AbstractContextManager[Connection]]:
    """`with as_viewer([3, 17]) as reader:` reads, as a viewer of these customers, what `conn` has not committed."""

    @contextmanager
    def step_down(
        customer_ids: Sequence[int], as_of: datetime | None = None, role: str = "viewer"
    ) -> Iterator[Connection]:
        scope(conn, customer_ids, as_of)
        conn.exec_driver_sql(f"SET LOCAL ROLE throughline_{role}")
        try:
            yield conn
        finally:
            if conn.connection.dbapi_connection.info.transaction_status != TransactionStatus.INERROR:
                conn.exec_driver_sql("SET LOCAL ROLE throughline_owner")

    return step_down


@pytest.fixture
def fresh_database(template: Database) -> Iterator[Callable[[], Database]]:
    """Makes empty migrated databases, for tests that commit; dropped after the test."""
    made: list[Database] = []

    def make() -> Database:
        made.append(copy_of(template))
        return made[-1]

    yield make
    for each in made:
        _drop(each)


@pytest.fixture(scope="session")
def external_url() -> Iterator[str]:
    """The address of another PostgreSQL, started here from Debian's programs, as an operator would own it."""
    if not (DEBIAN / "initdb").exists():
        reason = f"NOT TESTED on an existing PostgreSQL: {DEBIAN} is missing (apt-get install postgresql-15)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    home = Path(tempfile.mkdtemp(prefix="tl-external-"))
    account: dict[str, object] = {"cwd": "/"}
    if os.geteuid() == 0:
        entry = next(pwd.getpwnam(name) for name in ("postgres", "nobody"))
        account |= {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        os.chown(home, entry.pw_uid, entry.pw_gid)
    options = ["-U", "operator", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    subprocess.run(
        [DEBIAN / "initdb", "-D", home / "data", *options], check=True, stdout=subprocess.DEVNULL, **account
    )
    settings = ["-c", "fsync=off", "-c", "listen_addresses=", "-c", f"unix_socket_directories={home}"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [DEBIAN / "postgres", "-D", home / "data", *settings], stdout=log, stderr=log, **account
        )
    url = f"postgresql://operator@/postgres?host={home}"
    for _ in range(300):
        try:
            psycopg.connect(url).close()
            break
        except psycopg.OperationalError:
            time.sleep(0.1)
    yield url
    process.terminate()
    process.wait(60)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def external_template(external_url: str) -> Database:
    """A migrated database on that PostgreSQL, there to be copied."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(external_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    address = make_url(external_url).set(database=name).render_as_string(hide_password=False)
    made = open_database(address)
    migrate(made)
    return made


@pytest.fixture(params=["embedded", "external"])
def any_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty migrated database, once on the embedded server and once on an existing PostgreSQL; dropped after."""
    made = copy_of(
        request.getfixturevalue("template" if request.param == "embedded" else "external_template")
    )
    yield made
    _drop(made)


def copy_of(template: Database) -> Database:
    """A new database with the template's content, on the same server."""
    name = f"copy_{uuid.uuid4().hex[:12]}"
    statement = SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
        Identifier(name), Identifier(template.name), Identifier(login("owner"))
    )
    with _beside(template).connect_as_administrator() as connection:
        connection.execute(statement)
    return _named(template, name)


def _named(other: Database, name: str) -> Database:
    return Database(server=other.server, url=other.url and other.url.set(database=name), name=name)


def _beside(other: Database) -> Database:
    """The same server's own database, from which others are made and dropped."""
    return _named(other, "postgres")


def _drop(database: Database) -> None:
    database.dispose()
    with _beside(database).connect_as_administrator() as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(database.name)))
