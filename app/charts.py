"""Frames in, plotly figures out: every chart of the product, in the brand's palette. Nothing here draws on a screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go

from app import shares
from app.branding import Palette
from app.colour import ensure, mix
from app.wording import Words

DAYS_SHOWN = 92
CONFIG = {
    "displayModeBar": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
}


@dataclass(frozen=True)
class Look:
    """What a chart needs of its reader: colours, font and how numbers are written."""

    palette: Palette
    font: str
    words: Words


def separators(words: Words) -> str:
    """Decimal and thousands marks of the reader's locale, as plotly wants them."""
    sample = words.count(1234.5)
    return f"{sample[-2]}{sample[1]}" if len(sample) == 7 else ".,"


def frame(look: Look, height: int, **layout: Any) -> go.Figure:
    """An empty figure in the brand's look: quiet lines, no box, room for the labels only."""
    palette = look.palette
    axis = {
        "gridcolor": mix(palette.background, palette.text, 0.1),
        "linecolor": palette.line,
        "tickfont": {"color": palette.muted, "size": 12},
        "title": {"font": {"color": palette.muted, "size": 12}},
        "zeroline": False,
        "showline": False,
        "fixedrange": True,
        "automargin": True,
    }
    figure = go.Figure(
        layout={
            "height": height,
            "margin": {"l": 4, "r": 10, "t": 10, "b": 4},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": f"{look.font}, system-ui, sans-serif", "size": 13, "color": palette.text},
            "separators": separators(look.words),
            "hovermode": "x unified",
            "hoverlabel": {
                "bgcolor": palette.surface,
                "bordercolor": palette.line,
                "font": {"color": palette.text, "size": 13},
            },
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 12}},
            "dragmode": False,
            "barcornerradius": 3,
            "bargap": 0.32,
            # clear ticks keep the first label under the axis apart from the lowest beside it
            "xaxis": {
                **axis,
                "showgrid": False,
                "ticks": "outside",
                "ticklen": 6,
                "tickcolor": "rgba(0,0,0,0)",
            },
            "yaxis": axis,
        }
    )
    figure.update_layout(**layout)
    return figure


def trend(
    look: Look,
    labels: Sequence[str],
    values: Sequence[float | None],
    said: Sequence[str],
    between: Sequence[tuple[float, float] | None],
    missed: Sequence[bool],
    target: float | None,
) -> go.Figure:
    """Shares by month with the target as a dashed line; a miss is a diamond in the colour of a miss.

    `said` is each month in words, `between` what chance alone could have made of it: a thin line up and down. A month without
    data is a gap, never a zero.
    """
    palette = look.palette
    ends = [
        (None, None) if value is None or each is None else each
        for value, each in zip(values, between, strict=True)
    ]
    figure = frame(look, 250, showlegend=False, margin={"l": 4, "r": 48, "t": 10, "b": 4})
    figure.add_scatter(
        x=list(labels),
        y=list(values),
        mode="lines+markers",
        line={"color": palette.primary, "width": 2.6},
        connectgaps=False,
        marker={
            "size": [11 if bad else 8 for bad in missed],
            "symbol": ["diamond" if bad else "circle" for bad in missed],
            "color": [palette.status["breach"] if bad else palette.primary for bad in missed],
            "opacity": 1,
            "line": {"color": palette.background, "width": 1.5},
        },
        error_y={
            "array": [
                None if high is None else high - (value or 0)
                for value, (_, high) in zip(values, ends, strict=True)
            ],
            "arrayminus": [
                None if low is None else (value or 0) - low
                for value, (low, _) in zip(values, ends, strict=True)
            ],
            "color": palette.muted,
            "thickness": 1,
            "width": 3,
        },
        customdata=list(said),
        hovertemplate="%{customdata}<extra></extra>",
    )
    known = [each for each in (*values, target, *(end for both in ends for end in both)) if each is not None]
    if target is not None:
        line = ensure(palette.status["risk"], palette.background, 3)
        figure.add_hline(y=target, line={"color": line, "dash": "dash", "width": 1.6})
        figure.add_annotation(
            x=1,
            xref="paper",
            y=target,
            xanchor="left",
            yanchor="middle",
            showarrow=False,
            text=" target",
            font={"size": 11, "color": palette.status_text["risk"]},
        )
    if known:
        room = max((max(known) - min(known)) * 0.25, 0.002 if len(known) > 1 else 0.05)
        top = min(max(known) + room, 1.0008)
        figure.update_yaxes(range=[min(known) - room, top], tickformat=".1%", nticks=5)
    return figure


