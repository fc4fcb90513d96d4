"""The words of an estate file, each checked: keys, zones, spans of time, currencies, colours, hosts, references to secrets."""

from __future__ import annotations

import re
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field

from metrics.sla.words import Currency, Key, Span
from metrics.sla.words import span_seconds as seconds

__all__ = ["STRICT", "Colour", "Currency", "Host", "Key", "Locale", "Secret", "Span", "Zone", "seconds"]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' is no time zone; use an IANA name such as Europe/London")
    return name


def _secret(text: str) -> str:
    if not re.fullmatch(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)", text):
        raise ValueError("a secret is a reference, env:NAME or file:PATH, never the secret itself")
    return text


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError(f"'{text}' is no colour; write it like #0B5FFF")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", text):
        raise ValueError(f"'{text}' is no host name; write it without scheme and port")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Secret = Annotated[str, AfterValidator(_secret)]
Colour = Annotated[str, AfterValidator(_colour)]
Host = Annotated[str, AfterValidator(_host)]
Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}-[A-Z]{2}$")]

STRICT = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)
"""An entry of the file refuses what it does not know."""
