"""The outermost layer: whose host this is, headers nobody may forge, and the security headers of every answer."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.brands import Brands, host_name

TRUSTED_PREFIX = b"x-portal-"
FOR_ANY_HOST = frozenset({"/healthz", "/metrics"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class BrandMiddleware:
    """Puts `brands` and `host` into the request's state; a host of nobody's is refused with 421."""

    def __init__(self, app: ASGIApp, brands: Brands, https: bool = False) -> None:
        self.app, self.brands, self.https = app, brands, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        kept = [
            (name, value) for name, value in scope["headers"] if not name.lower().startswith(TRUSTED_PREFIX)
        ]
        hosts = [value for name, value in kept if name.lower() == b"host"]
        host = host_name(hosts[0].decode("latin-1")) if len(hosts) == 1 else ""
        secure = self.https or scope["scheme"] in ("https", "wss")
        state = {**scope.get("state", {}), "host": host, "secure": secure, "brands": ()}
        scope = {**scope, "headers": kept, "state": state}
        if scope["type"] == "http":
            send = _with_headers(send, secure)
        if scope["path"] not in FOR_ANY_HOST:
            state["brands"] = await run_in_threadpool(self.brands.for_host, host)
            if not state["brands"]:
                await _refuse(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _with_headers(send: Send, secure: bool) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if secure:
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            if "server" in headers:
                del headers["server"]
        await send(message)

    return guarded


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse("This host is not served here.", status_code=421)(scope, receive, send)
