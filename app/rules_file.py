"""Reads rules from a text of their own, as an estate file has them; a mistake becomes one line that names its line and the fix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app import estate_file
from app.estate_rules import RuleEntry, keyed
from app.yaml_file import Document, EstateError, Location, documents_in

AT_MOST = 5
LONGEST = 20_000


@dataclass(frozen=True)
class Written:
    """A rule and where in the text it stands."""

    entry: RuleEntry
    document: Document
    place: Location

    def error(self, field: str, said: str) -> EstateError:
        """The one line about a field of it."""
        return self.document.error((*self.place, field), said)


def load_text(text: str, name: str) -> list[Written]:
    """The rules of a text that somebody typed: one, a list, or `rules:` with a list; `name` is what mistakes call it.

    Raises EstateError for what cannot be used, for none, and for more than AT_MOST.
    """
    if len(text) > LONGEST:
        raise EstateError(f"{name}: is longer than {LONGEST} characters")
    found = [each for document in documents_in(text, Path(name)) for each in _rules(document)]
    if not found:
        raise EstateError(f"{name}: is empty; write a rule with key, on, when and title")
    if len(found) > AT_MOST:
        raise EstateError(f"{name}: holds {len(found)} rules; try at most {AT_MOST} at once")
    try:
        keyed([each.entry for each in found])
    except ValueError as error:
        raise EstateError(f"{name}: {error}") from None
    return found


def _rules(document: Document) -> list[Written]:
    data: Any = document.data
    way: Location = ()
    if isinstance(data, dict) and isinstance(data.get("rules"), list):
        data, way = data["rules"], ("rules",)
    entries = (
        [((*way, n), entry) for n, entry in enumerate(data)] if isinstance(data, list) else [(way, data)]
    )
    return [Written(_entry(document, place, entry), document, place) for place, entry in entries]


def _entry(document: Document, place: Location, entry: Any) -> RuleEntry:
    try:
        return RuleEntry.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        within, said = tuple(first["loc"]), estate_file.said(first)
        field, _, rest = said.partition(": ")
        if not within and rest and isinstance(entry, dict) and field in entry:
            within, said = (field,), rest
        raise document.error((*place, *within), said) from None
