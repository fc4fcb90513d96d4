"""Who runs postgres: an unprivileged account when we are root, ourselves when we are not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sql.binaries import Account, find_binaries
from sql.embedded import wait_until_stopped

ROOT = os.geteuid() == 0
NOBODY = 65534
REPOSITORY = Path(__file__).parents[2]

Join = Callable[..., Any]
CopyHome = Callable[[Path], Path]


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


@pytest.mark.slow
@pytest.mark.skipif(not ROOT, reason="only root can do this")
def test_root_leaves_closed_folders_closed(
    new_home: Path,
    copy_home: CopyHome,
    join: Join,
    kill: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = new_home.parent / "closed"
    closed.mkdir(mode=0o700)
    package = find_binaries().parents[1]
    shutil.copytree(package, closed / package.name)
    shutil.copytree(package.with_suffix(".libs"), closed / f"{package.name}.libs")
    monkeypatch.setenv("THROUGHLINE_PG_BIN", str(closed / find_binaries().relative_to(package.parent)))
    client = join(copy_home(closed / "home"))
    client.keep(1)
    kill(client.postmaster)
    client.keep(2)
    assert client.kept() == [1, 2]
    assert Path(f"/proc/{client.postmaster}").stat().st_uid != 0
    client.close()
    assert wait_until_stopped(client.home)
    assert closed.stat().st_mode & 0o777 == 0o700


AS_NOBODY = """
import os, pathlib, sys
import psycopg
from sql.embedded import attach, wait_until_stopped
home = pathlib.Path(sys.argv[1])
assert os.getuid() == 65534
for value in range(2):
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


@pytest.mark.slow
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
