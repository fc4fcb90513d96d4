"""Queries that end in their time: each piece of an answer has its seconds, then the query is cut off."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Executable, RowMapping, text
from sqlalchemy.exc import SQLAlchemyError

from collectors.spec import SpecError
from collectors.stream import SourceError
from collectors.system import System

LONGEST_QUERY = 900.0
"""Seconds in which a query has to give its first rows and each batch after them, when the entry's `timeout` allows no more."""


def seconds_of(system: System) -> float:
    """The time that a query of this system has. Raises SpecError for an `options.timeout` that is no number."""
    said = system.options.get("timeout", 0)
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise SpecError([f"{system.label}: options.timeout: {said!r} is no number of seconds"])
    return max(LONGEST_QUERY, float(said))


class TimedQueries:
    """Queries over one connection, each with so many seconds for its first rows and for every batch.

    PostgreSQL ends them by itself; SQLite, and whatever driver can be interrupted, is interrupted. One that can not is
    waited for. What was cut off raises SourceError of kind `timeout`; other errors are the driver's.
    """

    def __init__(self, conn: Connection, what: str, seconds: float) -> None:
        self.conn = conn
        self._what = what
        self._seconds = seconds
        self._interrupt = None
        if conn.dialect.name == "postgresql":
            conn.execute(text(f"SET LOCAL statement_timeout = {math.ceil(seconds * 1000)}"))
        else:
            driver: Any = conn.connection.driver_connection
            self._interrupt = getattr(driver, "interrupt", None) or getattr(driver, "cancel", None)

    def batches(self, asked: Executable, size: int) -> Iterator[Sequence[RowMapping]]:
        """The rows as they come, so many at a time."""
        with self._watched():
            found = self.conn.execute(
                asked, execution_options={"stream_results": True, "max_row_buffer": size}
            )
        parts = found.mappings().partitions(size)
        while True:
            with self._watched():
                part = next(parts, None)
            if part is None:
                return
            yield part

    def all(self, asked: Executable) -> Sequence[RowMapping]:
        """All rows."""
        with self._watched():
            return self.conn.execute(asked).mappings().all()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        until = time.monotonic() + self._seconds
        watch = threading.Timer(self._seconds, self._interrupt) if self._interrupt else None
        if watch is not None:
            watch.daemon = True
            watch.start()
        try:
            yield
        except SQLAlchemyError:
            if time.monotonic() < until:
                raise
            said = f"{self._what}: the query did not answer in {self._seconds:,.0f} s: left to the next poll"
            raise SourceError(f"{said} (options.timeout gives it longer)", kind="timeout") from None
        finally:
            if watch is not None:
                watch.cancel()
