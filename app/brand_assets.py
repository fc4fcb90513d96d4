"""The files under /brand/: theme, style, scripts, fonts, logo and favicon of whoever's host it is."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from app.auth.guard import cookie
from app.branding import Brand, Mode
from app.plain import NEUTRAL
from app.theme import theme_css, theme_script

STATIC = Path(__file__).parent / "static"
_TEXT_FILES = {"app.css": "text/css", "plain.css": "text/css", "boot.js": "text/javascript"}
_FONTS = frozenset(path.name for path in (STATIC / "fonts").glob("*.woff2"))
_FOREVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"


def mode_of(scope: Any, brand: Brand) -> Mode:
    """Light or dark: what the person chose, else the brand's own."""
    chosen = cookie(scope, "mode")
    if chosen == "dark":
        return "dark"
    return "light" if chosen == "light" else brand.mode


@cache
def version_of(brand: Brand, mode: Mode) -> str:
    """Changes whenever what the browser should load changes."""
    parts = [
        theme_css(brand, mode),
        theme_script(brand, mode),
        *(text_file(name) for name in sorted(_TEXT_FILES)),
    ]
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:12]


@cache
def text_file(name: str) -> str:
    """One of our own style sheets or scripts."""
    return (STATIC / name).read_text(encoding="utf-8")


def routes() -> list[BaseRoute]:
    """Everything a page of a brand needs beside the frontend's own files."""
    return [
        Route("/brand/theme.css", _theme_css),
        Route("/brand/theme.js", _theme_js),
        Route("/brand/icon.svg", _icon),
        Route("/favicon.png", _icon),
        Route("/favicon.ico", _icon),
        Route("/brand/logo.svg", _logo),
        Route("/brand/fonts/{name}", _font),
        Route("/brand/{name}", _text),
        Route("/robots.txt", _robots),
    ]


def _brand(request: Request) -> Brand:
    return request.scope["state"]["brand"] or NEUTRAL


def _themed(request: Request, content: str, media_type: str, brand: Brand, mode: Mode) -> Response:
    current = request.query_params.get("v") == version_of(brand, mode)
    caching = _FOREVER.replace("public", "private") if current else _ASK_FIRST
    return Response(content, media_type=media_type, headers={"Cache-Control": caching, "Vary": "Cookie"})


async def _theme_css(request: Request) -> Response:
    brand = _brand(request)
    mode = mode_of(request.scope, brand)
    return _themed(request, theme_css(brand, mode), "text/css", brand, mode)


async def _theme_js(request: Request) -> Response:
    brand = _brand(request)
    mode = mode_of(request.scope, brand)
    return _themed(request, theme_script(brand, mode), "text/javascript", brand, mode)


def _svg(content: str) -> Response:
    # A logo is a partner's file: even opened by itself it may neither run a script nor load anything.
    headers = {
        "Cache-Control": _ASK_FIRST,
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    }
    return Response(content, media_type="image/svg+xml", headers=headers)


async def _icon(request: Request) -> Response:
    return _svg(_brand(request).mark())


async def _logo(request: Request) -> Response:
    brand = _brand(request)
    return _svg(brand.logo or brand.mark())


async def _font(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FONTS:
        return Response("no such font", 404)
    return FileResponse(STATIC / "fonts" / name, media_type="font/woff2", headers={"Cache-Control": _FOREVER})


async def _text(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _TEXT_FILES:
        return Response("no such file", 404)
    caching = _FOREVER if "v" in request.query_params else _ASK_FIRST
    return Response(text_file(name), media_type=_TEXT_FILES[name], headers={"Cache-Control": caching})


async def _robots(request: Request) -> Response:
    return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")
