"""The sentence over the executive's page says no more than the figures under it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.judge import Judged
from app.summary import Measure, answer, deals_tile
from app.wording import Words
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
