"""Fixtures of the whole suite: one migrated database, and connections whose work is rolled back after each test."""

import contextlib
import gc
import os
import pickle
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection

from sql.database import Database, open_database, scope
from sql.embedded import Server, attach, wait_until_stopped
from sql.home import ServerError, login, take_lock
from sql.migrate import MigrationError, migrate
from sql.processes import end_with
from sql.roles import ensure_roles, let_owner_create
from tests.dealing import pytest_collection_modifyitems, pytest_xdist_make_scheduler

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]

DEBIAN = Path("/usr/lib/postgresql/15/bin")
T = TypeVar("T")
gc.disable()  # a quarter of what importing and collecting takes went into searching for garbage that is not there


def pytest_collection_finish() -> None:
    """What was collected stays to the end: from here on only what tests make is searched for garbage."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Real systems take their time to start."""
    if item.get_closest_marker("live"):
        item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="session")
def now() -> datetime:
    """The instant at which the tests take place: Friday 20 November 2026, 14:20 UTC."""
    return datetime(2026, 11, 20, 14, 20, tzinfo=UTC)


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder for the servers of this run, in memory where there is enough of it; the workers of xdist share it.

    Whoever uses it holds a lock in it, so that the next run can clear what a killed one left behind.
    """
    base = Path("/dev/shm")
    room = os.statvfs(base) if os.access(base, os.W_OK) else None
    if room is None or room.f_bavail * room.f_frsize < 2 * 2**30:
        base = Path(tempfile.gettempdir())
    for old in base.glob("throughline-tests-*"):
        _remove_if_unused(old)
    folder = (
        base / f"throughline-tests-{(os.environ.get('PYTEST_XDIST_TESTRUNUID') or uuid.uuid4().hex)[:12]}"
    )
    folder.mkdir(mode=0o711, exist_ok=True)
    in_use = take_lock(folder / "in-use", shared=True, wait=10)
    assert in_use is not None
    yield folder
    os.close(in_use)
    _remove_if_unused(folder)


def _remove_if_unused(folder: Path) -> None:
    with contextlib.suppress(OSError, ServerError):
        alone = take_lock(folder / "in-use")
        if alone is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(alone)


@pytest.fixture(scope="session")
def server(scratch: Path) -> Iterator[Server]:
    """A private server in a temporary home; the workers of pytest-xdist share one."""
    server = attach(scratch / "server", wait=240, linger=0.5)
    with server.connect("superuser", "postgres", autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):  # these data need not survive the machine
            connection.execute(SQL("ALTER SYSTEM SET {} = off").format(Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.close()
    wait_until_stopped(scratch / "server", wait=8)  # in vain where another worker is still at it


def once(scratch: Path, name: str, make: Callable[[], T]) -> T:
    """What `make` gives to the first worker of this run that asks; the others wait for it and get the same."""
    lock = take_lock(scratch / f"{name}.lock", wait=240)
    assert lock is not None
    try:
        kept = scratch / f"{name}.made"
        if not kept.exists():
            made = pickle.dumps(make())
            kept.write_bytes(made)
        found: T = pickle.loads(kept.read_bytes())
        return found
    finally:
        os.close(lock)


@pytest.fixture(scope="session")
def template(server: Server, scratch: Path) -> Database:
    """The embedded database with all migrations, made once. Nobody connects to it: it is there to be copied."""

    def make() -> str:
        name = f"template_{uuid.uuid4().hex[:8]}"
        with server.connect("owner", "postgres", autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return _migrated(Database(server=server, name=name)).name

    return Database(server=server, name=once(scratch, "template", make))


@pytest.fixture(scope="session")
def database(template: Database) -> Iterator[Database]:
    """The migrated database that tests share; they leave it as they found it."""
    with copied(template) as made:
        yield made


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
        customer_ids: Sequence[int], as_of: datetime | None = None, role: str = "viewer", staff: bool = False
    ) -> Iterator[Connection]:
        scope(conn, customer_ids, as_of, staff=staff)
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


@pytest.fixture(scope="module")
def module_database(template: Database) -> Iterator[Database]:
    """An empty migrated database that the tests of one file share."""
    with copied(template) as made:
        yield made


@pytest.fixture(scope="session")
def external_url(scratch: Path) -> Iterator[str]:
    """The address of another PostgreSQL, started here from Debian's programs, as an operator would own it."""
    if not (DEBIAN / "initdb").exists():
        reason = f"NOT TESTED on an existing PostgreSQL: {DEBIAN} is missing (apt-get install postgresql-15)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    home = Path(tempfile.mkdtemp(prefix="tl-external-", dir=scratch))
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
            [DEBIAN / "postgres", "-D", home / "data", *settings],
            stdout=log,
            stderr=log,
            preexec_fn=end_with(os.getpid()),
            **account,
        )
    url = f"postgresql://operator@/postgres?host={home}"
    for _ in range(300):
        try:
            psycopg.connect(url).close()
            break
        except psycopg.OperationalError:
            time.sleep(0.1)
    yield url
    process.send_signal(signal.SIGINT)
    process.wait(60)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def external_template(external_url: str) -> Database:
    """A migrated database on that PostgreSQL, there to be copied."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(external_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return _migrated(open_database(external_url.replace("/postgres?", f"/{name}?")))


@pytest.fixture(params=["embedded", "external"])
def any_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty migrated database, once on the embedded server and once on an existing PostgreSQL; dropped after."""
    with copied(
        request.getfixturevalue("template" if request.param == "embedded" else "external_template")
    ) as made:
        yield made


@pytest.fixture(params=["embedded", "external"])
def blank_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with the roles and nothing else, on either kind of server: for the tests of sql/ itself."""
    name = f"blank_{uuid.uuid4().hex[:12]}"
    if request.param == "embedded":
        made = Database(server=request.getfixturevalue("server"), name=name)
    else:
        made = Database(address=request.getfixturevalue("external_url"), name=name)
    with _beside(made).connect_as_administrator() as connection:
        connection.execute(SQL("CREATE DATABASE {} STRATEGY FILE_COPY").format(Identifier(name)))
    with made.connect_as_administrator() as connection:
        ensure_roles(connection)
        let_owner_create(connection)
    yield made
    _drop(made)


def copy_of(template: Database) -> Database:
    """A new database with the template's content, on the same server."""
    name = f"copy_{uuid.uuid4().hex[:12]}"
    statement = SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
        Identifier(name), Identifier(template.name), Identifier(login("owner"))
    )
    with _beside(template).connect_as_administrator() as connection:
        connection.execute(statement)
    return _named(template, name)


@contextmanager
def copied(template: Database) -> Iterator[Database]:
    """A database with the template's content, dropped in the end."""
    made = copy_of(template)
    try:
        yield made
    finally:
        _drop(made)


def _migrated(database: Database) -> Database:
    try:
        migrate(database)
    except MigrationError as error:
        pytest.fail(str(error), pytrace=False)
    return database


def _named(other: Database, name: str) -> Database:
    return Database(server=other.server, address=other.address, name=name)


def _beside(other: Database) -> Database:
    """The same server's own database, from which others are made and dropped."""
    return _named(other, "postgres")


def _drop(database: Database) -> None:
    database.dispose()
    with _beside(database).connect_as_administrator() as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(database.name)))
