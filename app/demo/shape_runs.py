"""A customer's integration platform as a run log in SQL, a job history in SQL, or a journal in files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from app.demo.clock import Array, epochs, iso, spans
from app.demo.running import NONE, OFFSETS, message
from app.demo.simulate import Customer
from app.demo.tables import Table, money, texts

BRIDGE_WORDS = {
    "success": "completed", "partial": "completed_with_errors", "failed": "failed", "running": "running",
    "cancelled": "cancelled", "timeout": "timed_out", "skipped": "filtered", "duplicate": "duplicate", "unknown": "degraded",
}  # fmt: skip
JOB_CODES = {
    "success": 0, "partial": 1, "failed": 2, "running": 3, "cancelled": 4, "timeout": 5, "duplicate": 6, "skipped": 7,
    "unknown": 99,
}  # fmt: skip


def workflow_name(platform: str, flow: str) -> str:
    """What a platform calls a flow."""
    if platform == "jobs":
        return "JOB_" + flow.upper().replace("-", "_")
    if platform == "n8n":
        return flow.replace("-", " ").capitalize() + " (production)"
    return f"{flow}/production" if platform == "journal" else flow


def _counts(runs: pd.DataFrame) -> list[list[Any]]:
    """Records in, written and refused; nothing for runs that are open or were never to be counted."""
    status, records, bad = runs["status"], runs["records"].to_numpy(), runs["bad"].to_numpy()
    moved = status.isin(["success", "partial"]).to_numpy()
    done = moved | status.isin(["failed", "timeout", "cancelled"]).to_numpy()
    if "passed_on" in runs:  # another attempt follows: its records are counted there
        done &= ~runs["passed_on"].to_numpy()
    parts = []
    for part in (records, np.where(moved, records - bad, 0), np.where(moved, bad, records)):
        counted = part.astype(object)
        counted[~done] = None
        parts.append(counted.tolist())
    return parts


def errors_of(runs: pd.DataFrame) -> list[tuple[str | None, str | None, str | None, str | None]]:
    """Code, type, text and step of what went wrong; nothing for runs that went well."""
    failed = runs["status"].isin(["failed"]).to_numpy()
    told = zip(
        failed.tolist(), runs["error"].tolist(), runs["key"].tolist(), runs["status"].tolist(), strict=True
    )
    return [
        message(error, key) if bad else (None, "Timeout", "The run took longer than allowed", None) if word == "timeout"
        else (None, None, None, None) for bad, error, key, word in told
    ]  # fmt: skip


def _changed(runs: pd.DataFrame) -> Array:
    return np.fmax(runs["started"].to_numpy(), runs["finished"].to_numpy())


def _started_by(runs: pd.DataFrame) -> list[str]:
    usual = np.where(runs["kind"] == "slot", "schedule", "event")
    by = np.where(runs["trigger"] == "manual", "user", np.where(runs["trigger"] == "test", "test", usual))
    return list(by.tolist())


def bridge(world: Customer) -> list[Table]:
    """A run log in SQL with ISO times: retries stay inside their run, a replay is a new run."""
    runs = world.runs
    ids = runs["id"].to_numpy()
    errors = errors_of(runs)
    records_in, records_ok, records_bad = _counts(runs)
    root = runs["root"].to_numpy()
    committed = runs["committed"].to_numpy()
    table = Table(
        "runs",
        {
            "run_id": ids.tolist(),
            "flow": runs["flow"].tolist(),
            "state": runs["status"].map(BRIDGE_WORDS).tolist(),
            "due_at": iso(runs["due"]),
            "started_at": iso(runs["started"]),
            "ended_at": iso(runs["finished"]),
            "attempts": runs["attempts"].tolist(),
            "retry_of": [int(ids[r]) if r >= 0 else None for r in runs["retry_of"].tolist()],
            "root_id": ids[root].tolist(),
            "started_by": _started_by(runs),
            "records_in": records_in,
            "records_ok": records_ok,
            "records_bad": records_bad,
            "object_type": [None if kind == "slot" else kind for kind in runs["kind"].tolist()],
            "object_key": texts(runs["key"]),
            "target_key": texts(runs["target"]),
            "amount": money(runs["amount"].to_numpy()),
            "currency": texts(runs["currency"]),
            "source_changed_at": iso(
                np.where(runs["kind"] == "slot", np.datetime64("NaT", "ms"), runs["due"])
            ),
            "target_committed_at": iso(committed),
            "error_code": [e[0] for e in errors],
            "error_type": [e[1] for e in errors],
            "error_text": [e[2] for e in errors],
            "error_step": [e[3] for e in errors],
            "updated_at": iso(_changed(runs)),
        },
        key="run_id",
    )
    return [table, _attempts(runs), _items(runs)]


def _attempts(runs: pd.DataFrame) -> Table:
    """The attempts of those runs that needed more than one."""
    some = runs[(runs["attempts"] > 1).to_numpy()]
    times = some["attempts"].to_numpy()
    position = np.repeat(np.arange(len(some)), times)
    number = np.arange(len(position)) - np.repeat(np.cumsum(times) - times, times) + 1
    last = number == times[position]
    started = some["started"].to_numpy()[position] + spans(OFFSETS[number - 1])
    finished = np.where(last, some["finished"].to_numpy()[position], started + spans(4.0))
    good = last & (some["status"].to_numpy() == "success")[position]
    told = zip(
        good.tolist(),
        some["error"].to_numpy()[position].tolist(),
        some["key"].to_numpy()[position].tolist(),
        strict=True,
    )
    return Table(
        "attempts",
        {
            "id": [
                f"{run}-{n}"
                for run, n in zip(some["id"].to_numpy()[position].tolist(), number.tolist(), strict=True)
            ],
            "run_id": some["id"].to_numpy()[position].tolist(),
            "attempt_no": number.tolist(),
            "due_at": iso(some["due"].to_numpy()[position]),
            "state": np.where(good, "completed", "failed").tolist(),
            "started_at": iso(started),
            "ended_at": iso(finished),
            "error_text": [None if fine else message(error, key)[2] for fine, error, key in told],
            "updated_at": iso(finished),
        },
    )


def _items(runs: pd.DataFrame) -> Table:
    """Which project each run of won-to-project says it made."""
    some = runs[
        (runs["flow"] == "won-to-project").to_numpy() & runs["status"].isin(["success", "failed"]).to_numpy()
    ]
    good = (some["status"] == "success").to_numpy()
    return Table(
        "run_items",
        {
            "id": [f"{run}/project" for run in some["id"].tolist()],
            "run_id": some["id"].tolist(),
            "due_at": iso(some["due"]),
            "object_type": ["project"] * len(some),
            "source_key": texts(some["key"]),
            "target_key": texts(some["target"]),
            "state": np.where(good, "written", "rejected").tolist(),
            "claimed_at": iso(some["finished"]),
            "source_changed_at": iso(some["due"]),
            "target_committed_at": iso(some["committed"]),
            "amount": money(some["amount"].to_numpy()),
            "currency": texts(some["currency"]),
            "updated_at": iso(_changed(some)),
        },
    )


def expand_chain(runs: pd.DataFrame) -> pd.DataFrame:
    """One row an attempt, as platforms write that start a new run for each retry; ids count up again."""
    times = runs["attempts"].to_numpy()
    position = np.repeat(np.arange(len(runs)), times)
    number = np.arange(len(position)) - np.repeat(np.cumsum(times) - times, times)
    rows = runs.iloc[position].reset_index(drop=True)
    many, last = times[position] > 1, number == times[position] - 1
    rows["started"] = rows["started"].to_numpy() + spans(OFFSETS[np.where(many, number, 0)])
    earlier = many & ~last
    rows.loc[earlier, "status"] = "failed"
    rows.loc[earlier, "finished"] = rows["started"].to_numpy()[earlier] + spans(4.0)
    rows.loc[earlier, "committed"] = np.datetime64("NaT", "ms")
    rows.loc[earlier, "bad"] = 0
    rows["passed_on"] = earlier
    rows["attempts"] = 1
    start = np.cumsum(times) - times
    rows["root"] = start[rows["root"].to_numpy()]
    before = np.where(rows["retry_of"] >= 0, start[np.maximum(rows["retry_of"], 0)], NONE)
    rows["retry_of"] = np.where(number > 0, np.arange(len(rows)) - 1, before)
    order = np.lexsort((np.arange(len(rows)), rows["started"].to_numpy()))
    place = np.empty(len(rows), dtype="i8")
    place[order] = np.arange(len(rows))
    rows["root"] = place[rows["root"].to_numpy()]
    rows["retry_of"] = np.where(rows["retry_of"] >= 0, place[np.maximum(rows["retry_of"], 0)], NONE)
    rows = rows.iloc[order].reset_index(drop=True)
    rows["id"] = 100_001 + np.arange(len(rows))
    return rows


def jobs(world: Customer) -> list[Table]:
    """A job history in SQL with epoch milliseconds and numbers for states: each retry is a row of its own."""
    runs = expand_chain(world.runs)
    ids = runs["id"].to_numpy()
    errors = errors_of(runs)
    counts = _counts(runs)
    initiator = {"schedule": "S", "event": "E", "user": "U", "test": "T"}
    table = Table(
        "job_history",
        {
            "job_id": ids.tolist(),
            "job_name": [workflow_name("jobs", flow) for flow in runs["flow"].tolist()],
            "result": runs["status"].map(JOB_CODES).tolist(),
            "queued_ms": epochs(runs["due"]),
            "start_ms": epochs(runs["started"]),
            "end_ms": epochs(runs["finished"]),
            "parent_job_id": [int(ids[r]) if r >= 0 else None for r in runs["retry_of"].tolist()],
            "root_job_id": ids[runs["root"].to_numpy()].tolist(),
            "initiator": [initiator[by] for by in _started_by(runs)],
            "in_count": counts[0],
            "ok_count": counts[1],
            "err_count": counts[2],
            "entity": [None if kind == "slot" else kind for kind in runs["kind"].tolist()],
            "entity_key": texts(runs["key"]),
            "written_key": texts(runs["target"]),
            "value": money(runs["amount"].to_numpy()),
            "value_currency": texts(runs["currency"]),
            "source_ms": epochs(np.where(runs["kind"] == "slot", np.datetime64("NaT", "ms"), runs["due"])),
            "commit_ms": epochs(runs["committed"]),
            "err": [e[0] for e in errors],
            "err_class": [e[1] for e in errors],
            "err_msg": [e[2] for e in errors],
            "err_step": [e[3] for e in errors],
            "changed_ms": epochs(_changed(runs)),
        },
        key="job_id",
        changed="changed_ms",
    )
    return [table]


def journal(world: Customer) -> list[dict[str, Any]]:
    """A journal: one JSON object a run, written when it ends; retries stay inside their run."""
    table = bridge(world)[0]
    records = []
    for run in table.records():
        if run["state"] == "running":
            continue
        error = run["error_text"] and {
            "code": run["error_code"], "type": run["error_type"], "text": run["error_text"], "step": run["error_step"],
        }  # fmt: skip
        counts = {"in": run["records_in"], "ok": run["records_ok"], "bad": run["records_bad"]}
        about = run["object_type"] and {
            "type": run["object_type"],
            "key": run["object_key"],
            "target": run["target_key"],
        }
        value = run["amount"] and {"value": run["amount"], "currency": run["currency"]}
        records.append(
            {"run": run["run_id"], "flow": workflow_name("journal", run["flow"]), "state": run["state"], "due": run["due_at"],
             "started": run["started_at"], "ended": run["ended_at"], "attempts": run["attempts"], "retryOf": run["retry_of"],
             "root": run["root_id"], "by": run["started_by"], "records": counts, "about": about, "value": value,
             "changedAtSource": run["source_changed_at"], "writtenAt": run["target_committed_at"], "error": error}
        )  # fmt: skip
    return records
