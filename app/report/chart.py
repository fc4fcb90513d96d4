"""Charts of a pack as Vega-Lite, drawn without a browser: SVG for PDF and page, PNG for slides.

No axis has numbers: every number in a chart is printed beside its mark and stands in a table too, so that a pack can be
held against its statement number by number.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import vl_convert

from app.branding import Brand, Palette
from app.report.content import Content, Pack
from app.report.said import Body

FONTS = Path(__file__).parent / "fonts"
_WIDTH = 620
_LABEL = 190


@dataclass(frozen=True)
class Chart:
    """A drawing, what it shows, and the same in words for those who cannot see it."""

    title: str
    alt: str
    spec: dict[str, Any]

    def svg(self) -> str:
        """The drawing as SVG with its lettering as text."""
        return _svg(json.dumps(self.spec))

    def png(self) -> bytes:
        """The drawing as a picture at twice the size."""
        _register()
        return bytes(vl_convert.vegalite_to_png(self.spec, scale=2))


@lru_cache(maxsize=64)
def _svg(spec: str) -> str:
    _register()
    return str(vl_convert.vegalite_to_svg(spec))


@cache
def _register() -> None:
    vl_convert.register_font_directory(str(FONTS))


def charts(pack: Pack, content: Content) -> tuple[Chart, ...]:
    """The charts that the month has something to show in; none for an empty one."""
    found = (_attainment(pack, content), _doing(pack))
    return tuple(chart for chart in found if chart is not None)


def _attainment(pack: Pack, content: Content) -> Chart | None:
    """Each objective in percent: where it stood, between which bounds, and what was agreed."""
    rows: list[dict[str, Any]] = []
    told: list[str] = []
    for it, line in zip(pack.statement.body["evaluation"]["objectives"], content.objectives, strict=True):
        value = it["agreed"]["value"]
        if it["unit"] != "percent" or value is None:
            continue
        low, high = it["agreed"]["low"], it["agreed"]["high"]
        rows.append(
            {
                "row": len(rows),
                "title": line.title,
                "value": value,
                "low": value if low is None else low,
                "high": value if high is None else high,
                "target": it["target"],
                "state": line.state,
                "label": line.stood,
                "agreed": line.target,
            }
        )
        told.append(f"{line.title}: {line.stood}, {line.target} agreed, {line.verdict.lower()}")
    if not rows:
        return None
    palette = pack.brand.palette("light")
    ends = [row[key] for row in rows for key in ("value", "low", "high", "target")]
    room = max((max(ends) - min(ends)) * 0.12, 2000)
    scale = {"domain": [min(ends) - room, max(ends) + room], "nice": False, "zero": False}
    y = {"field": "row", "type": "nominal", "sort": None, "axis": _names([row["title"] for row in rows])}
    states = ("ok", "breach", "unknown")
    colour = {
        "field": "state",
        "legend": None,
        "scale": {"domain": states, "range": [palette.status[state] for state in states]},  # type: ignore[index]
    }
    shape = {
        "field": "state",
        "legend": None,
        "scale": {"domain": states, "range": ["circle", "diamond", "square"]},
    }
    x = {"field": "value", "type": "quantitative", "scale": scale, "axis": None}
    spec = _frame(pack.brand, rows) | {
        "height": {"step": 54},
        "layer": [
            _mark("rule", {"strokeWidth": 6, "opacity": 0.35}, y=y, x=x | {"field": "low"}, x2={"field": "high"}, color=colour),
            _mark("tick", {"color": palette.text, "thickness": 2, "size": 16}, y=y, x=x | {"field": "target"}),
            _mark("point", {"filled": True, "size": 110, "opacity": 1}, y=y, x=x, color=colour, shape=shape),
            _mark("text", {"dy": -15, "fontWeight": 700, "color": palette.text}, y=y, x=x, text={"field": "label"}),
            _mark("text", {"dy": 17, "fontSize": 10, "color": palette.muted}, y=y, x=x | {"field": "target"}, text={"field": "agreed"}),
        ],
    }  # fmt: skip
    return Chart("Where each objective stood", "; ".join(told) + ".", spec)


def _doing(pack: Pack) -> Chart | None:
    """Whose doing the items are that count against an objective; nothing while nobody has said so of any."""
    said = pack.said
    bad = [each for each in pack.statement.body["missed"] if not each["count"][2]]
    if not any(each["party"] for each in bad):
        return None
    parties = Counter(said.party(each["party"]) for each in bad).most_common()
    rows = [
        {"row": row, "title": who, "value": n, "label": said.words.count(n)}
        for row, (who, n) in enumerate(parties)
    ]
    palette = pack.brand.palette("light")
    y = {"field": "row", "type": "nominal", "sort": None, "axis": _names([who for who, _ in parties])}
    x = {"field": "value", "type": "quantitative", "axis": None, "scale": {"domainMin": 0}}
    spec = _frame(pack.brand, rows) | {
        "height": {"step": 30},
        "layer": [
            _mark("bar", {"color": palette.series[0], "height": 16}, y=y, x=x),
            _mark(
                "text", {"align": "left", "dx": 6, "color": palette.text}, y=y, x=x, text={"field": "label"}
            ),
        ],
    }
    told = ", ".join(f"{row['title']} {row['label']}" for row in rows)
    return Chart("Whose doing missed items were", f"{told}.", spec)


def _mark(kind: str, style: dict[str, Any], **encoding: Any) -> Body:
    return {"mark": {"type": kind, **style}, "encoding": encoding}


def _names(titles: Sequence[str]) -> dict[str, Any]:
    """Rows are told apart by their number, since titles may be equal; their place does not depend on how wide a title is."""
    named = json.dumps({str(row): title for row, title in enumerate(titles)})
    return {
        "title": None, "domain": False, "ticks": False, "labelLimit": _LABEL, "labelPadding": 8,
        "labelExpr": f"({named})[datum.value]", "minExtent": _LABEL + 10, "maxExtent": _LABEL + 10,
    }  # fmt: skip


def _frame(brand: Brand, rows: list[dict[str, Any]]) -> dict[str, Any]:
    palette: Palette = brand.palette("light")
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": _WIDTH - _LABEL,
        "data": {"values": rows},
        "config": {
            "font": brand.font,
            "background": "transparent",
            "view": {"stroke": None},
            "axis": {"labelColor": palette.text, "labelFontSize": 12, "grid": False},
            "text": {"fontSize": 12},
        },
    }
