"""A test of a channel: one message that says so, through the outbox like every other."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from app.alerts.estate import Channel
from sql import query

SAID: dict[str, Any] = {
    "title": "Test of a channel",
    "lines": ["This message was sent to see whether it arrives."],
    "figure": None,
    "path": "/",
}


def put(conn: Connection, customer_id: int, channel: Channel, now: datetime) -> int:
    """Into the outbox, one to each whom the channel tells, quiet hours or not; how many. `conn` is in the customer's scope."""
    return sum(
        len(conn.execute(text(query("alerts/message_put")), row).all())
        for row in _rows(customer_id, channel, now)
    )


def _rows(customer_id: int, channel: Channel, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": customer_id,
            "message_key": f"test:{channel.key}:{addressee}:{now:%Y-%m-%dT%H:%M:%S.%f}",
            "alert_id": None,
            "kind": "test",
            "channel": channel.key,
            "addressee": addressee,
            "severity": 4,
            "said": json.dumps(SAID | {"channel": channel.kind}),
            "state": "waiting",
            "not_before": now,
            "at": now,
        }
        for addressee in channel.addressees
    ]
