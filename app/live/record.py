"""Writes down what was done, one JSON object a line, in the order in which it was done."""

from __future__ import annotations

import datetime as dt
import json
import threading
from decimal import Decimal
from pathlib import Path


class Record:
    """The file of the truth; several firms write into it at once."""

    def __init__(self, path: Path) -> None:
        """Append to `path`."""
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def write(self, kind: str, firm: str, at: dt.datetime | None, **fields: object) -> None:
        """One act: what kind, whose, the server's own instant of it (aware), and whatever identifies it."""
        instant = at.astimezone(dt.UTC).isoformat(timespec="microseconds") if at else None
        line = json.dumps({"kind": kind, "firm": firm, "at": instant, **fields}, default=_plain)
        with self._lock:
            self._file.write(line + "\n")

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not go into the record")
