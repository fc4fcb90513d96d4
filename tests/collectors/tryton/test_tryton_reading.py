"""How Tryton is read: ties, pages, interruptions, late commits, changes beside a record, records that have gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.stream import SourceError
from collectors.tryton import rights
from collectors.tryton.client import Reader
from collectors.tryton.values import instant, moment

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ENTERED = datetime(2026, 11, 20, 9, 0, 0, 605710, UTC)


def lines(made: Any, count: int, at: datetime = ENTERED, first: int = 1) -> None:
    """Time lines entered in one transaction, so with one stamp."""
    template = made.fake.tables["timesheet.line"][0]
    stamp = moment(at)
    made.fake.tables["timesheet.line"] = [row for row in made.fake.tables["timesheet.line"] if row["id"] < first and first > 1] + [
        {**template, "id": n, "create_date": stamp, "last_modified_at": stamp, "invoice_line": None}
        for n in range(first, first + count)
    ]  # fmt: skip


def ids(rows: list[dict[str, Any]]) -> list[int]:
    """The ids of rows in the order they came."""
    return [int(row["source_id"]) for row in rows]


def test_a_tie_that_is_larger_than_many_pages_is_read_once(poller: Callable[..., Any]) -> None:
    made = poller("psa", page_size=25)
    lines(made, 312)
    assert ids(made.poll("time_entries")) == list(range(1, 313))


def test_a_first_reading_says_how_many_there_should_be(poller: Callable[..., Any]) -> None:
    made = poller("psa", page_size=25)
    lines(made, 60)
    made.poll("time_entries")
    assert made.pages[-1].notes.source_count == 60
    made.poll("time_entries", NOW + timedelta(hours=7))
    assert made.pages[-1].notes.source_count is None
    made.poll("accounts")  # employees are parties and no accounts
    assert made.pages[-1].notes.source_count is None


def test_a_page_that_is_too_large_is_halved_until_the_server_takes_it(poller: Callable[..., Any]) -> None:
    made = poller("psa", page_size=1000)
    lines(made, 300)
    made.fake.largest = 130
    assert ids(made.poll("time_entries")) == list(range(1, 301))
    made.fake.largest = 10
    made.positions.clear()
    with pytest.raises(SourceError, match="413"):
        made.poll("time_entries")


def test_an_interrupted_first_reading_goes_on_where_it_stood(poller: Callable[..., Any]) -> None:
    made = poller("psa", page_size=25)
    lines(made, 100)
    first = made.poll("time_entries", pages=2)
    assert "since" not in made.positions["time_entries"]
    rest = made.poll("time_entries", NOW + timedelta(hours=1))
    assert (ids(first), ids(rest)) == (list(range(1, 51)), list(range(51, 101)))
    # what changed while the first reading lay still is read from when that one began
    assert made.positions["time_entries"]["since"] == NOW.isoformat()


def test_an_interrupted_later_reading_keeps_its_window(poller: Callable[..., Any]) -> None:
    made = poller("psa", page_size=25)
    lines(made, 5)
    made.poll("time_entries")
    lines(made, 60, NOW + timedelta(minutes=20), first=6)
    later = NOW + timedelta(hours=1)
    made.poll("time_entries", later, pages=1)
    assert made.positions["time_entries"]["since"] == NOW.isoformat()
    assert ids(made.poll("time_entries", later + timedelta(hours=1))) == list(range(31, 66))
    assert made.positions["time_entries"]["since"] == later.isoformat()


def test_a_long_transaction_that_commits_behind_the_cursor_is_seen(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    lines(made, 5)
    made.poll("time_entries")
    lines(made, 3, NOW - timedelta(minutes=9, seconds=30), first=6)
    assert ids(made.poll("time_entries", NOW + timedelta(minutes=5))) == [6, 7, 8]


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
    assert [action for _, action in made.fake.asked] == ["", "", "search_count"]
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
    assert [(row["source_id"], row["budget_hours"]) for row in made.poll("projects")] == [
        (before["source_id"], 2)
    ]


def test_what_has_gone_is_found_at_once_by_the_count(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    lines(made, 10)
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
    lines(made, 10)
    made.poll("time_entries")
    lines(made, 1, NOW + timedelta(minutes=1), first=11)
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
    lines(made, 300)
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
    lines(made, 10)
    made.poll("time_entries")
    made.fake.tables["timesheet.line"].pop()
    assert made.poll("time_entries", NOW + timedelta(minutes=5)) == []
    assert "10" not in made.pages[-1].present
    assert any("seen by absence" in warning for warning in made.pages[-1].notes.warnings)


def test_half_of_everything_gone_at_once_is_a_matter_of_rights_not_a_fact(poller: Callable[..., Any]) -> None:
    made, sure = poller("psa"), poller("psa", mass_deletion=True)
    for each in (made, sure):
        lines(each, 200)
        each.poll("time_entries")
        lines(each, 99)
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


def test_one_line_names_everything_that_a_key_may_not_see(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.fake.hidden |= {"timesheet.line.duration", "timesheet.line.invoice_line", "project.work.parent"}
    made.fake.closed.add("timesheet.work")
    with pytest.raises(SourceError) as raised:
        made.poll("time_entries")
    assert (raised.value.kind, raised.value.permanent) == ("rights", True)
    for name in (
        "timesheet.line.duration",
        "timesheet.line.invoice_line",
        "project.work.parent",
        "timesheet.work (You are not allowed",
    ):
        assert name in str(raised.value)


def test_what_is_hidden_is_known_even_before_there_is_a_record(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.fake.tables["timesheet.line"] = []
    made.fake.field_access = [
        {
            "id": 1,
            "model": "timesheet.line",
            "active": True,
            "field": "duration",
            "group": None,
            "perm_read": 0,
        },
        {"id": 2, "model": "timesheet.line", "active": True, "field": "date", "group": None, "perm_read": 0},
        {"id": 3, "model": "timesheet.line", "active": True, "field": "date", "group": 20, "perm_read": 1},
    ]
    with pytest.raises(SourceError, match=r"may not see timesheet\.line\.duration$"):
        made.poll("time_entries")


@pytest.mark.parametrize("how", ["of their own", "for everybody"])
def test_rules_that_hide_records_are_named(poller: Callable[..., Any], how: str) -> None:
    made, partial = poller("psa"), poller("psa", partial=True)
    own = how == "of their own"
    rule = {
        "id": 1,
        "model": "timesheet.line",
        "name": "Own lines",
        "perm_read": True,
        "groups": [20] if own else [],
    }
    for each in (made, partial):
        each.fake.rules = [
            {**rule, "global_p": not own, "default_p": 0, "rules": [{"domain": '[["employee", "=", 1]]'}]},
            {**rule, "id": 2, "global_p": 1, "default_p": 0, "rules": [{"domain": '[["company", "in", {"v": "companies"}]]'}]},
        ]  # fmt: skip
    with pytest.raises(SourceError, match=r"timesheet\.line by the rule 'Own lines'"):
        made.poll("time_entries")
    assert partial.poll("time_entries")
    assert "Own lines" in partial.pages[0].notes.warnings[0]
    made.fake.rules.append(
        {**rule, "id": 3, "name": "Any", "global_p": 0, "default_p": 0, "groups": [20], "rules": []}
    )
    if own:  # a second group that opens everything is enough
        rights.forget()
        assert made.poll("time_entries")


def test_a_user_without_a_company_would_see_nothing(poller: Callable[..., Any]) -> None:
    made = poller("psa")
    made.fake.preferences = {"companies": [], "company": None}
    with pytest.raises(SourceError, match="does not work for any company"):
        made.poll("time_entries")


def test_options_with_a_mistake_are_one_clear_line(poller: Callable[..., Any]) -> None:
    with pytest.raises(SourceError, match=r"acme/psa: options\.aproval: .* did you mean 'approval'\?"):
        poller("psa", aproval="entered")
    with pytest.raises(SourceError, match=r"options\.opportunity_key\.pattern: .*needs a group"):
        poller("psa", opportunity_key={"field": "comment", "pattern": "crm:.*"})


def test_every_stream_says_which_roles_it_is_for(poller: Callable[..., Any]) -> None:
    assert set(poller("crm").streams) == {"accounts", "opportunities", "contracts", "resources"}
    assert set(poller("psa").streams) == {
        *("accounts", "projects", "tasks", "resources", "cost_rates", "time_entries"),
        *("invoices", "invoice_lines", "payments"),
    }
    assert instant(moment(ENTERED), "x") == ENTERED
