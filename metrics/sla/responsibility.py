"""Who is responsible: announcing work, proposing what to leave out, accepting or disputing it, and saying whose doing a miss is.

Written by people through the role triage, only ever added to; read as it was known at any instant.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from metrics.sla.exclude import Claim, Maintenance
from sql import query

Side = Literal["partner", "customer"]


def announce(
    conn: Connection,
    customer_id: int,
    flow_ids: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    by: str,
    at: datetime,
    replaces: int | None = None,
    is_withdrawn: bool = False,
) -> int:
    """Announce work on some flows; answers its number. `replaces` takes the place of an earlier announcement, whose notice is lost.

    Raises ValueError, one line, for no flows, an end before the beginning, or an earlier one that is not there any more.
    """
    if not flow_ids:
        raise ValueError("maintenance must name the flows it is about")
    if ends_at <= starts_at:
        raise ValueError("maintenance must end after it begins")
    asked = {
        "customer_id": customer_id,
        "announced_at": at,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "flow_ids": list(flow_ids),
        "reason": reason,
        "announced_by": by,
        "replaces": replaces,
        "is_withdrawn": is_withdrawn,
    }
    number = conn.execute(text(query("sla/maintenance_put")), asked).scalar()
    if number is None:
        raise ValueError(f"maintenance {replaces} is not there, or was replaced already")
    return int(number)


def propose(
    conn: Connection,
    customer_id: int,
    reason: str,
    side: Side,
    by: str,
    at: datetime,
    comment: str,
    items: Sequence[str] = (),
    span: tuple[datetime, datetime] | None = None,
    flow_ids: Sequence[int] | None = None,
    metric: str | None = None,
    evidence: str | None = None,
) -> int:
    """Propose to leave out named items, or what came due in a stretch of time; answers the number of the exclusion.

    Raises ValueError, one line, for neither of them and for an end before the beginning.
    """
    if not items and span is None:
        raise ValueError("an exclusion names items or a stretch of time")
    if span is not None and span[1] <= span[0]:
        raise ValueError("a stretch of time must end after it begins")
    since, until = span or (None, None)
    asked = {
        "customer_id": customer_id,
        "reason": reason,
        "metric": metric,
        "flow_ids": None if flow_ids is None else list(flow_ids),
        "from_at": since,
        "to_at": until,
        "evidence": evidence,
    }
    number = int(conn.execute(text(query("sla/exclusion_put")), asked).scalar_one())
    if items:
        named = {"customer_id": customer_id, "exclusion_id": number, "item_ids": list(items)}
        conn.execute(text(query("sla/exclusion_items_put")), named)
    say(conn, customer_id, number, "proposed", side, by, at, comment)
    return number


def say(
    conn: Connection,
    customer_id: int,
    exclusion: int,
    state: Literal["proposed", "accepted", "disputed", "withdrawn"],
    side: Side,
    by: str,
    at: datetime,
    comment: str,
    seen: int | None = None,
) -> None:
    """Accept or dispute what the other side proposed, or withdraw what one's own did.

    `seen` is the last word that was looked at (event_id of sla/claims). Raises ValueError, one line, when this side may not
    say that: nobody accepts what he proposed himself; or when somebody has said something since.
    """
    asked = {
        "customer_id": customer_id,
        "exclusion_id": exclusion,
        "state": state,
        "side": side,
        "actor": by,
        "at": at,
        "comment": comment,
        "seen": seen,
    }
    conn.execute(text(query("sla/exclusion_lock")), {"customer_id": customer_id, "exclusion_id": exclusion})
    if conn.execute(text(query("sla/exclusion_event_put")), asked).scalar() is None:
        since = "" if seen is None else ", or somebody has spoken of it since"
        raise ValueError(f"exclusion {exclusion} cannot be {state} by the {side}{since}")


def attribute(
    conn: Connection,
    customer_id: int,
    metric: str,
    item: str,
    party: str,
    evidence: str,
    by: str,
    at: datetime,
) -> None:
    """Say whose doing an item is; the last word counts, the earlier ones stay."""
    asked = {
        "customer_id": customer_id,
        "metric": metric,
        "item_id": item,
        "party": party,
        "evidence": evidence,
        "decided_by": by,
        "decided_at": at,
    }
    conn.execute(text(query("sla/attribution_put")), asked)


def parties(conn: Connection, customer_id: int, metric: str, as_of: datetime | None = None) -> dict[str, str]:
    """Whose doing each item of a metric is, as far as anybody has said."""
    asked = {"customer_ids": [customer_id], "metric": metric, "as_of": as_of}
    return {row.item_id: row.party for row in conn.execute(text(query("sla/attributions")), asked)}


def announced(
    conn: Connection,
    customer_id: int,
    window: tuple[datetime, datetime],
    as_of: datetime | None,
    flows: dict[int, str],
) -> list[Maintenance]:
    """The announcements that touch a window; `flows` are the keys of flows by their number."""
    asked = {"customer_ids": [customer_id], "since": window[0], "until": window[1], "as_of": as_of}
    return [
        Maintenance(
            row.maintenance_id,
            row.announced_at,
            row.starts_at,
            row.ends_at,
            frozenset(_keys(row.flow_ids, flows)),
        )
        for row in conn.execute(text(query("sla/maintenance")), asked)
    ]


def claims(
    conn: Connection,
    customer_id: int,
    window: tuple[datetime, datetime],
    as_of: datetime | None,
    flows: dict[int, str],
    metric: str,
) -> list[Claim]:
    """What is proposed, accepted or disputed for a metric in a window."""
    asked = {"customer_ids": [customer_id], "since": window[0], "until": window[1], "as_of": as_of}
    return [
        Claim(
            number=row.exclusion_id,
            reason=row.reason,
            state=row.state,
            at=row.at,
            flows=None if row.flow_ids is None else _keys(row.flow_ids, flows),
            from_at=row.from_at,
            to_at=row.to_at,
            items=frozenset(row.item_ids),
        )
        for row in conn.execute(text(query("sla/claims")), asked)
        if row.metric in (None, metric)
    ]


def _keys(numbers: Sequence[int], flows: dict[int, str]) -> frozenset[str]:
    return frozenset(flows[number] for number in numbers if number in flows)
