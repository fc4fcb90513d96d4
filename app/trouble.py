"""Why a system cannot be read, in words, and what somebody has to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.wording import SYSTEM_NAMES

_SILENT = ("it does not answer", "Ask whether it is up and whether its address is still right.")
_STRANGE = (
    "it answers in a way that cannot be understood",
    "See what it answered, and bring its mapping in line with it.",
)
_KINDS = {
    "auth": ("our key is refused", "Put in a new key for it."),
    "secret": ("the key for it is missing", "Put in the key that its configuration names."),
    "rights": ("our key lacks the right to these records", "Have our key given the right to read them."),
    "rate_limit": (
        "it asks us to come less often",
        "It catches up by itself; if this stays, read it less often.",
    ),
    "server": (
        "it answers with an error of its own",
        "It is the system's to mend; reading goes on by itself.",
    ),
    "lease": ("another worker is reading it", "Nothing is to be done."),
    **dict.fromkeys(
        ("unreachable", "timeout", "network", "address", "other_host", "redirect", "refused"), _SILENT
    ),
    **dict.fromkeys(
        ("shape", "html", "truncated", "graphql", "mapping", "paging", "page_cap", "too_large"), _STRANGE
    ),
}
_NOT_ASKED = ("it was not asked in time", "See whether the workers that read are running.")
_FAILING = ("it cannot be read", "See on the page Freshness what it answered.")


@dataclass(frozen=True)
class Trouble:
    """One system whose streams are behind: which, how many of them, why, and what to do."""

    where: str
    streams: int
    why: str
    do: str


def troubles(streams: Sequence[Mapping[str, Any]]) -> list[Trouble]:
    """The systems that these streams belong to, the one with the most of them first."""
    many = len({stream["customer_id"] for stream in streams}) > 1
    by_system: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    for stream in streams:
        by_system.setdefault((stream["customer_id"], stream["system_key"]), []).append(stream)
    ordered = sorted(by_system.values(), key=len, reverse=True)
    return [_trouble(of, many) for of in ordered]


def _trouble(of: Sequence[Mapping[str, Any]], many: bool) -> Trouble:
    first = next((stream for stream in of if stream["outcome"] != "complete"), of[0])
    why, do = _NOT_ASKED
    if first["outcome"] in ("failed", "partial", "abandoned"):
        why, do = _KINDS.get(first["error_kind"] or "", _FAILING)
    name = SYSTEM_NAMES.get(first["role"], first["role"])
    return Trouble(f"{name} of {first['customer']}" if many else name, len(of), why, do)


def told(them: Sequence[Trouble]) -> str:
    """CRM: our key is refused. CRM of Acme: our key is refused; 2 more systems are behind."""
    if not them:
        return ""
    worst, more = them[0], len(them) - 1
    rest = f"; {more} more {'system is' if more == 1 else 'systems are'} behind" if more else ""
    return f"{worst.where}: {worst.why}{rest}."
