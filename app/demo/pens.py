"""Writes single new records into a customer's sources, in the words of whichever system keeps them."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.demo.cast import Cast
from app.demo.running import message
from app.demo.shape_platforms import N8N_WORDS, PREFECT_STATES
from app.demo.shape_runs import BRIDGE_WORDS, JOB_CODES, workflow_name

Run = Mapping[str, Any]


def moment(milliseconds: int | None) -> str | None:
    """Epoch milliseconds as the sources' ISO text."""
    if milliseconds is None:
        return None
    at = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Book:
    """A SQLite source, opened for writing; `put` inserts a row or replaces the one with the same key."""

    def __init__(self, path: Path) -> None:
        self._engine = sa.create_engine(
            f"sqlite:///{path}", poolclass=sa.NullPool, connect_args={"timeout": 20}
        )
        self._metadata = sa.MetaData()
        self._conn = self._engine.connect()

    def __enter__(self) -> Book:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if failed is None:
            self._conn.commit()
        self._conn.close()
        self._engine.dispose()

    def table(self, name: str) -> sa.Table:
        """A table as it is."""
        if name not in self._metadata.tables:
            sa.Table(name, self._metadata, autoload_with=self._conn)
        return self._metadata.tables[name]

    def put(self, name: str, row: Mapping[str, Any]) -> None:
        """Writes a row; columns that it does not name are empty."""
        table = self.table(name)
        key = next(iter(table.primary_key.columns))
        known = {column: value for column, value in row.items() if column in table.c}
        self._conn.execute(table.delete().where(key == row[key.name]))
        self._conn.execute(table.insert().values(known))

    def change(self, name: str, key: Any, **values: Any) -> None:
        """Changes some columns of one row."""
        table = self.table(name)
        column = next(iter(table.primary_key.columns))
        self._conn.execute(table.update().where(column == key).values(values))

    def first(self, query: sa.Select[Any]) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        row = self._conn.execute(query).mappings().first()
        return dict(row) if row else None


class Desk:
    """A customer's sources, opened when they are needed and closed together; what fails leaves all as they were."""

    def __init__(self, cast: Cast, home: Path) -> None:
        self.cast, self.home = cast, home
        self._open = ExitStack()
        self._books: dict[str, Book] = {}

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *failed: Any) -> None:
        self._open.__exit__(*failed)

    def book(self, system: str) -> Book:
        """The SQLite file of a system."""
        if system not in self._books:
            self._books[system] = self._open.enter_context(Book(self.home / f"{system}.db"))
        return self._books[system]


def append_ndjson(path: Path, record: Mapping[str, Any]) -> None:
    """Adds a line in one write."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")


def append_csv(path: Path, row: Mapping[str, Any], delimiter: str = ",") -> None:
    """Adds a row under the header that the file has."""
    with path.open("r+", encoding="utf-8", newline="") as file:
        names = next(csv.reader(file, delimiter=delimiter))
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerow(
            [row.get(name) for name in names]
        )
        file.seek(0, io.SEEK_END)
        file.write(buffer.getvalue())


def write_runs(desk: Desk, runs: Sequence[Run]) -> None:
    """Writes runs into the customer's platform; a run that was written open before is replaced."""
    cast = desk.cast
    if cast.platform == "journal":
        for run in runs:
            if run["finished"] is not None:
                path = desk.home / "runs" / f"runs-{str(moment(run['started']))[:7]}.ndjson"
                append_ndjson(path, _journal(run))
        return
    name, shape = {
        "bridge": ("runs", _bridge), "jobs": ("job_history", _job), "n8n": ("executions", _execution),
        "prefect": ("flow_runs", _flow_run),
    }[cast.platform]  # fmt: skip
    for run in runs:
        row = shape(cast, run)
        book = desk.book("ipaas")
        if cast.platform == "prefect":
            flows = book.table("flows")
            known = book.first(sa.select(flows.c.id).where(flows.c.name == run["flow"]))
            row["flow_id"] = known["id"] if known else None
        book.put(name, row)


def _error(run: Run) -> tuple[str | None, str | None, str | None, str | None]:
    return message(run["error"], run["object_key"]) if run["status"] == "failed" else (None, None, None, None)


