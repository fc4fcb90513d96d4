"""The routes under /auth/: sign in, sign out, "am I still signed in", and light or dark."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app import telemetry
from app.auth.guard import cookie, cookie_name
from app.auth.people import demo_people_exist
from app.auth.providers import Proven, Provider
from app.auth.sessions import Sessions, sha256_of
from app.brand_assets import mode_of, version_of
from app.plain import NEUTRAL, plain_page, sign_in_body, sign_out_body

_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class AuthRoutes:
    """Sign-in as the house does it, whichever provider proves the identity."""

    sessions: Sessions
    providers: Sequence[Provider]

    def routes(self) -> list[BaseRoute]:
        """Everything under /auth/."""
        own: list[BaseRoute] = [
            Route("/auth/login", self.login, methods=["GET", "POST"]),
            Route("/auth/logout", self.logout, methods=["GET", "POST"]),
            Route("/auth/session", self.session),
            Route("/auth/mode", self.mode),
        ]
        return own + [route for provider in self.providers for route in provider.routes(self)]

    async def login(self, request: Request) -> Response:
        """The sign-in page, and the answer to its form."""
        if request.method == "POST":
            form = await request.form()
            if not _is_ours(request, str(form.get("csrf", ""))):
                return await self.refuse(request, "This page was open for too long. Try again.", 403)
            wanted = str(form.get("provider", ""))
            for provider in self.providers:
                if provider.key == wanted and provider.offers(request.scope["state"]["brands"]):
                    return await provider.submit(request, self)
            return await self.refuse(request, "This way to sign in does not exist here.", 400)
        if request.scope["state"]["session"] is not None:
            return RedirectResponse(_safe(request.query_params.get("next", "")), 303, headers=_NO_STORE)
        response = await self._page(request, "")
        wanted = _safe(request.query_params.get("next", ""))
        if wanted == "/":
            response.delete_cookie("next", path="/auth")
        else:
            _remember(response, request, "next", wanted)
        return response

    async def admit(self, request: Request, proven: Proven) -> Response:
        """Begin a session: a new token at every sign-in, the old one ends."""
        state, now = request.scope["state"], datetime.now(UTC)
        if old := cookie(request.scope, cookie_name(state["secure"])):
            await run_in_threadpool(self.sessions.end, sha256_of(old))
        token = await run_in_threadpool(
            self.sessions.begin,
            proven.person_id,
            proven.partner_id,
            state["host"],
            proven.method,
            now,
            proven.provider_sid,
            proven.id_token,
        )
        telemetry.SIGN_INS.labels("admitted").inc()
        response = RedirectResponse(_safe(cookie(request.scope, "next")), 303, headers=_NO_STORE)
        response.set_cookie(
            cookie_name(state["secure"]),
            token,
            max_age=int(self.sessions.settings.longest.total_seconds()),
            path="/",
            secure=state["secure"],
            httponly=True,
            samesite="lax",
        )
        response.delete_cookie("next", path="/auth")
        return response

    async def refuse(self, request: Request, reason: str, status: int) -> Response:
        """The sign-in page again, with the reason."""
        telemetry.SIGN_INS.labels("refused").inc()
        return await self._page(request, reason, status)

    async def logout(self, request: Request) -> Response:
        """End the session. A link from another site is asked about first."""
        state = request.scope["state"]
        if request.method == "POST":
            form = await request.form()
            sure = _is_ours(request, str(form.get("csrf", "")))
        else:
            sure = request.headers.get("sec-fetch-site") in ("same-origin", "none")
        if not sure and state["session"] is not None:
            token = _csrf(request)
            page = self._plain(request, "Sign out", sign_out_body(token))
            _remember(page, request, "csrf", token)
            return page
        if state["session"] is not None:
            await run_in_threadpool(self.sessions.end, state["session"].sha256)
        response = RedirectResponse("/auth/login", 303, headers=_NO_STORE)
        response.delete_cookie(
            cookie_name(state["secure"]), path="/", secure=state["secure"], httponly=True, samesite="lax"
        )
        return response

    async def session(self, request: Request) -> Response:
        """204 while signed in, 401 afterwards; asking keeps nobody signed in."""
        return Response(status_code=204 if request.scope["state"]["session"] else 401, headers=_NO_STORE)

    async def mode(self, request: Request) -> Response:
        """Remember light or dark in a cookie and go back."""
        wanted = request.query_params.get("to", "")
        if wanted not in ("light", "dark"):
            return PlainTextResponse("mode is light or dark", 400)
        response = RedirectResponse(_safe(request.query_params.get("next", "")), 303, headers=_NO_STORE)
        secure = request.scope["state"]["secure"]
        response.set_cookie(
            "mode", wanted, max_age=365 * 86400, path="/", samesite="lax", httponly=True, secure=secure
        )
        return response

    async def _page(self, request: Request, error: str, status: int = 200) -> Response:
        token = _csrf(request)
        brands = request.scope["state"]["brands"]
        forms = [provider.form(token, "") for provider in self.providers if provider.offers(brands)]
        demo = await run_in_threadpool(demo_people_exist, self.sessions.db)
        response = self._plain(request, "Sign in", sign_in_body(forms, error, demo), status)
        _remember(response, request, "csrf", token)
        return response

    def _plain(self, request: Request, title: str, body: str, status: int = 200) -> Response:
        brand = request.scope["state"]["brand"] or NEUTRAL
        mode = mode_of(request.scope, brand)
        return plain_page(brand, mode, version_of(brand, mode), title, body, status)


def _csrf(request: Request) -> str:
    """The token of this browser: the one it has, or a new one."""
    return cookie(request.scope, "csrf") or secrets.token_urlsafe(24)


def _is_ours(request: Request, given: str) -> bool:
    """True when the form came from our own page: its token is the cookie's, and its origin is this host."""
    known = cookie(request.scope, "csrf")
    origin = request.headers.get("origin")
    same = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    return same and bool(known) and secrets.compare_digest(known.encode(), given.encode())


def _remember(response: Response, request: Request, name: str, value: str) -> None:
    """A cookie for the sign-in only: gone with the browser, never sent from another site."""
    secure = request.scope["state"]["secure"]
    response.set_cookie(name, value, path="/auth", httponly=True, samesite="strict", secure=secure)


def _safe(path: str) -> str:
    """A place on this site to go to; everything else is the first page."""
    parts = urlsplit(path)
    on_this_site = path.startswith("/") and not path.startswith("//") and "\\" not in path
    clean = on_this_site and not parts.scheme and not parts.netloc and path.isprintable()
    return path if clean and not path.startswith("/auth/") else "/"
