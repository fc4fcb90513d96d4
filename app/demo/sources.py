"""The loopback server of the demo's source systems: n8n, Prefect and a plain REST interface, each behind its key."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.demo import platforms
from app.demo.store import BadCursor, Store, later_than, seal, store, unseal

FLAGS = frozenset({"won", "lost", "needs_delivery", "active", "billable"})
MOST = 500


def application(folder: Path) -> Starlette:
    """All served systems of a demo folder under /{customer}/{system}/…"""

    def n8n(answer: Callable[[Store, Request], Response]) -> Callable[[Request], Any]:
        async def serve(request: Request) -> Response:
            opened = _opened(folder, request, "ipaas")
            if opened is None or not opened.admits(request.headers.get("x-n8n-api-key")):
                return JSONResponse({"message": "Unauthorized"}, 401)
            return await run_in_threadpool(answer, opened, request)

        return serve

    def prefect(answer: Callable[[Store, dict[str, Any]], Response]) -> Callable[[Request], Any]:
        async def serve(request: Request) -> Response:
            opened = _opened(folder, request, "ipaas")
            if opened is None:  # a self-hosted server asks for no key
                return JSONResponse({"detail": "Not Found"}, 404)
            body = await request.json() if await request.body() else {}
            return await run_in_threadpool(answer, opened, body)

        return serve

    async def plain(request: Request) -> Response:
        opened = _opened(folder, request, request.path_params["system"])
        if opened is None or not opened.admits(_bearer(request)):
            return JSONResponse({"error": "the key is not known here"}, 401)
        return await run_in_threadpool(_listed, opened, request)

    async def health(_: Request) -> Response:
        return JSONResponse(True)

    n8n_at, prefect_at = "/{customer}/n8n/api/v1", "/{customer}/prefect/api"
    return Starlette(
        routes=[
            Route(f"{n8n_at}/executions", n8n(platforms.n8n_executions)),
            Route(f"{n8n_at}/executions/{{id}}", n8n(platforms.n8n_execution)),
            Route(f"{n8n_at}/workflows", n8n(platforms.n8n_workflows)),
            Route(f"{prefect_at}/flow_runs/filter", prefect(platforms.prefect_runs), methods=["POST"]),
            Route(f"{prefect_at}/flow_runs/count", prefect(platforms.prefect_count), methods=["POST"]),
            Route(f"{prefect_at}/flows/filter", prefect(platforms.prefect_flows), methods=["POST"]),
            Route(f"{prefect_at}/logs/filter", prefect(platforms.prefect_logs), methods=["POST"]),
            Route(f"{prefect_at}/health", health),
            Route("/{customer}/{system}/v1/{table}", plain),
            Route("/health", health),
        ]
    )


def _opened(folder: Path, request: Request, system: str) -> Store | None:
    try:
        return store(folder, request.path_params["customer"], system)
    except FileNotFoundError:
        return None


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else None


def _listed(opened: Store, request: Request) -> Response:
    """A page of a table, oldest change first: ?updated_after= (inclusive), ?limit= up to 500, ?cursor= from the page before."""
    asked = request.query_params
    try:
        table = opened.table(request.path_params["table"])
    except KeyError:
        return JSONResponse({"error": "there is no such collection"}, 404)
    key = next(iter(table.primary_key.columns))
    changed = table.c["changed_at"] if "changed_at" in table.c else table.c.get("updated_at", key)
    query = sa.select(table)
    if asked.get("updated_after"):
        query = query.where(changed >= asked["updated_after"].replace("+00:00", "Z"))
    total = opened.number(sa.select(sa.func.count()).select_from(query.subquery()))
    try:
        limit = min(MOST, max(1, int(asked.get("limit", 100))))
        if asked.get("cursor"):
            query = query.where(later_than(changed, key, unseal(asked["cursor"])))
    except (BadCursor, ValueError, TypeError):
        return JSONResponse({"error": "limit or cursor cannot be read"}, 400)
    rows = opened.rows(query.order_by(changed, key).limit(limit + 1))
    cursor = seal([rows[limit - 1][changed.name], rows[limit - 1][key.name]]) if len(rows) > limit else None
    return JSONResponse(
        {"items": [_item(row) for row in rows[:limit]], "next_cursor": cursor, "total": total}
    )


def _item(row: dict[str, Any]) -> dict[str, Any]:
    """A row the way interfaces of this kind show it: flags as booleans, money with its currency."""
    item = {
        name: bool(value) if name in FLAGS and value is not None else value for name, value in row.items()
    }
    if "amount" in item and "currency" in item:
        item["amount"] = {"value": item["amount"], "currency": item.pop("currency")}
    return item


def serve(folder: Path, port: int) -> None:
    """Serves on loopback until standard input ends, which is when the program that started it ends, however it does.

    Writes the port that it got as one line to standard output once connections are accepted; port 0 takes a free one.
    """
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(
        uvicorn.Config(application(folder), log_level="warning", access_log=False, lifespan="off")
    )

    def watch() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