def billing_curve(
    look: Look,
    days: Sequence[int],
    billed: Sequence[float],
    ended: Sequence[float],
    watched: int,
    target: tuple[int, Decimal] | None = None,
) -> go.Figure:
    """The share of approved work that is billed after so many days; what is still open stays visible above it.

    `billed` and `ended` (written off) are shares of all `watched` pieces of work at the end of each day of age.
    """
    palette = look.palette
    x = [0, *days]
    shown = min(max(x), DAYS_SHOWN)
    done = [0.0, *billed]
    left = [0.0, *(one + other for one, other in zip(billed, ended, strict=True))]
    tint = mix(palette.background, palette.primary, 0.16)
    waiting = mix(palette.background, palette.status["risk"], 0.13)
    of = shares.over(watched, look.words)
    figure = frame(look, 320)
    figure.add_scatter(
        x=x,
        y=done,
        name="billed",
        mode="lines",
        line={"color": palette.primary, "width": 2.6, "shape": "hv"},
        fill="tozeroy",
        fillcolor=tint,
        hovertemplate=f"%{{y:.1%}}{of} billed<extra></extra>",
    )
    if any(ended):
        gone = mix(palette.background, palette.status["unknown"], 0.22)
        figure.add_scatter(
            x=x,
            y=left,
            name="written off",
            mode="lines",
            fill="tonexty",
            fillcolor=gone,
            line={"color": palette.status["unknown"], "width": 1, "shape": "hv"},
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=x,
        y=[1.0] * len(x),
        name="still open",
        mode="lines",
        fill="tonexty",
        fillcolor=waiting,
        line={"color": palette.status["risk"], "width": 0.8},
        customdata=[1 - part for part in left],
        hovertemplate=f"%{{customdata:.1%}}{of} still open<extra></extra>",
    )
    if target is not None:
        figure.add_scatter(
            x=[target[0]],
            y=[float(target[1])],
            mode="markers+text",
            name="target",
            showlegend=False,
            marker={
                "symbol": "diamond-open",
                "size": 12,
                "line": {"width": 2.2},
                "color": palette.status["risk"],
            },
            text=[f"target: {look.words.promise(target[1])} in {target[0]} days"],
            textposition="bottom left" if target[0] > shown / 2 else "bottom right",
            textfont={"size": 12, "color": palette.status_text["risk"]},
            hoverinfo="skip",
        )
    figure.update_yaxes(range=[0, 1.005], tickformat=".0%", nticks=6)
    figure.update_xaxes(title_text="days from approval to invoice", range=[0, shown], nticks=10)
    figure.update_layout(legend={"traceorder": "normal"})
    return figure


def stacked(
    look: Look,
    labels: Sequence[str],
    parts: Sequence[tuple[str, Sequence[float | None], str]],
    *,
    height: int = 260,
    hover: str = "%{y:,.0f}",
) -> go.Figure:
    """Bars on top of each other: (name, values, colour) from the bottom up."""
    figure = frame(look, height, barmode="stack", showlegend=len(parts) > 1)
    for name, values, colour in parts:
        figure.add_bar(
            x=list(labels),
            y=list(values),
            name=name,
            marker={"color": colour},
            hovertemplate=f"{hover} {name}<extra></extra>",
        )
    figure.update_yaxes(rangemode="tozero", nticks=5, tickformat=",")
    figure.update_xaxes(**_few_labels(labels))
    return figure


def lines(
    look: Look,
    labels: Sequence[str],
    parts: Sequence[tuple[str, Sequence[float | None], str]],
    *,
    limit: float | None = None,
    unit: str = "s",
    height: int = 260,
) -> go.Figure:
    """Several lines over days, such as latency percentiles; `limit` is the promise. Gaps are days without data."""
    palette = look.palette
    figure = frame(look, height)
    for name, values, colour in parts:
        figure.add_scatter(
            x=list(labels),
            y=list(values),
            name=name,
            mode="lines",
            connectgaps=False,
            line={"color": colour, "width": 2.2},
            hovertemplate=f"%{{y:,.1f}} {unit} {name}<extra></extra>",
        )
    if limit is not None:
        figure.add_hline(y=limit, line={"color": palette.status["risk"], "dash": "dash", "width": 1.5})
    figure.update_yaxes(rangemode="tozero", nticks=5, ticksuffix=f" {unit}")
    figure.update_xaxes(**_few_labels(labels))
    return figure


def _few_labels(labels: Sequence[str]) -> dict[str, Any]:
    """Every so many-th label, never turned: six stand apart on a phone, too."""
    step = max(1, -(-len(labels) // 6))
    return {"tickangle": 0, "tickmode": "array", "tickvals": list(labels)[::step]}
