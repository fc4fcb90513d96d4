"""What became of an item of a promise, in the words of page, pack and command line."""

from collections.abc import Mapping
from typing import Any

_GOOD = {
    "S1": "done in time",
    "S2": "done in time, after a retry",
    "S3": "done, after somebody helped",
    "billed": "billed in time",
    "sent": "sent in time",
    "up": "up",
    "on time": "on time",
    "good": "in time",
}
_AGAINST = {
    "S1": "done, later than promised",
    "S2": "done after a retry, later than promised",
    "S3": "late, or only after somebody helped",
    "F": "failed",
    "O+": "overdue",
    "M": "never ran",
    "open": "still open",
    "billed": "billed, later than promised",
    "sent": "sent, later than promised",
    "down": "down",
    "bad": "too late",
    "missed": "never ran",
}
_ELSE = {
    "O": "not due yet",
    "N": "not counted",
    "unknown": "nobody can tell",
    "quiet": "nothing was due",
    "pending": "not due yet",
    "left_out": "not counted",
}


def became(outcome: str, *, is_good: bool) -> str:
    """What an outcome means for a promise that it kept, or counts against; a word that is not known stands as it is."""
    own = _GOOD if is_good else _AGAINST
    return own.get(outcome) or _ELSE.get(outcome) or outcome.replace("_", " ")


def of_missed(item: Mapping[str, Any]) -> str:
    """The same of an item that a month's body lists as missed: it counts against its promise, or nobody can tell."""
    return _ELSE["unknown"] if item["count"][2] else became(item["outcome"], is_good=False)
