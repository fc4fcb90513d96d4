"""No percentage of few stands without what it is a share of: on no page, card, pack, chart or line of the command line."""

import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from app import shares
from app.charts import Look, billing_curve
from app.cli.sla_lines import line
from app.navigation import PAGES
from app.report import page
from app.report.chart import charts
from app.report.content import Pack, content
from app.view import View
from app.wording import NOTHING, Words
from metrics.sla.facts import Count
from metrics.sla.statement import Statement
from tests.app.percentages import bare, bare_in
from tests.app.report.months import NORTHWIND, NOTES, OUT, empty, full, month, not_proven
from tests.metrics.sla.given import held, seen, success, terms

pytestmark = pytest.mark.slow

APP = Path(shares.__file__).parent
COMPOSITE = month(
    held(
        terms(
            success(),
            success(90, key="projects"),
            composites=[{"key": "both", "worst_of": ["success", "projects"], "target": 95}],
        ),
        success=seen(Count(113, 120)),
        projects=seen(Count(9, 10)),
    )
)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("97.5% 117 of 120", 0),
        ("97.5%", 1),
        ("97.5% 93.6% (89 of 95)", 1),
        ("47.5% in 7 d 60.0% in 14 d of 213", 0),
        ("47.5% in 7 d 60.0% in 14 d", 2),
        ("61.5% £1,200 of £1,950", 0),
        ("target 99.5% 117 of 120", 0),
        ("51% used", 0),
        ("99.9% of the time was read", 0),
        ("97.5%, of 99% promised", 1),
        ("94,1\u00a0% 113 of 120", 0),
        ("95 % within 12 s", 0),
    ],
)
def test_the_reader_of_percentages_finds_what_stands_alone(text: str, without: int) -> None:
    assert len(bare(text)) == without


def test_it_reads_a_page_piece_by_piece() -> None:
    assert bare_in("<table><tr><td>97.5%</td><td>117 of 120</td></tr></table>") == ["97.5%"]
    assert bare_in(
        '<button class="tile" aria-label="Sync 97.5%"><div>97.5%</div><span>117 of 120</span></button>'
    ) == ["Sync 97.5%"]


@pytest.mark.parametrize("slug", [page.slug for page in PAGES])
def test_beside_every_percentage_of_a_page_stands_what_it_is_a_share_of(
    drawn: Callable[[str], tuple[str, View]], slug: str
) -> None:
    html, _ = drawn(slug)
    assert bare_in(html) == []


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize(
    "statement",
    [month(), full(), empty(), not_proven(), COMPOSITE],
    ids=["usual", "full", "empty", "unread", "composite"],
)
def test_beside_every_percentage_of_a_pack_stands_what_it_is_a_share_of(
    statement: Statement, locale: str
) -> None:
    pack = Pack(statement, NORTHWIND, locale, notes=NOTES)
    said = content(pack)
    assert bare_in(page.draw(pack).decode()) == []
    assert [each for chart in charts(pack, said) for each in bare(chart.alt)] == []
    assert [each for line in _lines(asdict(said)) for each in bare(line)] == []


def _lines(said: Any) -> list[str]:
    """All that a pack says, in the pieces in which it is read: a value with its count, else text by text."""
    if isinstance(said, dict):
        rest = {name: each for name, each in said.items() if name not in ("value", "counted")}
        of = [f"{said['value']} {said['counted']}"] if "counted" in said else []
        return of + [line for each in rest.values() for line in _lines(each)]
    if isinstance(said, list | tuple):
        return [line for each in said for line in _lines(each)]
    return [said] if isinstance(said, str) else []


def test_the_objectives_of_the_command_line_are_counted_too() -> None:
    result = held(terms(success()), success=seen(Count(113, 120), excluded=(OUT,))).objectives[0]
    said = line(result)
    assert (said["counted"], said["gross"], said["net"]) == ("113 of 120", "94.16 %", "95.76 % (113 of 118)")


def test_what_a_chart_says_of_a_point_is_counted_too() -> None:
    look = Look(NORTHWIND.palette("light"), "Inter", Words("en-GB", "UTC"))
    curve = billing_curve(look, [1, 2], [0.2, 0.4], [0.0, 0.1], 213)
    assert [each.hovertemplate for each in curve.data if each.hovertemplate] == [
        "%{y:.1%} of 213 billed<extra></extra>",
        "%{customdata:.1%} of 213 still open<extra></extra>",
    ]


def test_a_share_is_said_alone_only_where_one_more_or_less_does_not_show() -> None:
    words = Words("en-GB", "UTC")
    assert str(shares.counted(998, 999, words)) == "99.89% (998 of 999)"
    assert str(shares.counted(999, 1000, words)) == "99.90%"
    assert str(shares.counted(0, 0, words)) == NOTHING


def test_only_one_place_makes_percentages() -> None:
    makers = [
        path.relative_to(APP).as_posix()
        for path in APP.rglob("*.py")
        if re.search(r"\.(percent|share)\(", path.read_text(encoding="utf-8"))
    ]
    assert sorted(makers) == ["report/said.py", "shares.py", "wording.py"]
    by_hand = [
        path.relative_to(APP).as_posix()
        for path in APP.rglob("*.py")
        if re.search(r":([.,]\d*)?%\}", path.read_text(encoding="utf-8"))
    ]
    assert by_hand == ["charts.py"]  # in the browser, beside their count
