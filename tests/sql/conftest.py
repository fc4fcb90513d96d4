"""Fixtures for the tests of the private server: homes of their own, and clients that know which processes serve them."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from sql.embedded import Server, attach, wait_until_stopped
from sql.sockets import listener


class Client:
    """A place at a server, the processes behind it, and a table whose rows can be counted on."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.home = server.home.path
        self.connect = server.connect
        self.close = server.close

    @property
    def socket(self) -> Path:
        state = self.server.home.read_state()
        return Path(state["socket"]) / f".s.PGSQL.{state['port']}"

    @property
    def supervisor(self) -> int:
        """The supervisor's process."""
        return int(self.server.home.read_state()["supervisor"])

    @property
    def postmaster(self) -> int:
        """The process that listens; the supervisor's while none does."""
        return listener(self.socket) or self.supervisor

    def one(self, question: str) -> object:
        """The single value that answers a question."""
        with self.connect("owner") as connection:
            row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row[0]

    def keep(self, value: int) -> None:
        """Commit a value, again when the server goes away meanwhile."""
        for _ in range(5):
            with contextlib.suppress(psycopg.OperationalError), self.connect("owner") as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS public.kept (value int PRIMARY KEY)")
                connection.execute("INSERT INTO public.kept VALUES (%s) ON CONFLICT DO NOTHING", (value,))
                connection.commit()
                return
        raise AssertionError("the server goes away again and again")

    def kept(self) -> object:
        """The values that were kept, in order."""
        return self.one("SELECT array_agg(value ORDER BY value) FROM public.kept")


@pytest.fixture(scope="session")
def kill() -> Callable[..., None]:
    """`kill(pid, …)`: kill -9, of processes that may be gone."""

    def all_of(*pids: int) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    return all_of


@pytest.fixture(scope="session")
def used_home(scratch: Path) -> Iterator[Path]:
    """A home whose server ran once and was stopped; copied by those who need no first start of their own."""
    base = Path(tempfile.mkdtemp(prefix="tl-", dir=scratch))
    base.chmod(0o711)
    server = attach(base / "home", wait=90, linger=0.0)
    with server.connect("superuser", autocommit=True) as connection:
        # fsync guards against a loss of power. What kill -9 leaves behind is in the kernel's hands either way.
        connection.execute("ALTER SYSTEM SET fsync = off")
    server.close()
    assert wait_until_stopped(base / "home")
    yield base / "home"
    shutil.rmtree(base)


@pytest.fixture
def new_home(scratch: Path) -> Iterator[Path]:
    """A home that does not exist yet, with a short path. Its server is stopped afterwards."""
    base = Path(tempfile.mkdtemp(prefix="tl-", dir=scratch))
    base.chmod(0o711)
    yield base / "home"
    ended = not (base / "home").exists() or wait_until_stopped(base / "home", wait=20)
    shutil.rmtree(base, ignore_errors=True)
    assert ended, "the server outlived its clients"


@pytest.fixture
def copy_home(used_home: Path) -> Callable[[Path], Path]:
    """`copy_home(folder)` makes a home there, with data of its own and nobody in it."""

    def to(folder: Path) -> Path:
        subprocess.run(["cp", "-a", used_home, folder], check=True)
        return folder

    return to


@pytest.fixture
def home(new_home: Path, copy_home: Callable[[Path], Path]) -> Path:
    """A home with data of its own, and nobody in it."""
    return copy_home(new_home)


@pytest.fixture
def join(request: pytest.FixtureRequest, new_home: Path) -> Iterator[Callable[..., Client]]:
    """`join()` attaches to the server of `home`, or of another; all places are given up after the test.

    It depends on `new_home` to be done before that waits for the server's end.
    """
    taken: list[Client] = []

    def attach_once(other: Path | None = None, linger: float = 0.3) -> Client:
        taken.append(Client(attach(other or request.getfixturevalue("home"), wait=90, linger=linger)))
        return taken[-1]

    yield attach_once
    for client in taken:
        client.close()
