"""What the log claims never stands alone: what both systems confirm of it stands beside it, and opens."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app import data, flow_page, flow_rows, present, proof, review_proof, review_reads, summary
from app.cli import reading
from app.review_reads import Review
from app.view import View
from metrics.figure import Figure
from tests.app.test_summary import WORDS, measure

FLOW = {
    "key": "won", "name": "Won to project", "from_role": "crm", "to_role": "psa", "deadline_seconds": None,
    "calendar": None,
}  # fmt: skip


def verified(numerator: int, denominator: int, claimed: float, part: str = "") -> Figure:
    """89 of 95 checked records are there, and so much of 120 that runs name the log calls written."""
    main: Any = measure("V1", numerator / denominator if denominator else None).main
    written = round(claimed * 120)
    return replace(
        main, part=part, numerator=numerator, denominator=denominator, sample=denominator,
        detail={"claimed_share": claimed, "claimed": written, "refused": 120 - written},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "both", "state"),
    [
        (verified(89, 95, 1.0), ("100.0% claimed (120 of 120)", "93.6% verified (89 of 95)"), "risk"),
        (verified(95, 95, 0.5), ("50.0% claimed (60 of 120)", "100.0% verified (95 of 95)"), "ok"),
        (verified(0, 0, 1.0), None, ""),
    ],
    ids=["six are not true", "all are", "none could be checked"],
)
def test_claimed_and_verified_are_said_together(
    figure: Figure, both: tuple[str, str] | None, state: str
) -> None:
    assert proof.said(figure, WORDS) == both
    chips = proof.chips(figure, WORDS)
    assert len(chips) == (2 if both else 0)
    assert not both or f'class="chip {state}"' in chips[1]


def test_under_the_success_of_a_flow_the_difference_opens() -> None:
    success: Any = replace(measure("A1", 0.99).main, part="won")
    of_flow, of_other = verified(89, 95, 1.0, "won"), verified(1, 2, 1.0, "other")
    (cells,) = flow_rows.rows([FLOW], [success], [of_flow, of_other], {}, WORDS)
    assert 'data-open="V1|flow|won"' in cells[1]
    assert "100.0% claimed (120 of 120)<br>93.6% verified (89 of 95)" in cells[1]
    (bare,) = flow_rows.rows([FLOW], [success], [], {}, WORDS)
    assert "V1" not in bare[1]


def test_a_tile_of_success_says_both() -> None:
    tile = summary.sync_tile(measure("A1", 0.99), WORDS, "October", verified(89, 95, 1.0))
    assert "100.0% claimed (120 of 120)" in tile.notes[0]
    assert "93.6% verified (89 of 95)" in tile.notes[1]
    assert "100.0% claimed (120 of 120)" in flow_page.verified(verified(89, 95, 1.0), WORDS)


def test_on_the_command_line_claimed_stands_before_verified() -> None:
    line = reading.line(verified(89, 95, 1.0), WORDS)
    assert list(line)[:5] == ["part", "claimed", "figure", "unit", "value"]
    assert line["claimed"] == "100.0% claimed (120 of 120)"
    assert (line["figure"], line["value"]) == ("93.6% (89 of 95)", 89 / 95)
    assert "claimed" not in reading.line(measure("A1", 0.99).figures[0], WORDS)


def reviewed(figure: Figure | None, *, sealed: bool = False, **more: Any) -> tuple[str, ...]:
    """What stands beside a promise in a review of October."""
    held = {"key": "sync", "metric": "sync_success_rate", "since": "a", "until": "b"} | more
    body: Any = {
        "period": {"from": "a", "to": "b"},
        "evaluation": {"terms": {"objectives": [{"key": "sync", "population": more.get("population")}]}},
        "figures": [{"id": "V1", "currency": None, "numerator": "89", "denominator": "95"}],
    }
    it = Review(body, verified=figure, sealed=(None,) if sealed else ())  # type: ignore[arg-type]
    return review_proof.lines(it, held, it.said(WORDS))


def test_a_review_says_both_beside_a_promise_of_success() -> None:
    both = ("100.0% claimed (120 of 120)", "93.6% verified (89 of 95)")
    figure = verified(89, 95, 1.0)
    assert reviewed(figure) == both
    whole = ("all flows, the whole month:", *both)
    assert reviewed(figure, population={"flows": ["won"]}) == reviewed(figure, since="earlier") == whole
    assert reviewed(figure, sealed=True) == ("93.6% verified (89 of 95) when it was sealed",)
    assert reviewed(None) == reviewed(verified(0, 0, 1.0)) == ("nothing of it could be verified",)
    assert reviewed(figure, metric="time_to_bill") == ()


def test_the_review_and_its_presentation_say_what_overview_says(
    drawn: Callable[[str], tuple[str, View]],
) -> None:
    html, view = drawn("review")
    asked = data.Asked(proof.VERIFIED, view.period)
    figure = next(each for each in data.figures(view.one, (asked,), view.as_of)[asked] if not each.currency)
    found = review_reads.review(view.scope, review_reads.parties(view), view.period, view.as_of)
    both = proof.said(figure, view.words)
    assert both
    title = next(each["title"] for each in found.objectives if each["metric"] == proof.SUCCESS)
    for shown in (html, present.screens(found, view, view.as_of.date())):
        assert proof.opened(figure, title, view.words) in shown
