"""The words of an estate file, each checked: keys, zones, spans of time, currencies, colours, hosts, references to secrets."""

from __future__ import annotations

import re
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> int:
    """The seconds in a span such as 90s, 15m, 4h or 2d; raises ValueError for anything else."""
    match = re.fullmatch(r"(\d+)\s*([smhd])", text.strip())
    if match is None:
        raise ValueError(f"'{text}' is no span of time; write it like 90s, 15m, 4h or 2d")
    return int(match[1]) * _UNITS[match[2]]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' is no time zone; use an IANA name such as Europe/London")
    return name


def _key(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", text):
        raise ValueError(f"'{text}' is no key; use small letters, digits, - and _")
    return text


def _secret(text: str) -> str:
    if not re.fullmatch(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)", text):
        raise ValueError("a secret is a reference, env:NAME or file:PATH, never the secret itself")
    return text


def _currency(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError(f"'{code}' is no currency; use an ISO 4217 code such as USD")
    return code


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError(f"'{text}' is no colour; write it like #0B5FFF")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", text):
        raise ValueError(f"'{text}' is no host name; write it without scheme and port")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Key = Annotated[str, AfterValidator(_key)]
Secret = Annotated[str, AfterValidator(_secret)]
Currency = Annotated[str, AfterValidator(_currency)]
Colour = Annotated[str, AfterValidator(_colour)]
Host = Annotated[str, AfterValidator(_host)]
Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}-[A-Z]{2}$")]
Span = Annotated[str, AfterValidator(lambda text: (seconds(text), text)[1])]

STRICT = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)
"""An entry of the file refuses what it does not know."""
