"""What a key must see, and what the estate may say about a Tryton."""

from collections.abc import Callable
from typing import Any

import pytest

from collectors.stream import SourceError
from collectors.tryton import rights


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
