"""The database's clock, held against our own once a minute: what pages look from is its instant, and costs them no question."""

import time
from datetime import UTC, datetime, timedelta

from metrics.moment import moment
from sql.database import Database

GOOD_SECONDS = 60


class Clock:
    """The present of one database, as it told it a minute ago at most."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ahead = timedelta(0)
        self._good_until = 0.0

    def now(self) -> datetime:
        """The database's present; a little late where its answer took long, so that it never lies in its future."""
        if time.monotonic() >= self._good_until:
            with self._db.engine("viewer").begin() as conn:
                told = moment(conn).now
            self._ahead = told - datetime.now(UTC)
            self._good_until = time.monotonic() + GOOD_SECONDS
        return datetime.now(UTC) + self._ahead
