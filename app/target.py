"""Which figure a click asks for: what stands in a `data-open`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A metric by id, or a list by name (app/lists.py); split by what, and which part of that."""

    key: str
    by: str | None = None
    part: str = ""

    def __str__(self) -> str:
        return "|".join((self.key, self.by or "", self.part))


def read_target(text: str) -> Target:
    """The target in a `data-open`."""
    key, by, part = [*text.split("|", 2), "", ""][:3]
    return Target(key, by or None, part)
