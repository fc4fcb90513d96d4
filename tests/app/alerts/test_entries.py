"""Alerting in the estate file: read strictly, kept as it was said, written back the same, and refused with line and reason."""

from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from app import configuration, export
from app.estate_alerts import Channel, kept
from app.estate_file import EstateError, load
from tests.metrics.builders import at

pytestmark = pytest.mark.slow

NOW = at("2026-11-20 14:20")
ESTATE = """
partner:
  key: northwind
  name: Northwind
  hosts: [sla.northwind.example]
  time_zone: Europe/London
  locale: en-GB
  brand: {name: Northwind Connect}
customers:
  - key: acme
    name: Acme
    time_zone: America/New_York
    currency: USD
    systems: [{key: ipaas, role: ipaas, kind: prefect}]
    calendars: [{key: office, hours: {mon-fri: "09:00-17:00"}}]
    flows: [{key: won, workflow: opportunity_to_project, runs: {system: ipaas, match: "w*"}, deadline: {hours: 4}}]
"""
ALERTS = """
alerts:
  channels:
    - {key: desk, kind: mail, to: [desk@northwind.example], hours: {calendar: office, urgent: 1}, digest: {at: "08:00"}}
    - {key: hook, kind: webhook, url: "https://ops.northwind.example/alerts", secret: "env:HOOK"}
    - {key: pager, kind: pagerduty, secret: "env:PAGER"}
    - {key: chat, kind: slack, secret: "file:/run/chat"}
  rules:
    - {key: severe, severity: {at_least: 2, value: "1000", currency: USD}, workflows: [opportunity_to_project], channels: [desk, chat],
       escalate: [{after: 30m, calendar: office, to: [pager]}]}
    - {key: money, value: {above: "50000", currency: USD}, customers: [acme], channels: [desk]}
    - {key: burn, burn: {calls: page}, channels: [pager, hook]}
    - {key: late, deadline: {due_within: 4h, overdue: 1}, channels: [desk]}
    - {key: silent, silence: {runs: 2h, calendar: office}, channels: [desk]}
"""


def _load(folder: Path, alerts: str):
    file = folder / "estate.yaml"
    file.write_text(ESTATE + alerts, encoding="utf-8")
    return load([file])


def _apply(conn, estates) -> list[str]:
    changes = configuration.plan(conn, estates, NOW)
    configuration.apply(conn, changes, NOW, "test")
    return [f"{change.action} {change.kind} {change.path[-1]}" for change in changes]


def test_what_was_applied_is_exported_and_applies_without_a_change(conn, tmp_path) -> None:
    done = _apply(conn, _load(tmp_path, ALERTS))
    assert [line for line in done if "alert" in line][:2] == [
        "add alert_channel desk",
        "add alert_channel hook",
    ]
    written = next(
        doc for doc in yaml.safe_load_all(export.export(conn)) if doc["partner"]["key"] == "northwind"
    )
    assert [rule["key"] for rule in written["alerts"]["rules"]] == [
        "burn",
        "late",
        "money",
        "severe",
        "silent",
    ]
    again = tmp_path / "again.yaml"
    again.write_text(yaml.safe_dump(written), encoding="utf-8")
    assert _apply(conn, load([again])) == []


def test_what_is_no_longer_in_the_file_is_retired(conn, tmp_path) -> None:
    _apply(conn, _load(tmp_path, ALERTS))
    without = ALERTS.split("    - {key: silent", maxsplit=1)[0]
    assert _apply(conn, _load(tmp_path, without)) == ["retire alert_rule silent"]
    assert (
        conn.execute(text("SELECT removed_at FROM ops.alert_rule WHERE key = 'silent'")).scalar_one() == NOW
    )


@pytest.mark.parametrize(
    ("was", "becomes", "line", "reason"),
    [
        ("channels: [desk, chat]", "channels: [dsk]", None, "there is no channel 'dsk'; channels are chat, desk, hook, pager"),
        ("customers: [acme]", "customers: [acne]", 27, "alerts.rules.money: there is no customer 'acne'; customers are acme"),
        ("[opportunity_to_project]", "[nothing]", 25, "alerts.rules.severe: there is no workflow 'nothing'"),
        ("runs: 2h, calendar: office", "runs: 2h, calendar: shop", 30, "customer 'acme' has no calendar 'shop'; give it one"),
        ("burn: {calls: page}", "burn: {calls: page}, value: {above: 1, currency: USD}", 28, "a rule says one of value, severity, burn, deadline, silence; this one says 2"),
        ('secret: "env:PAGER"', 'secret: "R0UT1NG"', 22, "a secret is a reference, env:NAME or file:PATH, never the secret itself"),
        ('secret: "env:HOOK"', "storm_limit: 5", 21, "a webhook channel needs `secret`: a reference to the key that signs"),
        ("to: [desk@northwind.example]", "to: [desk]", 20, "'desk' is no mail address"),
        ('kind: pagerduty, secret: "env:PAGER"', 'kind: page, storm_limit: 5', 22, "a page channel is the page Alerts: it has a key and nothing else"),
        ('kind: pagerduty, secret: "env:PAGER"', 'kind: webhook, url: "http://x.example/", secret: "env:PAGER", room: C0123ABC', 22, "only a slack channel has a room: the id of its conversation"),
        ('kind: pagerduty, secret: "env:PAGER"', 'kind: slack, secret: "env:PAGER", room: C0123ABC, repeat: ask', 22, "repeat is for slack and teams webhooks: the others know a repeat by its key"),
        ('digest: {at: "08:00"}', 'digest: {at: "08:00", over: customers, calendar: office}', 20, "a digest over customers follows no customer's calendar"),
        ('kind: pagerduty, secret: "env:PAGER"', 'kind: slack, secret: "env:PAGER", digest: {at: "08:00", over: customers}', 22, "a digest over customers goes by mail"),
        ("due_within: 4h", "due_within: soon", 29, "'soon' is no span of time"),
        ("calls: page", "calls: everybody", 28, "Input should be 'page' or 'ticket'"),
        ("at_least: 2", "at_least: 5", 25, "less than or equal to 4"),
        ("{calendar: office, urgent: 1}", "{calendar: office, urgnt: 1}", 20, "is not known here"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place_and_the_reason(tmp_path, was, becomes, line, reason) -> None:
    assert was in ALERTS
    with pytest.raises(EstateError) as refused:
        _load(tmp_path, ALERTS.replace(was, becomes, 1))
    said = str(refused.value)
    assert reason in said
    assert "\n" not in said
    assert "R0UT1NG" not in said
    if line is not None:
        assert f"estate.yaml:{line}:" in said


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "page"},
        {"kind": "slack", "secret": "env:TOKEN", "room": "C0123ABC"},
        {"kind": "teams", "secret": "env:ADDRESS", "repeat": "ask"},
    ],
)
def test_a_channel_that_was_kept_can_be_written_into_the_file_again(said) -> None:
    channel = Channel.model_validate({"key": "told"} | said)
    assert Channel.model_validate({"key": "told"} | kept(channel)) == channel
