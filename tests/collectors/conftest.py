"""A site on loopback that answers what a test wants, and a customer whose systems are read into a database of its own."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import stamina
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL, text

from collectors.collect import collect
from collectors.kinds import streams_of
from collectors.ledger import Poll
from collectors.quarantine import HeldRecord, held
from collectors.system import System, load_systems
from sql.database import Database

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
RUNS: Mapping[str, Any] = {
    "object": "run",
    "request": {"path": "/runs", "params": {"since": "{since}"}},
    "records": "data",
    "fields": {
        "external_id": "id",
        "workflow_name": "flow",
        "started_at": "started",
        "finished_at": "ended",
        "amount": "amount",
        "object_key": "key",
    },
    "status": {"field": "status", "map": {"ok": "success", "bad": "failed", "runs": "running"}},
}


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: Mapping[str, str]


@dataclass
class Site:
    """A real HTTP server; `answer` decides: a body (JSON), bytes, or (status, headers, body)."""

    url: str = ""
    answer: Callable[[Asked], Any] = lambda asked: {"data": []}
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def _serving() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            asked = Asked(
                self.command, parts.path, query, json.loads(sent) if sent else None, dict(self.headers)
            )
            site.asked.append(asked)
            found = site.answer(asked)
            status, headers, body = found if isinstance(found, tuple) else (200, {}, found)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    """A site that answers an empty list until the test says otherwise."""
    with _serving() as made:
        yield made


@pytest.fixture
def other_site() -> Iterator[Site]:
    """A second one, which nobody may be led to."""
    with _serving() as made:
        yield made


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Attempts follow each other at once."""
    stamina.set_testing(True, attempts=4, cap=True)
    yield
    stamina.set_testing(False)


class Firm:
    """A customer in a database of its own: systems to be added, collected and looked at."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._change(
            "INSERT INTO ops.partner (key, name, time_zone, locale) VALUES ('p', 'P', 'UTC', 'en');"
            " INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)"
            " SELECT partner_id, 'acme', 'Acme', 'UTC', 'EUR' FROM ops.partner"
        )

    def _change(self, statement: str, **parameters: Any) -> None:
        with self.db.engine("owner").begin() as conn:
            for part in statement.split(";"):
                conn.execute(text(part), parameters)

    def add(self, kind: str, url: str | None, key: str = "ipaas", **more: Any) -> System:
        """A system of this kind; `streams` and other words are its options, `secret` is its reference."""
        self._change(
            "INSERT INTO ops.system (customer_id, key, role, kind, url, secret, options)"
            " SELECT customer_id, :key, 'ipaas', :kind, :url, :secret, CAST(:options AS jsonb) FROM ops.customer",
            key=key,
            kind=kind,
            url=url,
            secret=more.pop("secret", None),
            options=json.dumps(more),
        )
        return self.system(key)

    def mend(self, key: str = "ipaas", **options: Any) -> System:
        """The system with other options."""
        self._change(
            "UPDATE ops.system SET options = CAST(:o AS jsonb) WHERE key = :k", o=json.dumps(options), k=key
        )
        return self.system(key)

    def system(self, key: str = "ipaas") -> System:
        """The system as it is stored."""
        (found,) = load_systems(self.db, system=key)
        return found

    def collect(self, key: str = "ipaas", stream: str = "runs", at: datetime = NOW) -> Poll:
        """Read one stream once."""
        system = self.system(key)
        (chosen,) = [each for each in streams_of(system) if each.name == stream]
        return collect(self.db, system, chosen, at)

    def rows(self, columns: str, table: str = "raw.run") -> list[tuple[Any, ...]]:
        """What a table holds, in order."""
        with self.db.engine("owner").connect() as conn:
            return [
                tuple(row) for row in conn.execute(text(f"SELECT {columns} FROM {table} ORDER BY {columns}"))
            ]

    def held(self) -> list[HeldRecord]:
        """What is in quarantine."""
        return held(self.db)


@pytest.fixture
def firm(fresh_database: Callable[[], Database]) -> Firm:
    """A customer without systems."""
    return Firm(fresh_database())


@pytest.fixture
def postgres(firm: Firm) -> Iterator[tuple[psycopg.Connection, str]]:
    """A table of runs in a PostgreSQL, and its address."""
    with firm.db.engine("owner").connect() as source:
        driver = source.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        parts = conninfo_to_dict(driver.info.dsn)
        password = driver.info.password
    url = URL.create("postgresql", str(parts["user"]), None, None, None, str(parts["dbname"]))
    url = url.update_query_dict({"host": str(parts["host"]), "port": str(parts.get("port", 5432))})
    with psycopg.connect(**{**parts, "password": password or None}, autocommit=True) as conn:  # type: ignore[arg-type]
        conn.execute("CREATE SCHEMA away")
        conn.execute(
            "CREATE TABLE away.log (id int, flow text, begun timestamptz, ended timestamptz, state text,"
            " changed timestamptz, bare timestamp)"
        )
        yield conn, url.render_as_string(hide_password=False)


def run(own: str, **more: Any) -> dict[str, Any]:
    """A run as the site tells it: ten minutes ago, done in a second."""
    return {
        "id": own,
        "flow": "won",
        "started": "2026-11-21T00:50:00Z",
        "ended": "2026-11-21T00:50:01Z",
        "status": "ok",
        **more,
    }
