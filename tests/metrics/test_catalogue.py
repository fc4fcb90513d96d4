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
