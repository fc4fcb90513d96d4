"""The storm limit: so many alerts an hour to one addressee about one customer, and one summary of the rest."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from app.alerts.estate import Channel, Who
from sql import query

SHOWN = 30


def fold(conn: Connection, who: Who, channels: Mapping[str, Channel], now: datetime) -> int:
    """Put what is over the limit into the summary of this hour, or of the next when this hour's is on its way; how many.

    The most severe ones are told by themselves. Nothing is done while another worker does the same.
    """
    lock = {"customer_id": who.customer_id, "task": "alert storm"}
    if not conn.execute(text(query("alerts/try_lock")), lock).scalar_one():
        return 0
    asked = {
        "customer_ids": [who.customer_id],
        "at": now,
        "channels": list(channels),
        "limits": [channel.storm_limit for channel in channels.values()],
    }
    over: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in conn.execute(text(query("alerts/over_limit")), asked):
        over[row.channel, row.addressee].append(row.message_id)
    for (channel, addressee), ids in over.items():
        key = _summary(conn, who, channel, addressee, now)
        given = {"customer_id": who.customer_id, "message_ids": ids, "into_key": key}
        conn.execute(text(query("alerts/fold")), given)
    return sum(len(ids) for ids in over.values())


def said(conn: Connection, who: Who, message_key: str) -> tuple[str, list[str]]:
    """Title and lines of a summary, as of the moment in which it is sent."""
    asked = {"customer_id": who.customer_id, "message_key": message_key}
    rows = conn.execute(text(query("alerts/folded")), asked).mappings().all()
    lines = [f"· {row['title']}{'' if row['is_open'] else ' (over)'}" for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        lines.append(f"and {who.words.count(len(rows) - SHOWN)} more.")
    return f"{who.words.count(len(rows))} more alerts within the hour, told together", lines


def _summary(conn: Connection, who: Who, channel: str, addressee: str, now: datetime) -> str:
    hour = now.replace(minute=0, second=0, microsecond=0)
    key = _key(channel, addressee, hour)
    asked: dict[str, Any] = {"customer_id": who.customer_id, "message_key": key}
    state = conn.execute(text(query("alerts/storm_state")), asked).scalar_one_or_none()
    due = now
    if state not in (None, "waiting"):
        due = hour + timedelta(hours=1)
        key = _key(channel, addressee, due)
    row = {
        "customer_id": who.customer_id,
        "message_key": key,
        "alert_id": None,
        "kind": "storm",
        "channel": channel,
        "addressee": addressee,
        "severity": 4,  # after what is told by itself
        "said": json.dumps({"title": "", "lines": [], "figure": None, "path": "/exceptions"}),
        "state": "waiting",
        "not_before": due,
        "at": now,
    }
    conn.execute(text(query("alerts/message_put")), row)
    return key


def _key(channel: str, addressee: str, hour: datetime) -> str:
    return f"storm:{channel}:{addressee}:{hour:%Y-%m-%dT%H}"
