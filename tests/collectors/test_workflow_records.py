"""Leads, quotes, schedules, bills, payrolls and tickets over HTTP: read, held back, replayed and seen to be gone."""

from datetime import timedelta
from typing import Any

import pytest

from collectors.quarantine import Replayed, replay

from .conftest import NOW, Asked, Firm, Site

pytestmark = pytest.mark.slow

ROWS: dict[str, dict[str, Any]] = {
    "lead": {"number": "LD-1", "state": "qualified", "qualified_at": "2026-11-02T10:00:00Z"},
    "quote": {"number": "Q-1", "state": "accepted", "amount": 900},
    "change_order": {"project_ref": "P1", "state": "accepted", "amount": -90},
    "budget": {"project_ref": "P1", "origin_type": "quote", "origin_key": "Q-1"},
    "billing_schedule": {"contract_ref": "C1", "kind": "retainer", "due_on": "2026-11-30"},
    "supplier_bill": {"project_ref": "P1", "state": "posted", "amount": 90},
    "payroll_run": {"period_from": "2026-10-01", "period_to": "2026-10-31", "state": "posted"},
    "project_cost": {"project_ref": "P1", "origin_type": "payroll_run", "origin_key": "2026-10"},
    "support_ticket": {"number": "T-1", "state": "open", "is_billable": True},
}


def stream(kind: str, key: str) -> dict[str, Any]:
    return {
        "object": kind,
        "request": {"path": f"/{kind}"},
        "records": "data",
        "deletions": "absence",
        "fields": {"source_id": key} | {name: name for name in ROWS[kind]},
    }


def test_each_is_read_held_replayed_and_seen_to_be_gone(firm: Firm, site: Site):
    def answer(*own: dict[str, str]) -> None:
        def told(asked: Asked) -> Any:
            return {"data": [one | ROWS[asked.path.strip("/")] for one in own]}

        site.answer = told

    firm.add("http", site.url, "psa", allow_private=True, streams={kind: stream(kind, "id") for kind in ROWS})
    answer({"id": "1"}, {"key": "2"})  # the second calls its id otherwise
    for kind in ROWS:
        poll = firm.collect("psa", kind)
        assert (poll.outcome, poll.new, poll.quarantined) == ("complete", 1, 1), kind
    assert {(held.stream, held.field) for held in firm.held()} == {(kind, "source_id") for kind in ROWS}

    mended = {kind: stream(kind, "id || key") for kind in ROWS}
    firm.mend("psa", allow_private=True, streams=mended)
    assert replay(firm.db, NOW + timedelta(minutes=1)) == Replayed(replayed=len(ROWS))
    assert firm.held() == []

    answer({"id": "1"})
    for kind in ROWS:
        assert firm.collect("psa", kind, NOW + timedelta(minutes=10)).deleted == 1, kind
        assert firm.rows("source_id, deleted_how", f"biz.{kind}") == [("1", None), ("2", "absence")], kind
