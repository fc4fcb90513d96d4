"""kill -9 of anything, at any moment: no acknowledged row is lost and the next start is clean."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sql.embedded import wait_until_stopped
from sql.home import ROLES, take_lock
from sql.processes import holders
from sql.sockets import listener

pytestmark = pytest.mark.slow

Join = Callable[..., Any]
Kill = Callable[..., None]


def test_a_killed_client_keeps_nothing_alive(home: Path, kill: Kill) -> None:
    code = (
        "import sys, pathlib; from sql.embedded import attach\n"
        "server = attach(pathlib.Path(sys.argv[1]), wait=90, linger=0.5); print('up', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "up\n"
        kill(client.pid)
    assert wait_until_stopped(home, wait=10)


def test_a_killed_supervisor_is_replaced(join: Join, kill: Kill) -> None:
    server = join()
    server.keep(1)
    before, postmaster = server.supervisor, server.postmaster
    kill(before)
    until = time.monotonic() + 20  # what the dead one started may answer for a moment longer
    while listener(server.socket) == postmaster and time.monotonic() < until:
        time.sleep(0.02)
    server.keep(2)
    assert server.supervisor != before
    assert server.kept() == [1, 2]


def test_a_killed_postmaster_is_replaced(join: Join, kill: Kill) -> None:
    server = join()
    server.keep(1)
    supervisor, before = server.supervisor, server.postmaster
    kill(before)
    server.keep(2)
    assert server.postmaster != before
    assert server.supervisor == supervisor
    assert server.kept() == [1, 2]


@pytest.mark.slow
def test_a_backend_that_outlives_its_postmaster_is_ended(join: Join, kill: Kill) -> None:
    server = join()
    server.keep(1)
    busy = server.connect("owner", autocommit=True)
    busy.pgconn.send_query(b"DO 'DECLARE n bigint := 0; BEGIN LOOP n := n + 1; END LOOP; END'")
    busy.pgconn.flush()
    time.sleep(0.3)
    kill(server.postmaster)
    began = time.monotonic()
    server.keep(2)
    assert time.monotonic() - began < 40
    busy.close()
    assert server.kept() == [1, 2]


def test_all_killed_at_once_are_replaced(join: Join, kill: Kill) -> None:
    server = join()
    server.keep(1)
    kill(server.supervisor, *holders(server.home / "postgres.lock"))
    server.keep(2)
    assert server.kept() == [1, 2]


def test_a_pid_file_with_a_stranger_s_number_is_not_believed(join: Join, home: Path, kill: Kill) -> None:
    server = join()
    server.keep(1)
    pid_file = home / "pgdata" / "postmaster.pid"
    content = pid_file.read_text().splitlines()
    kill(server.supervisor, *holders(server.home / "postgres.lock"))
    server.close()
    assert wait_until_stopped(home)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *content[1:]]))
        assert join().kept() == [1]
        assert stranger.poll() is None
        stranger.kill()


ORPHANED = """
import os, pathlib, sys, signal
import sql.cluster, sql.supervisor
from sql.home import Home
sql.cluster.end_with = lambda parent: os.setsid       # as on a system that cannot tell a child of its parent's death
home = Home(pathlib.Path(sys.argv[1]))
sql.supervisor._say = lambda answer: os.kill(os.getpid(), signal.SIGKILL)
sql.supervisor.main(home, 60.0)
"""


@pytest.mark.slow
def test_an_orphaned_server_is_stopped_before_another_starts(join: Join, home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ORPHANED, home], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    orphan = listener(home / "run" / ".s.PGSQL.5432")
    assert orphan in holders(home / "postgres.lock")
    assert take_lock(home / "postgres.lock") is None
    server = join()
    assert server.postmaster != orphan
    assert orphan not in holders(home / "postgres.lock")


def processes_of(home: Path) -> list[int]:
    """Every process that has this home on its command line: client, supervisor, initdb, postgres."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(home).encode() in (process / "cmdline").read_bytes() and int(process.name) != os.getpid():
                found.append(int(process.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the processes through /proc")
def test_a_first_start_may_be_killed_at_any_moment(new_home: Path, join: Join, kill: Kill) -> None:
    code = "import sys, pathlib; from sql.embedded import attach; attach(pathlib.Path(sys.argv[1])); sys.stdin.read()"
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", code, new_home], stdin=subprocess.PIPE) as client:
            time.sleep(random.uniform(0.3, 4.0))
            kill(*processes_of(new_home))
            client.wait()
    server = join(new_home)
    server.keep(1)
    assert server.kept() == [1]
    for role in ROLES:
        server.connect(role).close()


WRITER = """
import os, pathlib, sys, time
import psycopg
from sql.embedded import attach
from sql.home import ServerError
server = attach(pathlib.Path(sys.argv[1]), wait=90, linger=0.5)
log = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
while True:
    try:
        with server.connect("collector", autocommit=True) as connection:
            while True:
                row = connection.execute("INSERT INTO public.row DEFAULT VALUES RETURNING id").fetchone()
                os.write(log, b"%d\\n" % row[0])
    except (psycopg.OperationalError, psycopg.InterfaceError, KeyError):
        time.sleep(0.02)
"""


def rounds_of_killing(join: Join, kill: Kill, home: Path, rounds: int) -> int:
    """Kill something at a random moment while a writer commits; after each round every acknowledged row is there."""
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    server = join()
    acknowledged = home.parent / "acknowledged"
    acknowledged.touch()
    with server.connect("owner") as connection:
        connection.execute("CREATE TABLE public.row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)")
        connection.execute("GRANT INSERT, SELECT ON public.row TO throughline_collector")
    writer: subprocess.Popen[bytes] | None = None
    lock = server.home / "postgres.lock"
    try:
        for number in range(rounds):
            if writer is None or writer.poll() is not None:
                writer = subprocess.Popen([sys.executable, "-W", "ignore", "-c", WRITER, home, acknowledged])
            size, patience = acknowledged.stat().st_size, time.monotonic() + 60
            while acknowledged.stat().st_size == size and time.monotonic() < patience:
                time.sleep(0.05)
            assert acknowledged.stat().st_size > size, "the writer writes nothing"
            time.sleep(chance.uniform(0.0, 1.0))
            victims = {
                "writer": [writer.pid],
                "supervisor": [server.supervisor],
                "postmaster": [server.postmaster],
                "postgres": holders(lock),
                "all": [writer.pid, server.supervisor, *holders(lock)],
            }
            # The first round kills all, so that even two rounds see the worst.
            chosen = ["all"] if number == 0 else chance.sample(sorted(victims), chance.randint(1, 2))
            for kind in chosen:
                kill(*victims[kind])
                time.sleep(chance.choice([0.0, 0.0, 0.05, 0.4]))
            if writer.pid in [pid for kind in chosen for pid in victims[kind]]:
                writer.wait()
            safe = {int(line) for line in acknowledged.read_bytes().split(b"\n")[:-1]}
            there = rows(join())
            assert safe <= there, f"seed {seed}, round {number}, {chosen}: lost {sorted(safe - there)[:5]}"
    finally:
        if writer is not None:
            writer.kill()
            writer.wait()
    return len(safe)


def rows(client: Any) -> set[int]:
    """All rows, asked again when the answer is cut off by the end of the server that was just killed."""
    for _ in range(5):
        with contextlib.suppress(psycopg.OperationalError), client.connect("owner") as connection:
            return {row[0] for row in connection.execute("SELECT id FROM public.row").fetchall()}
    raise AssertionError("the server goes away again and again")


def test_no_acknowledged_row_is_lost_when_all_is_killed(join: Join, kill: Kill, home: Path) -> None:
    assert rounds_of_killing(join, kill, home, rounds=2) > 0


@pytest.mark.slow
def test_no_acknowledged_row_is_lost_in_many_rounds_of_killing(join: Join, kill: Kill) -> None:
    base = Path(tempfile.mkdtemp(prefix="tl-"))  # on the disk, with every setting as in real life
    base.chmod(0o711)
    taken = []

    def attach_there() -> Any:
        taken.append(join(base / "home", linger=3.0))
        return taken[-1]

    try:
        assert rounds_of_killing(attach_there, kill, base / "home", rounds=8) > 40
    finally:
        for client in taken:
            client.close()
        assert wait_until_stopped(base / "home", wait=60)
        shutil.rmtree(base)
