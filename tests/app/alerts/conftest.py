"""What tests of alerting share: a partner with channels and rules over a real database, an endpoint and a mail server on loopback."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import text

from app.alerts import book
from app.alerts.deliver import Courier
from app.worker import ways_of
from metrics import calendars
from sql.database import Database
from tests.collectors.mailbox import Box, mailbox
from tests.conftest import copied
from tests.metrics.builders import an_exception, at

NOW = at("2026-11-20 14:20")  # a Friday
_NUMBERS = itertools.count(1)


@dataclass
class Endpoint:
    """An HTTP server that keeps what it takes; `answers` are used up one a request, then it is 200."""

    port: int = 0
    taken: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    on_taken: Callable[[], None] | None = None

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def kinds(self) -> list[str]:
        return [body["type"].removeprefix("alert.") for _, _, body in self.taken]

    @property
    def titles(self) -> list[str]:
        return [body["data"]["title"] for _, _, body in self.taken]


@contextmanager
def _served() -> Iterator[Endpoint]:
    kept = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            status, headers = kept.answers.pop(0) if kept.answers else (200, {})
            if status < 300:
                given = {name.lower(): value for name, value in self.headers.items()} | {"raw": raw.decode()}
                kept.taken.append((self.path, given, json.loads(raw)))
                if kept.on_taken is not None:
                    kept.on_taken()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def database_of_alerts(template: Database) -> Iterator[Database]:
    """A migrated database that all tests of alerting share: each has a partner of its own."""
    with copied(template) as made:
        yield made


@pytest.fixture(scope="session")
def endpoint_of_all() -> Iterator[Endpoint]:
    with _served() as kept:
        yield kept


@pytest.fixture
def endpoint(endpoint_of_all: Endpoint) -> Endpoint:
    endpoint_of_all.taken.clear()
    endpoint_of_all.answers.clear()
    endpoint_of_all.on_taken = None
    return endpoint_of_all


@pytest.fixture(scope="session")
def box_of_all() -> Iterator[Box]:
    with mailbox() as box:
        yield box


@pytest.fixture
def box(box_of_all: Box) -> Box:
    box_of_all.messages.clear()
    box_of_all.envelopes.clear()
    box_of_all.refuses.clear()
    box_of_all.data_answer = "250 taken"
    return box_of_all


@dataclass
class House:
    """A partner with customers, and the clock at which its alerts are looked at and sent."""

    db: Database
    endpoint: Endpoint
    box: Box
    now: datetime = NOW
    partner: str = ""

    def __post_init__(self) -> None:
        self.partner = f"partner-a{next(_NUMBERS)}"
        mail = {"host": "127.0.0.1", "port": self.box.port, "security": "none", "user": None, "secret": None}
        mail |= {"sender": "alerts@northwind.example", "allow_private": True}
        self.run(
            "INSERT INTO ops.partner (key, name, hosts, time_zone, locale, brand, mail)"
            " VALUES (:key, 'Northwind Ltd', ARRAY[:host], 'UTC', 'en-GB', CAST(:brand AS jsonb), CAST(:mail AS jsonb))",
            key=self.partner,
            host=f"{self.partner}.example",
            brand=json.dumps({"name": "Northwind Connect", "footer": "desk +44 20 7946 0999"}),
            mail=json.dumps(mail),
        )
        self.channel("hook")

    def run(self, statement: str, **values: Any) -> list[Any]:
        with self.db.engine("owner").begin() as conn:
            done = conn.execute(text(statement), values)
            return list(done.all()) if done.returns_rows else []

    def customer(self, key: str = "acme", zone: str = "UTC") -> int:
        """A customer of this partner with one system."""
        with self.db.engine("owner").begin() as conn:
            made = conn.execute(
                text(
                    "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)"
                    " SELECT partner_id, :key, initcap(:key), :zone, 'USD' FROM ops.partner WHERE key = :partner"
                    " RETURNING customer_id"
                ),
                {"key": key, "zone": zone, "partner": self.partner},
            ).scalar_one()
            conn.execute(
                text(
                    "INSERT INTO ops.system (customer_id, key, role, kind) VALUES (:own, 'ipaas', 'ipaas', 'http')"
                ),
                {"own": made},
            )
        return int(made)

    def channel(self, key: str, kind: str = "webhook", **document: Any) -> None:
        """A channel; unless it says otherwise a webhook at the endpoint, its key in HOOK_KEY."""
        given: dict[str, Any] = {"kind": kind, "storm_limit": 20, "allow_private": True}
        if kind == "webhook":
            given |= {"url": self.endpoint.url(), "secret": "env:HOOK_KEY"}
        self._entry("channel", key, given | document)

    def rule(self, key: str = "severe", **document: Any) -> None:
        """A rule; unless it says otherwise causes of severity 1 and 2 for all customers through `hook`."""
        given: dict[str, Any] = {"customers": [], "workflows": [], "channels": ["hook"], "escalate": []}
        if not {"value", "severity", "burn", "deadline", "silence"} & set(document):
            given["severity"] = {"at_least": 2}
        self._entry("rule", key, given | document)

    def _entry(self, kind: str, key: str, document: dict[str, Any]) -> None:
        self.run(
            f"INSERT INTO ops.alert_{kind} (partner_id, key, document, changed_at)"
            " SELECT partner_id, :key, CAST(:document AS jsonb), now() FROM ops.partner WHERE key = :partner"
            " ON CONFLICT (partner_id, key) DO UPDATE SET document = excluded.document",
            key=key,
            document=json.dumps(document),
            partner=self.partner,
        )

    def exception(self, customer: int, worth: int | None = None, **values: Any) -> int:
        """An open cause of severity 1, worth so many dollars."""
        with self.db.engine("owner").begin() as conn:
            made = an_exception(conn, customer, self.now - timedelta(hours=1), **({"severity": 1} | values))
        if worth is not None:
            self.run(
                "UPDATE ops.exception SET value_at_risk = :worth, currency = 'USD' WHERE exception_id = :own",
                worth=worth,
                own=made,
            )
        return made

    def close(self, exception: int) -> None:
        self.run(
            "UPDATE ops.exception SET closed_at = :now, state = 'verified_closed' WHERE exception_id = :own",
            now=self.now,
            own=exception,
        )

    def office(self, customer: int, zone: str, key: str = "office") -> None:
        """Open from nine to five on weekdays."""
        week = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        with self.db.engine("owner").begin() as conn:
            conn.execute(
                text(
                    "INSERT INTO ops.calendar (customer_id, key, time_zone, hours)"
                    " VALUES (:own, :key, :zone, CAST(:week AS jsonb))"
                ),
                {"own": customer, "key": key, "zone": zone, "week": json.dumps(week)},
            )
            calendars.materialise(conn, customer, at("2026-06-01"))

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def courier(self, holder: str = "one") -> Courier:
        return Courier(self.db, ways_of(self.db), lambda: self.now, holder)

    def tick(self, **span: float) -> None:
        """Time passes, the rules are looked at, and what is due is sent."""
        self.later(**span)
        book.look(self.db, self.now)
        self.courier().round()

    def messages(self, state: str) -> list[Any]:
        return self.run(
            "SELECT m.* FROM ops.alert_message m JOIN ops.customer c USING (customer_id) JOIN ops.partner p USING (partner_id)"
            " WHERE p.key = :partner AND m.state = :state ORDER BY m.message_id",
            partner=self.partner,
            state=state,
        )


@pytest.fixture
def house(
    database_of_alerts: Database, endpoint: Endpoint, box: Box, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """A partner of its own for every test; what it leaves behind is taken away."""
    monkeypatch.setenv("HOOK_KEY", "a key that signs")
    made = House(database_of_alerts, endpoint, box)
    yield made
    made.run("TRUNCATE ops.alert_link, ops.alert_message, ops.alert, ops.alert_rule, ops.alert_channel")
