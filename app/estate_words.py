"""The words of an estate file, each checked: keys, zones, spans of time, currencies, colours, hosts, references to secrets."""

from __future__ import annotations

import re
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field

from metrics.sla.words import Currency, Key, Span
from metrics.sla.words import span_seconds as seconds

__all__ = [
    "STRICT",
    "Colour",
    "Currency",
    "Host",
    "Key",
    "Locale",
    "Secret",
    "Span",
    "Zone",
    "seconds",
    "shaped",
]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' is no time zone; use an IANA name such as Europe/London")
    return name


def shaped(pattern: str, otherwise: str) -> AfterValidator:
    """Words of one shape; of others `otherwise` is said, with the words in place of {}."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(otherwise.format(text))
        return text

    return AfterValidator(check)


Zone = Annotated[str, AfterValidator(_zone)]
Secret = Annotated[
    str,
    shaped(
        r"(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)",
        "a secret is a reference, env:NAME or file:PATH, never the secret itself",
    ),
]
Colour = Annotated[str, shaped(r"#[0-9A-Fa-f]{6}", "'{}' is no colour; write it like #0B5FFF")]
Host = Annotated[
    str, shaped(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "'{}' is no host name; write it without scheme and port")
]
Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}-[A-Z]{2}$")]

STRICT = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)
"""An entry of the file refuses what it does not know."""
