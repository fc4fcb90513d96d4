"""What Tryton's history says: the state of records at every revision, to the microsecond, in as few questions as possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from collectors.tryton.client import IDS_AT_ONCE, Reader
from collectors.tryton.values import Row, instant, moment

REVISIONS = ".revisions"
"""Where the revisions of a row stand: [[moment, value], …], oldest first, one for every change of the value."""

_TICK = timedelta(microseconds=1)
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class _Span:
    """One revision of one record: it holds from `start` until just before `end`."""

    record: int
    start: datetime
    end: datetime


def add_revisions(reader: Reader, model: str, field: str, rows: Sequence[Row]) -> None:
    """Put on every row when its `field` took which value.

    The times come in one answer for many records. The values are asked for by instant, for all records at once whose
    revision holds at that instant: revisions that overlap in time are answered together.
    """
    by_id = {row["id"]: row for row in rows}
    spans: list[_Span] = []
    for ids in _portions(sorted(by_id)):
        found = reader.call(model, "history_revisions", {"ids": ids})
        times: dict[int, set[datetime]] = {}
        for at, record, *_ in found:
            if moment_at := instant(at, "history_revisions"):
                times.setdefault(record, set()).add(moment_at)
        for record, moments in times.items():
            ordered = sorted(moments)
            spans += [_Span(record, a, b) for a, b in zip(ordered, [*ordered[1:], _END], strict=True)]
    values = _values(reader, model, field, spans)
    for row in rows:
        row[REVISIONS] = []
    for span in sorted(spans, key=lambda span: span.start):
        revisions = by_id[span.record][REVISIONS]
        value = values.get((span.record, span.start))
        if value is not None and (not revisions or revisions[-1][1] != value):
            revisions.append([moment(span.start), value])


def _values(
    reader: Reader, model: str, field: str, spans: Sequence[_Span]
) -> dict[tuple[int, datetime], str]:
    """The value of every span: an instant just before the earliest end answers for all spans that hold then."""
    values: dict[tuple[int, datetime], str] = {}
    waiting = sorted(spans, key=lambda span: span.end)
    while waiting:
        first = waiting[0]
        at = max(span.start for span in waiting) if first.end == _END else first.end - _TICK
        asked = [span for span in waiting if span.start <= at < span.end]
        starts = {span.record: span.start for span in asked}
        for ids in _portions(sorted(starts)):
            for row in reader.page(model, [["id", "in", ids]], ("id", field), at=moment(at)):
                values[row["id"], starts[row["id"]]] = row[field]
        waiting = [span for span in waiting if not span.start <= at < span.end]
    return values


def _portions(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE)]
