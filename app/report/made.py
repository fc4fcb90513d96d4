"""Puts a month's pack together: what was sealed of it, or what it says now, with what is kept beside it."""

from __future__ import annotations

from sqlalchemy import Connection

from app.branding import Brand
from app.report.content import EXECUTIVE, Pack
from app.report.file import Format
from metrics.once import asked_once
from metrics.period import Period
from metrics.sla import seal, statement
from metrics.sla.draft import Parties
from metrics.sla.review import review_notes

PRINTED: dict[Format, tuple[str, ...]] = {"pdf": EXECUTIVE, "pptx": EXECUTIVE, "html": EXECUTIVE}
"""The figures of the catalogue that a format prints; a workbook lists all of them."""


def pack_of(
    conn: Connection,
    parties: Parties,
    period: Period,
    brand: Brand,
    locale: str,
    version: int | None = None,
    format_: Format = "xlsx",
) -> Pack:
    """The pack of a month: of its newest sealed version, or of the one that is asked for (0: as it stands now).

    `conn` is a steady viewer's. It has the commentary, the actions and the signatures of the month's review. What is not sealed
    is counted for it: for a workbook the whole catalogue, for other formats what they print of it. Raises NotSealableError
    without terms, and LookupError for a version that was never sealed.
    """
    sealed = seal.statements(conn, parties.subject.customer_id, period.label) if version != 0 else []
    found = [one for one in sealed if version in (None, one.place[2])]
    if version and not found:
        raise LookupError(f"version {version} of {period.label} was never sealed")
    if found:
        said = found[0]
    else:
        with asked_once(conn):
            said = statement.preliminary(seal.draft(conn, parties, period, PRINTED.get(format_)))
    notes = review_notes(conn, parties.subject.customer_id, period.label)
    return Pack(said, brand, locale, notes.commentary.text, notes)
