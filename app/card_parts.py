"""A figure by its parts on its card: split by what a person picks, and the card of the part that is picked."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import behind, components, data, shares
from app.data import Asked
from app.target import Target
from app.view import View
from metrics.catalogue import by_key
from metrics.figure import Figure

_WHOLE, _ALL = "nothing", "All of them"
_ALREADY = ("day", "month")  # drawn as a trend where they say something


def picked(view: View, target: Target) -> Target:
    """What the card is of: what was asked for, or the part of it that is picked here, below which all parts stand."""
    metric = by_key(target.key)
    splits = [by for by in metric.by if by not in _ALREADY]
    if target.by or not splits:
        return target
    left, right = st.columns(2)
    by = left.selectbox("Split by", [_WHOLE, *splits], format_func=str.capitalize, key=f"split {target.key}")
    if by == _WHOLE:
        return target
    asked = Asked(target.key, view.period, by)
    found = data.figures(view.one, (asked,), view.as_of)[asked]
    figures = sorted((figure for figure in found if figure.part), key=_largest)
    names = list(dict.fromkeys(figure.part for figure in figures))
    part = right.selectbox("Card of", [_ALL, *names], key=f"part {target.key} {by}", disabled=not names)
    components.table(parts_of(view, figures), "There are no parts in this period.")
    if figures:
        st.download_button(
            "The parts as CSV",
            behind.csv(parts_as_kept(figures)),
            file_name=f"{view.customer.key}-{metric.key}-{view.month}-by-{by}.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key=f"csv {target} by {by}",
        )
    return target if part == _ALL else Target(target.key, by, part)


def parts_of(view: View, figures: list[Figure]) -> pd.DataFrame:
    """One line a part, by count and in each currency, as it is said; what would say the same on every line is left out."""
    words = view.words
    table = pd.DataFrame(
        {
            "Part": figure.part,
            "Counted": f"by value in {figure.currency}" if figure.currency else "by count",
            "Figure": shares.of_figure(figure, words).text,
            "In numbers": words.of(figure),
            "Unknown": words.count(figure.unknown) if figure.unknown else "none",
        }
        for figure in figures
    )
    idle = [name for name in ("Counted", "In numbers") if len(table) and table[name].nunique() == 1]
    return table.drop(columns=[name for name in idle if name == "Counted" or not table[name].iloc[0]])


def parts_as_kept(figures: list[Figure]) -> pd.DataFrame:
    """The same as numbers, for a file: seconds, shares of one and money as they were counted."""
    columns = ["part", "currency", "unit", "value", "numerator", "denominator", "unknown", "sample"]
    return pd.DataFrame([[getattr(figure, name) for name in columns] for figure in figures], columns=columns)


def _largest(figure: Figure) -> tuple[str, float, str]:
    return figure.currency or "", -float(figure.numerator or 0), figure.part
