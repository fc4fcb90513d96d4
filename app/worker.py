"""The worker: collects, refreshes and alerts on schedule, and says how it does on loopback."""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from types import FrameType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from apscheduler.schedulers.background import BackgroundScheduler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app.alerts import book, mentions, outgoing
from app.alerts.clean import clean
from app.alerts.deliver import Courier, Delivered
from app.alerts.staff_digest import StaffDigests
from app.mail import NotTaken
from app.mail import Post as Mailing
from app.review_post import send_due
from collectors import hook, smtp
from collectors.hands import Hands
from collectors.ledger import Poll
from collectors.secrets import resolve
from collectors.stream import SourceError
from collectors.work import collect_due
from metrics.refresh import refresh
from sql.database import Database

log = logging.getLogger("worker")

COLLECT_EVERY = timedelta(seconds=5)
REFRESH_EVERY = timedelta(seconds=20)
LOOK_EVERY = timedelta(seconds=60)
MENTIONS_EVERY = timedelta(seconds=20)
CLEAN_EVERY = timedelta(hours=1)
DELIVER_EVERY = timedelta(seconds=5)
REVIEWS_EVERY = timedelta(minutes=1)
STALE_AFTER = timedelta(minutes=5)

AT_ONCE = 4
SLOW_AFTER = 10.0
"""Seconds after which a system is slow: it is read on beside the others, and another takes its turn."""
MOST_AT_ONCE = 12
"""Four of them (AT_ONCE) are for systems that were not slow when they were read last."""
LAST_SECONDS = 10.0


class Worker:
    """Ticks that collect what is due and count again what changed; several workers share the work by leases."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.hands = Hands(AT_ONCE, slow_after=SLOW_AFTER, most=MOST_AT_ONCE, shared=True)
        self.registry = CollectorRegistry()
        self.polls = Counter(
            "polls_total",
            "Polls by outcome",
            ["customer", "system", "stream", "outcome"],
            registry=self.registry,
        )
        self.rows = Counter("rows_total", "Rows by what became of them", ["change"], registry=self.registry)
        self.refresh_seconds = Histogram(
            "refresh_seconds", "Seconds that counting again took", registry=self.registry
        )
        self.errors = Counter("tick_errors_total", "Ticks that failed", ["tick"], registry=self.registry)
        self.ticked = Gauge(
            "last_tick_timestamp_seconds", "When a tick last ended", ["tick"], registry=self.registry
        )
        self.alerts = Counter(
            "alert_messages_total",
            "Alert messages by what became of them",
            ["outcome"],
            registry=self.registry,
        )
        readers = Gauge("readers_busy", "Systems that are being read", ["pace"], registry=self.registry)
        readers.labels("quick").set_function(lambda: self.hands.busy[0])
        readers.labels("slow").set_function(lambda: self.hands.busy[1])
        Gauge(
            "readers_wanted",
            "Systems that were due at the last tick and found no reader",
            registry=self.registry,
        ).set_function(lambda: self.hands.left)
        self.courier = Courier(db, ways_of(db), lambda: datetime.now(UTC))
        self.digests = StaffDigests(db, self.courier.ways, self.courier.clock)
        self._ended: dict[str, datetime] = {}
        self._began = datetime.now(UTC)

    def collect(self) -> None:
        """One tick: every stream that is due is read once; what is slow is read on after it."""
        self._tick(
            "collect",
            lambda: collect_due(self.db, datetime.now(UTC), on_poll=self._count, hands=self.hands),
        )

    def refresh(self) -> None:
        """One tick: dirty cells, matches and exceptions."""
        began = time.perf_counter()
        self._tick("refresh", lambda: refresh(self.db, datetime.now(UTC)))
        self.refresh_seconds.observe(time.perf_counter() - began)

    def look(self) -> None:
        """One tick: the rules of alerting, at every customer."""
        self._tick("look", lambda: book.look(self.db, datetime.now(UTC)))

    def mentions(self) -> None:
        """One tick: who is named in notes of the last day."""
        self._tick("mentions", lambda: mentions.look(self.db, datetime.now(UTC)))

    def staff_digests(self) -> None:
        """One tick: the digests over all customers whose time has come."""
        self._tick("staff_digests", lambda: self._sent(self.digests.round()))

    def clean(self) -> None:
        """One tick: alerts that have been over for longer than they are kept."""
        self._tick("clean", lambda: clean(self.db, datetime.now(UTC)))

    def deliver(self) -> None:
        """One tick: every alert message that is due."""
        self._tick("deliver", self._deliver)

    def _deliver(self) -> None:
        self._sent(self.courier.round())

    def _sent(self, done: Delivered) -> None:
        for outcome in ("sent", "failed", "dead", "folded", "held"):
            self.alerts.labels(outcome).inc(getattr(done, outcome))

    def reviews(self) -> None:
        """One tick: the review packs whose day has come, and those that were sealed."""
        self._tick("reviews", lambda: send_due(self.db, poster(self.db)))

    def healthy(self, now: datetime) -> bool:
        """Whether its ticks have ended within the last five minutes, or the worker has just begun."""
        ticks = ("collect", "refresh", "look", "deliver")
        return all(now - self._ended.get(tick, self._began) < STALE_AFTER for tick in ticks)

    def _count(self, poll: Poll) -> None:
        self.polls.labels(poll.customer, poll.system, poll.stream, poll.outcome).inc()
        for change in ("new", "changed", "unchanged", "deleted", "quarantined"):
            self.rows.labels(change).inc(getattr(poll, change))

    def _tick(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:  # the loop is the one place that may catch everything: the next tick tries again
            self.errors.labels(name).inc()
            log.exception("the %s tick failed; it is tried again", name)
        else:
            self._ended[name] = datetime.now(UTC)
            self.ticked.labels(name).set_to_current_time()


def ways_of(db: Database) -> outgoing.Ways:
    """How alerts leave this house: the collectors' mail and guarded connections, their refusals in alerting's words."""

    def said(error: SourceError) -> outgoing.Undelivered:
        wait, doubtful = getattr(error, "wait", None), getattr(error, "doubtful", False)
        # a secret that is not there today may be there tomorrow
        return outgoing.Undelivered(
            str(error), permanent=error.permanent and error.kind != "secret", wait=wait, doubtful=doubtful
        )

    def secret(reference: str) -> str:
        try:
            return resolve(reference)
        except SourceError as error:
            raise said(error) from None

    def mail(partner_id: int, message: EmailMessage) -> None:
        try:
            smtp.post(db, partner_id, message)
        except SourceError as error:
            raise said(error) from None

    def post(it: outgoing.Post) -> str:
        try:
            return hook.post(it.url, it.body, it.headers, allow_private=it.allow_private, secrets=it.secrets)
        except SourceError as error:
            raise said(error) from None

    return outgoing.Ways(secret, mail, post)


def poster(db: Database) -> Mailing:
    """Hands messages to the mail servers of the partners."""

    def post(partner_id: int, message: EmailMessage) -> Mapping[str, str]:
        try:
            return smtp.post(db, partner_id, message)
        except SourceError as error:
            # a secret that is not there today may be there tomorrow
            is_over = error.permanent and error.kind != "secret"
            raise NotTaken(str(error), permanent=is_over) from None

    return post


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a probe every few seconds is no news."""


