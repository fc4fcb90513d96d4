"""What the queue reads besides itself: past cases, what waits for one, and the views that people saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st
from sqlalchemy import text

from app import house
from app.data import STEP_SECONDS, Row
from app.scope import Scope
from metrics.rules import runbook
from sql import query
from sql.database import viewer

SHOWN = 5


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=500, show_spinner=False)
def similar(scope: Scope, exception_id: int, as_of: datetime) -> list[Row]:
    """Past cases like one; columns as in triage/similar.sql."""
    return _rows(scope, "triage/similar", {"exception_id": exception_id, "row_limit": SHOWN}, as_of)


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=500, show_spinner=False)
def waits_for(scope: Scope, exception_id: int, as_of: datetime) -> list[Row]:
    """What waits for one; columns as in triage/waits_for.sql."""
    return _rows(scope, "triage/waits_for", {"exception_id": exception_id, "row_limit": SHOWN}, as_of)


@st.cache_data(ttl=2 * STEP_SECONDS, max_entries=500, show_spinner=False)
def what_to_do(scope: Scope, customer_id: int, rule: str, as_of: datetime) -> str | None:
    """The runbook of a rule at a customer, in Markdown; None where nobody wrote one, and for a customer's person."""
    if scope.is_customer:
        return None
    with viewer(house.current().db, scope.customer_ids, as_of) as conn:
        said = runbook(conn, customer_id, rule, as_of)
    # commands are named by what follows the product's own name, which stands on no screen
    return said.replace("`throughline ", "`") if said else None


def _rows(scope: Scope, name: str, asked: Mapping[str, Any], as_of: datetime) -> list[Row]:
    with viewer(house.current().db, scope.customer_ids, as_of) as conn:
        given = {"customer_ids": list(scope.customer_ids), **asked}
        return [dict(row) for row in conn.execute(text(query(name)), given).mappings()]
