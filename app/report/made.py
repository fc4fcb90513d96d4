"""Puts a month's pack together: what was sealed of it, or what it says now, with what is kept beside it."""

from __future__ import annotations

from sqlalchemy import Connection

from app.branding import Brand
from app.report.content import Pack
from metrics.period import Period
from metrics.sla import seal, statement
from metrics.sla.draft import Parties
from metrics.sla.review import review_notes


def pack_of(
    conn: Connection, parties: Parties, period: Period, brand: Brand, locale: str, version: int | None = None
) -> Pack:
    """The pack of a month: of its newest sealed version, or of the one that is asked for (0: as it stands now).

    It has the commentary, the actions and the signatures of the month's review. Raises NotSealableError without terms, and LookupError for a version that was never sealed.
    """
    sealed = seal.statements(conn, parties.subject.customer_id, period.label) if version != 0 else []
    found = [one for one in sealed if version in (None, one.place[2])]
    if version and not found:
        raise LookupError(f"version {version} of {period.label} was never sealed")
    said = found[0] if found else statement.preliminary(seal.draft(conn, parties, period))
    notes = review_notes(conn, parties.subject.customer_id, period.label)
    return Pack(said, brand, locale, notes.commentary.text, notes)
