"""Views of the queue that people saved: a name for a filter, one's own or shared with the partner's other people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from sql import query
from sql.database import Database

USUAL = {"whose": "all", "view": "open", "owner": "anybody", "kind": "any", "order": "dear", "find": ""}
"""What a filter can say, by its name in addresses, and what it says where nothing was chosen."""
LONGEST_NAME = 60


class SavedViewError(ValueError):
    """A view that cannot be saved or forgotten; one line that says why."""


@dataclass(frozen=True)
class Saved:
    """A saved view; `filter` says what differs from the usual, `by` who saved it."""

    view_id: int
    name: str
    filter: Mapping[str, str]
    is_shared: bool
    is_mine: bool
    by: str

    @property
    def whole(self) -> dict[str, str]:
        """The filter with what is usual filled in; what is no part of a filter any more is left out."""
        return {key: str(self.filter.get(key, usual)) for key, usual in USUAL.items()}


def of_person(db: Database, person_id: int) -> list[Saved]:
    """What a person may use: their own first, then what the partner's others share; empty for a customer's person."""
    with db.engine("portal").begin() as conn:
        rows = conn.execute(text(query("portal/saved_views")), {"person_id": person_id}).mappings()
        return [Saved(**row) for row in rows]


def save(
    db: Database, person_id: int, name: str, chosen: Mapping[str, str], shared: bool, now: datetime
) -> int:
    """Save a filter under a name, in place of what the person had under it; its number, which is its address.

    Raises SavedViewError for a name that is empty or too long, and for somebody who is not of a partner.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise SavedViewError(f"a view's name has 1 to {LONGEST_NAME} characters")
    kept = {key: chosen[key] for key, usual in USUAL.items() if chosen.get(key, usual) != usual}
    row = {"person_id": person_id, "name": name, "filter": json.dumps(kept), "is_shared": shared, "now": now}
    with db.engine("portal").begin() as conn:
        found = conn.execute(text(query("portal/saved_view_put")), row).scalar_one_or_none()
    if found is None:
        raise SavedViewError("only the partner's people save views")
    return int(found)


def forget(db: Database, person_id: int, view_id: int) -> None:
    """Forget a view of one's own. Raises SavedViewError for any other."""
    with db.engine("portal").begin() as conn:
        asked = {"person_id": person_id, "view_id": view_id}
        if conn.execute(text(query("portal/saved_view_forget")), asked).one_or_none() is None:
            raise SavedViewError("there is no such view of yours")
