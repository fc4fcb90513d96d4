"""OpenSLO v1 in and out: whatever terms there are, they come back the same; and what others wrote is read or refused."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.sla.openslo import from_openslo, to_openslo
from metrics.sla.terms import Terms, TermsError, read
from metrics.sla.words import plain

pytestmark = pytest.mark.slow

percents = st.integers(0, 10**6).map(lambda ppm: plain(Decimal(ppm) / 10_000))
keys = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}[a-z0-9]", fullmatch=True)
windows = st.sampled_from(["calendar-month", "quarter", "28d", "30d"])


def maybe(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def objectives(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(
        st.sampled_from(["share", "low", "slices", "mean", "latency", "count", "time", "clock", "up"])
    )
    said: dict[str, Any] = {
        "share": {"metric": "sync_success_rate", "target": draw(percents)},
        "low": {"metric": "exception_rate", "target": draw(percents)},
        "slices": {"metric": "A1", "target": draw(percents), "method": "timeslices", "slice_target": draw(percents)},
        "mean": {"metric": "A1", "target": draw(percents), "method": "ratio_timeslices", "slice": "1h"},
        "latency": {"metric": "sync_latency", "target": draw(percents), "threshold": "45s"},
        "count": {"metric": "failed_project_creations", "target": draw(st.integers(0, 9)), "unit": "count"},
        "time": {"metric": "time_to_bill", "target": 10.5, "unit": "days"},
        "clock": {"metric": "exception_resolution", "target": draw(percents), "within": "8h", "severity": [1, 2]},
        "up": {"metric": "availability", "target": draw(percents), "service_time": "office", "quiet": "up"},
        "slots": {"metric": "schedule_adherence", "target": draw(percents), "grace_seconds": 240},
    }[kind]  # fmt: skip
    said |= draw(
        maybe(
            title=st.text("Aä 'é:#{", min_size=1),
            minimum_sample=st.integers(0, 99),
            minimum_coverage=percents,
        )
    )
    if kind in ("share", "latency"):
        said |= draw(
            maybe(population=st.lists(keys, min_size=1, max_size=2).map(lambda flows: {"flows": flows}))
        )
    return said | {"window": draw(windows)}


@st.composite
def agreements(draw: st.DrawFn) -> Terms:
    named = draw(st.dictionaries(keys, objectives(), max_size=4))
    said: dict[str, Any] = {
        "valid_from": draw(st.dates(date(2020, 1, 1), date(2030, 12, 31))).isoformat(),
        "objectives": [{"key": key} | objective for key, objective in named.items()],
    }
    said |= draw(
        maybe(
            tier=st.text("gold 9", min_size=1).filter(lambda t: t.strip() == t and not t[0].isdigit()),
            stage=st.sampled_from(["implementation", "expansion"]),
            fee=st.just({"amount": 1999.5, "currency": "EUR", "per": "quarter"}),
            exclusions=st.just({"allowed": ["maintenance"], "notice_hours": 72, "cap_hours": 8}),
            credits=st.just({"tiers": [{"below": 0.5, "percent": 5}], "cap": 30, "stacking": "sum"}),
        )
    )
    if named and draw(st.booleans()):
        said["composites"] = [{"key": "all-together", "all_of": list(named)}]
    return read(said)


@settings(max_examples=12, deadline=None)
@given(agreements())
def test_terms_come_back_the_same(agreed: Terms) -> None:
    written = yaml.dump_all(
        to_openslo(agreed, "acme", "Europe/London"), Dumper=yaml.CSafeDumper, allow_unicode=True
    )
    assert from_openslo(list(yaml.load_all(written, Loader=yaml.CSafeLoader))) == agreed


FOREIGN = """
apiVersion: openslo/v1
kind: Service
metadata: {name: acme}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: syncs}
spec:
  ratioMetric:
    good: {metricSource: {type: any, spec: {metric: sync_success_rate}}}
    total: {metricSource: {type: any, spec: {metric: sync_success_rate}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: success, displayName: Syncs that succeed}
spec:
  service: acme
  indicatorRef: syncs
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Timeslices
  objectives:
    - {target: 0.9995, timeSliceTarget: 0.95, timeSliceWindow: 5}
    - {targetPercent: 98, timeSliceTarget: 0.9, timeSliceWindow: 1h}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: pager}
"""


def test_what_others_wrote_is_read() -> None:
    first, second = from_openslo(list(yaml.safe_load_all(FOREIGN)), "2026-10-01").objectives
    assert (first.key, first.target_ppm, first.window, first.slice_seconds) == (
        "success",
        999_500,
        "28d",
        300,
    )
    assert (first.title, first.slice_target, second.key, second.slice_seconds) == (
        "Syncs that succeed", Decimal(95), "success-2", 3600,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("was", "becomes", "place", "said"),
    [
        ("openslo/v1\nkind: SLO", "openslo/v1alpha\nkind: SLO", (2, "apiVersion"), "it must be openslo/v1"),
        ("kind: AlertPolicy", "kind: Surprise", (3, "kind"), "no kind of OpenSLO v1"),
        ("duration: 4w", "duration: 1Y", (2, "spec", "timeWindow"), "a rolling window of '1Y'"),
        ("budgetingMethod: Timeslices", "budgetingMethod: Guess", (2, "spec", "budgetingMethod"), "'Guess' is none of"),
        ("indicatorRef: syncs", "indicatorRef: nobody", (2, "spec", "indicatorRef"), "there is no SLI 'nobody'"),
        ("{target: 0.9995,", "{target: 1.5,", (2, "spec", "objectives", 0), "no target of OpenSLO"),
        ("{target: 0.9995,", "{", (2, "spec", "objectives", 0), "either a target or a targetPercent"),
        ("targetPercent: 98,", "targetPercent: 98.00001,", (2, "spec", "objectives", 1), "more than four decimals"),
        ("good: {metricSource: {type: any, spec: {metric: sync", "good: {metricSource: {type: any, spec: {query: sync",
         (2, "spec", "indicator", "spec", "ratioMetric", "good"), "names no metric"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(
    was: str, becomes: str, place: tuple, said: str
) -> None:
    assert was in FOREIGN
    with pytest.raises(TermsError, match=said) as caught:
        from_openslo(list(yaml.safe_load_all(FOREIGN.replace(was, becomes, 1))), "2026-10-01")
    assert caught.value.place == place


def test_somebody_must_say_from_when_terms_hold() -> None:
    with pytest.raises(TermsError, match="say from when they hold"):
        from_openslo(list(yaml.safe_load_all(FOREIGN)))
