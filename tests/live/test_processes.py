"""Servers end with whoever started them, however that ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.live import environments
from app.live.environments import LiveError
from app.live.processes import Server, clean_environment, free_port

pytestmark = pytest.mark.slow

FAMILY = "import os, subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)']); "
SLEEPER = FAMILY + "open('group', 'w').write(str(os.getpgid(0))); time.sleep(99)"
STARTER = """
import pathlib, sys, time
from app.live.processes import Server, clean_environment
folder = pathlib.Path(sys.argv[1])
Server("sleeper", [sys.executable, "-c", sys.argv[2]], clean_environment({}), folder)
time.sleep(99)
"""


def group_of(folder: Path) -> int:
    """The process group that the sleeper wrote down."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if (folder / "group").exists() and (text := (folder / "group").read_text()):
            return int(text)
        time.sleep(0.05)
    raise AssertionError("the sleeper never started")


def is_gone(group: int) -> bool:
    """Whether the whole group ends within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_stopping_ends_the_server_and_its_children(tmp_path: Path) -> None:
    server = Server("sleeper", [sys.executable, "-c", SLEEPER], clean_environment({}), tmp_path)
    group = group_of(tmp_path)
    server.stop()
    assert is_gone(group)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_a_server_dies_with_its_parent(tmp_path: Path, number: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", STARTER, str(tmp_path), SLEEPER])
    group = group_of(tmp_path)
    parent.send_signal(number)
    parent.wait()
    assert is_gone(group)


def test_a_server_that_does_not_start_says_what_it_printed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such table')"]
    server = Server("broken", command, clean_environment({}), tmp_path)
    with pytest.raises(LiveError, match="broken ended while starting") as caught:
        server.wait_until(lambda: False, timeout=20)
    assert str(caught.value).endswith("no such table")


def test_free_ports_differ() -> None:
    assert len({free_port() for _ in range(5)}) > 1


def test_a_finished_environment_is_not_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THROUGHLINE_CACHE", str(tmp_path))
    name = "live-prefect"
    folder = tmp_path / "environments" / f"{name}-{environments.lock_hash(name)}"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (folder / ".complete").touch()
    told: list[str] = []
    assert environments.ensure(name, told.append) == folder / "bin" / "python"
    assert told == []


def test_the_lock_files_have_hashes_and_name_no_index() -> None:
    for name in ("live-tryton", "live-prefect"):
        text = (environments.REQUIREMENTS / f"{name}.txt").read_text()
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
        assert len(pins) > 30
        assert all(line.rstrip().endswith("\\") for line in pins)
        assert "://" not in text
