"""What the log claims never stands alone: what both systems confirm of it stands beside it, and opens."""

from dataclasses import replace
from typing import Any

import pytest

from app import flow_page, flow_rows, proof, summary
from app.cli import reading
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
    (cells,) = flow_rows.rows([FLOW], [success], [], [of_flow, of_other], {}, WORDS)
    assert 'data-open="V1|flow|won"' in cells[1]
    assert "100.0% claimed (120 of 120)<br>93.6% verified (89 of 95)" in cells[1]
    (bare,) = flow_rows.rows([FLOW], [success], [], [], {}, WORDS)
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
