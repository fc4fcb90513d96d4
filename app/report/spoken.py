"""A sentence in which every number says which figure of the month it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.target import Target

OBJECTIVE, VERDICTS, SETTLED, CREDIT, AGAINST = "objective", "verdicts", "settled", "credit", "against"
"""The cards behind such numbers, by the name that a target begins with."""


@dataclass(frozen=True)
class Number:
    """A number in a sentence, as it is read, and the card that says the same with what it is made of."""

    text: str
    target: Target

    def __str__(self) -> str:
        return self.text


Sentence = tuple[str | Number, ...]


def plain(sentence: Sentence) -> str:
    """The sentence as text."""
    return "".join(map(str, sentence))


def joined(between: str, sentences: Iterable[Sentence]) -> Sentence:
    """Several as one, with the same words between each two."""
    found: Sentence = ()
    for each in sentences:
        found = (*found, between, *each) if found else each
    return found
