"""The instant that a transaction looks from: the one its scope names, or the database's own present. No other clock counts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sql import query
from sql.ask import mappings


@dataclass(frozen=True)
class Moment:
    """`asked` is the instant of the scope (None: now); `now` the present, the same through the whole transaction."""

    asked: datetime | None
    now: datetime

    @property
    def instant(self) -> datetime:
        """Where the transaction looks from."""
        return self.asked or self.now


def moment(conn: Connection) -> Moment:
    """From where this transaction looks."""
    (row,) = mappings(conn, query("kpi/moment"), {})
    return Moment(**row)
