"""The screen: server time of the Overview page beside the time of the queries in it, every load with empty caches."""

import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from sql.database import open_database
from sql.embedded import wait_until_stopped
from sql.migrate import migrate
from tests.app.world import World, world
from tests.bench.timing import REPEATS, Result

NOW = datetime(2026, 11, 20, 14, 20, tzinfo=UTC)
LOADS = 20
PARTNER = "northwind"


@dataclass(frozen=True)
class Load:
    """One run of the page as the server measured it, seconds."""

    page: float
    queries: float


def run(say: Callable[[str], None]) -> Iterator[Result]:
    """One ratio: the 95th percentile of the server time over the median of the query time, the median of the repeats."""
    with tempfile.TemporaryDirectory(prefix="bench-screen-") as folder:
        home = Path(folder) / "home"
        with closing(open_database(home=home)) as db:
            migrate(db)
            made = world(db, NOW)
            say(f"  {len(made.customers)} customers counted")
            with _server(home) as port:
                cookie = _sign_in(port, made)
                _repeat(port, cookie)
                repeats = [_repeat(port, cookie) for _ in range(REPEATS)]
        wait_until_stopped(home)
    slow = [statistics.quantiles((load.page for load in loads), n=20)[-1] for loads in repeats]
    asked = [statistics.median(load.queries for load in loads) for loads in repeats]
    ratio = statistics.median(page / queries for page, queries in zip(slow, asked, strict=True))
    yield Result(
        "Overview, caches empty: 95th percentile of server time over the median time of its SQL statements", ratio, None, 3.0,
        f"{statistics.median(slow) * 1000:.0f} ms against {statistics.median(asked) * 1000:.0f} ms, {LOADS} loads",
    )  # fmt: skip


def _repeat(port: int, cookie: str) -> list[Load]:
    return [_load(port, cookie) for _ in range(LOADS)]


def _load(port: int, cookie: str) -> Load:
    """Open the page as a browser does, wait until it is drawn, and ask the server how long that took."""
    before = _measured(port)
    with connect(
        f"ws://{PARTNER}.localhost:{port}/_stcore/stream",
        sock=socket.create_connection(("127.0.0.1", port), timeout=30),
        origin=Origin(f"http://{PARTNER}.localhost:{port}"),
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"Cookie": cookie},
        max_size=None,
    ) as channel:
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        channel.send(asked.SerializeToString())
        while True:
            told = ForwardMsg()
            told.ParseFromString(channel.recv(timeout=60))
            if told.WhichOneof("type") == "script_finished":
                break
    after = _measured(port)
    assert after[2] - before[2] == 1, f"the page ran {after[2] - before[2]:g} times"
    return Load(after[0] - before[0], after[1] - before[1])


def _measured(port: int) -> tuple[float, float, float]:
    """Seconds of all runs of the page, of their SQL statements, and the number of runs, since the server started."""
    told = _ask(port, "/metrics")[1]

    def figure(name: str) -> float:
        found = re.search(rf"^{name} (\S+)$", told, re.MULTILINE)
        return float(found[1]) if found else 0.0

    of_page = '{page="overview"}'
    return (
        figure(f"portal_page_seconds_sum{of_page}"),
        figure("bench_statement_seconds_total"),
        figure(f"portal_page_seconds_count{of_page}"),
    )


@contextmanager
def _server(home: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    given = json.dumps({"home": str(home), "port": port, "now": NOW.isoformat()})
    root = Path(__file__).parents[2]
    log = home.with_suffix(".log")
    with (
        log.open("wb") as told,
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.serving", given],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=told,
            stderr=told,
        ) as process,
    ):
        try:
            deadline = time.monotonic() + 60
            while not _answers(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, "the server did not answer within a minute"
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    try:
        return _ask(port, "/healthz")[0] == 200
    except OSError:
        return False


def _sign_in(port: int, made: World) -> str:
    email, password = made.person(PARTNER, "partner_manager")
    csrf = re.search(r'name="csrf" value="([^"]+)"', _ask(port, "/auth/login")[1])
    assert csrf is not None
    form = urlencode({"csrf": csrf[1], "provider": "password", "email": email, "password": password})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrf={csrf[1]}"}
    _, _, cookies = _ask(port, "/auth/login", form, headers)
    return next(cookie for cookie in cookies if cookie.startswith("session=")).split(";")[0]


def _ask(
    port: int, path: str, body: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str, list[str]]:
    """One request; Python may not resolve *.localhost, so the name travels in the header."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        given = {"Host": f"{PARTNER}.localhost", **(headers or {})}
        connection.request("POST" if body else "GET", path, body, given)
        answer = connection.getresponse()
        cookies = [value for key, value in answer.getheaders() if key.lower() == "set-cookie"]
        return answer.status, answer.read().decode(), cookies
    finally:
        connection.close()
