"""The catalogue in words."""

from __future__ import annotations

from app import markup
from metrics.catalogue import METRICS
from metrics.metric import Change, Metric

UNITS = {
    "ratio": "share, in percent",
    "budget": "share of the error budget, in percent",
    "seconds": "time",
    "count": "number",
    "money": "money, each currency for itself",
    "per_hour": "number per hour",
}
BETTER = {"higher": "higher is better", "lower": "lower is better", "context": "neither is better by itself"}


def page(words: str, *, for_customer: bool) -> str:
    """All metrics whose text holds the words, each with its definition; a customer reads nothing of the partner's own."""
    seen = [metric for metric in METRICS if not (for_customer and metric.is_for_partner)]
    found = [metric for metric in seen if words.lower() in _text(metric)]
    if not found:
        return markup.screen("info", "Nothing matches", f"No definition holds the words “{words}”.")
    return f'<div class="defs">{"".join(_definition(metric) for metric in found)}</div>'


def _text(metric: Metric) -> str:
    parts = (
        metric.id,
        metric.key,
        metric.title,
        metric.sentence,
        metric.formula,
        metric.population,
        metric.source,
        *(change.what for change in metric.changes),
    )
    return " ".join(parts).lower()


def _definition(metric: Metric) -> str:
    pairs = [
        ("Formula", f"<code>{markup.e(metric.formula)}</code>"),
        ("Counted", markup.e(metric.population)),
        ("Unit", markup.e(f"{UNITS[metric.unit]}; {BETTER[metric.better]}")),
        ("Counted by", markup.e(metric.attribution)),
        ("Split by", markup.e(", ".join(metric.by))),
        ("Needs", markup.e(", ".join(stream.replace("_", " ") for stream in metric.streams))),
        ("Source", markup.e(metric.source)),
        ("Owner", markup.e(metric.owner)),
        ("Versions", "<br>".join(_version(change) for change in reversed(metric.changes))),
    ]
    title = (
        f"<h2>{markup.e(metric.title)}<small>{markup.e(metric.key)}, version {metric.version}</small></h2>"
    )
    return (
        f'<article class="def" id="{markup.e(metric.key)}"><div class="id">{markup.e(metric.id)}</div><div>{title}'
        f"<p>{markup.e(metric.sentence)}</p>{markup.listing(pairs)}</div></article>"
    )


def _version(change: Change) -> str:
    """2, since 21 November 2026: what is counted otherwise. Why."""
    said = f"{change.version}, since {change.since.day} {change.since:%B %Y}: {change.what} {change.why}"
    return markup.e(said.strip())
