"""Records that have gone from a Tryton: noticed at once, with their moment where the log may be searched."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.stream import SourceError
from collectors.tryton.values import moment

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def ids(rows: list[dict[str, Any]]) -> list[int]:
    """The ids of rows in the order they came."""
    return [int(row["source_id"]) for row in rows]


def test_what_has_gone_is_found_at_once_by_the_count(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.enter(10)
    made.poll("time_entries")
    assert made.pages[-1].present == {str(n) for n in range(1, 11)}
    made.fake.tables["timesheet.line"] = [
        r for r in made.fake.tables["timesheet.line"] if r["id"] not in (3, 10)
    ]
    made.poll("time_entries", NOW + timedelta(minutes=5))
    assert made.pages[-1].present == {str(n) for n in range(1, 11) if n not in (3, 10)}
    made.poll("time_entries", NOW + timedelta(minutes=10))
    assert made.pages[-1].present is None


def test_new_records_do_not_hide_that_others_have_gone(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.enter(10)
    made.poll("time_entries")
    made.enter(1, NOW + timedelta(minutes=1), first=11)
    made.fake.tables["timesheet.line"] = [row for row in made.fake.tables["timesheet.line"] if row["id"] != 4]
    assert ids(made.poll("time_entries", NOW + timedelta(minutes=5))) == [11]
    assert "4" not in made.pages[-1].present
    assert "11" in made.pages[-1].present


def test_everything_is_compared_now_and_then_anyhow(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.poll("time_entries")
    made.poll("time_entries", NOW + timedelta(hours=5, minutes=59))
    assert made.pages[-1].present is None
    made.poll("time_entries", NOW + timedelta(hours=6))
    assert made.pages[-1].present


def test_the_log_says_when_where_the_key_may_search_it(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.enter(300)
    made.poll("time_entries")
    gone = {7: NOW + timedelta(minutes=1), 8: NOW + timedelta(minutes=1), 250: NOW + timedelta(minutes=2)}
    made.fake.tables["timesheet.line"] = [
        r for r in made.fake.tables["timesheet.line"] if r["id"] not in gone
    ]
    made.fake.log = [
        {"id": n, "event": "delete", "resource": f"timesheet.line,{one}", "create_date": moment(at)}
        for n, (one, at) in enumerate(gone.items())
    ]
    rows = made.poll("time_entries", NOW + timedelta(minutes=5))
    assert {int(row["source_id"]): row["deleted_at"] for row in rows} == gone
    assert {row["deleted_how"] for row in rows} == {"log"}
    assert not {"7", "8", "250"} & made.pages[-1].present


def test_without_the_log_absence_must_do_and_that_is_remarked(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.enter(10)
    made.poll("time_entries")
    made.fake.tables["timesheet.line"].pop()
    assert made.poll("time_entries", NOW + timedelta(minutes=5)) == []
    assert "10" not in made.pages[-1].present
    assert any("seen by absence" in warning for warning in made.pages[-1].notes.warnings)


def test_half_of_everything_gone_at_once_is_a_matter_of_rights_not_a_fact(poller: Callable[..., Any]) -> None:
    made, sure = poller("psa"), poller("psa", mass_deletion=True)
    for each in (made, sure):
        each.enter(200)
        each.poll("time_entries")
        each.enter(99)
    with pytest.raises(SourceError, match=r"sees 99 records of timesheet\.line and saw 200 before") as raised:
        made.poll("time_entries", NOW + timedelta(minutes=5))
    assert (raised.value.kind, raised.value.permanent) == ("rights", True)
    sure.poll("time_entries", NOW + timedelta(minutes=5))
    assert len(sure.pages[-1].present) == 99


def test_a_payment_that_is_taken_back_is_missed_when_all_are_compared(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    rows = made.poll("payments")
    for row in made.fake.tables["account.invoice"]:
        if row["payment_lines"]:
            row.update(payment_lines=[], reconciliation_lines=[])
    made.poll("payments", NOW + timedelta(hours=7))
    assert len(rows) == 2
    assert made.pages[-1].present == set()
