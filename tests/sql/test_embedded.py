"""The private PostgreSQL: shared, private, and unharmed by kill -9 of anything at any moment."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from sql.binaries import Account
from sql.embedded import Server, attach, wait_until_stopped
from sql.home import ServerError, take_lock
from sql.processes import holders, listener

ROOT = os.geteuid() == 0
NOBODY = 65534
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
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
def home(new_home: Path, used_home: Path) -> Path:
    """A home with data of its own, and nobody in it."""
    copy(used_home, new_home)
    return new_home


def copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", source, target], check=True)


@pytest.fixture
def join(home: Path) -> Iterator[Callable[[], Server]]:
    """`join()` attaches to the server of `home`; all places are given up after the test."""
    taken: list[Server] = []

    def attach_once() -> Server:
        taken.append(attach(home, wait=90, linger=0.3))
        return taken[-1]

    yield attach_once
    for server in taken:
        server.close()


def supervisor_of(server: Server) -> int:
    return int(server.home.read_state()["supervisor"])


def socket_of(server: Server) -> Path:
    state = server.home.read_state()
    return Path(state["socket"]) / f".s.PGSQL.{state['port']}"


def postmaster_of(server: Server) -> int:
    pid = listener(socket_of(server))
    assert pid is not None
    return pid


def kill(*pids: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def one(server: Server, question: str) -> object:
    with server.connect("owner") as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def keep(server: Server, value: int) -> None:
    """Commit a value, again when the server goes away meanwhile."""
    for _ in range(5):
        with contextlib.suppress(psycopg.OperationalError), server.connect("owner") as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS public.kept (value int PRIMARY KEY)")
            connection.execute("INSERT INTO public.kept VALUES (%s) ON CONFLICT DO NOTHING", (value,))
            connection.commit()
            return
    raise AssertionError("the server goes away again and again")


KEPT = "SELECT array_agg(value ORDER BY value) FROM public.kept"


def python_for(uid: int) -> str:
    """An interpreter of our version that this user may run: ours may lie below a folder that is closed to it."""
    ours = Path(sys.executable)
    if Account(uid, uid).can_run(ours):
        return str(ours)
    other = f"/usr/bin/python3.{sys.version_info.minor}"
    if not Account(uid, uid).can_run(Path(other)):
        reason = f"NOT TESTED as an ordinary user: neither {ours} nor {other} can be run by user id {uid}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return other


def environment() -> dict[str, str]:
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    return {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join((str(REPOSITORY), packages))}


def test_everybody_is_who_their_password_says(server: Server) -> None:
    for role in ("owner", "collector", "metrics", "viewer", "triage", "portal"):
        with server.connect(role) as connection:
            row = connection.execute("SELECT session_user, current_database()").fetchone()
        assert row == (f"throughline_{role}", "throughline")


def test_nobody_enters_without_a_password(server: Server) -> None:
    state = server.home.read_state()
    for user in ("postgres", "throughline_owner", "throughline_viewer"):
        for password in ("", "guess"):
            with pytest.raises(psycopg.OperationalError, match=r"password"):
                psycopg.connect(
                    host=state["socket"], port=state["port"], user=user, password=password, dbname="postgres"
                )


def test_what_is_private_stays_private(server: Server) -> None:
    home = server.home
    for file in (home.secrets, home.state, home.log):
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert (home.path / "run").stat().st_mode & 0o777 == 0o700
    assert home.data.stat().st_mode & 0o777 == 0o700
    passwords = json.loads(home.secrets.read_text())
    assert len(set(passwords.values())) == len(passwords) == 7
    assert not any(password in home.log.read_text() for password in passwords.values())


def test_the_server_listens_at_a_socket_only(server: Server) -> None:
    assert one(server, "SHOW listen_addresses") == ""


def test_statements_that_fail_leave_no_values_in_the_log(server: Server) -> None:
    with server.connect("owner") as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT 1 / 0 AS confidential_word")
    assert "division by zero" in server.home.log.read_text()
    assert "confidential_word" not in server.home.log.read_text()


def test_a_warm_start_takes_less_than_five_seconds(join: Callable[[], Server], home: Path) -> None:
    server = join()
    keep(server, 1)
    server.close()
    assert wait_until_stopped(home)
    began = time.monotonic()
    assert one(join(), KEPT) == [1]
    assert time.monotonic() - began < 5


def test_the_server_stops_when_the_last_one_has_left(join: Callable[[], Server], home: Path) -> None:
    first, second = join(), join()
    first.close()
    time.sleep(1.5)
    assert one(second, "SELECT 1") == 1
    second.close()
    assert wait_until_stopped(home, wait=10)


def test_a_server_that_was_closed_is_not_used_again(join: Callable[[], Server], home: Path) -> None:
    server = join()
    server.close()
    assert wait_until_stopped(home)
    with pytest.raises(ServerError, match="was closed"):
        server.connect("viewer")


def test_five_who_come_at_once_for_the_first_time_share_one_server(new_home: Path) -> None:
    code = (
        "import sys, pathlib; from sql.embedded import attach\n"
        "server = attach(pathlib.Path(sys.argv[1]), wait=90, linger=0.5)\n"
        "row = server.connect('viewer').execute('SELECT pg_postmaster_start_time()::text').fetchone()\n"
        "print(server.home.read_state()['supervisor'], row[0], flush=True); sys.stdin.read()"
    )
    clients = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, new_home],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(5)
    ]
    said = {client.stdout.readline() for client in clients if client.stdout}
    for client in clients:
        client.communicate(timeout=30)
    assert len(said) == 1
    assert "+00" in said.pop()


def test_a_killed_client_keeps_nothing_alive(home: Path) -> None:
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


def test_a_killed_supervisor_is_replaced(join: Callable[[], Server]) -> None:
    server = join()
    keep(server, 1)
    before = supervisor_of(server)
    kill(before)
    keep(server, 2)
    assert supervisor_of(server) != before
    assert one(server, KEPT) == [1, 2]


def test_a_killed_postmaster_is_replaced(join: Callable[[], Server]) -> None:
    server = join()
    keep(server, 1)
    supervisor, before = supervisor_of(server), postmaster_of(server)
    kill(before)
    keep(server, 2)
    assert postmaster_of(server) != before
    assert supervisor_of(server) == supervisor
    assert one(server, KEPT) == [1, 2]


def test_a_backend_that_outlives_its_postmaster_is_ended(join: Callable[[], Server]) -> None:
    server = join()
    keep(server, 1)
    busy = server.connect("owner", autocommit=True)
    busy.pgconn.send_query(b"DO 'DECLARE n bigint := 0; BEGIN LOOP n := n + 1; END LOOP; END'")
    busy.pgconn.flush()
    time.sleep(0.3)
    kill(postmaster_of(server))
    began = time.monotonic()
    keep(server, 2)
    assert time.monotonic() - began < 40
    busy.close()
    assert one(server, KEPT) == [1, 2]


def test_all_killed_at_once_are_replaced(join: Callable[[], Server]) -> None:
    server = join()
    keep(server, 1)
    kill(supervisor_of(server), *holders(server.home.lock_file("postgres")))
    keep(server, 2)
    assert one(server, KEPT) == [1, 2]


def test_a_pid_file_with_a_stranger_s_number_is_not_believed(join: Callable[[], Server], home: Path) -> None:
    server = join()
    keep(server, 1)
    pid_file = server.home.data / "postmaster.pid"
    content = pid_file.read_text().splitlines()
    kill(supervisor_of(server), *holders(server.home.lock_file("postgres")))
    server.close()
    assert wait_until_stopped(home)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *content[1:]]))
        assert one(join(), KEPT) == [1]
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


def test_an_orphaned_server_is_stopped_before_another_starts(join: Callable[[], Server], home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ORPHANED, home], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    orphan = listener(home / "run" / ".s.PGSQL.5432")
    assert orphan in holders(home / "postgres.lock")
    assert take_lock(home / "postgres.lock") is None
    server = join()
    assert postmaster_of(server) != orphan
    assert orphan not in holders(home / "postgres.lock")


def test_lost_passwords_are_made_anew(join: Callable[[], Server], home: Path) -> None:
    server = join()
    keep(server, 1)
    server.close()
    assert wait_until_stopped(home)
    (home / "secrets.json").unlink()
    assert one(join(), KEPT) == [1]


def test_a_first_start_that_was_cut_short_is_begun_again(new_home: Path) -> None:
    (new_home / "pgdata.new" / "base").mkdir(parents=True)
    (new_home / "pgdata").mkdir()
    (new_home / "secrets.json").write_text('{"postgres": "half')
    server = attach(new_home, wait=90, linger=0.0)
    assert one(server, "SELECT 1") == 1
    server.close()


@pytest.mark.parametrize(
    "folder", ["x" * 120, "a, b and 'c' say \"what\" 100%", "naïve  ünder"], ids=lambda name: name[:5]
)
def test_the_home_may_have_any_name(new_home: Path, used_home: Path, folder: str) -> None:
    home = new_home.parent / folder
    copy(used_home, home)
    server = attach(home, wait=90, linger=0.0)
    try:
        assert one(server, "SELECT 1") == 1
        socket = socket_of(server).parent
        assert socket.stat().st_mode & 0o777 == 0o700
    finally:
        server.close()
    assert wait_until_stopped(home)
    assert socket.parent == home or not socket.exists()


def test_a_copy_of_a_home_has_a_server_of_its_own(join: Callable[[], Server], home: Path) -> None:
    server = join()
    keep(server, 1)
    twin = home.with_name("twin")
    shutil.copytree(home, twin, ignore=shutil.ignore_patterns("pgdata", ".s.PGSQL*"))
    other = attach(twin, wait=90, linger=0.0)
    try:
        assert postmaster_of(other) != postmaster_of(server)
    finally:
        other.close()
    assert wait_until_stopped(twin)


def test_the_environment_of_another_server_does_no_harm(
    join: Callable[[], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGHOST": "db.invalid", "PGHOSTADDR": "192.0.2.1", "PGPORT": "1", "PGUSER": "x", "PGPASSWORD": "x",
        "PGDATABASE": "x", "PGDATA": "/nowhere", "PGOPTIONS": "-c search_path=nowhere", "LC_ALL": "xx_XX",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    assert one(join(), "SHOW search_path") == '"$user", public'


def test_letters_have_two_cases_whatever_the_machine_speaks(server: Server) -> None:
    assert one(server, "SELECT lower('ÀÉÎ')") == "àéî"
    assert one(server, "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{b,B,é,a,A}'::text[]) x") == "ABabé"


def test_a_folder_without_programs_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THROUGHLINE_PG_BIN", str(tmp_path))
    with pytest.raises(
        ServerError, match=r"THROUGHLINE_PG_BIN names .* no program called postgres"
    ) as caught:
        attach(home, wait=30)
    assert "\n" not in str(caught.value)


def test_a_server_that_cannot_start_says_why_in_one_line(home: Path) -> None:
    control = home / "pgdata" / "global" / "pg_control"
    control.write_bytes(b"\0" * control.stat().st_size)
    with pytest.raises(
        ServerError, match=r"did not start: postgres .*postgres\.log.*(FATAL|PANIC)"
    ) as caught:
        attach(home, wait=30)
    assert "\n" not in str(caught.value)


def test_data_of_another_version_are_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, external_url: str
) -> None:
    monkeypatch.setenv("THROUGHLINE_PG_BIN", "/usr/lib/postgresql/15/bin")
    with pytest.raises(ServerError, match=r"are PostgreSQL 18's and the programs .* are PostgreSQL 15"):
        attach(home, wait=30)


def test_a_folder_of_programs_may_be_named(
    new_home: Path, monkeypatch: pytest.MonkeyPatch, external_url: str
) -> None:
    monkeypatch.setenv("THROUGHLINE_PG_BIN", "/usr/lib/postgresql/15/bin")
    server = attach(new_home, wait=90, linger=0.0)
    try:
        assert str(one(server, "SHOW server_version")).startswith("15.")
        assert server.bin == Path("/usr/lib/postgresql/15/bin")
    finally:
        server.close()


@pytest.mark.skipif(not ROOT, reason="only root can do this")
def test_root_leaves_closed_folders_closed(
    new_home: Path, used_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = new_home.parent / "closed"
    closed.mkdir(mode=0o700)
    copy(used_home, closed / "home")
    shutil.copytree(programs().parents[1], closed / programs().parents[1].name)
    libraries = programs().parents[1].with_suffix(".libs")
    shutil.copytree(libraries, closed / libraries.name)
    monkeypatch.setenv("THROUGHLINE_PG_BIN", str(closed / programs().relative_to(programs().parents[2])))
    server = attach(closed / "home", wait=90, linger=0.0)
    try:
        keep(server, 1)
        kill(postmaster_of(server))
        keep(server, 2)
        assert one(server, KEPT) == [1, 2]
        assert os.stat(f"/proc/{postmaster_of(server)}").st_uid != 0
    finally:
        server.close()
    assert wait_until_stopped(closed / "home")
    assert closed.stat().st_mode & 0o777 == 0o700


def programs() -> Path:
    from sql.binaries import find_binaries

    return find_binaries()


AS_NOBODY = """
import os, pathlib, sys
import psycopg
from sql.embedded import attach, wait_until_stopped
home = pathlib.Path(sys.argv[1])
assert os.getuid() == 65534
for value in range(3):
    server = attach(home, wait=90, linger=0.2)
    with server.connect("owner") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS public.kept (value int)")
        connection.execute("INSERT INTO public.kept VALUES (%s)", (value,))
    before = server.home.read_state()["supervisor"]
    os.kill(int(before), 9)
    while server.home.read_state()["supervisor"] == before:
        try:
            server.connect("owner").close()
        except psycopg.OperationalError:
            pass
    with server.connect("owner") as connection:
        found = connection.execute("SELECT array_agg(value ORDER BY value) FROM public.kept").fetchone()[0]
        assert found == list(range(value + 1)), found
    server.close()
    assert wait_until_stopped(home)
