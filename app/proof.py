"""Claimed beside verified: what the run log says was written, and what both systems confirm of it."""

from __future__ import annotations

from app import markup
from app.target import Target as Card
from app.wording import Words
from metrics.figure import Figure

VERIFIED = "V1"


def said(figure: Figure | None, words: Words) -> str:
    """`100 % claimed, 93.6 % verified`; empty where nothing that is claimed could be checked."""
    if figure is None or not figure.denominator:
        return ""
    claimed = words.percent(figure.detail.get("claimed_share"))
    return f"{claimed} claimed, {words.value(figure)} verified"


def state(figure: Figure) -> str:
    """A risk as long as one claim that was checked is not true."""
    return "ok" if figure.numerator == figure.denominator else "risk"


def opened(figure: Figure | None, name: str, words: Words) -> str:
    """The same as a button under a figure: it opens the claims, those that are not true on top."""
    text = said(figure, words)
    if figure is None or not text:
        return ""
    target = str(Card(VERIFIED, "flow", figure.part)) if figure.part else str(Card(VERIFIED))
    button = markup.opens(target, f"{name}: {text}. Which are not", markup.e(text), "figure plain")
    return f'<span class="sub">{button}</span>'
