"""The catalogue: every definition tells its versions."""

import pytest

from metrics.catalogue import METRICS
from metrics.metric import Metric


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_the_newest_change_is_the_version_and_every_later_one_says_why(metric: Metric) -> None:
    versions = [change.version for change in metric.changes]
    assert versions == list(range(1, metric.version + 1))
    assert [change.since for change in metric.changes] == sorted(change.since for change in metric.changes)
    assert all(change.what for change in metric.changes)
    assert all(change.why for change in metric.changes[1:])


def test_an_id_or_a_key_names_one_metric() -> None:
    names = [name for metric in METRICS for name in (metric.id, metric.key)]
    assert len(set(names)) == len(names)
