"""The demo's worker is a process of its own, and never outlives the demo."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sql.embedded import wait_until_stopped
from sql.home import Home

_DEMO = """
import signal, time
from app.cli.playing import working
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
with working() as worker:
    print(worker, flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere a killed parent leaves its worker"
)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_worker_ends_with_the_demo(tmp_path: Path, how: signal.Signals) -> None:
    own = os.environ | {"THROUGHLINE_HOME": str(tmp_path)}
    own.pop("DATABASE_URL", None)
    with subprocess.Popen(
        [sys.executable, "-c", _DEMO], env=own, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as demo:
        assert demo.stdout is not None
        worker = Path(f"/proc/{int(demo.stdout.readline())}")
        assert _comes_true(Home.at(tmp_path).lock_file("supervisor").exists)
        demo.send_signal(how)
        demo.wait(30)
    assert _comes_true(lambda: not worker.exists())
    assert wait_until_stopped(tmp_path)


def _comes_true(said: Callable[[], bool]) -> bool:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        if said():
            return True
        time.sleep(0.05)
    return False
