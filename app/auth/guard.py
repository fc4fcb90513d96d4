"""Nobody passes without a session: pages lead to the sign-in, everything else is refused, websockets are closed."""

from __future__ import annotations

from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from app.auth.sessions import Session, Sessions, sha256_of
from app.brands import Brands

OPEN = ("/auth/", "/brand/", "/static/", "/healthz", "/metrics", "/favicon", "/robots.txt")
SESSION_HEADER = b"x-portal-session"
ENDED = 4401


def cookie_name(secure: bool) -> str:
    """The session cookie; over TLS with the prefix that ties it to this very host."""
    return "__Host-session" if secure else "session"


def cookie(scope: Scope, name: str) -> str:
    """A cookie of the request, or nothing."""
    for header, value in scope["headers"]:
        if header == b"cookie":
            try:
                jar = SimpleCookie(value.decode("latin-1"))
            except CookieError:
                continue
            if name in jar:
                return jar[name].value
    return ""


class SessionGuard:
    """Puts the live `session` and its `brand` into the request's state, or stops the request here."""

    def __init__(self, app: ASGIApp, sessions: Sessions, brands: Brands) -> None:
        self.app, self.sessions, self.brands = app, sessions, brands

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        state = scope["state"]
        token = cookie(scope, cookie_name(state["secure"]))
        free = scope["path"].startswith(OPEN)
        looked_at = not scope["path"].startswith(("/static/", "/brand/fonts/", "/healthz", "/metrics"))
        session = await self._find(scope, token, touch=not free and _is_page(scope)) if looked_at else None
        state["session"], state["brand"] = session, _brand(self.brands, state, session)
        if scope["type"] == "websocket":
            await self._talk(scope, receive, send, token, session)
        elif session is None and not free:
            await _turn_away(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _find(self, scope: Scope, token: str, touch: bool) -> Session | None:
        if not token or not scope["state"]["brands"]:
            return None
        found = await run_in_threadpool(
            self.sessions.find, sha256_of(token), scope["state"]["host"], datetime.now(UTC), touch
        )
        partners = {brand.partner_id for brand in scope["state"]["brands"]}
        return found if found is not None and found.partner_id in partners else None

    async def _talk(
        self, scope: Scope, receive: Receive, send: Send, token: str, session: Session | None
    ) -> None:
        if session is None:
            await send({"type": "websocket.close", "code": ENDED})
            return
        headers = [*scope["headers"], (SESSION_HEADER, session.sha256.hex().encode())]

        async def receive_while_signed_in() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            if await self._find(scope, token, touch=_is_by_a_person(message.get("bytes"))) is None:
                await send({"type": "websocket.close", "code": ENDED})
                return {"type": "websocket.disconnect", "code": ENDED}
            return message

        await self.app({**scope, "headers": headers}, receive_while_signed_in, send)


def _brand(brands: Brands, state: dict[str, object], session: Session | None) -> object:
    candidates: tuple = state["brands"]  # type: ignore[type-arg,assignment]
    if session is not None:
        return brands.by_id(session.partner_id)
    return candidates[0] if len(candidates) == 1 else None


def _is_page(scope: Scope) -> bool:
    accepts = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return scope["type"] == "http" and scope["method"] == "GET" and b"text/html" in accepts


def _is_by_a_person(data: bytes | None) -> bool:
    """True for a message that a person caused; a page that refreshes itself keeps nobody signed in."""
    message = BackMsg()
    try:
        message.ParseFromString(data or b"")
    except Exception:  # whatever the decoder raises for garbage: nobody typed that
        return False
    return message.WhichOneof("type") == "rerun_script" and not message.rerun_script.is_auto_rerun


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    if _is_page(scope):
        path = quote(scope["path"], safe="/")
        if scope["query_string"]:
            path += "?" + scope["query_string"].decode("latin-1")
        wanted = "" if path == "/" else f"?next={quote(path, safe='')}"
        response = RedirectResponse(f"/auth/login{wanted}", 303, headers={"Cache-Control": "no-store"})
        await response(scope, receive, send)
        return
    await PlainTextResponse("Sign in first.", 401, headers={"Cache-Control": "no-store"})(
        scope, receive, send
    )
