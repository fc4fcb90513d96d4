"""Every list that stands behind a figure, by the name that its `data-open` begins with."""

from __future__ import annotations

from collections.abc import Callable

from app import (
    lists_alerts,
    lists_earning,
    lists_money,
    lists_queue,
    lists_reads,
    lists_review,
    lists_sentences,
    recovered,
)
from app.listed import Listed
from app.report import spoken
from app.target import Target
from app.view import View

LISTS: dict[str, tuple[str, Callable[[View, Target], Listed]]] = {
    "queue": ("Open exceptions", lists_queue.open_ones),
    "cause": ("Cause", lists_queue.cause),
    "exception": ("Exception", lists_queue.one),
    "of-rule": ("What a rule opened", lists_queue.of_rule),
    "recovered": ("Recovered this month", recovered.listed),
    recovered.BESIDE: ("Value recovered", recovered.beside),
    "movement": ("What moved in the month", lists_money.movement),
    "waits": ("Where it waits", lists_money.waits),
    "reads": ("Reads of 24 hours", lists_reads.reads),
    "rows-read": ("Records of 24 hours", lists_reads.reads),
    "held": ("Held back", lists_reads.held),
    spoken.OBJECTIVE: ("Promise", lists_review.objective),
    spoken.VERDICTS: ("Promises of the month", lists_sentences.verdicts),
    spoken.SETTLED: ("To be left out", lists_sentences.settled),
    spoken.AGAINST: ("What counted against it", lists_review.against),
    spoken.CREDIT: ("Credit of the month", lists_sentences.credit),
    lists_alerts.KEY: ("Alerts", lists_alerts.counted_ones),
    "earns": ("What serving earns", lists_earning.figure),
    "coverage": ("Coverage", lists_reads.coverage),
}
"""The title of the card, and what draws it up."""
