"""How bad an exception is: the sign and the word of its severity, the same wherever it stands."""

from collections.abc import Mapping
from typing import Any

WORDS = {1: "Urgent", 2: "Important", 3: "Normal", 4: "Minor"}


def sign_of(severity: int) -> str:
    """The sign of a severity."""
    return {1: "breach", 2: "risk"}.get(severity, "info")


def state_of(exception: Mapping[str, Any]) -> str:
    """The sign of an exception: its severity while it is open."""
    return "ok" if exception["closed_at"] is not None else sign_of(exception["severity"])


def word_of(exception: Mapping[str, Any]) -> str:
    """The word beside that sign."""
    return "Closed" if exception["closed_at"] is not None else WORDS[exception["severity"]]
