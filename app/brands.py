"""Whose name a request carries: brands by host, read from the database and remembered for a few seconds."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import text

from app.branding import Brand, brand_from_row
from app.settings import LOOPBACK_NAMES, Settings
from sql import query
from sql.database import Database

_REMEMBERED_SECONDS = 5.0


@dataclass
class Brands:
    """Every partner's brand. A changed brand shows within five seconds, without a restart."""

    db: Database
    settings: Settings
    _known: tuple[Brand, ...] = ()
    _read_at: float = field(default=-_REMEMBERED_SECONDS)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def all(self) -> tuple[Brand, ...]:
        """All brands by key."""
        with self._guard:
            if time.monotonic() - self._read_at >= _REMEMBERED_SECONDS:
                with self.db.engine("portal").begin() as conn:
                    rows = conn.execute(text(query("portal/partners"))).mappings().all()
                self._known = tuple(brand_from_row(dict(row)) for row in rows)
                self._read_at = time.monotonic()
            return self._known

    def for_host(self, host: str) -> tuple[Brand, ...]:
        """The brands that a host name may show: one, none for an unknown host.

        A server that only this machine reaches also answers to localhost and 127.0.0.1, for every partner: there the
        sign-in decides whose brand it is.
        """
        own = tuple(brand for brand in self.all() if host in brand.hosts)
        if own or not (self.settings.is_local and host in LOOPBACK_NAMES):
            return own
        return self.all()

    def by_id(self, partner_id: int) -> Brand | None:
        """The brand of a partner."""
        return next((brand for brand in self.all() if brand.partner_id == partner_id), None)

    def forget(self) -> None:
        """Read again at the next request."""
        with self._guard:
            self._read_at = -_REMEMBERED_SECONDS


def host_name(header: str) -> str:
    """The name in a Host header: without port, trailing dot and capitals; empty when it cannot be read."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].rstrip(".")
