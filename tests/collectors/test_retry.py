"""Retries through platforms: off unless switched on, asked once, and what was answered is told as what it is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from collectors.retry import Asked, retry, spec_of, steps, switched_off
from collectors.system import System
from tests.collectors.conftest import Site

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# what n8n 2.40.7 answered to POST /executions/18/retry and /executions/4/retry, without what a retry does not read
SUCCEEDED = {
    "id": "20",
    "finished": True,
    "mode": "retry",
    "retryOf": "18",
    "retrySuccessId": None,
    "status": "success",
}
FAILED_AGAIN = {
    "id": "21",
    "finished": False,
    "mode": "retry",
    "retryOf": "4",
    "retrySuccessId": None,
    "status": "error",
}
# of Prefect 3.8.8: a run that failed, with a deployment; and what set_state answers
RUN = {"id": "r1", "deployment_id": "d1", "state_type": "FAILED", "state_name": "Failed", "run_count": 1}
ACCEPTED = {
    "state": {"type": "SCHEDULED", "name": "AwaitingRetry"},
    "status": "ACCEPT",
    "details": {"type": "accept_details"},
}
REJECTED = {
    "state": {"type": "FAILED"},
    "status": "REJECT",
    "details": {"type": "reject_details", "reason": "Run has no deployment"},
}


@pytest.fixture
def n8n(site: Site, monkeypatch) -> System:
    monkeypatch.setenv("N8N_KEY", "k3y-of-n8n")
    options = {"retry": True, "allow_private": True}
    return System(1, 2, "ipaas", "ipaas", "n8n", site.url, "env:N8N_KEY", options, "UTC", "acme")


@pytest.fixture
def prefect(site: Site) -> System:
    return System(
        1,
        2,
        "ipaas",
        "ipaas",
        "prefect",
        site.url,
        None,
        {"retry": True, "allow_private": True},
        "UTC",
        "acme",
    )


@pytest.mark.parametrize("kind", ["n8n", "prefect"])
@pytest.mark.parametrize("options", [{}, {"retry": False}, {"retry": "yes"}, {"retry": 1}])
def test_nothing_is_sent_unless_it_is_switched_on(site: Site, kind: str, options: dict) -> None:
    system = System(1, 2, "ipaas", "ipaas", kind, site.url, None, options, "UTC", "acme")
    assert "options: {retry: true}" in (switched_off(system) or "")
    with pytest.raises(ValueError, match="retries are off for acme/ipaas"):
        retry(system, "1", "k", NOW)
    assert site.asked == []


def test_a_platform_that_says_no_way_is_never_asked(site: Site, n8n: System) -> None:
    assert spec_of("tryton") is None
    with pytest.raises(ValueError, match="tryton says no way"):
        retry(replace(n8n, kind="tryton"), "1", "k", NOW)
    assert steps("tryton", "17", "orders")[0] == "Open run 17 of orders on the platform."


@pytest.mark.parametrize("answer", [SUCCEEDED, FAILED_AGAIN])
def test_n8n_makes_a_new_run_that_names_the_old_one(site: Site, n8n: System, answer: dict) -> None:
    site.answer = lambda asked: answer
    assert retry(n8n, answer["retryOf"], "k", NOW) == Asked("accepted", "", answer["id"])
    (asked,) = site.asked
    assert (asked.method, asked.path) == ("POST", f"/api/v1/executions/{answer['retryOf']}/retry")
    assert asked.body == {"loadWorkflow": True}
    assert asked.headers["X-N8N-API-KEY"] == "k3y-of-n8n"


def test_prefect_runs_the_same_run_again(site: Site, prefect: System) -> None:
    site.answer = lambda asked: RUN if asked.method == "GET" else ACCEPTED
    assert retry(prefect, "r1", "retry 1 of r1", NOW) == Asked("accepted", "", None)
    state = site.asked[1].body["state"]
    assert (state["name"], state["message"]) == ("AwaitingRetry", "retry 1 of r1")
    assert site.asked[1].body["force"] is False


@pytest.mark.parametrize(
    "run", [RUN | {"deployment_id": None}, RUN | {"state_type": "SCHEDULED"}, RUN | {"state_type": "RUNNING"}]
)
def test_prefect_is_not_asked_for_a_run_that_nobody_would_take_or_that_goes_on(
    site: Site, prefect: System, run: dict
) -> None:
    site.answer = lambda asked: run
    assert retry(prefect, "r1", "k", NOW).state == "refused"
    assert [asked.method for asked in site.asked] == ["GET"]


def test_what_the_platform_refuses_is_refused_in_its_words(site: Site, prefect: System) -> None:
    site.answer = lambda asked: RUN if asked.method == "GET" else REJECTED
    assert retry(prefect, "r1", "k", NOW) == Asked("refused", "Run has no deployment", None)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((404, {}, {"message": "not found"}), "refused"),
        ((401, {}, {"message": "unauthorized"}), "refused"),
        ((403, {}, {"message": "Forbidden"}), "refused"),
        ((429, {}, {"message": "slow down"}), "refused"),
        ((500, {}, {"message": "oops"}), "unsure"),
        ((502, {}, b"<html>gateway</html>"), "unsure"),
        ((200, {}, b"<html>sign in</html>"), "unsure"),
        ((200, {}, {"message": "what?"}), "unsure"),
        ((200, {}, b""), "unsure"),
    ],
)
def test_it_is_asked_once_whatever_comes_and_the_doubt_is_told(
    site: Site, n8n: System, answer, state: str
) -> None:
    site.answer = lambda asked: answer
    found = retry(n8n, "18", "k", NOW)
    assert found.state == state
    assert "k3y-of-n8n" not in found.said
    assert len(site.asked) == 1


def test_a_platform_that_is_not_there_was_not_asked(n8n: System) -> None:
    assert retry(replace(n8n, url="http://127.0.0.1:9"), "18", "k", NOW).state == "refused"


def test_the_steps_name_the_run(n8n: System) -> None:
    assert "execution 18 of workflow orders" in steps("n8n", "18", "orders")[0]
    assert "flow run r1" in steps("prefect", "r1", "orders")[0]
