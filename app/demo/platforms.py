"""Our own simulation of how n8n and Prefect answer on the wire, from measured behaviour; no proof of either product."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.demo.running import message
from app.demo.shape_platforms import STOPPED
from app.demo.store import BadCursor, Store, seal, unseal

STATUSES = ("canceled", "crashed", "error", "new", "running", "success", "unknown", "waiting")


def _moment(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _milliseconds(text: str) -> int:
    at = datetime.fromisoformat(text)
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _refused(status: int, text: str) -> Response:
    return JSONResponse({"message": text}, status)


def _execution(row: dict[str, Any], shown: int | None) -> dict[str, Any]:
    ended = row["stopped_ms"] is not None and (shown is None or row["stopped_ms"] <= shown)
    status = row["status"] if ended else "running"
    retried = row["retry_success_id"]
    return {
        "id": str(row["id"]),
        "finished": status == "success",
        "mode": row["mode"],
        "retryOf": None if row["retry_of"] is None else str(row["retry_of"]),
        "retrySuccessId": None if retried is None else str(retried),
        "status": status,
        "startedAt": _moment(row["started_ms"]),
        "stoppedAt": _moment(row["stopped_ms"]) if ended else None,
        "workflowId": row["workflow_id"],
        "waitTill": None,
    }


def n8n_executions(store: Store, request: Request) -> Response:
    """GET /api/v1/executions: newest id first, running ones only when asked for, at most 250 a page."""
    asked = request.query_params
    shown = store.settings().get("shown_until")
    table = store.table("executions")
    column = table.c
    open_now = column.stopped_ms.is_(None) if shown is None else sa.or_(column.stopped_ms.is_(None), column.stopped_ms > shown)  # fmt: skip
    query = sa.select(table)
    if shown is not None:
        query = query.where(column.started_ms <= shown)
    status = asked.get("status")
    if status is not None and status not in STATUSES:
        words = " | ".join(f"'{word}'" for word in STATUSES)
        said = f"request/query/status Invalid enum value. Expected {words}, received '{status}'"
        return _refused(400, said)
    query = query.where(open_now if status == "running" else ~open_now)
    if status not in (None, "running"):
        query = query.where(column.status == status)
    if "workflowId" in asked:
        query = query.where(column.workflow_id == asked["workflowId"])
    try:
        if "startedAfter" in asked:
            query = query.where(column.started_ms >= _milliseconds(asked["startedAfter"]))
        if "startedBefore" in asked:
            query = query.where(column.started_ms <= _milliseconds(asked["startedBefore"]))
        limit = min(250, max(1, int(asked.get("limit", 100))))
        if asked.get("cursor"):
            position = unseal(asked["cursor"])
            query, limit = query.where(column.id < int(position["lastId"])), int(position["limit"])
    except BadCursor:
        return _refused(400, "An invalid cursor was provided")
    except (ValueError, KeyError, TypeError):
        return _refused(400, "request/query must match format")
    rows = store.rows(query.order_by(column.id.desc()).limit(limit + 1))
    more = len(rows) > limit
    listed = [_execution(row, shown) for row in rows[:limit]]
    cursor = seal({"lastId": str(listed[-1]["id"]), "limit": limit}) if more else None
    return JSONResponse({"data": listed, "nextCursor": cursor})


def n8n_execution(store: Store, request: Request) -> Response:
    """GET /api/v1/executions/{id}: one execution; with includeData=true also what went wrong."""
    table = store.table("executions")
    number = request.path_params["id"]
    found = store.rows(sa.select(table).where(table.c.id == int(number))) if number.isdigit() else []
    if not found:
        return _refused(404, "Not Found")
    shown = store.settings().get("shown_until")
    told: dict[str, Any] = _execution(found[0], shown) | {"createdAt": _moment(found[0]["started_ms"])}
    if request.query_params.get("includeData") == "true":
        told["data"] = {"version": 1, "resultData": {"runData": {}, **_failure(found[0])}}
    return JSONResponse(told)


def _failure(row: dict[str, Any]) -> dict[str, Any]:
    if row["error"] is None:
        return {}
    if row["error"] == STOPPED:
        return {
            "error": {
                "name": "ManualExecutionCancelledError",
                "message": "The execution was cancelled manually",
            }
        }
    code, kind, text, step = message(row["error"], row["record"])
    said: dict[str, Any] = {
        "name": "NodeApiError",
        "httpCode": code,
        "description": text,
        "node": {"name": step},
    }
    said |= {"message": "The service was not able to process your request", "messages": [f"{code} - {text}"]}
    if kind in ("ValidationError", "Conflict"):
        said = {"name": "WrappedExecutionError", "message": text, "description": None}
    return {"error": said, "lastNodeExecuted": step}


def n8n_workflows(store: Store, request: Request) -> Response:
    """GET /api/v1/workflows: all of them on one page."""
    rows = store.rows(sa.select(store.table("workflows")))
    listed = [
        {"id": row["id"], "name": row["name"], "active": True, "isArchived": False, "nodes": []}
        for row in rows
    ]
    return JSONResponse({"data": listed, "nextCursor": None})


_SORTS = {
    "START_TIME_ASC": ("start_ms", False), "START_TIME_DESC": ("start_ms", True), "END_TIME_DESC": ("end_ms", True),
    "EXPECTED_START_TIME_ASC": ("expected_ms", False), "EXPECTED_START_TIME_DESC": ("expected_ms", True),
    "ID_DESC": ("id", True),
}  # fmt: skip
_TIMES = {"start_time": "start_ms", "end_time": "end_ms", "expected_start_time": "expected_ms"}


def _flow_run(row: dict[str, Any]) -> dict[str, Any]:
    at = _moment(row["end_ms"] or row["start_ms"])
    state = {
        "id": row["id"],
        "type": row["state_type"],
        "name": row["state_name"],
        "timestamp": at,
        "message": row["message"],
    }
    about = {}
    if row["object_type"]:  # what the flow was given, as parameters
        about = {"object_type": row["object_type"], "object_key": row["object_key"]}
        about["source_changed_at"] = _moment(row["expected_ms"])
    return {
        "id": row["id"], "created": _moment(row["expected_ms"]), "updated": at, "name": row["name"], "flow_id": row["flow_id"],
        "state_id": row["id"], "deployment_id": None, "work_queue_name": None, "parameters": about, "tags": [],
        "parent_task_run_id": None, "state_type": row["state_type"], "state_name": row["state_name"],
        "run_count": row["run_count"], "expected_start_time": _moment(row["expected_ms"]), "next_scheduled_start_time": None,
        "start_time": _moment(row["start_ms"]), "end_time": _moment(row["end_ms"]), "total_run_time": row["total_run_time"],
        "auto_scheduled": bool(row["scheduled"]), "infrastructure_pid": None,
        "created_by": {"id": None, "type": "USER", "display_value": "operator"} if row["by_user"] else None, "state": state,
    }  # fmt: skip


def _chosen(store: Store, body: dict[str, Any]) -> list[sa.ColumnElement[bool]]:
    """The conditions of a filter body; both ends of a time are inclusive, as in the real server."""
    table = store.table("flow_runs")
    wanted = body.get("flow_runs") or {}
    conditions: list[sa.ColumnElement[bool]] = []
    for name, column in _TIMES.items():
        asked = wanted.get(name) or {}
        if asked.get("after_"):
            conditions.append(table.c[column] >= _milliseconds(asked["after_"]))
        if asked.get("before_"):
            conditions.append(table.c[column] <= _milliseconds(asked["before_"]))
        if asked.get("is_null_") is not None:
            empty = table.c[column].is_(None)
            conditions.append(empty if asked["is_null_"] else ~empty)
    if (wanted.get("id") or {}).get("any_") is not None:
        conditions.append(table.c.id.in_(wanted["id"]["any_"]))
    state = wanted.get("state") or {}
    for part, column in (("type", "state_type"), ("name", "state_name")):
        if (state.get(part) or {}).get("any_") is not None:
            conditions.append(table.c[column].in_(state[part]["any_"]))
        if (state.get(part) or {}).get("not_any_") is not None:
            conditions.append(table.c[column].not_in(state[part]["not_any_"]))
    flows = body.get("flows") or {}
    if (flows.get("id") or {}).get("any_") is not None:
        conditions.append(table.c.flow_id.in_(flows["id"]["any_"]))
    return conditions


def prefect_runs(store: Store, body: dict[str, Any]) -> Response:
    """POST /api/flow_runs/filter: a bare array, at most 200, in the order of `sort`."""
    limit, offset, sort = body.get("limit", 200), body.get("offset", 0), body.get("sort", "ID_DESC")
    if not isinstance(limit, int) or limit > 200:
        return JSONResponse({"detail": "Invalid limit: must be less than or equal to 200."}, 422)
    if sort not in _SORTS:
        return JSONResponse({"detail": f"Input should be one of {', '.join(_SORTS)}"}, 422)
    table = store.table("flow_runs")
    name, descending = _SORTS[sort]
    order = table.c[name].desc() if descending else table.c[name].asc()
    try:
        query = sa.select(table).where(*_chosen(store, body)).order_by(order, table.c.id)
    except ValueError as error:
        return JSONResponse({"detail": str(error)}, 422)
    return JSONResponse([_flow_run(row) for row in store.rows(query.limit(limit).offset(offset))])


def prefect_count(store: Store, body: dict[str, Any]) -> Response:
    """POST /api/flow_runs/count: a bare number."""
    table = store.table("flow_runs")
    return JSONResponse(
        store.number(sa.select(sa.func.count()).select_from(table).where(*_chosen(store, body)))
    )


def prefect_flows(store: Store, body: dict[str, Any]) -> Response:
    """POST /api/flows/filter: the flows with their names."""
    table = store.table("flows")
    query = sa.select(table)
    wanted = (body.get("flows") or {}).get("id") or {}
    if wanted.get("any_") is not None:
        query = query.where(table.c.id.in_(wanted["any_"]))
    limit, offset = body.get("limit", 200), body.get("offset", 0)
    rows = store.rows(query.order_by(table.c.name).limit(limit).offset(offset))
    return JSONResponse([{**row, "tags": [], "labels": {}} for row in rows])


def prefect_logs(store: Store, body: dict[str, Any]) -> Response:
    """POST /api/logs/filter: the error lines of the runs that are named."""
    table = store.table("flow_runs")
    wanted = ((body.get("logs") or {}).get("flow_run_id") or {}).get("any_") or []
    rows = store.rows(sa.select(table).where(table.c.id.in_(wanted), table.c.message.is_not(None)))
    lines = [
        {"id": row["id"], "level": 40, "name": "prefect.flow_runs", "message": row["message"],
         "timestamp": _moment(row["end_ms"]), "flow_run_id": row["id"], "task_run_id": None}
        for row in rows
    ]  # fmt: skip
    return JSONResponse(lines)
