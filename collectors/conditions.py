"""An expression's conditions as nested functions: a rule asks them of every record, and walking its tree each time is dear."""

from collections.abc import Callable, Mapping
from typing import Any

Read = Callable[[Any], Any]


def quick(node: Mapping[str, Any]) -> Read | None:
    """A parsed JMESPath expression of names, plain values, comparisons with a text, && and ||; None for any other.

    It answers what jmespath's own interpreter answers, and never fails.
    """
    made = _KINDS.get(node["type"])
    return made(node) if made else None


def _field(node: Mapping[str, Any]) -> Read:
    name = node["value"]
    return lambda record: record.get(name) if isinstance(record, (dict, Mapping)) else None


def _literal(node: Mapping[str, Any]) -> Read | None:
    value = node["value"]
    return None if isinstance(value, (dict, list)) else lambda record: value


def _comparator(node: Mapping[str, Any]) -> Read | None:
    left, right = node["children"]
    found, text = quick(left), right.get("value")
    if found is None or right["type"] != "literal" or not isinstance(text, str):
        return None  # of numbers, 0 and 1 are not false and true
    if node["value"] == "eq":
        return lambda record: found(record) == text
    return (lambda record: found(record) != text) if node["value"] == "ne" else None


def _both(node: Mapping[str, Any]) -> Read | None:
    left, right = map(quick, node["children"])
    if left is None or right is None:
        return None
    return lambda record: first if _is_false(first := left(record)) else right(record)


def _either(node: Mapping[str, Any]) -> Read | None:
    left, right = map(quick, node["children"])
    if left is None or right is None:
        return None
    return lambda record: right(record) if _is_false(first := left(record)) else first


def _is_false(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Read | None]] = {
    "field": _field,
    "literal": _literal,
    "comparator": _comparator,
    "and_expression": _both,
    "or_expression": _either,
}
