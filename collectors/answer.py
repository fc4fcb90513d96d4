"""Reads what stands around an HTTP answer: waits, limits, clocks, reasons."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

import httpx

from collectors.payload import read_json
from collectors.stream import Notes, SourceError

LARGEST_ANSWER = 256 * 1024 * 1024
_LIMITS = (
    ("ratelimit-limit", "ratelimit-remaining"),
    ("x-ratelimit-limit", "x-ratelimit-remaining"),
    ("x-rate-limit-limit", "x-rate-limit-remaining"),
    ("x-hubspot-ratelimit-max", "x-hubspot-ratelimit-remaining"),
    ("x-hubspot-ratelimit-daily", "x-hubspot-ratelimit-daily-remaining"),
    ("", "x-minlimit-remaining"),
)


def retry_after(value: str | None, now: datetime) -> float | None:
    """How many seconds a Retry-After header asks for; None when it says nothing that can be read."""
    if not value:
        return None
    try:
        seconds = float(value)
        return max(0.0, seconds) if isfinite(seconds) else None
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - now) / timedelta(seconds=1))


def note(notes: Notes, response: httpx.Response, at: datetime) -> None:
    """Keep what the headers say about limits and about the source's clock; `at` is ours when it answered."""
    if (date := response.headers.get("date")) and not response.headers.get("age"):
        try:
            skew = (parsedate_to_datetime(date) - at).total_seconds() + 0.5  # the header is cut to seconds
            notes.clock_skew_seconds = round(skew, 1)
        except (ValueError, TypeError):
            pass
    for limit, remaining in _LIMITS:
        if (left := _number(response.headers.get(remaining))) is not None:
            notes.rate_limit, notes.rate_limit_remaining = _number(response.headers.get(limit)), left
            break
    if used := re.search(r"api-usage=(\d+)/(\d+)", response.headers.get("sforce-limit-info", "")):
        notes.rate_limit = int(used[2])
        notes.rate_limit_remaining = int(used[2]) - int(used[1])


def content_of(response: httpx.Response, what: str) -> bytes:
    """The whole body. Raises SourceError for one that is larger than anything we ask for."""
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise SourceError(
                f"{what} answered more than {LARGEST_ANSWER:,} bytes", permanent=True, kind="too_large"
            )
        parts.append(part)
    return b"".join(parts)


def reason(response: httpx.Response, content: bytes) -> str:
    """What a refusal says for itself: the message of a JSON body, the title of a web page."""
    text = content[:20_000].decode("utf-8", "replace")
    if "json" in response.headers.get("content-type", ""):
        try:
            return message(read_json(content))
        except ValueError:
            return ""
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    return title[1].strip() if title else "" if "<" in text else text.strip()


def message(body: Any) -> str:
    """The words of an error, wherever a JSON body keeps them."""
    if isinstance(body, dict):
        for name in (
            "message",
            "error_description",
            "detail",
            "error",
            "title",
            "errors",
            "exceptionmessage",
        ):
            if body.get(name):
                return message(body[name])
        return ""
    if isinstance(body, list):
        return "; ".join(filter(None, map(message, body[:3])))
    return str(body)


def _number(value: str | None) -> int | None:
    found = re.match(r"\s*(\d+)", value or "")
    return int(found[1]) if found else None
