"""Claimed beside verified: what the run log says was written, and what both systems confirm of it."""

from __future__ import annotations

from app import markup, shares
from app.target import Target as Card
from app.wording import Words
from metrics.figure import Figure

VERIFIED = "V1"
SUCCESS = "sync_success_rate"


def said(figure: Figure | None, words: Words) -> tuple[str, str] | None:
    """`100.0% claimed (95 of 95)` and `93.6% verified (89 of 95)`; None where nothing that is claimed could be checked."""
    if figure is None or not figure.denominator:
        return None
    verified = shares.of_figure(figure, words)
    return claimed(figure, words), f"{verified.text} verified{verified.beside}"


def claimed(figure: Figure, words: Words) -> str:
    """`100.0% claimed (95 of 95)`: of all records that runs name, what the log says was written."""
    of = figure.detail
    share = shares.counted(of["claimed"], of["claimed"] + of["refused"], words)
    return f"{share.text} claimed{share.beside}"


def chips(figure: Figure | None, words: Words) -> list[str]:
    """Both as remarks; what is verified is a risk as long as one claim that was checked is not true."""
    both = said(figure, words)
    if figure is None or both is None:
        return []
    state = "ok" if figure.numerator == figure.denominator else "risk"
    return [markup.chip(both[0]), markup.chip(both[1], state)]


def opened(figure: Figure | None, name: str, words: Words) -> str:
    """Both as a button under a figure, in two lines: it opens the claims, those that are not true on top."""
    both = said(figure, words)
    if figure is None or both is None:
        return ""
    target = str(Card(VERIFIED, "flow", figure.part)) if figure.part else str(Card(VERIFIED))
    label = f"{name}: {', '.join(both)}. Which are not"
    return f'<span class="sub">{markup.opens(target, label, lines(both), "figure plain")}</span>'


def lines(both: tuple[str, str]) -> str:
    """Both, one under the other."""
    return "<br>".join(map(markup.e, both))
