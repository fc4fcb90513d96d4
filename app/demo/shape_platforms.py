"""A customer's integration platform as n8n or Prefect keeps its runs, for the loopback server that answers like them."""

from __future__ import annotations

import random
import uuid

import numpy as np
import pandas as pd

from app.demo.clock import epochs
from app.demo.shape_runs import errors_of, workflow_name
from app.demo.simulate import Customer
from app.demo.tables import Table, refs, texts

STOPPED = -1  # somebody ended it
N8N_WORDS = {"failed": "error", "running": "running", "cancelled": "canceled", "timeout": "canceled"}
PREFECT_STATES = {
    "success": ("COMPLETED", "Completed"), "partial": ("COMPLETED", "CompletedWithRejects"), "failed": ("FAILED", "Failed"),
    "running": ("RUNNING", "Running"), "cancelled": ("CANCELLED", "Cancelled"), "timeout": ("FAILED", "TimedOut"),
    "skipped": ("COMPLETED", "Completed"), "duplicate": ("COMPLETED", "Completed"), "unknown": ("COMPLETED", "Completed"),
}  # fmt: skip


def _told(word: str, error: int) -> int | None:
    """What an execution says went wrong: a stopped one says so, one that took too long says nothing."""
    return int(error) if word == "failed" else STOPPED if word == "cancelled" else None


def n8n(world: Customer) -> list[Table]:
    """Executions as n8n keeps them: ids count up, retries inside a node leave no trace, a replay names its original.

    Every failure sets off the error workflow, which is an execution of its own (mode error, success).
    """
    runs = world.runs
    ids = 2 * runs["id"].to_numpy()
    status = runs["status"].map(N8N_WORDS).fillna("success").to_numpy()
    original = runs["retry_of"].to_numpy()
    replays = np.flatnonzero(original >= 0)
    healed = {int(original[r]): int(ids[r]) for r in replays.tolist() if status[r] == "success"}
    usual = np.where(runs["kind"] == "slot", "trigger", "webhook")
    flows = [flow.key for flow in world.cast.flows]
    workflows = {flow: f"wf{world.cast.key[:4]}{place:010d}" for place, flow in enumerate(flows)}
    table = pd.DataFrame(
        {
            "id": ids,
            "workflow_id": runs["flow"].map(workflows).to_numpy(),
            "status": status,
            "mode": np.where(original >= 0, "retry", np.where(runs["trigger"] == "test", "manual", usual)),
            "retry_of": refs(ids, original),
            "retry_success_id": [healed.get(place) for place in range(len(ids))],
            "started_ms": epochs(runs["started"]),
            "stopped_ms": epochs(runs["finished"]),
            "error": [_told(word, error) for word, error in zip(runs["status"], runs["error"], strict=True)],
            "record": texts(runs["key"]),
        },
        dtype=object,
    )
    handled = table[(status == "error")].copy()
    handled["id"] = handled["id"] + 1
    handled["workflow_id"], handled["status"], handled["mode"] = "wferrorhandler", "success", "error"
    for name in ("retry_of", "retry_success_id", "error", "record"):
        handled[name] = None
    handled["started_ms"] = handled["stopped_ms"] + 40
    handled["stopped_ms"] = handled["stopped_ms"] + 95
    every = pd.concat([table, handled]).sort_values("id", kind="stable")
    names = [*(workflow_name("n8n", flow) for flow in flows), "Report errors"]
    listed = Table("workflows", {"id": [*workflows.values(), "wferrorhandler"], "name": names}, changed=None)
    return [Table("executions", {name: texts(every[name]) for name in every}, changed=None), listed]


def prefect(world: Customer) -> list[Table]:
    """Flow runs as Prefect keeps them: a retry raises run_count, a state has a type and a free name."""
    runs = world.runs
    dice = random.Random(f"{world.cast.key}/{len(runs)}")
    states = runs["status"].map(PREFECT_STATES)
    errors = errors_of(runs)
    flows = {flow.key: str(uuid.UUID(int=dice.getrandbits(128), version=4)) for flow in world.cast.flows}
    work = (runs["finished"] - runs["started"]).dt.total_seconds().fillna(0.0)
    table = Table(
        "flow_runs",
        {
            "id": [str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in range(len(runs))],
            "flow_id": [flows[flow] for flow in runs["flow"].tolist()],
            "name": [f"run-{number}" for number in runs["id"].tolist()],
            "state_type": [state[0] for state in states],
            "state_name": [state[1] for state in states],
            "message": [e[2] for e in errors],
            "run_count": runs["attempts"].tolist(),
            "expected_ms": epochs(np.where(runs["trigger"] == "manual", runs["started"], runs["due"])),
            "start_ms": epochs(runs["started"]),
            "end_ms": epochs(runs["finished"]),
            "total_run_time": work.round(6).tolist(),
            "object_type": [None if kind == "slot" else kind for kind in runs["kind"].tolist()],
            "object_key": texts(runs["key"]),
            "by_user": (runs["trigger"] == "manual").astype(int).tolist(),
            "scheduled": (runs["kind"] == "slot").astype(int).tolist(),
        },
        changed="end_ms",
    )
    return [table, Table("flows", {"id": list(flows.values()), "name": list(flows)}, changed=None)]
