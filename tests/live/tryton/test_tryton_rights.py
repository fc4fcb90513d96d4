"""Keys on a real Tryton: wrong, revoked, without rights, with a field or a company hidden; each is one clear line."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.live.rpc import Tryton
from app.live.tryton import TrytonWorld
from collectors.stream import SourceError, Window
from collectors.tryton import rights, streams

pytestmark = pytest.mark.live


def refused(held: Callable[..., Any], stream: str, *args: Any, **options: Any) -> SourceError:
    """The error that reading a stream ends with."""
    with pytest.raises(SourceError) as raised:
        held(*args, **options).poll(stream)
    error = raised.value
    assert "\n" not in str(error)
    return error


def test_a_wrong_key_is_an_error_of_signing_in(held: Callable[..., Any]) -> None:
    error = refused(held, "accounts", "crm", key="f" * 128)
    assert (error.kind, error.permanent) == ("auth", True)
    assert "401" in str(error)
    assert "f" * 40 not in str(error)


def test_a_key_that_is_revoked_stops_the_next_poll(
    held: Callable[..., Any], admin: Callable[[str], Tryton]
) -> None:
    key, application = make_key(admin("psa"), "collector")
    got = held("psa", key=key).poll("time_entries")
    admin("psa").model("res.user.application", "delete", [application])
    with pytest.raises(SourceError) as raised:
        got.poll("time_entries")
    assert (raised.value.kind, raised.value.permanent) == ("auth", True)


def test_a_key_without_rights_names_every_model_it_may_not_see(held: Callable[..., Any]) -> None:
    error = refused(held, "invoices", "psa", "nobody")
    assert (error.kind, error.permanent) == ("rights", True)
    for model in ("account.invoice", "account.invoice.line", "account.invoice.tax", "account.move.line"):
        assert f"{model} (" in str(error)


def test_a_field_that_is_hidden_without_a_word_is_named(
    office: Any, held: Callable[..., Any], admin: Callable[[str], Tryton]
) -> None:
    office.enter(office.project(), 15)
    hidden = [
        hide(admin("psa"), "timesheet.line", field) for field in ("duration", "invoice_line", "cost_price")
    ]
    try:
        error = refused(held, "time_entries", "psa")
    finally:
        admin("psa").model("ir.model.field.access", "delete", hidden)
    assert (error.kind, error.permanent) == ("rights", True)
    assert "timesheet.line.duration" in str(error)
    assert "timesheet.line.invoice_line" in str(error)
    assert "cost_price" not in str(error)


def test_a_field_that_is_hidden_later_stops_the_poll_instead_of_looking_like_missing_data(
    office: Any, held: Callable[..., Any], admin: Callable[[str], Tryton]
) -> None:
    office.enter(office.project(), 15)
    got = held("psa").poll("time_entries")
    hidden = hide(admin("psa"), "timesheet.line", "invoice_line")
    office.enter(office.project(), 15)
    try:
        with pytest.raises(SourceError) as raised:
            got.poll("time_entries")
    finally:
        admin("psa").model("ir.model.field.access", "delete", [hidden])
    assert raised.value.kind == "rights"
    assert "timesheet.line.invoice_line" in str(raised.value)


def test_a_field_is_missed_even_when_there_is_no_record_to_show_it(
    held: Callable[..., Any], admin: Callable[[str], Tryton]
) -> None:
    hidden = hide(admin("psa_eu"), "timesheet.line", "duration")
    try:
        error = refused(held, "time_entries", "psa_eu")
    finally:
        admin("psa_eu").model("ir.model.field.access", "delete", [hidden])
    assert "timesheet.line.duration" in str(error)


def test_a_cost_that_is_hidden_is_a_remark(held: Callable[..., Any], office: Any) -> None:
    office.enter(office.project(), 15)
    got = held("psa").poll("time_entries")
    assert got.warnings[0] == "not visible to the key: timesheet.line.cost_price"
    assert {row["cost_rate"] for row in got.rows["time_entry"].values()} == {None}


def test_a_rule_that_hides_records_is_named(
    office: Any, held: Callable[..., Any], admin: Callable[[str], Tryton]
) -> None:
    office.enter(office.project(), 15)
    rule = {
        "name": "Only long entries",
        "model": "timesheet.line",
        "global_p": True,
        "perm_read": True,
        "rules": [
            [
                "create",
                [{"domain": '[["duration", ">", {"__class__": "TimeDelta", "d": 0, "s": 3600, "m": 0}]]'}],
            ]
        ],
    }
    (made,) = admin("psa").create("ir.rule.group", rule)
    try:
        error = refused(held, "time_entries", "psa")
        rights.forget()
        accepted = held("psa", partial=True).poll("time_entries")
    finally:
        admin("psa").model("ir.rule.group", "delete", [made])
    assert (error.kind, error.permanent) == ("rights", True)
    assert "timesheet.line by the rule 'Only long entries'" in str(error)
    assert any("Only long entries" in warning for warning in accepted.warnings)


def test_a_user_without_a_company_sees_nothing_and_that_is_said(
    held: Callable[..., Any], admin: Callable[[str], Tryton]
) -> None:
    administrator = admin("psa")
    (user,) = administrator.create("res.user", {"name": "Lost", "login": "lost"})
    administrator.write("res.user", [user], {"company": None, "companies": [["remove", [1]]]})
    key, _ = make_key(administrator, "lost")
    error = refused(held, "time_entries", "psa", key=key)
    assert (error.kind, error.permanent) == ("rights", True)
    assert "does not work for any company" in str(error)


def test_a_company_that_the_key_does_not_work_for_is_refused(held: Callable[..., Any]) -> None:
    error = refused(held, "time_entries", "psa", company=7)
    assert "does not work for company 7" in str(error)


def test_a_database_or_a_module_that_is_not_there_is_said(
    held: Callable[..., Any], system: Callable[..., Any]
) -> None:
    missing = refused(held, "accounts", "crm", database="nowhere")
    assert "404" in str(missing)
    wrong = system("crm")
    entry = {**wrong.options, "database": "crm"}
    psa = type(wrong)(1, 1, "psa", "psa", "tryton", wrong.url, wrong.secret, entry)
    projects = next(stream for stream in streams(psa) if stream.name == "projects")
    with pytest.raises(SourceError) as raised:
        from_window(projects)
    assert "project.work (the database has no such model" in str(raised.value)


def from_window(stream: Any) -> list[Any]:
    """All pages of a first poll."""
    return list(stream.fetch(Window(until=datetime.now(UTC))))


def test_rights_are_proven_again_after_a_while(
    tryton_world: TrytonWorld, held: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = rights._prove

    def counted(reader: Any, needs: Any) -> Any:
        asked.append("proof")
        return real(reader, needs)

    monkeypatch.setattr(rights, "_prove", counted)
    got = held("crm").poll("resources").poll("resources")
    assert asked == ["proof"]
    monkeypatch.setattr(rights, "BELIEVED_FOR", -1.0)
    got.poll("resources")
    assert asked == ["proof", "proof"]


def hide(administrator: Tryton, model: str, field: str) -> int:
    """Forbid a field to everybody but administrators."""
    values = {"model": model, "field": field, "perm_read": False, "perm_write": False}
    return administrator.create("ir.model.field.access", values)[0]


def make_key(administrator: Tryton, login: str) -> tuple[str, int]:
    """A REST key of a user, and the id of its application."""
    (user,) = administrator.search("res.user", [["login", "=", login]])
    (made,) = administrator.create("res.user.application", {"user": user, "application": "rest"})
    return str(administrator.read("res.user.application", made, ["key"])["key"]), made
