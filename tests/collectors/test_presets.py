"""n8n and Prefect as their presets read them, over answers recorded from real servers."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jmespath
import pytest

from collectors.conditions import quick
from collectors.spec import StreamSpec

from .conftest import NOW, Asked, Firm, Site

pytestmark = pytest.mark.slow

RECORDED = Path(__file__).parent / "recorded"
Record = dict[str, Any]


class N8n:
    """Lists executions like n8n does: running ones only when asked for, the newest first, `startedAfter` if it knows it."""

    def __init__(self, site: Site, *, old: bool = False) -> None:
        recorded = json.loads((RECORDED / "n8n.json").read_text())
        self.executions: list[Record] = recorded["executions"]
        self.details: dict[str, Record] = recorded["details"]
        self.workflows = recorded["workflows"]
        self.old = old
        self.limit = 250
        site.answer = self.answer

    def answer(self, asked: Asked) -> Any:
        if asked.headers.get("X-N8N-API-KEY") != "right":
            return 401, {}, {"message": "Unauthorized"}
        own = asked.path.removeprefix("/api/v1/").split("/")
        if own == ["workflows"]:
            return {"data": self.workflows, "nextCursor": None}
        if own != ["executions"]:
            return self.details.get(own[1]) or (404, {}, {"message": "Not Found"})
        running = asked.query.get("status") == "running"
        found = [e for e in self.executions if (e["status"] == "running") == running]
        if not self.old:
            found = [e for e in found if e["startedAt"] >= asked.query.get("startedAfter", "")]
        if "cursor" in asked.query:
            last = json.loads(base64.b64decode(asked.query["cursor"]))["lastId"]
            found = [e for e in found if int(e["id"]) < int(last)]
        page, more = found[: self.limit], len(found) > self.limit
        token = base64.b64encode(json.dumps({"lastId": page[-1]["id"]}).encode()).decode() if more else None
        return {"data": page, "nextCursor": token}

    def put(
        self, own: int, status: str, started: datetime, stopped: datetime | None = None, **more: Any
    ) -> None:
        """An execution, new or as it is now."""

        def written(at: datetime | None) -> str | None:
            return at.strftime("%Y-%m-%dT%H:%M:%S.000Z") if at else None

        self.executions = [e for e in self.executions if e["id"] != str(own)]
        self.executions.append(
            {"id": str(own), "mode": "trigger", "retryOf": None, "status": status, "workflowId": "w",
             "startedAt": written(started), "stoppedAt": written(stopped)} | more
        )  # fmt: skip
        self.executions.sort(key=lambda e: -int(e["id"]))


@pytest.fixture
def n8n(firm: Firm, site: Site, monkeypatch: pytest.MonkeyPatch) -> N8n:
    """A connected n8n that holds what was recorded."""
    monkeypatch.setenv("N8N_KEY", "right")
    firm.add("n8n", site.url, secret="env:N8N_KEY", allow_private=True)
    return N8n(site)


def by_id(firm: Firm, columns: str) -> dict[str, tuple[Any, ...]]:
    """Runs by their id."""
    return {row[0]: row[1:] for row in firm.rows("external_id, " + columns)}


def test_n8n_executions_become_runs(firm: Firm, n8n: N8n):
    n8n.limit = 5
    poll = firm.collect()
    assert (poll.outcome, poll.error, poll.quarantined) == ("complete", None, 0)
    runs = by_id(firm, "status, source_status, trigger, workflow_name, error_step")
    assert runs["4"] == ("failed", "error", "automatic", "ld5fDSJcY8WQqeUr", "Read orders")
    assert runs["16"][:4] == ("success", "success", "automatic", "Stock: ERP to shop"), "a swallowed error"
    assert runs["33"][:2] == ("cancelled", "canceled"), "stopped by hand: it says so"
    assert runs["39"][:2] == ("timeout", "canceled"), "cancelled without an error: it ran out of time"
    assert runs["36"] == ("failed", "crashed", "automatic", "ywiAfBfV0axRKyqe", "Export")
    assert runs["53"][:2] == ("running", "running"), "missing in the list, asked for beside it"
    assert runs["8"][4] == "Map to ERP"
    assert "49" not in runs, "the run of an error workflow would count a failure twice"
    assert len(runs) == len(n8n.executions) - 1


def test_n8n_retries_belong_to_the_transaction_of_the_run_they_retry(firm: Firm, n8n: N8n):
    firm.collect()
    runs = by_id(firm, "transaction_key, retry_of, trigger, status, due_at")
    assert runs["21"][:4] == ("4", "4", "manual", "failed")
    assert runs["20"][:4] == ("18", "18", "manual", "success")
    assert (runs["21"][4], runs["20"][4]) == (runs["4"][4], runs["18"][4])


def test_n8n_errors_say_what_happened_and_where(firm: Firm, n8n: N8n):
    firm.collect()
    runs = by_id(firm, "error_message, error_type, error_code")
    assert runs["18"] == ("database deadlock (attempt 1)", "NodeApiError", "500")
    assert runs["12"] == ("connect ECONNREFUSED 127.0.0.1:20199", "NodeApiError", "ECONNREFUSED")
    assert runs["8"] == ("Order SO-1003 has no customer number [line 3]", "WrappedExecutionError", None)
    assert runs["17"][0] == "Return R-77 has no RMA number"


def test_n8n_read_again_changes_nothing_and_asks_for_no_detail_it_has(firm: Firm, n8n: N8n, site: Site):
    firm.collect()
    before = by_id(firm, "status, error_message, error_step")
    site.asked.clear()
    poll = firm.collect(at=NOW + timedelta(minutes=1))
    assert (poll.new, poll.changed) == (0, 0)
    assert by_id(firm, "status, error_message, error_step") == before
    again = {asked.path for asked in site.asked if asked.path.startswith("/api/v1/executions/")}
    assert not again & {f"/api/v1/executions/{own}" for own in ("4", "6", "8", "12", "33", "36")}


@pytest.mark.parametrize("old", [False, True])
def test_n8n_a_long_run_that_ends_after_newer_ones_is_not_lost(firm: Firm, n8n: N8n, old: bool):
    n8n.executions, n8n.old, n8n.limit = [], old, 3
    begun = NOW - timedelta(hours=2)
    n8n.put(31, "running", begun)
    for own in range(32, 45):
        n8n.put(own, "success", begun + timedelta(minutes=own), begun + timedelta(minutes=own, seconds=5))
    assert firm.collect().new == 14
    for own in range(45, 50):
        n8n.put(own, "success", NOW, NOW + timedelta(seconds=own))
    assert firm.collect(at=NOW + timedelta(minutes=30)).new == 5
    n8n.put(31, "success", begun, NOW + timedelta(minutes=40))
    poll = firm.collect(at=NOW + timedelta(minutes=60))
    assert (poll.new, poll.changed) == (0, 1)
    assert by_id(firm, "status")["31"] == ("success",)


def test_n8n_a_waiting_run_that_goes_on_is_one_run_with_one_end(firm: Firm, n8n: N8n):
    n8n.executions = []
    n8n.put(1, "waiting", NOW - timedelta(minutes=30), NOW - timedelta(minutes=29))
    firm.collect()
    assert by_id(firm, "status, finished_at")["1"] == ("waiting", None), "the moment of the pause is no end"
    n8n.put(1, "success", NOW - timedelta(minutes=30), NOW + timedelta(minutes=1))
    firm.collect(at=NOW + timedelta(minutes=2))
    assert by_id(firm, "status, finished_at")["1"] == ("success", NOW + timedelta(minutes=1))


def test_an_old_n8n_that_ignores_the_filter_is_not_read_to_its_beginning(firm: Firm, n8n: N8n, site: Site):
    n8n.executions, n8n.old, n8n.limit = [], True, 5
    for own in range(1, 101):
        at = NOW - timedelta(minutes=10 * (101 - own))
        n8n.put(own, "success", at, at)
    assert firm.collect().new == 100
    site.asked.clear()
    firm.collect(at=NOW + timedelta(minutes=1))
    assert len([asked for asked in site.asked if asked.path == "/api/v1/executions"]) <= 3


class Prefect:
    """Filters flow runs like Prefect does."""

    def __init__(self, site: Site) -> None:
        recorded = json.loads((RECORDED / "prefect.json").read_text())
        self.runs: list[Record] = recorded["runs"]
        self.flows: list[Record] = recorded["flows"]
        site.answer = self.answer

    def answer(self, asked: Asked) -> Any:
        body = asked.body
        if body["limit"] > 200:
            return 422, {}, {"detail": "limit"}
        found = self.flows
        if asked.path == "/api/flow_runs/filter":
            wanted = body["flow_runs"]["end_time"]
            found = [r for r in self.runs if (r["end_time"] is None) == wanted["is_null_"]]
            found = [r for r in found if not r["end_time"] or r["end_time"] >= wanted.get("after_", "")]
            if body["sort"] == "END_TIME_DESC":
                found = sorted(found, key=lambda r: r["end_time"], reverse=True)
        return found[body["offset"] :][: body["limit"]]


@pytest.fixture
def prefect(firm: Firm, site: Site) -> Prefect:
    """A connected Prefect that holds what was recorded."""
    firm.add("prefect", site.url, allow_private=True)
    return Prefect(site)


def test_prefect_flow_runs_become_runs(firm: Firm, prefect: Prefect):
    poll = firm.collect()
    assert (poll.outcome, poll.new, poll.quarantined) == ("complete", len(prefect.runs), 0)
    told = {
        (source, status, attempts, error_type)
        for source, status, attempts, error_type in firm.rows(
            "source_status, status, attempts, coalesce(error_type, '')"
        )
    }
    assert told == {
        ("COMPLETED/Completed", "success", 1, ""),
        ("COMPLETED/Completed", "success", 2, ""),
        ("COMPLETED/CompletedWithRejects", "partial", 1, ""),
        ("FAILED/Failed", "failed", 1, "Failed"),
        ("FAILED/TimedOut", "timeout", 1, "TimedOut"),
        ("FAILED/TimedOut", "timeout", 3, "TimedOut"),
        ("CRASHED/Crashed", "failed", 1, "Crashed"),
        ("RUNNING/Running", "running", 1, ""),
    }
    names = {name for (name,) in firm.rows("workflow_name")}
    assert "stock-erp-to-shop" in names
    messages = {said for (said,) in firm.rows("error_message") if said}
    assert "98 of 100 rows written, 2 rejected" in messages


def test_prefect_lists_of_more_than_one_page_are_read_to_the_end(firm: Firm, prefect: Prefect):
    sample = prefect.runs[0]
    prefect.runs = [sample | {"id": f"r{n}"} for n in range(450)]
    poll = firm.collect()
    assert (poll.new, poll.pages) == (450, 5)


def test_prefect_a_run_that_ends_late_is_found_by_its_end_and_a_dead_one_holds_nothing_back(
    firm: Firm, prefect: Prefect
):
    (dead,) = (r for r in prefect.runs if r["end_time"] is None)
    long = prefect.runs[0] | {
        "id": "long",
        "end_time": None,
        "state_type": "RUNNING",
        "state_name": "Running",
    }
    prefect.runs.append(long)
    firm.collect()
    firm.collect(at=NOW + timedelta(hours=3))
    ended = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
    long |= {
        "end_time": ended.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "state_type": "COMPLETED",
        "state_name": "Completed",
    }
    poll = firm.collect(at=NOW + timedelta(hours=4))
    assert (poll.new, poll.changed) == (0, 1)
    assert by_id(firm, "status, finished_at")["long"] == ("success", ended)
    firm.collect(at=NOW + timedelta(days=2))
    assert by_id(firm, "status")[dead["id"]] == ("stuck",)


def test_the_manual_names_every_key_of_a_stream():
    manual = (Path(__file__).parents[2] / "docs" / "connect.md").read_text(encoding="utf-8")
    assert [key for key in StreamSpec.model_fields if not re.search(rf"`{key}\b|\b{key}: ", manual)] == []


@pytest.mark.parametrize(
    "condition",
    [
        "x == 'a'",
        "x != 'a'",
        "x && y",
        "x || y",
        "x == 'a' || y == 'b' || `false`",
        "(x != 'a' && x != 'b') && y || `null`",
    ],
)
def test_the_short_way_of_a_condition_answers_what_jmespath_answers(condition: str) -> None:
    short = quick(jmespath.compile(condition).parsed)
    assert short is not None
    values = [None, True, False, 0, 1, 0.0, "", "a", "b", [], {}, ["a"], {"b": "a"}]
    for record in [{"x": x, "y": y} for x in values for y in values] + [{}, None, "a", ["a"]]:
        said, meant = short(record), jmespath.search(condition, record)
        assert (type(said), said) == (type(meant), meant), record


@pytest.mark.parametrize("other", ["x == `0`", "x == y", "!x", "length(x)", "x < 'a'", "x || `[]`"])
def test_what_is_no_such_condition_is_left_to_jmespath(other: str) -> None:
    assert quick(jmespath.compile(other).parsed) is None
