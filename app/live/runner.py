"""Speaks to a process that runs Prefect flows (flows.py), and asks Prefect what became of the runs."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from app.live.environments import LiveError
from app.live.firms import Firm
from app.live.prefect import PrefectWorld

ROOT = Path(__file__).resolve().parents[2]


class Runner:
    """One process in Prefect's environment that runs flows for one firm."""

    def __init__(
        self, platform: PrefectWorld, tryton_url: str, firm: Firm, password_file: Path, name: str
    ) -> None:
        """Start it; the first command waits until it is ready."""
        settings = {
            "LIVE_TRYTON_URL": tryton_url,
            "LIVE_CRM": firm.crm,
            "LIVE_PSA": firm.psa,
            "LIVE_PASSWORD_FILE": str(password_file),
            "PYTHONPATH": str(ROOT),
        }
        self._log = platform.folder / f"{name}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(platform.python), "-m", "app.live.flows"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
                cwd=platform.folder,
                env=platform.flow_environment(settings),
                start_new_session=True,  # a Ctrl-C is for whoever started us; flows.py ends with its parent
            )
        self._ready = False

    def wait_until_ready(self) -> None:
        """Block until the process has imported everything."""
        if not self._ready:
            self._answer()
            self._ready = True

    def send(
        self,
        flow: str,
        parameters: Mapping[str, Any],
        tags: list[str],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Start a run and do not wait for it."""
        self.wait_until_ready()
        command = {"flow": flow, "parameters": dict(parameters), "tags": tags, "options": dict(options or {})}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def run(
        self,
        flow: str,
        parameters: Mapping[str, Any],
        tags: list[str],
        options: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Run a flow to its end: `run` (id), `type`, `state`, `message`."""
        self.send(flow, parameters, tags, options)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-12:])
            raise LiveError(f"the process that runs flows has ended:\n{tail}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def kill(self) -> None:
        """SIGKILL, in the middle of whatever it does."""
        self._process.kill()
        self._close()

    def stop(self) -> None:
        """Let it end; a run under way gets five seconds."""
        assert self._process.stdin is not None
        if not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._close()

    def _close(self) -> None:
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue


class Prefect:
    """What the platform says of its runs, by plain requests of the driver's own."""

    def __init__(self, url: str) -> None:
        """Speak to the server at `url`."""
        self._http = httpx.Client(base_url=f"{url}/api", timeout=30, trust_env=False)

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()

    def runs(self) -> list[dict[str, Any]]:
        """Every flow run with the name of its flow, oldest first."""
        found: list[dict[str, Any]] = []
        while True:
            body = {"sort": "START_TIME_ASC", "limit": 200, "offset": len(found)}
            page = self._post("/flow_runs/filter", body)
            found += page
            if len(page) < 200:
                break
        names = {row["id"]: row["name"] for row in self._post("/flows/filter", {"limit": 200})}
        return [{**row, "flow_name": names[row["flow_id"]]} for row in found]

    def run(self, run_id: str) -> dict[str, Any]:
        """One flow run as it is now."""
        answer = self._http.get(f"/flow_runs/{run_id}")
        answer.raise_for_status()
        row: dict[str, Any] = answer.json()
        return row

    def wait_for_running(self, tag: str, timeout: float = 60.0) -> dict[str, Any]:
        """The run with this tag, once the platform says that it is running."""
        deadline = time.monotonic() + timeout
        body = {"flow_runs": {"tags": {"all_": [tag]}, "state": {"type": {"any_": ["RUNNING"]}}}}
        while time.monotonic() < deadline:
            page = self._post("/flow_runs/filter", body)
            if page:
                return dict(page[0])
            time.sleep(0.2)
        raise LiveError(f"no run with the tag {tag} was running within {timeout:.0f} s")

    def _post(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self._http.post(path, json=body)
        answer.raise_for_status()
        rows: list[dict[str, Any]] = answer.json()
        return rows
