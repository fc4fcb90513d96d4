"""The served systems answer as their originals were measured to, each behind its key."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.demo import world
from app.demo.stores import set_platform

pytestmark = pytest.mark.slow


def _key(made: world.DemoWorld, customer: str, system: str) -> str:
    return (made.folder / "secrets" / f"{customer}-{system}.key").read_text().strip()


@pytest.fixture(scope="module")
def n8n(small: world.DemoWorld) -> dict[str, str]:
    return {"X-N8N-API-KEY": _key(small, "gruenquell", "ipaas")}


LIST = "/gruenquell/n8n/api/v1/executions"


def test_n8n_gives_the_newest_first_and_never_more_than_250(
    client: httpx.Client, n8n: dict[str, str]
) -> None:
    page = client.get(LIST, params={"limit": 1000}, headers=n8n).json()
    ids = [int(row["id"]) for row in page["data"]]
    assert len(ids) == 250
    assert ids == sorted(ids, reverse=True)
    assert set(page["data"][0]) == {
        "id", "finished", "mode", "retryOf", "retrySuccessId", "status", "startedAt", "stoppedAt", "workflowId", "waitTill",
    }  # fmt: skip


def test_n8n_pages_by_cursor_to_the_end_without_a_run_twice(
    client: httpx.Client, n8n: dict[str, str]
) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(
            LIST, params={"limit": 250, "cursor": cursor} if cursor else {"limit": 250}, headers=n8n
        ).json()
        seen += [row["id"] for row in page["data"]]
        cursor = page["nextCursor"]
    assert len(seen) == len(set(seen)) > 1000


def test_n8n_filters_by_start_with_both_ends_included(client: httpx.Client, n8n: dict[str, str]) -> None:
    some = client.get(LIST, params={"limit": 20}, headers=n8n).json()["data"]
    since, until = some[-1]["startedAt"], some[4]["startedAt"]
    found = client.get(LIST, params={"startedAfter": since, "startedBefore": until}, headers=n8n).json()[
        "data"
    ]
    assert found[0]["startedAt"] == until
    assert found[-1]["startedAt"] == since


def test_n8n_shows_running_runs_only_when_they_are_asked_for(
    client: httpx.Client, small: world.DemoWorld, n8n: dict[str, str]
) -> None:
    listed = client.get(LIST, params={"limit": 250}, headers=n8n).json()["data"]
    assert all(row["stoppedAt"] for row in listed)
    running = client.get(LIST, params={"status": "running"}, headers=n8n).json()["data"]
    assert all(row["stoppedAt"] is None and row["status"] == "running" for row in running)


def test_n8n_refuses_bad_questions_in_its_own_words(client: httpx.Client, n8n: dict[str, str]) -> None:
    assert client.get(LIST).status_code == 401
    assert client.get(LIST, headers={"X-N8N-API-KEY": "wrong"}).json() == {"message": "Unauthorized"}
    bad = client.get(LIST, params={"cursor": "xyz"}, headers=n8n)
    assert (bad.status_code, bad.json()) == (400, {"message": "An invalid cursor was provided"})
    assert client.get(LIST, params={"status": "failed"}, headers=n8n).status_code == 400
    assert client.get(f"{LIST}/1", headers=n8n).status_code == 404


@pytest.mark.slow
def test_n8n_retries_name_their_original_which_names_the_retry_that_worked(
    tmp_path: Path, now: datetime
) -> None:
    made = world.build(tmp_path, now, size=0.49, only=("gruenquell",))
    made.enter(made.stages[-1])
    set_platform(made.sources, "gruenquell", key_withdrawn=False)
    headers = {"X-N8N-API-KEY": _key(made, "gruenquell", "ipaas")}
    rows: dict[str, dict[str, object]] = {}
    with (
        world.running(made) as started,
        httpx.Client(base_url=f"http://127.0.0.1:{started.port}", trust_env=False) as client,
    ):
        page = client.get(LIST, params={"limit": 250}, headers=headers).json()
        while page["nextCursor"]:
            rows |= {row["id"]: row for row in page["data"]}
            page = client.get(LIST, params={"cursor": page["nextCursor"]}, headers=headers).json()
        rows |= {row["id"]: row for row in page["data"]}
        failed = [row for row in rows.values() if row["status"] == "error"]
        detail = client.get(
            f"{LIST}/{failed[0]['id']}", params={"includeData": "true"}, headers=headers
        ).json()
    assert detail["data"]["resultData"]["error"]["message"]
    assert len([row for row in rows.values() if row["mode"] == "error"]) == len(failed)
    retries = [row for row in rows.values() if row["mode"] == "retry"]
    assert retries
    for row in retries:
        original = rows[str(row["retryOf"])]
        assert original["status"] == "error"
        assert original["retrySuccessId"] == (row["id"] if row["status"] == "success" else None)


def test_a_withdrawn_key_closes_the_run_log_and_what_is_later_than_the_stage_is_not_shown(
    own: world.DemoWorld, now: datetime
) -> None:
    early, late = own.stages
    headers = {"X-N8N-API-KEY": _key(own, "gruenquell", "ipaas")}
    with (
        world.running(own) as started,
        httpx.Client(base_url=f"http://127.0.0.1:{started.port}", trust_env=False) as client,
    ):
        newest = client.get(LIST, headers=headers).json()["data"][0]["startedAt"]
        assert now - timedelta(days=3) < datetime.fromisoformat(newest) <= now - timedelta(days=2)
        own.enter(late)
        assert client.get(LIST, headers=headers).status_code == 401
        own.enter(early)
        assert client.get(LIST, headers=headers).status_code == 200


RUNS = "/immergold/prefect/api/flow_runs/filter"


def test_prefect_answers_a_bare_array_of_at_most_200(client: httpx.Client) -> None:
    rows = client.post(RUNS, json={"sort": "END_TIME_DESC", "limit": 200}).json()
    ends = [row["end_time"] for row in rows if row["end_time"]]
    assert len(rows) == 200
    assert ends == sorted(ends, reverse=True)
    refused = client.post(RUNS, json={"limit": 1000})
    assert (refused.status_code, refused.json()) == (
        422,
        {"detail": "Invalid limit: must be less than or equal to 200."},
    )
    assert client.post(RUNS, json={"sort": "END_TIME_ASC"}).status_code == 422


def test_prefect_filters_on_the_end_and_on_having_none(client: httpx.Client) -> None:
    newest = client.post(RUNS, json={"sort": "END_TIME_DESC", "limit": 5}).json()
    edge = newest[-1]["end_time"]
    later = client.post(RUNS, json={"flow_runs": {"end_time": {"after_": edge}}}).json()
    assert {row["id"] for row in newest} <= {row["id"] for row in later}
    open_runs = client.post(RUNS, json={"flow_runs": {"end_time": {"is_null_": True}}}).json()
    assert {row["state_type"] for row in open_runs} <= {"RUNNING"}
    closed = client.post(
        "/immergold/prefect/api/flow_runs/count", json={"flow_runs": {"end_time": {"is_null_": False}}}
    ).json()
    every = client.post("/immergold/prefect/api/flow_runs/count", json={}).json()
    assert closed + len(open_runs) == every


def test_prefect_knows_retries_as_a_count_and_names_its_flows(client: httpx.Client) -> None:
    flows = {
        row["id"]: row["name"] for row in client.post("/immergold/prefect/api/flows/filter", json={}).json()
    }
    rows = client.post(RUNS, json={"limit": 200}).json()
    assert {flows[row["flow_id"]] for row in rows} <= {"won-to-project", *flows.values()}
    failed = client.post(
        RUNS, json={"flow_runs": {"state": {"type": {"any_": ["FAILED"]}}}, "limit": 5}
    ).json()
    logs = client.post(
        "/immergold/prefect/api/logs/filter", json={"logs": {"flow_run_id": {"any_": [failed[0]["id"]]}}}
    ).json()
    assert logs[0]["message"] == failed[0]["state"]["message"]


def test_the_plain_interface_pages_by_change_and_shows_merges_and_deletions(
    client: httpx.Client, small: world.DemoWorld
) -> None:
    headers = {"Authorization": f"Bearer {_key(small, 'hafenlicht', 'crm')}"}
    items: list[dict[str, object]] = []
    cursor = None
    while True:
        page = client.get(
            "/hafenlicht/crm/v1/opportunities",
            params={"limit": 7} | ({"cursor": cursor} if cursor else {}),
            headers=headers,
        ).json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(items) == page["total"] == small.rows["hafenlicht"]["crm"]["opportunities"]
    assert [str(i["updated_at"]) for i in items] == sorted(str(i["updated_at"]) for i in items)
    assert any(item["deleted_at"] for item in items)
    assert items[0]["amount"] == {"value": items[0]["amount"]["value"], "currency": "EUR"}  # type: ignore[index]
    accounts = client.get("/hafenlicht/crm/v1/accounts", headers=headers).json()["items"]
    assert sum(account["merged_into_id"] is not None for account in accounts) == 3
    edge = str(items[10]["updated_at"])
    later = client.get(
        "/hafenlicht/crm/v1/opportunities", params={"updated_after": edge, "limit": 500}, headers=headers
    ).json()
    assert later["items"][0]["updated_at"] == edge


def test_the_plain_interface_refuses_strangers_and_nonsense(
    client: httpx.Client, small: world.DemoWorld
) -> None:
    headers = {"Authorization": f"Bearer {_key(small, 'hafenlicht', 'crm')}"}
    assert client.get("/hafenlicht/crm/v1/accounts").status_code == 401
    assert client.get("/cobaltmoor/crm/v1/accounts", headers=headers).status_code == 401
    assert client.get("/hafenlicht/psa/v1/projects", headers=headers).status_code == 401
    assert client.get("/hafenlicht/crm/v1/nothing", headers=headers).status_code == 404
    assert (
        client.get("/hafenlicht/crm/v1/accounts", params={"cursor": "?"}, headers=headers).status_code == 400
    )


def test_the_server_ends_with_the_program_that_started_it(small: world.DemoWorld) -> None:
    started = world.start(small)
    assert started.server.stdin is not None
    started.server.stdin.close()
    assert started.server.wait(timeout=15) == 0
    started.stop()


def test_files_are_plain_csv_and_json(small: world.DemoWorld) -> None:
    home: Path = small.sources / "juniwald"
    assert (home / "psa" / "projects.csv").read_text().startswith("id,number,name,client_id")
    assert json.loads((home / "crm" / "accounts.json").read_text())["accounts"]
    months = sorted(path.name for path in (home / "runs").iterdir())
    assert len(months) == 15  # September too: Lisbon's October begins in it, in UTC
    run = json.loads((home / "runs" / months[-1]).read_text().splitlines()[0])
    assert datetime.fromisoformat(run["started"]).tzinfo == UTC
