"""The flows in detail: tiles, days, percentiles, and the transactions of one flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from app import flow_rows, markup, proof, shares
from app.card import OUTCOMES
from app.data import Asked
from app.flow_rows import by_part, percentile
from app.judge import Target, judge, target_for
from app.markup import Column, Tile
from app.target import Target as Card
from app.view import View
from app.wording import NOT_REACHED, NOTHING, Words
from metrics.figure import Figure

SUCCESS, FIRST, RECOVERY, RECORDS, LATENCY, DURATION, THROUGHPUT = "A1", "A2", "A3", "A4", "A6", "A7", "A9"
VERIFIED, BUDGET = "V1", "B3"
TILES = (SUCCESS, VERIFIED, FIRST, BUDGET, RECORDS, LATENCY, DURATION, THROUGHPUT)
BY_FLOW = (SUCCESS, VERIFIED, FIRST, LATENCY, DURATION, THROUGHPUT)
BY_DAY = (SUCCESS, LATENCY)
NAMES = {
    SUCCESS: "Right and in time",
    VERIFIED: "Verified in the target",
    FIRST: "Right at the first attempt",
    BUDGET: "Failures still allowed",
    RECORDS: "Records accepted",
    LATENCY: "Source to target, 95 %",
    DURATION: "Processing, 95 %",
    THROUGHPUT: "Throughput",
}
COLUMNS = (
    Column("Flow", "first"),
    Column("Right and in time", "n"),
    Column("Verified", "n narrow-hide"),
    Column("First attempt", "n wide"),
    Column("Source to target", "n wide"),
    Column("Processing", "n wide"),
    Column("Per hour", "n wide"),
    Column("Status"),
)
ROWS_SHOWN = 500


def questions(view: View) -> tuple[Asked, ...]:
    """All that the page shows, in one go."""
    whole = [Asked(key, view.period) for key in TILES]
    return (
        *whole,
        *(Asked(key, view.period, "flow") for key in BY_FLOW),
        *(Asked(key, view.period, "day") for key in BY_DAY),
    )


def tiles(
    view: View, answers: Mapping[Asked, tuple[Figure, ...]], targets: Mapping[str, Target]
) -> list[Tile]:
    """A tile for each metric over all flows."""
    found = [(key, answers[Asked(key, view.period)]) for key in TILES]
    return [_tile(key, figures[0], targets, view.words) for key, figures in found if figures]


def _tile(key: str, figure: Figure, targets: Mapping[str, Target], words: Words) -> Tile:
    target = target_for(targets, figure)
    judged = judge(figure, target)
    notes = []
    if key in (LATENCY, DURATION):
        notes = [_within("half", figure, "p50", words), _within("99 %", figure, "p99", words)]
    elif key == VERIFIED:
        notes = verified(figure, words)
    elif key == THROUGHPUT and figure.numerator is not None:
        notes = [f"{words.count(figure.numerator)} finished"]
    elif key == BUDGET and (of := shares.of_figure(figure, words).of):
        notes = [of]
    elif key != BUDGET and words.of(figure) and figure.denominator:
        notes = [words.of(figure)]
    if target is not None and target.unit == "ratio":
        notes.append(f"target {words.promise(target.limit)}")
    return Tile(
        target=str(Card(key)),
        name=NAMES[key],
        values=(words.value(figure),),
        state=judged.state,
        word=markup.STATUS_WORDS.get(judged.state, ""),
        notes=tuple(f"<span>{markup.e(note)}</span>" for note in notes),
    )


def verified(figure: Figure, words: Words) -> list[str]:
    """What the log claims, how much of it was checked, and how much could not be."""
    said = [f"{words.of(figure)} checked"] if figure.denominator else []
    if figure.detail.get("claimed_share") is not None:
        said.append(proof.claimed(figure, words))
    if figure.unknown:
        said.append(f"{words.count(figure.unknown)} not checked")
    return said


def _within(share: str, figure: Figure, name: str, words: Words) -> str:
    said = percentile(figure, name, words)
    if said == NOTHING:
        return f"{share} not known"
    return f"{share} {said}" if said == NOT_REACHED else f"{share} within {said}"


def rows(
    view: View,
    flows: Sequence[Mapping[str, Any]],
    answers: Mapping[Asked, tuple[Figure, ...]],
    targets: Mapping[str, Target],
) -> list[tuple[str, ...]]:
    """A row for each flow in the order of the configuration."""
    parts = {key: by_part(answers[Asked(key, view.period, "flow")]) for key in BY_FLOW}
    return [
        _row(flow, {key: part.get(flow["key"]) for key, part in parts.items()}, targets, view.words)
        for flow in flows
    ]


def _row(
    flow: Mapping[str, Any], of: Mapping[str, Figure | None], targets: Mapping[str, Target], words: Words
) -> tuple[str, ...]:
    under = " · ".join(part for part in (flow_rows.route(flow), flow_rows.promised(flow, words)) if part)
    success, first = of[SUCCESS], of[FIRST]
    judged = judge(success, target_for(targets, success)) if success else None
    return (
        markup.two_lines(flow["name"], under),
        _cell(flow, success, words, words.of(success) if success else ""),
        _cell(flow, of[VERIFIED], words, _claimed(of[VERIFIED], words)),
        _cell(flow, first, words, words.of(first) if first else ""),
        _cell(flow, of[LATENCY], words, _half(of[LATENCY], words)),
        _cell(flow, of[DURATION], words, _half(of[DURATION], words)),
        _cell(flow, of[THROUGHPUT], words),
        markup.status(judged.state) if judged and judged.state else markup.status(""),
    )


def _claimed(figure: Figure | None, words: Words) -> str:
    if figure is None or not figure.denominator:
        return ""
    return f"{words.of(figure)} · {proof.claimed(figure, words)}"


def _half(figure: Figure | None, words: Words) -> str:
    return f"half {percentile(figure, 'p50', words)}" if figure is not None and figure.sample else ""


def _cell(flow: Mapping[str, Any], figure: Figure | None, words: Words, under: str = "") -> str:
    if figure is None or not figure.sample:
        return f'<span class="muted">{NOTHING}</span>'
    value = words.value(figure)
    said = f"{flow['name']}: {figure.metric.title} {value}. How it is counted"
    button = markup.opens(str(Card(figure.metric.id, "flow", flow["key"])), said, markup.e(value))
    return button + (f'<span class="sub">{markup.e(under)}</span>' if under else "")


def days(view: View, figures: Sequence[Figure]) -> list[str]:
    """The days of a split by day, in words."""
    return [view.words.short_day(date.fromisoformat(figure.part)) for figure in figures]


def outcomes(view: View, figures: Sequence[Figure]) -> list[tuple[str, list[float | None], str]]:
    """How many transactions of each day ended how, for stacked bars."""
    status = view.palette.status

    def counts(*names: str) -> list[float | None]:
        return [sum(int(figure.detail.get(name) or 0) for name in names) for figure in figures]

    made = [
        ("on time", counts("s1"), status["ok"]),
        ("on time after a retry", counts("s2"), view.palette.series[1]),
        ("late or helped", counts("s3"), status["risk"]),
        ("failed, overdue or never ran", counts("failed", "overdue", "missed"), status["breach"]),
    ]
    return [part for part in made if any(part[1])] or made[:1]


def percentiles(view: View, figures: Sequence[Figure]) -> list[tuple[str, list[float | None], str]]:
    """Latency of each day, for lines; a day without data, or where failures hide the percentile, is a gap."""
    of = view.palette
    return [
        (label, [figure.detail.get(name) for figure in figures], colour)
        for label, name, colour in (("half", "p50", of.muted), ("95 %", "p95", of.primary))
    ]


def transactions(rows: Sequence[Mapping[str, Any]], view: View) -> pd.DataFrame:
    """Transactions in the words of the page."""
    return pd.DataFrame(
        {
            "Due": [view.words.instant(row["at"], with_zone=False) for row in rows],
            "Transaction": [row["label"] or row["item_id"] for row in rows],
            "Outcome": [OUTCOMES.get(row["outcome"], row["outcome"]) for row in rows],
            "Attempts": pd.array([row["attempts"] for row in rows], dtype="Int64"),
            "Run": [row["item_id"] for row in rows],
        }
    )
