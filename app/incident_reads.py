"""What the page Incidents reads: the same trouble at several of the customers in scope."""

from __future__ import annotations

from datetime import datetime

from app.data import cached, look
from app.scope import Scope
from metrics.triage.incidents import Incident, incidents


@cached
def found(scope: Scope, as_of: datetime) -> list[Incident]:
    """The incidents of the last 30 days, what is open first, then the latest; none for people of a customer."""
    with look(scope, as_of) as conn:
        known = incidents(conn, scope.customer_ids, as_of)
    return sorted(known, key=lambda each: each.open_records == 0)