print("all kept")
"""


@pytest.mark.skipif(not ROOT, reason="we are an ordinary user already")
def test_an_ordinary_user_has_a_server_too(new_home: Path) -> None:
    new_home.mkdir(mode=0o700)
    os.chown(new_home, NOBODY, NOBODY)
    done = subprocess.run(
        [python_for(NOBODY), "-P", "-c", AS_NOBODY, new_home],
        user=NOBODY, group=NOBODY, extra_groups=[], cwd="/", env=environment(),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout == "all kept\n", done.stderr


@pytest.mark.skipif(not ROOT, reason="needs a second user")
def test_somebody_else_s_home_is_refused_in_one_line(home: Path) -> None:
    code = "import sys, pathlib; from sql.embedded import attach; attach(pathlib.Path(sys.argv[1]))"
    done = subprocess.run(
        [python_for(NOBODY), "-P", "-c", code, home],
        user=NOBODY, group=NOBODY, extra_groups=[], cwd="/", env=environment(),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert "belongs to another user: run as that user or set THROUGHLINE_HOME" in done.stderr.splitlines()[-1]


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


def rounds_of_killing(join: Callable[[], Server], home: Path, rounds: int, seed: int) -> int:
    """Kill something at a random moment while a writer commits; after each round every acknowledged row is there."""
    chance = random.Random(seed)
    server = join()
    acknowledged = home.parent / "acknowledged"
    acknowledged.touch()
    with server.connect("owner") as connection:
        connection.execute("CREATE TABLE public.row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)")
        connection.execute("GRANT INSERT, SELECT ON public.row TO throughline_collector")
    writer: subprocess.Popen[bytes] | None = None
    lock = server.home.lock_file("postgres")
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
                "supervisor": [supervisor_of(server)],
                "postmaster": [listener(socket_of(server)) or supervisor_of(server)],
                "postgres": holders(lock),
                "all": [writer.pid, supervisor_of(server), *holders(lock)],
            }
            # The first round kills all, so that even two rounds see the worst.
            chosen = ["all"] if number == 0 else chance.sample(sorted(victims), chance.randint(1, 2))
            for kind in chosen:
                kill(*victims[kind])
                time.sleep(chance.choice([0.0, 0.0, 0.05, 0.4]))
            if writer.pid in [pid for kind in chosen for pid in victims[kind]]:
                writer.wait()
            safe = {int(line) for line in acknowledged.read_bytes().split(b"\n")[:-1]}
            with join().connect("owner") as connection:
                there = {row[0] for row in connection.execute("SELECT id FROM public.row").fetchall()}
            assert safe <= there, f"seed {seed}, round {number}, {chosen}: lost {sorted(safe - there)[:5]}"
    finally:
        if writer is not None:
            writer.kill()
            writer.wait()
    return len(safe)


def test_no_acknowledged_row_is_lost_when_all_is_killed(join: Callable[[], Server], home: Path) -> None:
    assert rounds_of_killing(join, home, rounds=2, seed=random.randrange(10**6)) > 0


@pytest.mark.slow
def test_no_acknowledged_row_is_lost_in_many_rounds_of_killing() -> None:
    base = Path(tempfile.mkdtemp(prefix="tl-"))  # on the disk, with every setting as in real life
    base.chmod(0o711)
    taken: list[Server] = []

    def join() -> Server:
        taken.append(attach(base / "home", wait=90))
        return taken[-1]

    try:
        kept = rounds_of_killing(join, base / "home", rounds=20, seed=random.randrange(10**6))
    finally:
        for server in taken:
            server.close()
        assert wait_until_stopped(base / "home", wait=60)
        shutil.rmtree(base)
    assert kept > 100
