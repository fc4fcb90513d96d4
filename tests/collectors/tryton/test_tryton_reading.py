"""How Tryton is read: ties, pages, interruptions, late commits, changes beside a record, records that have gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.stream import SourceError
from collectors.tryton.client import Reader
from collectors.tryton.values import moment

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def ids(rows: list[dict[str, Any]]) -> list[int]:
    """The ids of rows in the order they came."""
    return [int(row["source_id"]) for row in rows]


def test_a_tie_that_is_larger_than_many_pages_is_read_once(poller: Callable[..., Any]) -> None:
    made = poller("psa", page_size=25)
    made.enter(312)
    assert ids(made.poll("time_entries")) == list(range(1, 313))


def test_a_first_reading_says_how_many_there_should_be(poller: Callable[..., Any]) -> None:
    made = poller("psa", page_size=25)
    made.enter(60)
    made.poll("time_entries")
    assert made.pages[-1].notes.source_count == 60
    made.poll("time_entries", NOW + timedelta(hours=7))
    assert made.pages[-1].notes.source_count is None
    made.poll("accounts")  # employees are parties and no accounts
    assert made.pages[-1].notes.source_count is None


def test_a_page_that_is_too_large_is_halved_until_the_server_takes_it(poller: Callable[..., Any]) -> None:
    made = poller("psa", page_size=1000)
    made.enter(300)
    made.fake.largest = 130
    assert ids(made.poll("time_entries")) == list(range(1, 301))
    made.fake.largest = 10
    made.positions.clear()
    with pytest.raises(SourceError, match="413"):
        made.poll("time_entries")


def test_an_interrupted_first_reading_goes_on_where_it_stood(poller: Callable[..., Any]) -> None:
    made = poller("psa", page_size=25)
    made.enter(100)
    first = made.poll("time_entries", pages=2)
    assert "since" not in made.positions["time_entries"]
    rest = made.poll("time_entries", NOW + timedelta(hours=1))
    assert (ids(first), ids(rest)) == (list(range(1, 51)), list(range(51, 101)))
    # what changed while the first reading lay still is read from when that one began
    assert made.positions["time_entries"]["since"] == NOW.isoformat()


def test_an_interrupted_later_reading_keeps_its_window(poller: Callable[..., Any]) -> None:
    made = poller("psa", page_size=25)
    made.enter(5)
    made.poll("time_entries")
    made.enter(60, NOW + timedelta(minutes=20), first=6)
    later = NOW + timedelta(hours=1)
    made.poll("time_entries", later, pages=1)
    assert made.positions["time_entries"]["since"] == NOW.isoformat()
    assert ids(made.poll("time_entries", later + timedelta(hours=1))) == list(range(31, 66))
    assert made.positions["time_entries"]["since"] == later.isoformat()


def test_a_long_transaction_that_commits_behind_the_cursor_is_seen(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.enter(5)
    made.poll("time_entries")
    made.enter(3, NOW - timedelta(minutes=9, seconds=30), first=6)
    assert ids(made.poll("time_entries", NOW + timedelta(minutes=5))) == [6, 7, 8]


@pytest.mark.parametrize("others_in_between", [False, True])
def test_an_import_that_took_an_hour_to_commit_is_not_lost(
    poller: Callable[..., Any], others_in_between: bool
) -> None:
    made = poller("psa")
    made.enter(5)
    made.poll("time_entries")
    later = NOW + timedelta(hours=1)
    if others_in_between:  # their ids are higher, and they were seen before
        made.enter(1, later - timedelta(minutes=5), first=9)
        assert ids(made.poll("time_entries", later)) == [9]
        made.poll("time_entries", later + timedelta(minutes=14))
    table = made.fake.tables["timesheet.line"]
    imported = [
        {**table[0], "id": n, "last_modified_at": moment(NOW), "create_date": moment(NOW)} for n in (6, 7, 8)
    ]
    made.fake.tables["timesheet.line"] = sorted(table + imported, key=lambda row: row["id"])
    came = ids(made.poll("time_entries", later + timedelta(minutes=15)))
    assert set(came) - {9} == {6, 7, 8}
    assert made.poll("time_entries", later + timedelta(minutes=30)) == []


def test_the_cursor_follows_the_source_s_clock(
    poller: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "skew", property(lambda self: -3600.0))
    made = poller("psa")
    made.poll("time_entries")
    behind = datetime.now(UTC) - datetime.fromisoformat(made.positions["time_entries"]["since"])
    assert timedelta(minutes=59) < behind < timedelta(minutes=62)


def test_a_quiet_poll_asks_little(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.poll("time_entries")
    made.fake.asked.clear()
    assert made.poll("time_entries", NOW + timedelta(minutes=5)) == []
    assert [action for _, action in made.fake.asked] == ["", "", "search_count", "search_count"]
    assert made.pages[-1].present is None


def test_rate_and_project_of_open_time_follow_the_task(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    before = {row["source_id"]: row for row in made.poll("time_entries")}
    projects = [row for row in made.fake.tables["project.work"] if row["type"] == "project"]
    (manual,) = [row for row in projects if row["project_invoice_method"] == "manual"]
    manual["project_invoice_method"] = "timesheet"
    manual["last_modified_at"] = moment(NOW + timedelta(minutes=1))
    (row,) = made.poll("time_entries", NOW + timedelta(minutes=5))
    assert (before[row["source_id"]]["billable"], row["billable"]) == (False, True)


def test_names_of_people_and_budgets_follow_their_parts(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.poll("resources")
    (before, *_) = made.poll("projects")
    employee = made.fake.tables["company.employee"][0]
    party = next(row for row in made.fake.tables["party.party"] if row["id"] == employee["party"])
    party.update(name="Married", last_modified_at=moment(NOW))
    task = next(row for row in made.fake.tables["project.work"] if row["parent"] == int(before["source_id"]))
    task.update(effort_duration={"__class__": "timedelta", "seconds": 7200.0}, last_modified_at=moment(NOW))
    assert [row["name"] for row in made.poll("resources")] == ["Married"]
    (after,) = made.poll("projects")
    assert (after["source_id"], after["budget_hours"], before["budget_hours"]) == (before["source_id"], 2, 10)
    assert after["budget_amount"] == before["budget_amount"] / 5
