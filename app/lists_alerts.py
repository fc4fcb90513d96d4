"""Lists behind the numbers of the page Alerts: the alerts or the messages that one of them counts."""

from __future__ import annotations

import pandas as pd

from app.alerts import reads
from app.listed import Listed, counted
from app.queue_filters import scope_of
from app.target import Target
from app.view import View

FACTS = {
    "open": ("Open", "Alerts whose cause is still there."),
    "nobody": ("In nobody's hands", "Open alerts that nobody acknowledged and whose exception nobody took."),
    "escalated": ("Escalated", "Open alerts that went on to the next addressee."),
    "opened": ("Opened in 30 days", "Alerts that were opened in the last 30 days, open or not."),
    "sent": ("Messages sent in 30 days", "Messages of the last 30 days that a channel took."),
    "waiting": ("Waiting to be sent", "Messages on their way."),
    "held": ("In doubt", "Messages that may have arrived and wait for somebody who has looked."),
    "dead": ("Not delivered", "Messages that no channel took."),
}
"""The numbers of the page by key: what each is called, and what it counts."""
KEY = "alerting"


def counted_ones(view: View, target: Target) -> Listed:
    """What the number `by` counts, of one customer or of all (`part`)."""
    words, key = view.words, target.by or ""
    scope = scope_of(view, target.part)
    rows = reads.counted(scope, view.as_of, key)
    figure = reads.counts(scope, view.as_of)[key]
    columns = {
        "What": [row["title"] for row in rows],
        "Customer": [row["customer"] for row in rows],
        "Rule": [row["rule"] or "" for row in rows],
        "Through": [row["channel"] or "" for row in rows],
        "To": [row["addressee"] or "" for row in rows],
        "When": [words.instant(row["at"], with_zone=False) for row in rows],
    }
    return Listed(
        value=words.count(figure),
        says=FACTS[key][1],
        formula="count of alerts"
        if key in ("open", "nobody", "escalated", "opened")
        else "count of messages",
        counted=FACTS[key][0],
        rows=pd.DataFrame({name: told for name, told in columns.items() if any(told)}),
        figure=(figure,),
        added=(len(rows),),
        summed=counted(len(rows), words),
    )
