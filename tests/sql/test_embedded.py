"""The private PostgreSQL: one server for all who come, private, and clear about what it cannot do."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sql.embedded import Server, attach, wait_until_stopped
from sql.home import ServerError

pytestmark = pytest.mark.slow

PROGRAMS = "/usr/lib/postgresql/15/bin"

Join = Callable[..., Any]
CopyHome = Callable[[Path], Path]


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
    with server.connect("viewer") as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_statements_that_fail_leave_no_values_in_the_log(server: Server) -> None:
    with server.connect("owner") as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT 1 / 0 AS confidential_word")
    assert "division by zero" in server.home.log.read_text()
    assert "confidential_word" not in server.home.log.read_text()


def test_a_warm_start_takes_less_than_five_seconds(join: Join, home: Path) -> None:
    server = join()
    server.keep(1)
    server.close()
    assert wait_until_stopped(home)
    began = time.monotonic()
    assert join().kept() == [1]
    assert time.monotonic() - began < 5


def test_the_server_stops_when_the_last_one_has_left(join: Join, home: Path) -> None:
    first, second = join(), join()
    first.close()
    time.sleep(1.5)
    assert second.one("SELECT 1") == 1
    second.close()
    assert wait_until_stopped(home, wait=10)


def test_a_server_that_was_closed_is_not_used_again(join: Join, home: Path) -> None:
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


def test_lost_passwords_are_made_anew(join: Join, home: Path) -> None:
    server = join()
    server.keep(1)
    server.close()
    assert wait_until_stopped(home)
    (home / "secrets.json").unlink()
    assert join().kept() == [1]


def test_a_first_start_that_was_cut_short_is_begun_again(new_home: Path, join: Join) -> None:
    (new_home / "pgdata.new" / "base").mkdir(parents=True)
    (new_home / "pgdata").mkdir()
    (new_home / "secrets.json").write_text('{"postgres": "half')
    assert join(new_home).one("SELECT 1") == 1


def test_a_folder_of_other_things_is_not_swept_away(new_home: Path) -> None:
    (new_home / "pgdata").mkdir(parents=True)
    (new_home / "pgdata" / "letters.txt").write_text("Dear")
    with pytest.raises(ServerError, match="is no data directory, and it is not empty"):
        attach(new_home, wait=30)
    assert (new_home / "pgdata" / "letters.txt").read_text() == "Dear"


@pytest.mark.parametrize(
    "folder", ["x" * 120, "a, b and 'c' say \"what\" 100%", "naïve  ünder"], ids=lambda name: name[:5]
)
def test_the_home_may_have_any_name(new_home: Path, copy_home: CopyHome, join: Join, folder: str) -> None:
    server = join(copy_home(new_home.parent / folder))
    assert server.one("SELECT 1") == 1
    socket = server.socket.parent
    assert socket.stat().st_mode & 0o777 == 0o700
    server.close()
    assert wait_until_stopped(server.home)
    assert socket.parent == server.home or not socket.exists()


@pytest.mark.slow
def test_a_copy_of_a_home_has_a_server_of_its_own(join: Join, home: Path, copy_home: CopyHome) -> None:
    server = join()
    twin = copy_home(home.with_name("twin"))
    for name in ("server.json", "secrets.json"):
        shutil.copy(home / name, twin / name)
    other = join(twin)
    assert other.postmaster != server.postmaster
    other.close()
    assert wait_until_stopped(twin)


def test_the_environment_of_another_server_does_no_harm(join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PGHOST": "db.invalid", "PGHOSTADDR": "192.0.2.1", "PGPORT": "1", "PGUSER": "x", "PGPASSWORD": "x",
        "PGDATABASE": "x", "PGDATA": "/nowhere", "PGOPTIONS": "-c search_path=nowhere", "LC_ALL": "xx_XX",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    assert join().one("SHOW search_path") == '"$user", public'


def test_letters_have_two_cases_whatever_the_machine_speaks(server: Server) -> None:
    with server.connect("viewer") as connection:
        row = connection.execute(
            "SELECT lower('ÀÉÎ'), string_agg(x, '' ORDER BY x) FROM unnest('{b,B,é,a,A}'::text[]) x"
        ).fetchone()
    assert row == ("àéî", "ABabé")


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
    monkeypatch.setenv("THROUGHLINE_PG_BIN", PROGRAMS)
    with pytest.raises(ServerError, match=r"are PostgreSQL 18's and the programs .* are PostgreSQL 15"):
        attach(home, wait=30)


@pytest.mark.slow
def test_a_folder_of_programs_may_be_named(
    new_home: Path, join: Join, monkeypatch: pytest.MonkeyPatch, external_url: str
) -> None:
    monkeypatch.setenv("THROUGHLINE_PG_BIN", PROGRAMS)
    client = join(new_home)
    assert str(client.one("SHOW server_version")).startswith("15.")
    assert client.server.bin == Path(PROGRAMS)
