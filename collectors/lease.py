"""Leases: any number of workers, and each stream in the hands of one; a dead worker's lease runs out."""

import time
from typing import TYPE_CHECKING

from collectors.system import System
from sql.ask import ask, plain

if TYPE_CHECKING:
    from sql.database import Database

SECONDS = 600.0
RENEW_AFTER = 30.0


class Lease:
    """One stream's lease, taken; by the database's clock, so that all workers mean the same moment."""

    def __init__(self, db: "Database", system: System, stream: str, holder: str, seconds: float) -> None:
        self._db = db
        self.of = system.customer_id, system.system_id
        self._place = {"customer_id": system.customer_id, "system_id": system.system_id, "stream": stream}
        self._holder = holder
        self._seconds = seconds
        self._renewed = time.monotonic()
        self._is_ours = True

    def still_ours(self) -> bool:
        """Hold it for longer, when it is time to; False when somebody else has it, or had it meanwhile."""
        if self._is_ours and time.monotonic() - self._renewed >= min(RENEW_AFTER, self._seconds / 3):
            with self._db.engine("collector").begin() as conn:
                self._is_ours = bool(
                    ask(
                        plain(conn),
                        "ops/lease_renew",
                        **self._place,
                        holder=self._holder,
                        seconds=self._seconds,
                    )
                )
            self._renewed = time.monotonic()
        return self._is_ours

    def release(self) -> None:
        """Give it back; one that was lost meanwhile is left alone."""
        with self._db.engine("collector").begin() as conn:
            ask(plain(conn), "ops/lease_release", **self._place, holder=self._holder)


def take(db: "Database", system: System, stream: str, holder: str, seconds: float = SECONDS) -> Lease | None:
    """The lease of a stream, or None while somebody else holds it."""
    place = {"customer_id": system.customer_id, "system_id": system.system_id, "stream": stream}
    with db.engine("collector").begin() as conn:
        ask(plain(conn), "ops/lease_make", **place)
        taken = ask(plain(conn), "ops/lease_take", **place, holder=holder, seconds=seconds)
    return Lease(db, system, stream, holder, seconds) if taken else None
