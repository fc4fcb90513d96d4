"""The net under everything that is drawn: what breaks says so, with a reference that stands in the log."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from app import components, telemetry

log = logging.getLogger(__name__)


@contextmanager
def net(what: str, place: Callable[[], Any]) -> Iterator[None]:
    """Whatever raises inside is logged, counted, and the screen for it drawn in `place()`; nothing is revealed."""
    try:
        yield
    except Exception:
        reference = secrets.token_hex(4)
        telemetry.ERRORS.labels(what).inc()
        log.exception("%s failed, reference %s", what, reference)
        with place():
            components.broken(reference, datetime.now(UTC))