def health_server(worker: Worker, port: int) -> WSGIServer:
    """/healthz and /metrics of this worker on 127.0.0.1; port 0 picks a free one."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            start("200 OK", [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
            return [generate_latest(worker.registry)]
        if path == "/healthz":
            ok = worker.healthy(datetime.now(UTC))
            start("200 OK" if ok else "503 Service Unavailable", [("Content-Type", "application/json")])
            return [json.dumps({"status": "ok" if ok else "stale"}).encode()]
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"not found\n"]

    return make_server("127.0.0.1", port, answer, handler_class=_Quiet)


def start(db: Database) -> tuple[Worker, BackgroundScheduler]:
    """A worker whose ticks run in the background; end it with scheduler.shutdown()."""
    worker = Worker(db)
    # a tick that takes longer than its turn is how a busy worker looks, no warning
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(timezone=UTC)
    for tick, every in (
        (worker.collect, COLLECT_EVERY),
        (worker.refresh, REFRESH_EVERY),
        (worker.look, LOOK_EVERY),
        (worker.mentions, MENTIONS_EVERY),
        (worker.deliver, DELIVER_EVERY),
        (worker.staff_digests, LOOK_EVERY),
        (worker.clean, CLEAN_EVERY),
        (worker.reviews, REVIEWS_EVERY),
    ):
        # One at a time, missed turns become one, and a little jitter keeps many workers apart.
        scheduler.add_job(
            tick, "interval", seconds=every.total_seconds(), jitter=1, max_instances=1, coalesce=True,
            misfire_grace_time=None, next_run_time=datetime.now(UTC),
        )  # fmt: skip
    scheduler.start()
    return worker, scheduler


def run(db: Database, port: int, say: Callable[[str], None]) -> None:
    """Work until interrupted or asked to end."""
    worker, scheduler = start(db)
    server = health_server(worker, port)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    say(
        f"Working. Health and metrics: http://127.0.0.1:{server.server_port}/healthz and /metrics. End with Ctrl-C."
    )
    ended = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    ended.wait()
    say("Ending after the work in hand.")
    worker.hands.end(LAST_SECONDS)
    scheduler.shutdown(wait=True)
    server.shutdown()
