"""The private PostgreSQL, seen by those who use it: attach, connect, let go."""

import contextlib
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.conninfo import make_conninfo

from sql.home import DATABASE, NO_ENVIRONMENT, Home, Role, ServerError, login, take_lock

LINGER = 3.0


class Server:
    """A place at the shared server of one home. It runs at least as long as this object is open.

    The place is a lock of the kernel: it ends with `close`, or with the process, however that ends.
    """

    def __init__(self, home: Home, place: int, wait: float, linger: float) -> None:
        self.home = home
        self._place: int | None = place
        self._wait = wait
        self._linger = linger

    @property
    def bin(self) -> Path:
        """The folder of the server's own programs: pg_dump and pg_restore of the right version."""
        return Path(self.home.read_state()["bin"])

    def dsn(self, role: Role | Literal["superuser"], database: str = DATABASE) -> str:
        """The connection string of a role. It holds the password: it is for connecting, never for showing."""
        return _dsn(self.home, role, database)

    def connect(
        self, role: Role | Literal["superuser"], database: str = DATABASE, *, autocommit: bool = False
    ) -> psycopg.Connection:
        """A new connection; a server whose supervisor was killed meanwhile is started again first."""
        try:
            return psycopg.connect(self.dsn(role, database), autocommit=autocommit)
        except (psycopg.OperationalError, KeyError):
            if self._place is None:
                raise ServerError(f"the server of {self.home.path} was closed by this process") from None
            _bring_up(self.home, self._wait, self._linger)
            return psycopg.connect(self.dsn(role, database), autocommit=autocommit)

    def close(self) -> None:
        """Give the place up. The server stops about three seconds after the last one."""
        if self._place is not None:
            # Only closed, not unlocked: a process forked from this one may still use the same place.
            os.close(self._place)
            self._place = None


def attach(home: Path | None = None, *, wait: float = 120.0, linger: float = LINGER) -> Server:
    """Use the server of this home, and start it if nobody has.

    Any number of processes may do so at once; they share one server. Raises ServerError, in one line, when it cannot
    start within `wait` seconds (the first start makes the data directory, a start after a crash replays the log).
    """
    place_of = Home.at(home)
    place_of.create()
    place = take_lock(place_of.lock_file("clients"), shared=True, wait=wait)
    if place is None:
        raise ServerError(f"the server of {place_of.path} has been stopping for {wait:.0f} s")
    try:
        _bring_up(place_of, wait, linger)
    except BaseException:
        os.close(place)
        raise
    return Server(place_of, place, wait, linger)


def wait_until_stopped(home: Path, wait: float = 30.0) -> bool:
    """Wait until neither supervisor nor postgres of this home lives; False when one still does."""
    deadline = time.monotonic() + wait
    place_of = Home.at(home)
    for file in (place_of.lock_file("supervisor"), place_of.lock_file("postgres")):
        lock = take_lock(file, wait=max(0.0, deadline - time.monotonic()))
        if lock is None:
            return False
        os.close(lock)
    return True


def _dsn(home: Home, role: Role | Literal["superuser"], database: str) -> str:
    state = home.read_state()
    user = login(role)
    return make_conninfo(
        host=state["socket"],
        port=state["port"],
        user=user,
        password=home.read_secrets()[user],
        dbname=database,
        connect_timeout=10,
        **NO_ENVIRONMENT,
    )


def _answers(home: Home) -> bool:
    """Whether the server is up and in somebody's care: one without a supervisor would never be stopped."""
    unattended = take_lock(home.lock_file("supervisor"), shared=True)
    if unattended is not None:
        os.close(unattended)
        return False
    try:
        psycopg.connect(_dsn(home, "viewer", DATABASE)).close()
    except KeyError:
        return False
    except psycopg.OperationalError as error:
        return "too many clients" in str(error) or "connection slots" in str(error)
    return True


def _bring_up(home: Home, wait: float, linger: float) -> None:
    """Return when the server answers; one client at a time starts a supervisor, the others wait for its work."""
    deadline = time.monotonic() + wait
    while not _answers(home):
        if time.monotonic() > deadline:
            tail = home.log_tail()
            raise ServerError(
                f"the server of {home.path} did not answer within {wait:.0f} s; {home.log}: {tail}"
            )
        starting = take_lock(home.lock_file("starting"))
        if starting is not None:
            try:
                if not _answers(home):
                    _start_supervisor(home, deadline, linger)
            finally:
                os.close(starting)
        time.sleep(0.05)


def _start_supervisor(home: Home, deadline: float, linger: float) -> None:
    """Start the supervisor and hear what it says: ready, busy (another one lives), or why not."""
    room = str(Path(__file__).parents[1])
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (room, os.environ.get("PYTHONPATH"))))
    with (
        home.open_log() as log,
        subprocess.Popen(
            [sys.executable, "-P", "-m", "sql.supervisor", str(home.path), str(linger)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd="/",
            env=environment,
        ) as starter,
    ):
        assert starter.stdout is not None
        said = b""
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([starter.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return
            more = os.read(starter.stdout.fileno(), 4096)
            if not more:
                break
            said += more
    answer = said.decode(errors="replace").strip()
    if answer in ("ready", "busy"):
        return
    with contextlib.suppress(OSError):
        answer = f"{answer or 'the supervisor ended without a word'}; {home.log}: {home.log_tail()}"
    raise ServerError(f"the private PostgreSQL in {home.path} did not start: {answer}")
