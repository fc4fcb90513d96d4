"""The route behind the link in an alert: looking asks, and only the button acknowledges, so that whatever opens links does nothing."""

from __future__ import annotations

import html
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.alerts import links
from app.alerts.links import Linked
from app.auth.guard import cookie
from app.auth.routes import _is_ours, _remember
from app.brand_assets import mode_of, version_of
from app.plain import NEUTRAL, plain_page
from sql.database import Database

_NOT_KNOWN = "This link leads to no alert here."


@dataclass(frozen=True)
class AcknowledgeRoutes:
    """Whoever holds a link acknowledges without signing in; the partner must be the one whose host it is."""

    db: Database

    def routes(self) -> list[BaseRoute]:
        """The one route, for looking and for the button."""
        return [Route("/auth/acknowledge/{token}", self.answer, methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        """The question, or what came of the button."""
        token, now = request.path_params["token"], datetime.now(UTC)
        if request.method == "POST":
            form = await request.form()
            if not _is_ours(request, str(form.get("csrf", ""))):
                return _page(request, "This page was open for too long. Open the link again.", 403)
            partners = {brand.partner_id for brand in request.scope["state"]["brands"]}
            linked = _own(request, await run_in_threadpool(links.use, self.db, token, partners, now))
            if linked is None:
                return _page(request, _NOT_KNOWN, 404)
            return _said(request, linked, linked.trouble or "Thank you. It stands as acknowledged by you.")
        linked = _own(request, await run_in_threadpool(links.find, self.db, token, now))
        if linked is None:
            return _page(request, _NOT_KNOWN, 404)
        return _said(request, linked, linked.trouble) if linked.trouble else _ask(request, linked)


def _own(request: Request, linked: Linked | None) -> Linked | None:
    partners = {brand.partner_id for brand in request.scope["state"]["brands"]}
    return linked if linked is not None and linked.partner_id in partners else None


def _ask(request: Request, linked: Linked) -> Response:
    csrf = cookie(request.scope, "csrf") or secrets.token_urlsafe(24)
    body = (
        f'<h1>Acknowledge this alert?</h1><form method="post">{_about(linked)}<input type="hidden" name="csrf" value="{html.escape(csrf)}">'
        "<button>Acknowledge</button></form>"
    )
    response = _plain(request, "Acknowledge", body, 200)
    _remember(response, request, "csrf", csrf)
    return response


def _said(request: Request, linked: Linked, said: str) -> Response:
    status = 410 if linked.trouble else 200
    return _plain(request, "Alert", f"<h1>{html.escape(said)}</h1>{_about(linked)}{_BACK}", status)


def _page(request: Request, said: str, status: int) -> Response:
    return _plain(request, "Alert", f"<h1>{html.escape(said)}</h1>{_BACK}", status)


_BACK = '<p><a class="button" href="/exceptions">To the exceptions</a></p>'


def _about(linked: Linked) -> str:
    return f"<p><b>{html.escape(linked.customer)}</b><br>{html.escape(linked.title)}</p>"


def _plain(request: Request, title: str, body: str, status: int) -> Response:
    candidates = request.scope["state"]["brands"]
    brand = request.scope["state"]["brand"] or (candidates[0] if len(candidates) == 1 else NEUTRAL)
    mode = mode_of(request.scope, brand)
    return plain_page(brand, mode, version_of(brand, mode), title, body, status)
