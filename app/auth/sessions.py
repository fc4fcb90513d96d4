"""Sessions kept by the server: a random token in a cookie, its SHA-256 in the table, two ways to run out."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import text

from app.settings import Settings
from sql import query
from sql.database import Database

Method = Literal["password", "oidc", "proxy"]
_TOUCH_AFTER = timedelta(seconds=20)


@dataclass(frozen=True)
class Session:
    """A live session and its person. `customer_ids` is all that this person may ever see."""

    sha256: bytes
    person_id: int
    partner_id: int
    name: str
    email: str
    role: str
    method: str
    is_demo: bool
    customer_ids: tuple[int, ...]
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Sessions:
    """The session table as the server uses it."""

    db: Database
    settings: Settings

    def begin(
        self,
        person_id: int,
        partner_id: int,
        host: str,
        method: Method,
        now: datetime,
        provider_sid: str | None = None,
        id_token: str | None = None,
    ) -> str:
        """Begin a session; the token that goes into the cookie and is stored nowhere."""
        token = secrets.token_urlsafe(32)
        row = {
            "token_sha256": sha256_of(token),
            "person_id": person_id,
            "partner_id": partner_id,
            "host": host,
            "method": method,
            "provider_sid": provider_sid,
            "id_token": id_token,
            "now": now,
            "expires_at": now + self.settings.longest,
        }
        with self.db.engine("portal").begin() as conn:
            conn.execute(
                text(query("portal/session_sweep")), {"now": now, "idle_since": now - self.settings.idle}
            )
            conn.execute(text(query("portal/session_add")), row)
        return token

    def find(self, sha256: bytes, host: str, now: datetime, touch: bool) -> Session | None:
        """The live session behind a token's hash on this host, or None; `touch` notes that a person acted."""
        wanted = {"token_sha256": sha256, "host": host, "now": now, "idle_since": now - self.settings.idle}
        with self.db.engine("portal").begin() as conn:
            row = conn.execute(text(query("portal/session_find")), wanted).mappings().one_or_none()
            if row is None:
                return None
            if touch and now - row["seen_at"] > _TOUCH_AFTER:
                conn.execute(text(query("portal/session_touch")), {"token_sha256": sha256, "now": now})
        fields = {name: row[name] for name in row if name != "customer_ids"}
        return Session(sha256=sha256, customer_ids=tuple(row["customer_ids"]), **fields)

    def end(self, sha256: bytes) -> None:
        """End a session at once, in every window."""
        with self.db.engine("portal").begin() as conn:
            conn.execute(text(query("portal/session_end")), {"token_sha256": sha256})

    def live(self, now: datetime) -> int:
        """How many sessions are live."""
        with self.db.engine("portal").begin() as conn:
            wanted = {"now": now, "idle_since": now - self.settings.idle}
            return int(conn.execute(text(query("portal/session_count")), wanted).scalar_one())


def sha256_of(token: str) -> bytes:
    """What the table knows of a token."""
    return hashlib.sha256(token.encode()).digest()
