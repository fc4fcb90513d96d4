"""The exception queue of the small world, for tests of what comes into it and how it leaves."""

from sqlalchemy import text

from metrics import matching, rollup, work
from metrics.detect import Detected, detect
from tests.metrics.builders import OneTransaction


class Queue:
    """The exception queue of the small world."""

    def __init__(self, world) -> None:
        self.world = world
        self.database = OneTransaction(world.conn)

    def look(self, now) -> Detected:
        rollup.rebuild(self.database, now, [self.world.customer_id])
        matching.match(self.database, now)
        work.refresh(self.database)
        return detect(self.database, now)

    def _rows(self, statement: str) -> list:
        return self.world.conn.execute(text(statement), {"customer": self.world.customer_id}).all()

    def exceptions(self) -> list:
        return self._rows("SELECT * FROM ops.exception WHERE customer_id = :customer ORDER BY exception_id")

    def one(self):
        (row,) = self.exceptions()
        return row

    def occurrences(self) -> list:
        return self._rows(
            "SELECT * FROM ops.exception_occurrence WHERE customer_id = :customer ORDER BY exception_id, subject_id"
        )

    def events(self) -> list:
        rows = self._rows(
            "SELECT kind, to_state FROM ops.exception_event WHERE customer_id = :customer ORDER BY event_id"
        )
        return [tuple(row) for row in rows]


def failed(world, flow, moment, key="INV-1", message="HTTP 503 from the ERP", **values):
    return world.run(
        moment,
        flow_id=flow,
        status="failed",
        object_type="invoice",
        object_key=key,
        error_message=message,
        **values,
    )
