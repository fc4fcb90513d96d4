"""Who is named in a note is told by mail: once for each note, through the outbox, and only while they still see the customer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.alerts.estate import MENTIONS, Who, who
from metrics.triage import act
from sql import query
from sql.database import Database, scope

LOOK_BACK = timedelta(days=1)


def look(db: Database, now: datetime) -> int:
    """Put into the outbox what the notes of the last day ask for; how many messages are new.

    What a note says is read from its event, so that a worker that is killed leaves nothing untold, and the key of a
    message is the event and the person, so that nobody is told twice. Whoever has acted on the exception since has read it.
    """
    since = now - LOOK_BACK
    with db.engine("metrics").begin() as conn:
        found = conn.execute(text(query("alerts/mentioned_customers")), {"since": since}).scalars().all()
    return sum(_customer(db, customer_id, since, now) for customer_id in found)


def _customer(db: Database, customer_id: int, since: datetime, now: datetime) -> int:
    own = who(db, customer_id)
    asked = {"customer_ids": [customer_id], "mentioned_person_id": None, "after_event_id": None}
    with db.engine("triage").begin() as conn:
        scope(conn, [customer_id])
        people = {each["person_id"]: each for each in act.people(conn, [customer_id])}
        names = {each["email"]: each["name"] for each in people.values()}
        rows = conn.execute(text(query("triage/mentions")), asked).mappings().all()
        put = (
            _row(
                own, dict(row), people[row["person_id"]]["email"], names.get(row["actor"], row["actor"]), now
            )
            for row in rows
            if row["at"] > since
            and row["person_id"] in people
            and people[row["person_id"]]["email"] != row["actor"]
        )
        return sum(len(conn.execute(text(query("alerts/message_put")), each).all()) for each in put)


def _row(own: Who, row: Mapping[str, Any], email: str, by: str, now: datetime) -> dict[str, Any]:
    said = {
        "title": f"{by} names you in a note: {row['title']}",
        "lines": [*str(row["note"]).splitlines(), f"Written {own.words.instant(row['at'])}."],
        "figure": None,
        "path": f"/exceptions?open={own.customer_id}-{row['exception_id']}",
        "channel": MENTIONS.kind,
    }
    return {
        "customer_id": own.customer_id,
        "message_key": f"mention:{row['event_id']}:{row['person_id']}",
        "alert_id": None,
        "kind": "mention",
        "channel": MENTIONS.key,
        "addressee": email,
        "severity": 3,
        "said": json.dumps(said),
        "state": "waiting",
        "not_before": now,
        "at": now,
    }
