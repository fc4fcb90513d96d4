"""The daily digest: what is new, resolved and still open at one customer since the digest before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from app.alerts.estate import Channel, Who, open_time, opening
from metrics.alerts.rules import Rule
from sql import query

PLACES = (("new", "New"), ("resolved", "Resolved"), ("open", "Still open"))


def due(
    conn: Connection, who: Who, rules: Sequence[Rule], channels: Mapping[str, Channel], now: datetime
) -> Iterator[dict[str, Any]]:
    """The digests of today whose time has come, as rows of the outbox; one with nothing to tell is put there as dropped.

    A day on which the calendar does not open at all has none: what came meanwhile is in the next one.
    """
    today = now.astimezone(ZoneInfo(who.time_zone)).date()
    for channel in channels.values():
        mine = [rule.key for rule in rules if channel.key in rule.channels]
        if channel.digest is None or channel.is_over_customers or not mine:
            continue
        hour, minute = (int(part) for part in channel.digest["at"].split(":"))
        at = datetime.combine(today, time(hour, minute), ZoneInfo(who.time_zone))
        if now < at or not _is_working_day(conn, who, channel.digest.get("calendar"), now):
            continue
        for addressee in channel.addressees:
            yield _row(conn, who, mine, channel, addressee, today.isoformat(), now)


def _row(
    conn: Connection,
    who: Who,
    rules: list[str],
    channel: Channel,
    addressee: str,
    day: str,
    now: datetime,
) -> dict[str, Any]:
    to = {"customer_id": who.customer_id, "channel": channel.key, "addressee": addressee}
    since = conn.execute(text(query("alerts/digest_last")), to).scalar_one() or now - timedelta(days=1)
    asked = {"customer_ids": [who.customer_id], "rules": rules, "since": since, "at": now}
    found = conn.execute(text(query("alerts/digest")), asked).mappings().all()
    parts = {place: [row for row in found if row["place"] == place] for place, _ in PLACES}
    lines = []
    for place, name in PLACES:
        if parts[place]:
            lines.append(f"{name}: {who.words.count(len(parts[place]))}")
            lines += [f"· {row['title']}{taken(dict(row))}" for row in parts[place]]
    numbers = ", ".join(f"{len(parts[place])} {name.lower()}" for place, name in PLACES)
    said = {"title": f"Alerts: {numbers}", "lines": lines, "figure": None, "path": "/exceptions"}
    severity = min((row["severity"] for row in found if row["place"] != "resolved"), default=4)
    return {
        "message_key": f"digest:{channel.key}:{addressee}:{day}",
        "alert_id": None,
        "kind": "digest",
        "channel": channel.key,
        "addressee": addressee,
        "severity": severity,
        "said": json.dumps(said),
        "state": "waiting" if found else "dropped",
        "not_before": opening(conn, channel, who.customer_id, 4, now),
        "at": now,
    }


def taken(row: Mapping[str, Any]) -> str:
    """Behind the title of an alert that somebody has; empty for others."""
    return " (acknowledged)" if row["place"] != "resolved" and row["acknowledged_at"] else ""


def _is_working_day(conn: Connection, who: Who, calendar: str | None, now: datetime) -> bool:
    if calendar is None:
        return True
    zone = ZoneInfo(who.time_zone)
    today = now.astimezone(zone).date()
    begins = datetime.combine(today, time(), zone)
    opens = open_time(conn, who.customer_id, calendar, begins, timedelta(0))
    return opens is None or opens.astimezone(zone).date() == today
