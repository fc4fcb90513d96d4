"""A retry is asked of a real Prefect server: the run waits for its worker again, once, and one that nobody would take is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from app.live.world import LiveWorld
from collectors.retry import Asked, retry
from collectors.system import System

pytestmark = [pytest.mark.live, pytest.mark.slow]


@pytest.fixture
def prefect(played: LiveWorld) -> Iterator[httpx.Client]:
    """The API of a firm's server, with a flow and a deployment that are gone afterwards."""
    with httpx.Client(base_url=f"{next(iter(played.prefect_urls.values()))}/api", timeout=60) as client:
        yield client


@pytest.mark.parametrize(("has_deployment", "state"), [(True, "accepted"), (False, "refused")])
def test_a_failed_run_waits_for_its_worker_again(
    prefect: httpx.Client, has_deployment: bool, state: str
) -> None:
    flow = prefect.post("/flows/", json={"name": "nobody-counts-this"}).json()["id"]
    made = prefect.post("/deployments/", json={"name": "d", "flow_id": flow}).json()["id"]
    failed = {"state": {"type": "FAILED", "name": "Failed"}}
    try:
        where = f"/deployments/{made}/create_flow_run" if has_deployment else "/flow_runs/"
        run = prefect.post(where, json=failed if has_deployment else failed | {"flow_id": flow}).json()["id"]
        url = str(prefect.base_url).removesuffix("/").removesuffix("/api")
        system = System(1, 1, "ipaas", "ipaas", "prefect", url, None, {"retry": True, "allow_private": True})
        now = datetime.now(UTC)
        assert retry(system, run, "retry 1 of it", now).state == state
        seen = prefect.get(f"/flow_runs/{run}").json()
        if has_deployment:
            assert (seen["state_name"], seen["state"]["message"]) == ("AwaitingRetry", "retry 1 of it")
            assert retry(system, run, "retry 2 of it", now).state == "refused"
            assert prefect.get(f"/flow_runs/{run}").json()["state"]["message"] == "retry 1 of it"
        else:
            assert seen["state_type"] == "FAILED"
            assert isinstance(retry(system, run, "retry 2 of it", now), Asked)
    finally:
        prefect.delete(f"/deployments/{made}")
        prefect.delete(f"/flows/{flow}")
