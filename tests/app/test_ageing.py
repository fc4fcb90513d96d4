"""How long work waited, week by week: the ages on the Business impact page."""

import json

import pytest

from app import ageing
from tests.app.drawing import Draw, html_of


def _charts(test) -> list[dict]:
    return [json.loads(each.proto.spec) for each in test.get("plotly_chart")]


def test_the_page_shows_what_waited_at_each_weeks_end(draw: Draw) -> None:
    test = draw("business-impact")
    assert "How long work waited" in html_of(test)
    assert 'data-open="C4b"' in html_of(test), "how long the month's own work waits opens its card"
    (chart,) = [each for each in _charts(test) if each["data"][0]["name"] == "0-30 days"]
    assert [bar["name"] for bar in chart["data"]] == [f"{band} days" for band in ageing.BANDS]
    labels = chart["data"][0]["x"]
    assert len(set(labels)) == len(labels) > 8
    first = [bar["y"][0] for bar in chart["data"]]
    assert first[0] > 0, "weeks before anything was read are not shown as nothing"


def test_a_customer_of_whom_nothing_waited_has_no_such_chart(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ageing, "waiting", lambda scope, period, as_of: [])
    assert "How long work waited" not in html_of(draw("business-impact"))
