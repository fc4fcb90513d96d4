"""What an exception is beside: past cases like it and how they ended, and the open ones that wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app import markup, queue_reads
from app.attention import worth
from app.markup import Column
from app.queue_words import ENDED, LIKE, span
from app.view import View


def past(found: Mapping[str, Any], view: View) -> str:
    """Closed cases that are most like it: why they count as alike, how they ended, after how long, what was said last.

    Empty for a customer, whose pane tells nothing of what the partner's people did elsewhere; a sentence when there is none.
    """
    if view.scope.is_customer:
        return ""
    rows = queue_reads.similar(view.scope, found["exception_id"], view.as_of)
    if not rows:
        nothing = '<p class="muted">Nothing like it was closed before.</p>'
        return markup.section("Similar past cases", nothing)
    lines = [
        (
            _link(row) + f'<span class="sub">{markup.e(row["customer"])} · {LIKE[row["likeness"]]}</span>',
            markup.two_lines(
                f"{ENDED.get(row['state'], row['state'])} after {span(row['seconds'])}",
                _how(row, view),
                "",
            ),
        )
        for row in rows
    ]
    return markup.section(
        "Similar past cases", markup.table((Column("Case"), Column("How it ended")), lines, of_rows=True)
    )


def waiting(found: Mapping[str, Any], view: View) -> str:
    """The open exceptions that wait for it, the dearest first; empty when none does."""
    rows = queue_reads.waits_for(view.scope, found["exception_id"], view.as_of)
    if not rows:
        return ""
    total = rows[0]["total"]
    lines = [(_link(row), markup.e(worth(row, view.words))) for row in rows]
    more = f"the first {len(rows)} of {view.words.count(total)}" if total > len(rows) else ""
    columns = (Column("What waits for it"), Column("Worth", "n"))
    return markup.section("Waits for it", markup.table(columns, lines, of_rows=True), more)


def blocker(found: Mapping[str, Any]) -> str:
    """What it waits for itself, as a way there."""
    if not found["blocked_by"] or not found["blocked_by_title"]:
        return ""
    blocking = {"customer_id": found["customer_id"], "exception_id": found["blocked_by"]}
    return _link({**blocking, "title": found["blocked_by_title"]})


def _how(row: Mapping[str, Any], view: View) -> str:
    by = f"claimed by {row['claimed_by']}" if row["claimed_by"] else "without a claim"
    back = f"came back {view.words.count(row['reopen_count'])} ×" if row["reopen_count"] else ""
    return " · ".join(part for part in (view.words.day(row["closed_at"]), by, back, row["note"]) if part)


def _link(row: Mapping[str, Any]) -> str:
    address = "/exceptions?" + urlencode({"open": f"{row['customer_id']}-{row['exception_id']}"})
    return f'<a href="{markup.e(address)}" target="_self">{markup.e(row["title"])}</a>'
