"""The sentence over the executive's page says no more than the figures under it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.judge import Judged, Target
from app.summary import Measure, change, deals_tile, trend_of
from app.verdict import answer
from app.wording import NOTHING, Words
from metrics.catalogue import by_key
from metrics.figure import Figure
from metrics.period import Period

WORDS = Words("en-GB", "Europe/London")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
NEVER = float("inf")


def measure(key: str, value: Any, state: str = "", unknown: int = 0) -> Measure:
    """One metric with one figure, judged as said."""
    figure = Figure(
        metric=by_key(key),
        customer_ids=(1,),
        period=Period.parse("2026-11", "Europe/London", NOW),
        part="",
        value=value,
        unit=by_key(key).unit,
        currency=None,
        numerator=value if isinstance(value, int) else None,
        denominator=14 if isinstance(value, int) else None,
        unknown=unknown,
        sample=14,
        coverage=1.0,
        low=None,
        high=None,
        as_of=NOW,
        definition_version=1,
    )
    return Measure(key, (figure,), ((figure,),), None, Judged(state))


@pytest.mark.parametrize(
    ("sync", "half", "bill", "late", "unknown", "expected"),
    [
        ("ok", 86400.0, "ok", 0, 0, "ok"),
        ("ok", 86400.0, "ok", 0, 3, "unknown"),
        ("ok", 86400.0, "ok", 2, 0, "risk"),
        ("breach", 86400.0, "ok", 2, 0, "breach"),
        ("ok", 86400.0, "unknown", 0, 0, "unknown"),
        ("", 86400.0, "", 0, 0, "info"),
        ("", NEVER, "", 0, 0, "risk"),
        ("ok", NEVER, "ok", 0, 0, "risk"),
    ],
)
def test_good_news_is_only_what_was_promised_proven_and_kept(
    sync: str, half: float, bill: str, late: int, unknown: int, expected: str
) -> None:
    said = answer(
        measure("A1", 0.9, sync),
        measure("C4", half, bill),
        measure("C7", None),
        measure("C1", late, unknown=unknown),
        WORDS,
    )
    assert said.state == expected
    assert ("not turning" in said.says) == (half == NEVER)


@pytest.mark.parametrize(
    ("late", "unknown", "word"),
    [(0, 0, "None"), (0, 8, "Not proven"), (2, 8, "All came"), (2, 0, "All came")],
)
def test_no_late_project_is_good_news_only_when_all_are_known(late: int, unknown: int, word: str) -> None:
    tile = deals_tile(measure("C1", late, unknown=unknown), WORDS, "Oct")
    assert tile.word == word
    assert any("8 not known" in note for note in tile.notes) == (unknown == 8)


def month_of(key: str, part: int, whole: int, **detail: float) -> Figure:
    """So many of so many in a month; of a duration, what its curve says."""
    main = measure(key, part / whole).main
    assert main is not None
    value = detail.get("half", part / whole)
    return replace(main, value=value, numerator=part, denominator=whole, sample=whole, detail=detail)


@pytest.mark.parametrize(
    ("key", "now", "then", "coloured"),
    [
        ("A1", {"part": 9, "whole": 10}, {"part": 10, "whole": 10}, False),
        ("A1", {"part": 900, "whole": 1000}, {"part": 990, "whole": 1000}, True),
        ("C4", {"part": 5, "whole": 9, "half": 9e5, "half_low": 2e5, "half_high": 2e6}, {"part": 6, "whole": 9, "half": 5e5, "half_low": 1e5, "half_high": 8e5}, False),
        ("C4", {"part": 500, "whole": 900, "half": 9e5, "half_low": 8e5, "half_high": 1e6}, {"part": 600, "whole": 900, "half": 5e5, "half_low": 4e5, "half_high": 6e5}, True),
        ("C4", {"part": 5, "whole": 9, "half": 9e5, "half_low": 5e5}, {"part": 6, "whole": 9, "half": 8e5, "half_low": 7e5, "half_high": 8.5e5}, False),
    ],
    ids=["ten of each", "a thousand of each", "medians of nine", "medians of nine hundred", "an end that is not reached"],
)  # fmt: skip
def test_a_change_that_may_be_chance_is_said_and_not_coloured(
    key: str, now: dict[str, float], then: dict[str, float], coloured: bool
) -> None:
    months: Any = [month_of(key, **each) for each in (then, now)]
    said = change(Measure(key, (months[1],), tuple((each,) for each in months)), WORDS, "Oct")
    assert ('class="chip breach"' in said) == coloured
    assert "vs Oct" in said


def test_each_month_of_the_trend_carries_its_interval_and_its_counts() -> None:
    months = [month_of("A1", 9, 10), month_of("A1", 996, 1000)]
    goal = Target("sync_success_rate", Decimal("0.995"), "ratio", minimum_sample=20)
    said, between, missed = trend_of(
        Measure("A1", (months[1],), ((months[0],), (months[1],), ()), goal), WORDS
    )
    assert said == ["90.0% (9 of 10)", "99.60%", NOTHING]
    assert between[0] == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert between[2] is None
    assert missed == [False, False, False]  # nine of ten are too few to be judged
