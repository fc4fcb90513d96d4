"""The web server: one process for every partner, their brands by host, their people behind a sign-in."""

from __future__ import annotations

import gc
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config

from app import brand_assets, house, telemetry
from app.auth.acknowledge import AcknowledgeRoutes
from app.auth.guard import SessionGuard
from app.auth.password_provider import PasswordProvider
from app.auth.people import demo_people_exist
from app.auth.routes import AuthRoutes
from app.brand_middleware import BrandMiddleware
from app.house import House
from app.retrying import Platforms
from app.settings import Settings, SettingsError, is_loopback, read_settings
from app.shell import Shell
from sql.database import Database, open_database

log = logging.getLogger(__name__)
_SCRIPT = Path(__file__).parent / "entry" / "script.py"
_OPTIONS: dict[str, Any] = {
    "browser.gatherUsageStats": False,
    "client.disableDataExport": True,  # it would save the rows on the screen as if they were all
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,
    "runner.fastReruns": True,
    "runner.magicEnabled": False,
    # A full collection after every run costs a third of the server's time; the frozen heap makes the normal one cheap.
    "runner.postScriptGC": False,
    "server.disconnectedSessionTTL": 60,
    "server.enableStaticServing": False,
    # Its cookie guards uploads and a sign-in of its own, which are shut here, and carries the maker's name.
    "server.enableXsrfProtection": False,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 1,
    "server.showEmailPrompt": False,
    # A session id stolen from one person cannot be resumed by another: this value would differ.
    "server.trustedUserHeaders": {"X-Portal-Session": "session"},
}


def make_app(built: House) -> st.App:
    """The ASGI application over a house."""
    for name, value in {
        **_OPTIONS,
        "server.port": built.settings.port,
        "server.address": built.settings.host,
    }.items():
        config.set_option(name, value)
    config.set_option("server.cookieSecret", built.settings.cookie_secret)
    house.open_house(built)
    auth = AuthRoutes(built.sessions, (PasswordProvider(built.db),))
    ours = [
        Route("/healthz", _healthz),
        Route("/metrics", _metrics),
        *auth.routes(),
        *AcknowledgeRoutes(built.db).routes(),
        *brand_assets.routes(),
    ]
    return st.App(
        _SCRIPT,
        routes=ours,
        middleware=[
            Middleware(BrandMiddleware, brands=built.brands, https=built.settings.https),
            Middleware(SessionGuard, sessions=built.sessions, brands=built.brands),
            Middleware(Shell, ours=ours),
        ],
        lifespan=_lifespan,
        on_script_error=_on_script_error,
    )


def check_start(db: Database, settings: Settings) -> None:
    """Raise SettingsError when demo people would be reachable from other machines without having been allowed."""
    if not settings.is_local and not settings.allow_demo_people and demo_people_exist(db):
        raise SettingsError(
            f"demo people can sign in, and {settings.host} is reachable from other machines: "
            "listen on 127.0.0.1, remove the demo people, or allow them with --allow-demo-people"
        )


def run(
    port: int,
    host: str = "127.0.0.1",
    *,
    database: Database | None = None,
    allow_demo_people: bool = False,
    platforms: Platforms | None = None,
) -> None:
    """Serve until stopped. Raises SettingsError before anything listens when the start is not safe."""
    settings = read_settings(host, port, allow_demo_people)
    db = database or open_database()
    check_start(db, settings)
    app = make_app(house.build(db, settings, platforms))
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_ping_interval=30,
        ws_ping_timeout=30,
        timeout_graceful_shutdown=3,
    )


@asynccontextmanager
async def _lifespan(app: st.App) -> AsyncIterator[None]:
    await run_in_threadpool(_warm_up)
    telemetry.UP.set(1)
    yield
    telemetry.UP.set(0)


def _warm_up() -> None:
    """Import what pages need before the first visitor waits for it, and keep it out of the collector's way."""
    from app import warm

    warm.up()
    gc.collect()
    gc.freeze()


def _on_script_error(error: Exception) -> bool:
    """The last net under the pages: a reference on the screen, the traceback in the log, no details to the reader."""
    reference = secrets.token_hex(4)
    log.error("page failed, reference %s", reference, exc_info=error)
    st.error(f"This page could not be drawn. Reference {reference}.")
    return True


async def _healthz(request: Request) -> Response:
    built = house.current()

    def ask() -> None:
        built.sessions.live(datetime.now(UTC))

    try:
        await run_in_threadpool(ask)
    except Exception:  # whatever is wrong with the database, the answer is the same: not healthy
        log.exception("health check failed")
        return JSONResponse({"status": "database not reachable"}, 503, headers={"Cache-Control": "no-store"})
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def _metrics(request: Request) -> Response:
    """Prometheus text, for this machine only: a caller behind a proxy is somebody else's caller."""
    client = request.client.host if request.client else ""
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    if forwarded or not is_loopback(client) or not is_loopback(request.scope["state"]["host"]):
        return PlainTextResponse("not found", 404)
    built = house.current()
    telemetry.SESSIONS.set(await run_in_threadpool(built.sessions.live, datetime.now(UTC)))
    return Response(telemetry.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")
