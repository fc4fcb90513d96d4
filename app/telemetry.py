"""The server's own figures for Prometheus: who signed in, how long pages and their queries took."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

REGISTRY = CollectorRegistry()
UP = Gauge("portal_up", "1 while the server answers.", registry=REGISTRY)
SESSIONS = Gauge("portal_sessions", "People signed in now.", registry=REGISTRY)
SIGN_INS = Counter("portal_sign_ins", "Sign-ins by outcome.", ["outcome"], registry=REGISTRY)
PAGES = Histogram(
    "portal_page_seconds", "Server time of one run of a page.", ["page"], buckets=_SECONDS, registry=REGISTRY
)
QUERIES = Histogram(
    "portal_page_query_seconds",
    "Part of a page's server time that its queries took.",
    ["page"],
    buckets=_SECONDS,
    registry=REGISTRY,
)
ERRORS = Counter("portal_page_errors", "Pages that broke.", ["page"], registry=REGISTRY)


def exposition() -> bytes:
    """The text that Prometheus reads."""
    return generate_latest(REGISTRY)


class Stopwatch(threading.local):
    """The time that queries took in this thread since the page began; a page is drawn in one thread."""

    seconds = 0.0
    queries = 0

    def reset(self) -> None:
        """A page begins."""
        self.seconds, self.queries = 0.0, 0


STOPWATCH = Stopwatch()


@contextmanager
def timed(page: str, began: float) -> Iterator[None]:
    """Observe how long a page took since `began`, and its queries, however it ends."""
    try:
        yield
    finally:
        PAGES.labels(page).observe(time.perf_counter() - began)
        QUERIES.labels(page).observe(STOPWATCH.seconds)
