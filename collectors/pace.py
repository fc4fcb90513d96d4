"""Keeps to the number of requests a second that a system's entry allows, over all streams of this process."""

import threading
import time

from collectors.system import System


class Pace:
    """Hands out turns."""

    def __init__(self) -> None:
        self.interval = 0.0
        self._next = 0.0
        self._guard = threading.Lock()

    def wait(self) -> None:
        """Sleep until it is our turn."""
        if self.interval <= 0:
            return
        with self._guard:
            turn = max(self._next, time.monotonic())
            self._next = turn + self.interval
        time.sleep(max(0.0, turn - time.monotonic()))


_paces: dict[tuple[int, int], Pace] = {}


def pace_of(system: System, rate: float) -> Pace:
    """The one pace of this system; `rate` in requests a second, 0: as fast as it answers."""
    pace = _paces.setdefault((system.customer_id, system.system_id), Pace())
    pace.interval = 1 / rate if rate > 0 else 0.0
    return pace
