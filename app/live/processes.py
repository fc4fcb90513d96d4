"""Starts and stops the servers of the live world: loopback only, nothing survives the process that started it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from app.live.environments import LiveError

_GUARDIAN = Path(__file__).with_name("guardian.py")

# What a child needs from our environment; everything else (keys, settings of other tools) stays here.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SYSTEMROOT")


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The few variables that a child needs, in UTC, plus `extra`."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "TZ": "UTC", "PYTHONUNBUFFERED": "1", **extra}


def status(port: int, method: str, path: str, body: str | None = None, timeout: float = 5) -> int:
    """The HTTP status of one request on loopback; 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


class Server:
    """One server under a guardian; `log` is the file that holds all it printed."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], folder: Path) -> None:
        """Start `command` in `folder` with exactly the environment `env`."""
        self.name, self.log = name, folder / f"{name}.log"
        with self.log.open("ab") as log:
            self._guardian = subprocess.Popen(
                [sys.executable, "-I", str(_GUARDIAN), *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=folder,
                env=dict(env),
            )

    @property
    def is_running(self) -> bool:
        """Whether the command still runs."""
        return self._guardian.poll() is None

    def wait_until(self, ready: Callable[[], bool], timeout: float) -> float:
        """Seconds until `ready()`; LiveError with the log's end when the server dies or `timeout` seconds pass."""
        started = time.monotonic()
        while not ready():
            waited = time.monotonic() - started
            if not self.is_running or waited > timeout:
                self.stop()
                why = "did not get ready" if waited > timeout else "ended while starting"
                raise LiveError(f"{self.name} {why} after {waited:.0f} s:\n{self.log_tail()}")
            time.sleep(0.25)
        return time.monotonic() - started

    def log_tail(self, lines: int = 15) -> str:
        """The last lines that the server printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """End the server and all its children; harmless when it has ended already."""
        if self._guardian.stdin and not self._guardian.stdin.closed:
            self._guardian.stdin.close()
        try:
            self._guardian.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._guardian.kill()  # Linux then kills the server itself (guardian.py)
            self._guardian.wait()
