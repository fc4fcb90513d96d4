"""The ledger on the screen: every stream with when it was read, what is held back, and the last polls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from app import markup, shares
from app.freshness import Trust, state_of
from app.markup import Column
from app.target import Target
from app.view import View
from app.wording import NOTHING, SYSTEM_NAMES, Words
from metrics.catalogue import METRICS
from metrics.metric import Metric

NEEDS = {
    needed: [metric for metric in METRICS if metric.streams == needed and not metric.is_for_partner]
    for needed in dict.fromkeys(metric.streams for metric in METRICS if not metric.is_for_partner)
}
"""The metrics by what must have been read for them: they share one coverage."""
STREAMS_SHOWN, COVERAGE_SHOWN, NAMED = 12, 8, 3
STATE_WORDS = {"ok": "In time", "risk": "Late", "breach": "Stale", "unknown": "Never read"}
_ORDER = {"breach": 0, "unknown": 1, "risk": 2, "ok": 3}
OUTCOMES = {
    "complete": "complete",
    "partial": "partly read",
    "failed": "failed",
    "running": "running",
    "abandoned": "given up",
}


def streams(rows: Sequence[Mapping[str, Any]], view: View, *, with_customer: bool) -> str:
    """A row for each stream, the worst first."""
    words = view.words
    columns = (
        Column("Stream", "first"),
        Column("Last complete read"),
        Column("Every", "n wide"),
        Column("Reads of 24 h", "n wide"),
        Column("Rows in 24 h", "n narrow-hide"),
        Column("Held back", "n narrow-hide"),
        Column("Status"),
    )
    ordered = sorted(rows, key=lambda row: _ORDER[state_of(row, view.as_of)])
    lines = [_stream(row, state_of(row, view.as_of), words, view, with_customer) for row in ordered]
    late = sum(state_of(row, view.as_of) != "ok" for row in rows)
    shown = max(late, STREAMS_SHOWN)
    return markup.long_table(columns, lines, shown, "{} more, all in time", "Streams")


def _stream(
    row: Mapping[str, Any], state: str, words: Words, view: View, with_customer: bool
) -> tuple[str, ...]:
    system = SYSTEM_NAMES.get(row["role"], row["role"])
    under = " · ".join(part for part in (row["customer"] if with_customer else "", system) if part)
    # The text of an error may name machines: the partner reads it, the customer reads that there was one.
    error = "" if view.scope.is_customer or not row["error"] else row["error"]
    trouble = f'<span class="sub">{markup.e(error[:200])}</span>' if error and state != "ok" else ""
    whose = f"{row['customer_id']}/{row['system_key']}"

    def opens(key: str, text: str) -> str:
        said = f"{row['stream'].replace('_', ' ')}: {text}. What it consists of"
        target = str(Target(key, whose, row["stream"]))
        return markup.opens(target, said, markup.e(text), "figure plain")

    held = opens("held", words.count(row["held"])) if row["held"] else f'<span class="muted">{NOTHING}</span>'
    return (
        markup.two_lines(row["stream"].replace("_", " "), under) + trouble,
        f'{markup.e(words.instant(row["complete_at"], with_zone=False))}<span class="sub">{_ago(row["complete_at"], view.as_of, words)}</span>',
        markup.e(words.duration(row["every_seconds"])),
        opens("reads", f"{words.count(row['complete'])} of {words.count(row['polls'])}"),
        opens("rows-read", words.count(row["rows_read"])),
        held,
        markup.status(state, STATE_WORDS[state]),
    )


def _ago(at: datetime | None, now: datetime, words: Words) -> str:
    return words.ago(at, now) if at is not None else ""


def measured() -> tuple[str, ...]:
    """One metric for each thing that metrics need, by key."""
    return tuple(metrics[0].key for metrics in NEEDS.values())


def coverage(read: Mapping[str, float | None], words: Words) -> str:
    """Which share of the month the measures could see, by what they need."""
    columns = (
        Column("Measures", "first"),
        Column("Read so far", "n"),
        Column("Share", "narrow-hide"),
        Column("What they need", "wide"),
    )

    def line(needed: Sequence[str], metrics: Sequence[Metric]) -> tuple[str, ...]:
        share = read.get(metrics[0].key)
        name = ", ".join(stream.replace("_", " ") for stream in needed) or "everything"
        text = shares.of_time(share, words)
        target = str(Target("coverage", None, metrics[0].key))
        titles = [metric.title for metric in metrics]
        named = titles if len(titles) <= NAMED + 1 else [*titles[:NAMED], f"{len(titles) - NAMED} more"]
        return (
            f'<span class="cellname" title="{markup.e(", ".join(titles))}">{markup.e(", ".join(named))}</span>',
            markup.opens(
                target, f"{', '.join(named)}: {text}. What was read", markup.e(text), "figure plain"
            ),
            markup.bar(share, "ok" if (share or 0) >= 0.95 else "risk"),
            f'<span class="sub">{markup.e(name[:1].upper() + name[1:])}</span>',
        )

    worst = sorted(NEEDS.items(), key=lambda pair: _read(read, pair[1]))
    lines = [line(*pair) for pair in worst]
    poor = sum(_read(read, metrics) < 0.95 for metrics in NEEDS.values())
    shown = max(poor, COVERAGE_SHOWN)
    return markup.long_table(columns, lines, shown, "{} more, read as well or better", "Coverage")


def _read(read: Mapping[str, float | None], metrics: Sequence[Metric]) -> float:
    return read.get(metrics[0].key) or 0.0


def quarantine(rows: Sequence[Mapping[str, Any]], words: Words, *, with_customer: bool) -> str:
    """What is held back and why: missing from the figures until its mapping is right."""
    if not rows:
        return markup.todo([], "Nothing is held back: every record that was read could be understood.")
    columns = (
        Column("Why", "first"),
        Column("Stream"),
        Column("Since", "narrow-hide"),
        Column("Records", "n"),
    )
    lines = [
        (
            markup.two_lines(row["reason"], f"field {row['field']}" if row["field"] else "", ""),
            markup.two_lines(
                row["stream"].replace("_", " "),
                " · ".join(
                    part
                    for part in (
                        row["customer"] if with_customer else "",
                        SYSTEM_NAMES.get(row["role"], row["role"]),
                    )
                    if part
                ),
                "",
            ),
            markup.e(words.day(row["first_seen_at"])),
            _held(row, words),
        )
        for row in rows
    ]
    return markup.table(columns, lines, "Held back")


def _held(row: Mapping[str, Any], words: Words) -> str:
    text = words.count(row["records"])
    part = f"{row['stream']}|{row['field'] or ''}|{row['reason']}"
    target = str(Target("held", f"{row['customer_id']}/{row['system_key']}", part))
    said = f"{row['reason']}: {text} held back. Which they are"
    return markup.opens(target, said, markup.e(text), "figure plain")


def polls(rows: Sequence[Mapping[str, Any]], view: View) -> pd.DataFrame:
    """The last polls as a table to scroll."""
    words = view.words
    table = pd.DataFrame(
        {
            "Read": [words.instant(row["started_at"], with_zone=False) for row in rows],
            "Customer": [row["customer"] for row in rows],
            "System": [SYSTEM_NAMES.get(row["role"], row["role"]) for row in rows],
            "Stream": [row["stream"] for row in rows],
            "Outcome": [OUTCOMES.get(row["outcome"], row["outcome"]) for row in rows],
            "New": [row["rows_new"] for row in rows],
            "Changed": [row["rows_changed"] for row in rows],
            "Unchanged": [row["rows_unchanged"] for row in rows],
            "Held back": [row["rows_quarantined"] for row in rows],
            "Up to": [words.instant(row["window_to"], with_zone=False) for row in rows],
        }
    )
    if len(view.customers) == 1:
        table = table.drop(columns="Customer")
    if not view.scope.is_customer:
        table["Error"] = [row["error"] or "" for row in rows]
    return table


def meaning(trust: Trust) -> str:
    """What the state of the streams means for the figures."""
    return {
        "ok": "Figures are as fresh as the systems allow.",
        "risk": "Figures may be missing the latest changes of the late streams.",
        "breach": "Figures show the state of the last complete read; what happened since is not in them.",
        "unknown": "There are no figures yet.",
    }[trust.state]
