"""A statement: all that was sealed of a month, with a hash over its bytes, and how a later one differs from it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from metrics.sla.evaluation import plain

FORMAT = "sla-statement/1"


class StatementError(ValueError):
    """A document that is no statement, or was changed after it was sealed; one line."""


@dataclass(frozen=True)
class Statement:
    """One sealed version of a customer's month; `body` is what was sealed, `sha256` the hash over its bytes, in hexadecimal."""

    body: Mapping[str, Any]
    sha256: str

    @property
    def document(self) -> bytes:
        """The bytes that the hash is of."""
        return canonical(self.body)

    @property
    def place(self) -> tuple[str, str, int]:
        """Customer's key, period, version."""
        return self.body["customer"]["key"], self.body["period"]["name"], self.body["version"]

    @property
    def sealed_at(self) -> datetime:
        """When it was sealed."""
        return datetime.fromisoformat(self.body["sealed"]["at"])

    def file(self) -> bytes:
        """The statement as a file that `read` takes back: its body beside its hash, for people to read as well."""
        said = {"sha256": self.sha256, "statement": self.body}
        return (json.dumps(said, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True)
class Change:
    """One value that is not what it was; None: it was not there, or is not there any more."""

    place: str
    was: Any
    now: Any


def canonical(body: Mapping[str, Any]) -> bytes:
    """Sorted keys, no spaces, UTF-8: equal bodies are equal bytes."""
    return json.dumps(plain(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def of(body: Mapping[str, Any]) -> Statement:
    """The statement with this body. Raises TypeError for a float in it: it could be rounded."""
    document = canonical({"format": FORMAT, **body})
    return read_document(document)


def preliminary(said: Mapping[str, Any]) -> Statement:
    """A body that was not sealed, as version 0."""
    return of({**said, "version": 0})


def read_document(document: bytes) -> Statement:
    """The statement whose canonical bytes these are."""
    return Statement(json.loads(document), hashlib.sha256(document).hexdigest())


def read(file: bytes) -> Statement:
    """A statement from its file. Raises StatementError when it is none, or when its hash is not that of its body."""
    try:
        said = json.loads(file)
        body, sha256 = said["statement"], said["sha256"]
        found = body["format"]
        statement = Statement(body, hashlib.sha256(canonical(body)).hexdigest())
        _ = statement.place
    except (ValueError, KeyError, TypeError):
        raise StatementError(
            "this is no statement: it has no body and hash of the form that is sealed"
        ) from None
    if found != FORMAT:
        raise StatementError(f"this statement is of the form '{found}'; only {FORMAT} can be read")
    if statement.sha256 != sha256:
        raise StatementError(
            f"this statement was changed: its content has the hash {statement.sha256}, and it says {sha256}"
        )
    return statement


def changes(was: Any, now: Any, place: str = "") -> Iterator[Change]:
    """Every value in which two bodies differ, by its place; what is in a list with keys of its own is found by its key."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in sorted({*was, *now}):
            yield from changes(was.get(key), now.get(key), f"{place}.{key}" if place else str(key))
    elif isinstance(was, list) and isinstance(now, list) and (keyed := _keyed(was, now)):
        yield from changes(*keyed, place)
    elif was != now:
        yield Change(place, was, now)


def _keyed(*lists: list[Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Two lists of entries with keys as mappings; None when they are no such lists."""
    found = []
    for entries in lists:
        if not all(isinstance(entry, Mapping) and "key" in entry for entry in entries):
            return None
        found.append({str(entry["key"]): entry for entry in entries})
        if len(found[-1]) != len(entries):
            return None
    return found[0], found[1]
