"""When each customer's review goes out by mail and to whom, what went out last and what comes next; and changing it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import Connection

from app.estate_mail import ReviewSettings
from app.review_calendar import Due, Reviewed, draft_of, due, reviewed
from metrics.sla.desk import Desk, NotAllowedError
from metrics.sla.window import month
from sql import query
from sql.ask import mappings
from sql.database import Database, viewer


@dataclass(frozen=True)
class Scheduled:
    """One customer's schedule: the mail that went out last (None: none ever did), and what is due or comes next."""

    reviewed: Reviewed
    last: Mapping[str, Any] | None
    coming: Due

    def state(self, now: datetime) -> str:
        """How what comes next stands: kept (the estate lacks something), given up, waiting (to be tried again), due or planned."""
        it = self.coming
        if it.why_not or it.at is None:
            return "kept"
        if it.state in ("given_up", "waiting"):
            return it.state.replace("_", " ")
        return "due" if it.at <= now else "planned"


def schedules(db: Database, customer_ids: Sequence[int], now: datetime) -> list[Scheduled]:
    """The schedules of those of the customers that have one, by partner and key."""
    known = [each for each in reviewed(db) if each.customer_id in customer_ids]
    if not known:
        return []
    parts = due(db, now, known)
    with viewer(db, [each.customer_id for each in known]) as conn:
        asked = {"customer_ids": [each.customer_id for each in known]}
        mails = [row for row in mappings(conn, query("review/mails"), asked) if row["sent_at"]]
        return [
            Scheduled(
                each,
                max(
                    (row for row in mails if row["customer_id"] == each.customer_id),
                    key=lambda row: row["sent_at"],
                    default=None,
                ),
                _coming(conn, each, [part for part in parts if part.reviewed is each], now),
            )
            for each in known
        ]


def _coming(conn: Connection, it: Reviewed, parts: Sequence[Due], now: datetime) -> Due:
    """What is still to go out of the months that are over, else the draft of the month that runs."""
    waiting = [part for part in parts if part.state in ("", "waiting", "given_up")]
    if waiting:
        return min(waiting, key=lambda part: (part.at is not None, part.at or now))
    running = month(now.astimezone(ZoneInfo(it.time_zone)).date().replace(day=1), it.time_zone)
    return draft_of(conn, it, running)


def settings(given: Mapping[str, Any]) -> ReviewSettings:
    """A schedule as an estate file has it. Raises NotAllowedError, one line, for what is none."""
    try:
        return ReviewSettings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        place = str(first["loc"][0]).replace("_", " ")
        said = first["msg"].removeprefix("Value error, ")
        raise NotAllowedError(f"{place}: {said[:1].lower()}{said[1:]}") from None


def change(desk: Desk, seen: Mapping[str, Any] | None, wanted: ReviewSettings | None) -> None:
    """Change when a customer's review goes out and to whom, in place of the schedule that was seen; None: nothing is sent.

    It is the same row that the estate file writes: an export has it, and an apply leaves it until the file itself says something
    else of it than before. Raises NotAllowedError for the customer's side, and when somebody has changed it since.
    """
    desk.partner_only("change the schedule of the review")
    after = None if wanted is None else wanted.model_dump(mode="json")
    asked = {
        "customer_id": desk.customer_id,
        "review": None if after is None else json.dumps(after),
        "seen": None if seen is None else json.dumps(dict(seen)),
        "now": desk.now,
    }
    mappings(desk.conn, query("config/alone"), {})
    if not mappings(desk.conn, query("review/schedule_put"), asked):
        raise NotAllowedError("somebody has changed the schedule since")
    desk.note("schedule", before=seen, after=after)
