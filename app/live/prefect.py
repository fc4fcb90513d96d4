"""A real Prefect 3 server: SQLite, loopback, no screens, no telemetry; stopped by whoever started it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.live import environments
from app.live.environments import Progress, quiet
from app.live.processes import Server, clean_environment, free_port, status

NAME = "live-prefect"

# Nothing leaves the machine, and nothing runs that no poll can see: the services below serve deployments and
# automations, which the live world has none of, and they cost a busy two-core machine a fifth of a core.
_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_COLORS": "false",
}


@dataclass
class PrefectWorld:
    """A running server: its address (without `/api`), its home folder, the Python that runs flows against it."""

    url: str
    folder: Path
    server: Server
    python: Path
    start_seconds: float = 0.0

    def flow_environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        """The environment of a process that runs flows."""
        return clean_environment(
            {
                **_settings(self.folder),
                "PREFECT_API_URL": f"{self.url}/api",
                "PREFECT_LOGGING_LEVEL": "WARNING",
            }
            | dict(extra)
        )

    def stop(self) -> None:
        """End the server."""
        self.server.stop()


def _settings(folder: Path) -> dict[str, str]:
    return {**_SETTINGS, "PREFECT_HOME": str(folder), "PREFECT_PROFILES_PATH": str(folder / "profiles.toml")}


def start(folder: Path, name: str = "prefect", progress: Progress = quiet) -> PrefectWorld:
    """An empty server called `name` (its log's name) with its home in `folder`. The first start keeps its empty database for the next ones."""
    python = environments.ensure(NAME, progress)
    empty = environments.cache_folder() / "prefect" / f"{environments.lock_hash(NAME)}.db"
    progress(f"starting {name}")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = folder / "prefect.db"
    is_first = not empty.exists()
    if not is_first:
        shutil.copy(empty, database)
    port = free_port()
    command = [
        str(python.with_name("prefect")),
        "server",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    env = clean_environment(_settings(folder))
    server = Server(name, command, env, folder)
    url = f"http://127.0.0.1:{port}"
    seconds = server.wait_until(lambda: status(port, "GET", "/api/health") == 200, timeout=180)
    if is_first:
        _keep(database, empty)
    return PrefectWorld(url, folder, server, python, start_seconds=seconds)


def _keep(database: Path, empty: Path) -> None:
    """Copy a live SQLite database without its unfinished writes."""
    empty.parent.mkdir(parents=True, exist_ok=True)
    part = empty.with_suffix(f".{time.time_ns()}.part")
    with (
        contextlib.closing(sqlite3.connect(database)) as source,
        contextlib.closing(sqlite3.connect(part)) as target,
    ):
        source.backup(target)
    part.rename(empty)
