"""A small world with rules: what must follow what, and the queue it ends in when it does not."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, text

from metrics import calendars, expectations, matching, work
from metrics.detect import Detected, detect
from metrics.expectation_library import by_key
from metrics.figure import Figure
from metrics.news import News
from metrics.period import Period
from metrics.read import figures, rows
from tests.metrics.builders import OneTransaction
from tests.metrics.business.conftest import World, at

EVERYTHING = Period(at("2020-01-01"), at("2030-01-01"), "UTC", "everything")


class Expecting(World):
    """The world of business metrics, with rules of the library."""

    def calendar(
        self,
        zone: str = "UTC",
        hours: dict[str, str] | None = None,
        holidays: str | None = None,
        closed: tuple[str, ...] = (),
    ) -> int:
        """Open from nine to five on weekdays unless it says otherwise, filled as `apply` fills it."""
        week = hours or dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00")
        calendar = self.conn.execute(
            text(
                "INSERT INTO ops.calendar (customer_id, key, time_zone, hours, holidays)"
                " VALUES (:customer, :key, :zone, CAST(:hours AS jsonb), :holidays) RETURNING calendar_id"
            ),
            {
                "customer": self.customer_id,
                "key": f"calendar-{next(self._number)}",
                "zone": zone,
                "hours": json.dumps({day: [span.split("-")] for day, span in week.items()}),
                "holidays": holidays,
            },
        ).scalar_one()
        for day in closed:
            self.put(
                "ops.calendar_holiday",
                customer_id=self.customer_id,
                calendar_id=calendar,
                held_on=day,
                name="closed",
                source="customer",
            )
        calendars.materialise(self.conn, self.customer_id, at("2026-06-01"))
        return int(calendar)

    def rule(self, rule: str, hours: float | None = None, since: str = "2020-01-01", **values: Any) -> int:
        """A rule that is switched on, with a deadline in hours or business_days; answers its id."""
        by_key(rule)
        number = 5000 + next(self._number)
        deadline = {"deadline_seconds": None if hours is None else int(hours * 3600)}
        row = {"key": f"{rule}-{number}", "rule": rule, "valid_from": at(since)} | deadline | values
        self.put("ops.expectation_rule", customer_id=self.customer_id, rule_id=number, **row)
        return number

    def stage(self, since: str, stage: str) -> None:
        self.put("ops.lifecycle_stage", customer_id=self.customer_id, valid_from=since, stage=stage)

    def match(self, now: datetime) -> None:
        """Bring links and billable work in step, as a refresh does before expectations."""
        matching.match_customer(self.conn, News(self.customer_id, None, 0, ()), now)
        work.count_again(self.conn, News(self.customer_id, None, 0, ()))

    def sweep(self, now: datetime | None = None) -> int:
        self.match(now or at("2026-11-20 14:20"))
        return expectations.refresh(OneTransaction(self.conn))

    def detect(self, now: datetime) -> Detected:
        self.sweep()
        return detect(OneTransaction(self.conn), now)

    def rows(self, as_of: datetime) -> pd.DataFrame:
        """All expectations, as a viewer of this customer sees them from an instant."""
        with self._as_viewer([self.customer_id], as_of) as reader:
            return rows(reader, "expectations_met", [self.customer_id], EVERYTHING)

    def outcomes(self, moment: str | datetime) -> dict[str, str]:
        """Outcome by record, looked at from an instant."""
        frame = self.rows(at(moment) if isinstance(moment, str) else moment)
        return dict(zip(frame["item_id"], frame["outcome"], strict=True))

    def figure(
        self, as_of: datetime, by: str | None = None, period: Period = EVERYTHING
    ) -> dict[Any, Figure]:
        """The figure by (part, currency)."""
        with self._as_viewer([self.customer_id], as_of) as reader:
            found = figures(reader, "expectations_met", [self.customer_id], period, by=by)
        return {(each.part, each.currency): each for each in found}

    def stored(self) -> list[str]:
        """Every expectation as it stands in the database, infinities included."""
        return list(
            self.conn.execute(
                text("SELECT CAST(e AS text) FROM kpi.expectation e WHERE e.customer_id = :c ORDER BY 1"),
                {"c": self.customer_id},
            ).scalars()
        )

    def queue(self) -> list[Any]:
        """The exceptions, oldest first."""
        return self.conn.execute(
            text("SELECT * FROM ops.exception WHERE customer_id = :c ORDER BY opened_at, exception_id"),
            {"c": self.customer_id},
        ).all()

    def read(self, object_: str, until: datetime, system_id: int | None = None, **values: Any) -> None:
        """Says what has been read of an object: from `since` (always) up to an instant."""
        self.conn.execute(
            text(
                "INSERT INTO kpi.stream_read (customer_id, system_id, stream, object, windows, counted_until)"
                " VALUES (:c, :s, :o, :o, tstzmultirange(tstzrange(:since, :until)), :until)"
                " ON CONFLICT (customer_id, system_id, stream) DO UPDATE SET windows = kpi.stream_read.windows + excluded.windows"
            ),
            {
                "c": self.customer_id,
                "s": system_id or self.system_id,
                "o": object_,
                "since": values.get("since"),
                "until": until,
            },
        )


@pytest.fixture
def world(conn: Connection, as_viewer: Callable[..., AbstractContextManager[Connection]]) -> Expecting:
    world = Expecting(conn, as_viewer)
    world.without_house_rules()
    return world


@pytest.fixture(name="at")
def _at() -> Callable[[str], datetime]:
    return at
