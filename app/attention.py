"""What needs somebody: the open exceptions that cost the most, by name and with what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app import markup, queue_reads
from app.markup import Todo
from app.rule_names import rule_name
from app.severities import state_of
from app.target import Target
from app.view import View
from app.wording import Words, plural

__all__ = ["SHOWN", "list_of", "rule_name", "subject", "worth"]

SHOWN = 5
LONG = 80  # characters that are read whole in three lines of a phone


def worth(exception: Mapping[str, Any], words: Words) -> str:
    """What is at risk: an unknown value is said to be unknown and never shown as 0."""
    if exception["value_at_risk"] is None:
        return "value unknown"
    amount = words.money(exception["value_at_risk"], exception["currency"])
    return f"about {amount}" if exception["value_confidence"] == "estimated" else amount


def subject(occurrence: Mapping[str, Any]) -> str:
    """What an exception happened to: time entry 1234."""
    return f"{occurrence['subject_type'].replace('_', ' ')} {occurrence['subject_id']}"


def list_of(view: View) -> tuple[str, str, str]:
    """Title, content and remark of the section."""
    rows = queue_reads.exceptions(view.one, view.as_of, "open", None, None, limit=SHOWN)
    total = rows[0]["total"] if rows else 0
    items = [_item(row, view) for row in rows]
    remark = f"{view.words.count(total)} open" if total else ""
    listed = markup.todo(items, "Nothing is open.") + markup.whole(items, LONG)
    return "What needs attention", listed, remark


def _item(row: Mapping[str, Any], view: View) -> Todo:
    words = view.words
    often = (
        f"{words.count(row['occurrences'])} {plural(row['occurrences'], 'record')}"
        if row["occurrences"] > 1
        else ""
    )
    since = f"since {words.day(row['opened_at'])}"
    why = " · ".join(part for part in (rule_name(row["rule"]), often, since) if part)
    identity = f"{row['customer_id']}-{row['exception_id']}"
    link = "/exceptions?" + urlencode({"open": identity})
    opens = str(Target("exception", "value", identity)) if row["value_at_risk"] is not None else ""
    return Todo(state_of(row), row["title"], why, worth(row, words), link, opens)
