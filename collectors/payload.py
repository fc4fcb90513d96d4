"""Records as bytes and back: JSON with exact numbers, and a held record that comes back as the very values that came."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import uuid4

BOM = "utf-8-sig"
"""UTF-8, and the mark that some put before it."""

_EXACT = uuid4().hex
"""What no source can know: it marks numbers that JSON's own writer would round."""

_MARKED = re.compile(rf'"{_EXACT}([^"]+)"')
_READ: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "$instant": datetime.fromisoformat,
        "$seconds": lambda text: timedelta(microseconds=int(Decimal(text) * 1_000_000)),
        "$bytes": bytes.fromhex,
    }
)


class Unclear(dict[str, Any]):
    """A JSON object that gives a key two different values, or holds such an object; `twice` names the keys.

    To be read, the last value holds, as everywhere; written down again it says both.
    """

    def __init__(self, said: Sequence[tuple[str, Any]], twice: frozenset[str]) -> None:
        super().__init__(said)
        self.twice = twice
        self._overruled = [(key, value) for key, value in said if value is not self[key]]

    def items(self) -> Any:
        """What was said and does not hold, then what does."""
        return [*self._overruled, *super().items()]

    def copy(self) -> "Unclear":
        """The same, to which more can be added."""
        return Unclear(self.items(), self.twice)


def pack(payload: Any) -> bytes:
    """A record as bytes for quarantine: as received when it is bytes, else as JSON (wrong bytes stay as they came).

    Moments, lengths and bytes of a database stand in it by their kind, so that a text is never taken for one.
    """
    if isinstance(payload, bytes):
        return payload
    written = partial(json.dumps, payload, default=_plain)
    try:
        return _MARKED.sub(r"\1", written(ensure_ascii=False)).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return _MARKED.sub(r"\1", written()).encode()


def unpack(payload: bytes) -> Any:
    """The record that `pack` wrote. Raises ValueError for bytes that are no JSON."""
    return read_json(payload, kinds=_typed)


def read_json(
    content: bytes, encoding: str = "utf-8", kinds: Callable[[dict[str, Any]], Any] | None = None
) -> Any:
    """JSON with exact numbers; bytes that are not of the encoding survive, so that only the record that holds them suffers.

    `kinds` makes something else of an object. One that says two things by the same key is `Unclear`. Raises ValueError
    for what is no JSON, also for what is nested deeper than anybody reads.
    """
    text = content.decode(encoding, "surrogateescape")
    unclear: list[Unclear] = []

    def made(said: list[tuple[str, Any]]) -> Any:
        found = dict(said)
        if len(found) < len(said) or unclear:
            twice = frozenset(key for key, value in said if _differ(value, found[key]))
            twice = twice.union(*map(_twice_in, found.values()))
            if twice:
                found = Unclear(said, twice)
                unclear.append(found)
        return found if kinds is None else kinds(found)

    read = partial(json.loads, text, parse_float=Decimal, strict=False, object_pairs_hook=made)
    try:
        return read()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError:
        raise
    except ValueError:  # a whole number of thousands of digits, which costs its own record only
        return read(parse_int=Decimal)


def _differ(value: Any, last: Any) -> bool:
    return value is not last and (type(value) is not type(last) or value != last)


def _twice_in(value: Any) -> frozenset[str]:
    if isinstance(value, Unclear):
        return value.twice
    return frozenset[str]().union(*map(_twice_in, value)) if isinstance(value, list) else frozenset()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{_EXACT}{value}"
    if isinstance(value, datetime):
        return {"$instant": value.isoformat()}
    if isinstance(value, timedelta):
        return {"$seconds": str(Decimal(value // timedelta(microseconds=1)) / 1_000_000)}
    return {"$bytes": bytes(value).hex()} if isinstance(value, (bytes, memoryview)) else str(value)


def _typed(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        (name, text), *_ = found.items()
        if name in _READ and isinstance(text, str):
            try:
                return _READ[name](text)
            except (ValueError, ArithmeticError):
                return found
    return found
