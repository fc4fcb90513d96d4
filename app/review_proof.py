"""Beside a promise of success: what the run log claims of the month, and what both systems confirm of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app import markup, proof, shares
from app.report.said import Said
from app.review_reads import Review
from metrics.catalogue import by_key

_NOTHING = "nothing of it could be verified"
_WHOLE = "all flows, the whole month:"


def lines(it: Review, held: Mapping[str, Any], said: Said) -> tuple[str, ...]:
    """Claimed and verified, as they stand beside success on every page; none beside another promise.

    Beside a promise that is about some flows or another window, it says that it is about the whole month. A sealed month says
    what was sealed: how much was verified then. Where nothing could be checked, that is said.
    """
    if held["metric"] != proof.SUCCESS:
        return ()
    told = _sealed(said) if it.sealed else proof.said(it.verified, said.words) or (_NOTHING,)
    return told if not told or _is_of_all(held, said) else (_WHOLE, *told)


def cell(it: Review, held: Mapping[str, Any], said: Said) -> str:
    """The same under a figure; it opens the claims, those that are not true on top. What was sealed opens nothing."""
    opened = "" if it.sealed else proof.opened(it.verified, held["title"], said.words)
    if held["metric"] == proof.SUCCESS and opened:
        about = "" if _is_of_all(held, said) else _sub(_WHOLE)
        return about + opened
    return "".join(map(_sub, lines(it, held, said)))


def _sub(line: str) -> str:
    return f'<span class="sub">{markup.e(line)}</span>'


def _is_of_all(held: Mapping[str, Any], said: Said) -> bool:
    """Whether a promise is about all flows in the month and nothing else."""
    terms, month = said.body["evaluation"]["terms"], said.body["period"]
    asked: Mapping[str, Any] = next(
        (each for each in terms["objectives"] if each.get("key") == held["key"]), {}
    )
    return not asked.get("population") and (held["since"], held["until"]) == (month["from"], month["to"])


def _sealed(said: Said) -> tuple[str, ...]:
    verified = by_key(proof.VERIFIED).id
    found = [each for each in said.body.get("figures", ()) if each["id"] == verified and not each["currency"]]
    if not found:
        return ()
    part, whole = (Decimal(found[0][name] or 0) for name in ("numerator", "denominator"))
    if not whole:
        return (_NOTHING,)
    share = shares.counted(part, whole, said.words)
    return (f"{share.text} verified{share.beside} when it was sealed",)
