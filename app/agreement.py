"""What two records of one thing hold, field by field, in HTML."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app import markup
from app.wording import NOTHING, Words

AMOUNTS = ("amount", "tax", "gross")
_UNTOLD = (None, "")


def beside(
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    differing: Collection[str],
    names: Sequence[str],
    words: Words,
) -> str:
    """What differs with both values, then what is equal, then what one of them does not tell; a dash for no fields."""
    untold = [name for name in names if left.get(name) in _UNTOLD or right.get(name) in _UNTOLD]
    equal = [name for name in names if name not in differing and name not in untold]
    lines = [
        f'{markup.chip(f"{_label(name)} differs", "risk")} <span class="sub">'
        f"{markup.e(_value(name, left, words))} / {markup.e(_value(name, right, words))}</span>"
        for name in names
        if name in differing
    ]
    if equal:
        lines.append(f'<span class="sub">Equal: {markup.e(_told(equal, left, words))}</span>')
    if untold:
        lines.append(f'<span class="sub">Not told by both: {markup.e(", ".join(map(_label, untold)))}</span>')
    return "".join(lines) or f'<span class="muted">{NOTHING}</span>'


def alone(fields: Mapping[str, Any], names: Sequence[str], words: Words) -> str:
    """What one record holds of what could be compared; empty when it tells nothing."""
    told = [name for name in names if fields.get(name) not in _UNTOLD]
    return f'<span class="sub">It holds: {markup.e(_told(told, fields, words))}</span>' if told else ""


def _told(names: Sequence[str], fields: Mapping[str, Any], words: Words) -> str:
    return ", ".join(f"{_label(name)} {_value(name, fields, words)}" for name in names)


def _label(name: str) -> str:
    return name.replace("_", " ")


def _value(name: str, fields: Mapping[str, Any], words: Words) -> str:
    value = fields[name]
    if name in AMOUNTS:
        amount, currency = Decimal(str(value)), fields.get("currency")
        return words.money(amount, currency, whole=False) if currency else words.count(amount)
    return str(value)
