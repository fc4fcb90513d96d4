"""Every part of every figure opens into its own rows, says what its percentages are a share of, and is told alike everywhere."""

import pytest

from app import behind, card, data
from app.cli import reading
from app.target import Target
from metrics.catalogue import METRICS
from tests.app.drawing import Draw
from tests.app.percentages import bare, bare_in

pytestmark = pytest.mark.slow

TOLD = {"A11", "A13", "A13b", "C11", "D5"}
"""Of these the rows tell the project and the practice."""


def test_every_part_of_a_metric_adds_up_from_its_own_rows(draw: Draw) -> None:
    view = draw("definitions").session_state["what is looked at"]
    amiss, told = [], set()
    for metric in METRICS:
        rows = data.card(view.one, data.Asked(metric.key, view.period), view.as_of).rows
        for by in metric.by:
            asked = data.Asked(metric.key, view.period, by)
            for figure in data.figures(view.one, (asked,), view.as_of)[asked]:
                of = f"{metric.id} by {by}, {figure.part}"
                alone = [
                    *bare_in("".join(card.told(view, [figure]))),
                    *bare(str(reading.line(figure, view.words)["figure"])),
                ]
                amiss += [f"{of}: {each}, without what it is a share of" for each in alone]
                mine = behind.of_part(rows, Target(metric.key, by, figure.part), view.period.time_zone)
                if mine is not None and figure.part:
                    told.add((metric.id, by))
                    said, fits = behind.adds_up(view.words, figure, mine)
                    amiss += [] if fits else [f"{of}: {said}"]
    assert amiss == []
    assert told >= {(metric, by) for metric in TOLD for by in ("project", "practice", "system")}
