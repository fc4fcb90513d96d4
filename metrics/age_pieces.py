"""Keeps kpi.age_piece in step: how long each deal, each month's bills and each exception waited, told again when it looks otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from sql.ask import execute


@dataclass(frozen=True)
class Source:
    """Where pieces come from: the clocks told of it, what lists its changed subjects, and what tells their pieces."""

    kinds: tuple[str, ...]
    changed: str
    tell: tuple[str, ...]


SOURCES: Mapping[str, Source] = {
    "deals": Source(("project_ready_time",), "kpi/age_changed_deals", ("kpi/age_tell_deals",)),
    "bills": Source(("invoice_cycle_time",), "kpi/age_changed_months", ("kpi/age_tell_bills",)),
    "queue": Source(
        ("exception_time_to_clear", "time_to_acknowledge", "time_to_restore", "time_to_detect"),
        "kpi/age_changed_queue",
        ("kpi/age_tell_exceptions", "kpi/age_tell_incidents"),
    ),
}


def source_of(kind: str) -> str | None:
    """The source of which a clock is told; None for one that is counted from kpi.work."""
    return next((name for name, source in SOURCES.items() if kind in source.kinds), None)


def tell(conn: Connection, customer_id: int, name: str, *, everything: bool) -> int:
    """Tell the changed subjects of a source again, or all of them, and mark the days on which they began to wait, before and after.

    In the caller's transaction; answers how many subjects that was. Twice is the same as once.
    """
    source = SOURCES[name]
    asked = {
        "customer_id": customer_id,
        "customer_ids": [customer_id],
        "source": name,
        "kinds": list(source.kinds),
        "everything": everything,
        "since": "-infinity",
        "until": "infinity",
        "as_of": "infinity",
    }

    def do(step: str) -> int:
        return execute(conn, step, **asked).rowcount

    do("kpi/age_subject_stage")
    subjects = do(source.changed)
    if subjects:
        do("kpi/age_subject_analyze")
        do("kpi/age_mark_pieces")
        do("kpi/age_forget_pieces")
        for told in source.tell:
            do(told)
        do("kpi/age_mark_pieces")
        do("kpi/age_seen_forget")
        do("kpi/age_seen_keep")
    do("kpi/age_subject_drop")
    return subjects
