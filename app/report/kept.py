"""What is kept beside a month as a PDF carries it, and read back: a pack can be drawn again from what is attached to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from metrics.sla.evaluation import plain
from metrics.sla.review import Action, ReviewNotes, Signature


def notes_said(notes: ReviewNotes) -> dict[str, Any]:
    """Actions and signatures as JSON can say them; the commentary stands beside them."""
    return {
        "actions": [plain(asdict(each)) for each in notes.actions],
        "signatures": [plain(asdict(each)) for each in notes.signatures],
    }


def notes_read(said: Mapping[str, Any] | None) -> ReviewNotes:
    """The same again; none for a pack of a time before there were any. Raises TypeError, KeyError or ValueError for something else."""
    if said is None:
        return ReviewNotes()
    actions = [
        Action(
            **{
                **each,
                "due_on": each["due_on"] and date.fromisoformat(each["due_on"]),
                "said_at": _instant(each["said_at"]),
            }
        )
        for each in said["actions"]
    ]
    signatures = [
        Signature(**{**each, "signed_at": _instant(each["signed_at"])}) for each in said["signatures"]
    ]
    return ReviewNotes(tuple(actions), signatures=tuple(signatures))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
