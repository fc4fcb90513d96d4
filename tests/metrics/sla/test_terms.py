"""Terms: what is understood, what is written down again, and the reason with which the rest is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from metrics.sla.terms import TermsError, read
from tests.metrics.sla.given import success, terms

LATENCY = {"key": "fast", "metric": "transaction_latency", "target": 95}
PROJECTS = {"key": "projects", "metric": "failed_project_creations", "target": 0, "unit": "count"}
BILLED = {"key": "billed", "metric": "time_to_bill", "target": 80, "within_days": 30}
ANSWER = {"key": "answer", "metric": "exception_response", "target": 90, "within": "4h", "calendar": "office"}


@pytest.mark.parametrize(
    ("written", "millionths"),
    [(99.95, 999_500), ("99.9999", 999_999), (100, 10**6), (0, 0), (97.123, 971_230)],
)
def test_a_target_is_exact(written: Any, millionths: int) -> None:
    assert terms(success(written)).objectives[0].target_ppm == millionths


def test_an_objective_without_a_key_is_called_after_its_metric() -> None:
    assert terms({"metric": "sync_success_rate", "target": 99}).objectives[0].key == "sync-success-rate"


def test_what_is_written_down_reads_the_same() -> None:
    whole = terms(
        success(99.95, population={"flows": ["a", "b"]}, minimum_sample=20, credits=[{"below": 99.9, "percent": 10}]),
        success(99, key="slices", method="timeslices", slice="5m", slice_target=95, calendar="office", quiet="up"),
        LATENCY | {"threshold": "30s"}, PROJECTS, BILLED, ANSWER | {"severity": [1, 2], "window": "28d"},
        {"metric": "availability", "target": 99.9, "service_time": "always", "quiet": "up"},
        {"metric": "A5", "target": 99, "grace_seconds": 240},
        tier="gold", stage="stabilisation", fee={"amount": "1999.99", "currency": "EUR", "per": "quarter"},
        composites=[{"key": "all", "all_of": ["success", "fast"]}, {"key": "worst", "worst_of": ["success", "slices"], "target": 98}],
        exclusions={"allowed": ["maintenance", "customer_data"], "notice_hours": 72, "cap_hours": 8, "cap_percent": 2.5},
        credits={"tiers": [{"below": 95, "percent": 5}], "objectives": ["success"], "cap": 30, "stacking": "sum"},
    )  # fmt: skip
    assert read(whole.document()) == whole


@pytest.mark.parametrize(
    ("objective", "place", "said"),
    [
        (success(99.99995), "objectives.0.target", "more than four decimals"),
        (success(101), "objectives.0", "more than 100 percent"),
        (success(True), "objectives.0.target", "is no number"),
        (success(float("nan")), "objectives.0.target", "is no number"),
        (success(metric="nonsense"), "objectives.0", "there is no metric 'nonsense'"),
        (success(metric="burn_rate"), "objectives.0", "promise that"),
        (success(window="a month"), "objectives.0.window", "is no window; write calendar-month"),
        (success(window="0d"), "objectives.0.window", "is no window"),
        (success(unit="count"), "objectives.0", "'sync_success_rate' is no count"),
        (PROJECTS | {"unit": "percent"}, "objectives.0", "'failed_project_creations' is no share"),
        (BILLED | {"metric": "C4b"}, "objectives.0", "still moves after its period"),
        (BILLED | {"within_days": 10}, "objectives.0", "within_days is 7, 14 or 30"),
        (success(method="timeslices"), "objectives.0", "slice_target belongs to the method timeslices"),
        (LATENCY | {"method": "ratio_timeslices"}, "objectives.0", "is for sync_success_rate"),
        (success(threshold="30s"), "objectives.0", "threshold does not belong to 'sync_success_rate'"),
        (ANSWER | {"within": "soon"}, "objectives.0.within", "is no span of time"),
        (ANSWER | {"severity": [1, 5]}, "objectives.0.severity.1", "less than or equal to 4"),
        (success(grace_seconds=4), "objectives.0", "grace_seconds does not belong to"),
        (success(within="4h"), "objectives.0", "within belongs to exception_response"),
        ({"metric": "availability", "target": 99}, "objectives.0", "availability needs its service_time"),
        (BILLED | {"population": {"flows": ["a"]}}, "objectives.0", "'time_to_bill' cannot be told for a flow"),
        (success(population={}), "objectives.0.population", "name either flows, workflows or systems"),
        (success(sla="gold"), "objectives.0.sla", "is not known here"),
        ({"metric": "A1"}, "objectives.0.target", "is missing"),
        (success(99, credits=[{"below": 99.5, "percent": 5}]), "objectives.0", "begins where the target is still kept"),
        (success(99, credits=[{"above": 1, "percent": 5}]), "objectives.0", "need a bound 'below'"),
        (success(99, credits=[{"percent": 5}]), "objectives.0.credits.0", "either a bound 'below' or a bound 'above'"),
    ],
)  # fmt: skip
def test_what_cannot_be_promised_is_refused_with_its_place(objective: Any, place: str, said: str) -> None:
    with pytest.raises(TermsError) as caught:
        terms(objective)
    assert ".".join(map(str, caught.value.place)) == place
    assert said in caught.value.reason
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"composites": [{"key": "all", "all_of": ["success", "nobody"]}]}, "there is no objective 'nobody'"),
        ({"composites": [{"key": "success", "all_of": ["success"]}]}, "the key 'success' stands twice"),
        ({"composites": [{"key": "w", "worst_of": ["success"]}]}, "target belongs to worst_of"),
        ({"composites": [{"key": "w", "worst_of": ["projects"], "target": 9}]}, "'projects' is no share"),
        (
            {"composites": [{"key": "w", "all_of": ["success"], "worst_of": ["success"]}]},
            "either as all_of or",
        ),
        (
            {
                "composites": [
                    {
                        "key": "w",
                        "worst_of": ["success", "q"],
                        "target": 9,
                        "credits": [{"below": 9, "percent": 5}],
                    }
                ]
            },
            "all of its objectives are by the quarter or none is",
        ),
        ({"credits": {"tiers": [], "objectives": ["nobody"]}}, "there is no objective 'nobody'"),
        ({"credits": {"tiers": [{"below": 99.9, "percent": 5}], "objectives": ["success"]}}, "is still kept"),
        ({"fee": {"amount": 1, "currency": "usd"}}, "'usd' is no currency"),
        ({"exclusions": {"allowed": ["weather"]}}, "Input should be"),
        ({"valid_from": "soon"}, "valid date"),
    ],
)
def test_terms_that_contradict_themselves_are_refused(more: Any, said: str) -> None:
    with pytest.raises(TermsError, match=said):
        terms(success(), success(key="q", window="quarter"), PROJECTS, **more)


def test_common_credits_are_for_the_objectives_they_fit() -> None:
    agreed = terms(success(99.5), LATENCY, PROJECTS, BILLED, credits=[{"below": 99.5, "percent": 5}])
    assert [bool(agreed.tiers_of(objective)) for objective in agreed.objectives] == [
        True,
        False,
        False,
        False,
    ]


def test_the_example_of_the_handbook_is_understood() -> None:
    page = (Path(__file__).parents[3] / "docs" / "service-levels.md").read_text(encoding="utf-8")
    (example,) = yaml.safe_load(page.split("```yaml")[1].split("```")[0])
    agreed = read(example)
    assert [objective.key for objective in agreed.objectives if agreed.tiers_of(objective)] == [
        "sync-success",
        "fast",
    ]
    assert read(agreed.document()) == agreed