def _bridge(cast: Cast, run: Run) -> dict[str, Any]:
    code, kind, text, step = _error(run)
    at = moment(run["due"]) if run["object_type"] else None
    return {
        "run_id": run["id"], "flow": run["flow"], "state": BRIDGE_WORDS[run["status"]], "due_at": moment(run["due"]),
        "started_at": moment(run["started"]), "ended_at": moment(run["finished"]), "attempts": run["attempts"], "retry_of": None,
        "root_id": run["id"], "started_by": "event" if run["object_type"] else "schedule", "records_in": run["records_in"],
        "records_ok": run["records_ok"], "records_bad": run["records_bad"], "object_type": run["object_type"],
        "object_key": run["object_key"], "target_key": run["target_key"], "amount": run["amount"], "currency": run["currency"],
        "source_changed_at": at, "target_committed_at": moment(run["committed"]), "error_code": code, "error_type": kind,
        "error_text": text, "error_step": step, "updated_at": moment(run["finished"] or run["started"]),
    }  # fmt: skip


def _journal(run: Run) -> dict[str, Any]:
    code, kind, text, step = _error(run)
    about = (
        {"type": run["object_type"], "key": run["object_key"], "target": run["target_key"]}
        if run["object_type"]
        else None
    )
    return {
        "run": run["id"], "flow": workflow_name("journal", run["flow"]), "state": BRIDGE_WORDS[run["status"]],
        "due": moment(run["due"]), "started": moment(run["started"]), "ended": moment(run["finished"]),
        "attempts": run["attempts"], "retryOf": None, "root": run["id"], "by": "event" if about else "schedule",
        "records": {"in": run["records_in"], "ok": run["records_ok"], "bad": run["records_bad"]}, "about": about,
        "value": {"value": run["amount"], "currency": run["currency"]} if run["amount"] else None,
        "changedAtSource": moment(run["due"]) if about else None, "writtenAt": moment(run["committed"]),
        "error": {"code": code, "type": kind, "text": text, "step": step} if text else None,
    }  # fmt: skip


def _job(cast: Cast, run: Run) -> dict[str, Any]:
    code, kind, text, step = _error(run)
    return {
        "job_id": run["id"], "job_name": workflow_name("jobs", run["flow"]), "result": JOB_CODES[run["status"]],
        "queued_ms": run["due"], "start_ms": run["started"], "end_ms": run["finished"], "parent_job_id": None,
        "root_job_id": run["id"], "initiator": "E" if run["object_type"] else "S", "in_count": run["records_in"],
        "ok_count": run["records_ok"], "err_count": run["records_bad"], "entity": run["object_type"],
        "entity_key": run["object_key"], "written_key": run["target_key"], "value": run["amount"],
        "value_currency": run["currency"], "source_ms": run["due"] if run["object_type"] else None,
        "commit_ms": run["committed"], "err": code, "err_class": kind, "err_msg": text, "err_step": step,
        "changed_ms": run["finished"] or run["started"],
    }  # fmt: skip


def _execution(cast: Cast, run: Run) -> dict[str, Any]:
    place = [flow.key for flow in cast.flows].index(run["flow"])
    return {
        "id": 2 * run["id"], "workflow_id": f"wf{cast.key[:4]}{place:010d}",
        "status": N8N_WORDS.get(run["status"], "success"), "mode": "webhook" if run["object_type"] else "trigger",
        "retry_of": None, "retry_success_id": None, "started_ms": run["started"], "stopped_ms": run["finished"],
        "error": run["error"] if run["status"] == "failed" else None, "record": run["object_key"],
    }  # fmt: skip


def _flow_run(cast: Cast, run: Run) -> dict[str, Any]:
    kind, name = PREFECT_STATES[run["status"]]
    work = ((run["finished"] or run["started"]) - run["started"]) / 1000
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{cast.key}/{run['id']}")), "name": f"run-{run['id']}",
        "state_type": kind, "state_name": name, "message": _error(run)[2], "run_count": run["attempts"],
        "expected_ms": run["due"], "start_ms": run["started"], "end_ms": run["finished"], "total_run_time": work,
        "object_type": run["object_type"], "object_key": run["object_key"], "by_user": 0, "scheduled": 0 if run["object_type"] else 1,
    }  # fmt: skip
