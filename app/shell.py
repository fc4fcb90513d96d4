"""The frontend in the partner's name: its one HTML page, its static files compressed once, and nothing else of it."""

from __future__ import annotations

import gzip
import html
import re
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import file_util

from app.brand_assets import mode_of, version_of
from app.branding import Brand, Mode
from app.navigation import ADDRESSES
from app.plain import NEUTRAL, not_found_body, plain_page
from app.theme import HOST_CONFIG, font_files

CSP = (
    "default-src 'self'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; "
    "object-src 'none'"
)
# All of the frontend's own server that the browser needs; whatever else it offers stays shut.
_FRONTEND_AT = ("/_stcore/health", "/_stcore/stream")
_FRONTEND_BELOW = ("/_stcore/bidi-components/", "/media/", "/component/")
_COMPRESSED_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


class Shell:
    """Serves the page and the static files, lets `ours` and the frontend's own traffic through, answers 404 to the rest.

    Whatever else went through would be answered with the frontend's page as its maker left it.
    """

    def __init__(self, app: ASGIApp, ours: Sequence[BaseRoute]) -> None:
        self.app, self.ours, self.files = app, ours, StaticFiles(Path(file_util.get_static_dir()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path == "/_stcore/host-config":
            response: Response = JSONResponse(HOST_CONFIG, headers={"Cache-Control": "no-cache"})
        elif self._goes_through(scope):
            await self.app(scope, receive, send)
            return
        elif path.startswith("/static/"):
            response = await run_in_threadpool(self.files.answer, path, Headers(scope=scope))
        elif "/_stcore/" in path or scope["method"] not in ("GET", "HEAD"):
            # The frontend looks for its server under several paths; only an honest 404 makes it find the right one.
            response = PlainTextResponse("not found", 404)
        else:
            response = _page(scope)
        await response(scope, receive, send)

    def _goes_through(self, scope: Scope) -> bool:
        path = scope["path"]
        if path in _FRONTEND_AT or path.startswith(_FRONTEND_BELOW):
            return True
        return any(route.matches(scope)[0] is not Match.NONE for route in self.ours)


def _page(scope: Scope) -> Response:
    brand: Brand = scope["state"]["brand"] or NEUTRAL
    mode = mode_of(scope, brand)
    if scope["path"] not in ADDRESSES:
        return plain_page(brand, mode, version_of(brand, mode), "No such page", not_found_body(), 404)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": CSP}
    return Response(index_html(brand, mode), media_type="text/html", headers=headers)


@cache
def index_html(brand: Brand, mode: Mode) -> str:
    """The frontend's page with the partner's title, colours, font and icon from its first byte."""
    page = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    for useless in (
        r"<!--.*?-->",
        r"<script>\s*window\.prerenderReady = false\s*</script>",
        r'<link\s+rel="preload"[^>]*SourceSans[^>]*/>',
        r'<link\s+rel="service-desc"[^>]*/>',
        r'<link\s+rel="shortcut icon"[^>]*/>',
        r"<noscript>.*?</noscript>",
        r"<link[^>]*streamlit[^>]*>",  # a file to load early; it is loaded all the same
    ):
        page = re.sub(useless, "", page, flags=re.S | re.I)
    name, version = html.escape(brand.name), version_of(brand, mode)
    page = re.sub(r"<title>.*?</title>", lambda _: f"<title>{name}</title>", page, flags=re.S)
    palette = brand.palette(mode)
    head = f"""<head><script src="/brand/theme.js?v={version}"></script>
<style>html,body,#root{{background:{palette.background};color:{palette.text}}}</style>
<link rel="icon" href="/brand/icon.svg" type="image/svg+xml">
<link rel="preload" href="/brand/fonts/{font_files(brand)[0]}" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="/brand/theme.css?v={version}">
<link rel="stylesheet" href="/brand/app.css?v={version}">
<script src="/brand/boot.js?v={version}" defer></script>
<meta name="theme-color" content="{palette.sidebar}"><meta name="robots" content="noindex">"""
    page = page.replace("<head>", head, 1).replace("<html ", f'<html data-mode="{mode}" ', 1)
    page = page.replace("<body>", f"<body><noscript>{name} needs JavaScript.</noscript>", 1)
    return re.sub(r"\n\s*\n+", "\n", page.replace('="./static/', '="/static/'))


class StaticFiles:
    """The frontend's hashed files, compressed once each and kept in memory: a third of the bytes on a first visit."""

    def __init__(self, folder: Path) -> None:
        root = folder / "static"
        self._paths = {f"/static/{p.relative_to(root).as_posix()}": p for p in root.rglob("*") if p.is_file()}
        self._compressed: dict[str, bytes] = {}
        self._guard = threading.Lock()

    def answer(self, path: str, headers: Headers) -> Response:
        """The file, compressed where that helps; 404 for what is not among them."""
        file = self._paths.get(path)
        if file is None:
            return PlainTextResponse("not found", 404)
        caching = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        media_type = _COMPRESSED_TYPES.get(file.suffix)
        if media_type is None:
            types = {".woff2": "font/woff2", ".wasm": "application/wasm", ".ttf": "font/ttf"}
            kind = types.get(file.suffix, "application/octet-stream")
            return Response(file.read_bytes(), media_type=kind, headers=caching)
        if "gzip" not in headers.get("accept-encoding", ""):
            return Response(file.read_bytes(), media_type=media_type, headers=caching)
        return Response(
            self._squeeze(path, file), media_type=media_type, headers={**caching, "Content-Encoding": "gzip"}
        )

    def _squeeze(self, path: str, file: Path) -> bytes:
        with self._guard:
            if path not in self._compressed:
                self._compressed[path] = gzip.compress(file.read_bytes(), 6, mtime=0)
            return self._compressed[path]
