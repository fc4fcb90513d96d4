"""Sign-in with e-mail and password, for installations without an identity provider."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from app.auth.failures import Attempt, forget_failures, is_closed, note_failure
from app.auth.passwords import hash_password, is_outdated, is_password
from app.auth.providers import Door, Proven
from app.auth.sessions import Method
from app.branding import Brand
from sql import query
from sql.database import Database

WRONG = "E-mail or password is wrong."
CLOSED = "Too many attempts. Wait five minutes, then try again."


@dataclass(frozen=True)
class PasswordProvider:
    """People with a password hash in our own table."""

    db: Database
    key: str = "password"
    method: Method = "password"

    def offers(self, brands: Sequence[Brand]) -> bool:
        """Everybody may try."""
        return True

    def form(self, csrf: str, email: str) -> str:
        """Two fields and a button."""
        return (
            '<form method="post" action="/auth/login">'
            f'<input type="hidden" name="csrf" value="{html.escape(csrf)}">'
            '<input type="hidden" name="provider" value="password">'
            '<label>E-mail<input name="email" type="email" autocomplete="username" required autofocus '
            f'maxlength="254" value="{html.escape(email)}"></label>'
            '<label>Password<input name="password" type="password" autocomplete="current-password" required '
            'maxlength="1024"></label><button>Sign in</button></form>'
        )

    async def submit(self, request: Request, door: Door) -> Response:
        """Admit, or refuse without saying which of the two was wrong."""
        form = await request.form()
        attempt = Attempt(
            host=request.scope["state"]["host"],
            email=str(form.get("email", "")).strip().lower()[:254],
            address=request.client.host if request.client else "",
        )
        brands: Sequence[Brand] = request.scope["state"]["brands"]
        password = str(form.get("password", ""))
        proven = await run_in_threadpool(self.check, attempt, password, [b.partner_id for b in brands])
        if isinstance(proven, Proven):
            return await door.admit(request, proven)
        return await door.refuse(request, proven, 429 if proven == CLOSED else 401)

    def routes(self, door: Door) -> list[BaseRoute]:
        """Nothing beyond the form."""
        return []

    def check(
        self, attempt: Attempt, password: str, partner_ids: Sequence[int], now: datetime | None = None
    ) -> Proven | str:
        """Who this is, or the sentence that refuses them."""
        now = now or datetime.now(UTC)
        if is_closed(self.db, attempt, now):
            return CLOSED
        with self.db.engine("portal").begin() as conn:
            wanted = {"email": attempt.email, "partner_ids": list(partner_ids)}
            people = conn.execute(text(query("portal/person_to_sign_in")), wanted).mappings().all()
        matches = [row for row in people if is_password(password, row["password_hash"])]
        if not people:  # a stranger costs a check too: how long the answer takes must not say who exists
            is_password(password, None)
        person = matches[0] if matches else None
        if person is None:
            note_failure(self.db, attempt, now)
            self._audit(attempt, "sign-in refused", None, now)
            return WRONG
        forget_failures(self.db, attempt, now)
        if is_outdated(person["password_hash"]):
            with self.db.engine("portal").begin() as conn:
                fresh = {"person_id": person["person_id"], "password_hash": hash_password(password)}
                conn.execute(text(query("portal/password_put")), fresh)
        self._audit(attempt, "sign-in", person["partner_id"], now)
        return Proven(person["person_id"], person["partner_id"], "password")

    def _audit(self, attempt: Attempt, action: str, partner_id: int | None, now: datetime) -> None:
        row = {
            "now": now,
            "actor": attempt.email or "nobody",
            "partner_id": partner_id,
            "action": action,
            "subject": attempt.host,
            "detail": json.dumps({"address": attempt.address, "method": "password"}),
        }
        with self.db.engine("portal").begin() as conn:
            conn.execute(text(query("portal/audit_add")), row)
