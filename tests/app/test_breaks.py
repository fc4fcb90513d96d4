"""How long breaks last, on the page Flows: what is open by age, what healed by how long it took, and the card behind."""

from dataclasses import replace
from typing import Any

from app import breaks
from metrics.figure import Figure
from tests.app.test_summary import WORDS, measure

BANDS = {f"{which}_{band}": 0 for which in ("open", "healed") for band in ("1d", "7d", "30d", "older")}


def lasting(value: float | None, **detail: Any) -> Figure:
    """Seven projects that were broken at some time of the month, of which four healed."""
    main: Any = measure("C10b", value).main
    return replace(main, part="project", numerator=4, denominator=7, sample=7, detail={**BANDS, "ended_otherwise": 0, **detail})  # fmt: skip


def test_a_kind_of_record_tells_how_long_its_breaks_last_and_opens_them() -> None:
    figure = lasting(7200.0, healed_1d=3, healed_7d=1, open_30d=2, ended_otherwise=1)
    name, half, still, healed = breaks.line(figure, WORDS)
    assert "Projects" in name
    assert "1 ended otherwise" in name
    assert 'data-open="C10b|object|project"' in half
    assert "2 h" in half
    assert "half of them; 4 of 7 healed" in half
    assert (still, healed) == ("2 up to 30 days", "3 up to a day, 1 up to a week")


def test_where_half_has_not_healed_yet_it_says_so() -> None:
    _, half, still, healed = breaks.line(lasting(float("inf"), open_older=7), WORDS)
    assert "not reached" in half
    assert "so far 4 of 7 healed" in half
    assert "heal within not" not in half
    assert still == "7 longer than 30 days"
    assert "–" in healed


def test_where_none_is_open_it_says_so_and_without_breaks_there_is_no_section() -> None:
    assert "None is open" in breaks.line(lasting(60.0, healed_1d=7), WORDS)[2]
    assert breaks.section([replace(lasting(None), sample=0)], WORDS) == ""
    assert "How long breaks last" in breaks.section([lasting(60.0)], WORDS)
