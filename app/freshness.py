"""How far the figures can be trusted: which streams were read when, judged against how often they should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.trouble import told, troubles
from app.wording import Words, plural

LEAST_PATIENCE = timedelta(minutes=30)
STALE_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Trust:
    """The state of all streams behind a page: ok, risk (some are late), breach (nothing for a day), unknown (never).

    `because` names the systems that are behind and why, `do` what somebody can do about the worst of them.
    """

    state: str
    says: str
    streams: int
    late: int
    failing: int
    held: int
    oldest: datetime | None
    because: str = ""
    do: str = ""


def state_of(stream: Mapping[str, Any], as_of: datetime) -> str:
    """ok: read when it should have been; risk: late or failing; breach: nothing complete for a day; unknown: never."""
    complete: datetime | None = stream["complete_at"]
    if complete is None:
        return "unknown"
    if as_of - complete > STALE_AFTER:
        return "breach"
    patience = max(LEAST_PATIENCE, timedelta(seconds=3 * (stream["every_seconds"] or 0)))
    late = as_of - complete > patience
    return "risk" if late or stream["outcome"] in ("failed", "partial", "abandoned") else "ok"


def trust(streams: Sequence[Mapping[str, Any]], as_of: datetime, words: Words) -> Trust:
    """One sentence over all streams, the worst first."""
    states = [state_of(stream, as_of) for stream in streams]
    held = sum(stream["held"] for stream in streams)
    complete = [stream["complete_at"] for stream in streams if stream["complete_at"] is not None]
    oldest = min(complete, default=None)
    failing = sum(stream["outcome"] in ("failed", "abandoned") for stream in streams)
    late = sum(state in ("risk", "breach", "unknown") for state in states)
    total = len(states)
    bad = [stream for stream, it in zip(streams, states, strict=True) if it in ("breach", "unknown")]
    behind = troubles(bad or [stream for stream, it in zip(streams, states, strict=True) if it == "risk"])
    because, do = told(behind), behind[0].do if behind else ""
    if not complete:
        state, says = "unknown", "Nothing has been read yet."
    elif "breach" in states or "unknown" in states:
        state = "breach"
        read = [stream["complete_at"] for stream in bad if stream["complete_at"] is not None]
        since = f", the oldest since {words.instant(min(read))}" if read else ""
        says = f"{len(bad)} of {total} {plural(total, 'stream')} not read for a day or longer{since}."
    elif "risk" in states:
        state = "risk"
        says = (
            f"{late} of {total} {plural(total, 'stream')} late; the oldest was read {words.instant(oldest)}."
        )
    else:
        state, says = (
            "ok",
            f"All {total} {plural(total, 'stream')} read in time; the oldest {words.instant(oldest)}.",
        )
    if held:
        says += f" {words.count(held)} {plural(held, 'record')} held back."
    return Trust(state, says, total, late, failing, held, oldest, because, do)
