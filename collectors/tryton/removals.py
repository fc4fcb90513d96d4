"""Finds what has gone, and what came late: a count tells that something has, the ids tell what, the log tells when."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.stream import SourceError
from collectors.tryton.client import NAMES_AT_ONCE, Reader, both
from collectors.tryton.values import Domain, Row, instant, moment

COMPARED_EVERY = timedelta(hours=6)
"""So often all ids are compared although the count gives no reason to."""

GONE = ".gone"
"""Marks a record that is no more: the instant at which the log says it went."""

_LOG = "ir.model.log"
_MOST_CONFIRMED = 200
_FEW = 100


@dataclass
class Census:
    """What there is: `present` when it was listed, `gone` with their moments, and the `state` for the next poll.

    `missed`: ids that are there and did not come, because their transaction was committed behind the cursor; `late_to`:
    there are more records up to this id than before, so some of them were. `count`: how many there are up to the
    newest that came, when they were listed.
    """

    state: dict[str, Any]
    present: set[str] | None = None
    count: int | None = None
    gone: list[Row] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    late_to: int | None = None
    warnings: list[str] = field(default_factory=list)


def census(
    reader: Reader,
    model: str,
    domain: Domain,
    before: Mapping[str, Any],
    now: datetime,
    seen: Collection[int],
    present: Callable[[Reader], set[str]] | None = None,
) -> Census:
    """Compare what there is with the census before, and with what came in this poll (`seen`).

    Ids only grow. Fewer records up to the highest id of before: some were deleted; more: some were committed late.
    Raises SourceError when more than half of many records have gone at once: rather rights than facts.
    """
    top, held = before.get("top"), before.get("count") or 0
    compared = datetime.fromisoformat(before["compared"]) if before.get("compared") else None
    due = compared is None or not timedelta(0) <= now - compared < COMPARED_EVERY
    if not due and present:
        return Census(dict(before))
    if not due and top is not None:
        up_to = reader.count(model, both(domain, [["id", "<=", top]]))
        if up_to >= held:
            beyond = both(domain, [["id", ">", top]])
            above = reader.ids(model, beyond) if reader.count(model, domain) > up_to else []
            found = Census({**before, "top": max([top, *above]), "count": up_to + len(above)})
            return _late(found, top, up_to > held, above, seen)
    ids = reader.ids(model, domain)
    if len(ids) * 2 < held and held > _FEW and not reader.options.mass_deletion:
        raise SourceError(
            f"{reader.label}: the key sees {len(ids):,} records of {model} and saw {held:,} before; if they were really"
            " deleted, say options.mass_deletion: true",
            permanent=True,
            kind="rights",
        )
    highest = max([*ids, top or 0])
    state = {"top": highest, "count": len(ids), "compared": now.astimezone(UTC).isoformat()}
    newest = max(seen, default=0)
    listed = present(reader) if present else {str(one) for one in ids}
    found = Census(state, listed, sum(1 for one in ids if one <= newest))
    if compared is None or top is None or present:
        return found
    up_to = sum(1 for one in ids if one <= top)
    if up_to < held:
        _confirm(reader, model, sorted(set(range(1, highest + 1)).difference(ids)), compared, found)
    return _late(found, top, up_to > held, [one for one in ids if one > top], seen)


def _late(found: Census, top: int, more: bool, above: Sequence[int], seen: Collection[int]) -> Census:
    found.missed = sorted(set(above).difference(seen))
    found.late_to = top if more else None
    return found


def _confirm(reader: Reader, model: str, missing: Sequence[int], since: datetime, found: Census) -> None:
    """Take the moments of deletions from the log, where the key may search it (administrators may)."""
    events: Domain = both(
        [["event", "=", "delete"]], [["create_date", ">=", moment(since - timedelta(hours=1))]]
    )
    try:
        rows = reader.page(_LOG, both(events, [["resource", "like", f"{model},%"]]), ("create_date",))
    except SourceError as error:
        if error.kind not in ("rights", "refused"):
            raise
        found.warnings.append(f"deletions in {model} are seen by absence: the key may not search {_LOG}")
        return
    if not rows or len(rows) > _MOST_CONFIRMED:
        return

    def look(ids: Sequence[int]) -> None:
        named = [f"{model},{one}" for one in ids]
        hits = reader.page(_LOG, both(events, [["resource", "in", named]]), ("create_date",))
        if not hits:
            return
        moments = [at for hit in hits if (at := instant(hit["create_date"], "create_date"))]
        if len(ids) == 1 or (
            len(set(moments)) == 1 and len(hits) == len(ids)
        ):  # one transaction took them all
            found.gone += [{"id": one, GONE: moment(max(moments))} for one in ids]
            return
        look(ids[: len(ids) // 2])
        look(ids[len(ids) // 2 :])

    for start in range(0, len(missing), NAMES_AT_ONCE):
        look(missing[start : start + NAMES_AT_ONCE])


def gone_row(record: Row) -> dict[str, Any] | None:
    """The row of a record that the log says was deleted; None for one that is there."""
    if GONE not in record:
        return None
    at = instant(record[GONE], GONE)
    return {"source_id": str(record["id"]), "deleted_at": at, "deleted_how": "log"}
