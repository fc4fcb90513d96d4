"""What is kept beside a month's statement: actions that are carried on until they are done, the partner's commentary, and who signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection

from metrics.sla.desk import Desk, NotAllowedError
from metrics.sla.responsibility import Side
from metrics.sla.statement import Statement
from sql import query
from sql.ask import mappings

Status = Literal["open", "done", "dropped"]


@dataclass(frozen=True)
class Action:
    """Something to be done, as it stood in a month's review; `since` is the month whose review opened it."""

    number: int
    version: int
    what: str
    owner: str
    due_on: date | None
    status: Status
    since: str
    is_carried: bool
    said_by: str
    said_at: datetime

    def is_overdue(self, today: date) -> bool:
        """Whether it is open and its day has passed; without a day it is never overdue."""
        return self.status == "open" and self.due_on is not None and self.due_on < today


@dataclass(frozen=True)
class Commentary:
    """What the partner says of a month; version 0 without text: nothing was ever said."""

    text: str = ""
    version: int = 0
    said_by: str = ""
    said_at: datetime | None = None


@dataclass(frozen=True)
class Signature:
    """Who signed a sealed version of a month for which side; `sha256` is that of the bytes that were signed."""

    version: int
    side: Side
    name: str
    email: str
    sha256: str
    signed_at: datetime


@dataclass(frozen=True)
class ReviewNotes:
    """All that is kept beside a month's statement: open actions first, then what the month ended; newest signatures first."""

    actions: tuple[Action, ...] = ()
    commentary: Commentary = Commentary()
    signatures: tuple[Signature, ...] = ()

    def signed(self, version: int) -> tuple[Signature, ...]:
        """Who signed this version."""
        return tuple(each for each in self.signatures if each.version == version)


def review_notes(
    conn: Connection, customer_id: int, month: str, as_of: datetime | None = None
) -> ReviewNotes:
    """What is kept beside a month (2026-10), as it was known at an instant; empty notes when nothing was said.

    An action of an earlier month is in it while it is open, and in the month that ended it.
    """
    asked = {"customer_ids": [customer_id], "period": month, "as_of": as_of}
    actions = tuple(
        Action(
            row["action_id"],
            row["version"],
            row["what"],
            row["owner"],
            row["due_on"],
            row["status"],
            row["since"],
            row["since"] < month,
            row["said_by"],
            row["said_at"],
        )
        for row in mappings(conn, query("review/actions"), asked)
    )
    said = mappings(conn, query("review/commentary"), asked)
    commentary = (
        Commentary(said[0]["commentary"], said[0]["version"], said[0]["said_by"], said[0]["said_at"])
        if said
        else Commentary()
    )
    names = ("version", "side", "name", "email", "sha256", "signed_at")
    signatures = tuple(
        Signature(**{name: row[name] for name in names})
        for row in mappings(conn, query("review/sign_offs"), asked)
    )
    return ReviewNotes(actions, commentary, signatures)


def open_action(desk: Desk, month: str, what: str, owner: str, due_on: date | None) -> int:
    """Open an action in a month's review; answers its number."""
    desk.partner_only("open an action")
    asked = {
        "what": _words(what, "what is to be done"),
        "owner": _words(owner, "who does it"),
        "due_on": due_on,
    }
    row = _put(desk, "review/action_open", {"period": month} | asked)
    assert row is not None
    desk.note("action", period=month, action=row["action_id"], **asked)
    return int(row["action_id"])


def change_action(
    desk: Desk,
    month: str,
    number: int,
    seen: int,
    *,
    status: Status | None = None,
    what: str | None = None,
    owner: str | None = None,
    due_on: date | None = None,
) -> int:
    """Say an action anew in a month's review, at the version that was seen; answers the new version. What is not given stays.

    Raises NotAllowedError when somebody has changed it since, or a later month's review has spoken of it.
    """
    desk.partner_only("change an action")
    asked = {
        "status": status,
        "what": None if what is None else _words(what, "what is to be done"),
        "owner": None if owner is None else _words(owner, "who does it"),
        "due_on": due_on,
    }
    row = _put(desk, "review/action_change", {"action_id": number, "seen": seen, "period": month} | asked)
    if row is None:
        raise NotAllowedError(f"action {number} was changed since, or belongs to a later review")
    desk.note("action", period=month, action=number, version=row["version"], **asked)
    return int(row["version"])


def comment(desk: Desk, month: str, words: str, seen: int) -> int:
    """Say what the partner has to say of a month, in place of the version that was seen (0: none); answers the new version.

    Raises NotAllowedError when somebody has written something else since.
    """
    desk.partner_only("write the commentary")
    row = _put(desk, "review/commentary_put", {"period": month, "commentary": words.strip(), "seen": seen})
    if row is None:
        raise NotAllowedError("somebody has changed the commentary since")
    desk.note("commentary", period=month, version=row["version"])
    return int(row["version"])


def sign(desk: Desk, sealed: Statement) -> None:
    """Sign what was sealed for the person's side; the statement itself stays as it is, byte by byte.

    Raises NotAllowedError when it is not the newest version that was sealed, or this side has signed it already.
    """
    month, version = sealed.place[1:]
    asked = {"period": month, "sha256": sealed.sha256, "side": desk.side, "name": desk.person.name}
    row = _put(desk, "review/sign_off_put", asked | {"email": desk.person.email, "signed_at": desk.now})
    if row is None:
        raise NotAllowedError(
            f"version {version} of {month} is signed by the {desk.side} already, or was restated"
        )
    desk.note("sign", period=month, version=version, side=desk.side, sha256=sealed.sha256)


def _put(desk: Desk, name: str, asked: dict[str, Any]) -> dict[str, Any] | None:
    said = {"customer_id": desk.customer_id, "said_by": desk.person.email, "said_at": desk.now}
    found = mappings(desk.conn, query(name), said | asked)
    return found[0] if found else None


def _words(text: str, what: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise NotAllowedError(f"say {what}")
    return said
