"""Estate files: what is read, and the one line that a mistake becomes."""

from datetime import date
from pathlib import Path

import pytest

from app import estate, estate_file
from app.estate_calendar import Calendar

GOOD = """
partner:
  key: northwind
  name: Northwind Integration
  hosts: [northwind.localhost]
  time_zone: Europe/London
  locale: en-GB
  brand: {name: Northwind Connect, logo: mark.svg, primary: "#0f766e"}
customers:
  - key: acme
    name: Acme Consulting
    time_zone: America/New_York
    currency: USD
    systems:
      - {key: crm, role: crm, kind: tryton, url: "http://127.0.0.1:8000", secret: "env:ACME_CRM"}
      - {key: ipaas, role: ipaas, kind: prefect, url: "http://127.0.0.1:4200"}
    calendars:
      - {key: office, hours: {mon-thu: "09:00-17:00", fri: ["09:00-12:00", "13:00-15:00"]}, holidays: US-NY}
    flows:
      - key: won-to-project
        workflow: opportunity_to_project
        from: crm
        runs: {system: ipaas, match: "won-to-project*"}
        deadline: {hours: 4, calendar: office}
        every: 15m
        agreed: [name, {field: amount, tolerance: 0.5}]
    terms:
      - {valid_from: 2026-01-01, tier: gold, objectives: [{key: a, metric: sync_success_rate, target: 99.5}]}
"""


def _file(folder: Path, text: str) -> Path:
    (folder / "mark.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    path = folder / "estate.yaml"
    path.write_text(text)
    return path


def test_a_good_file_becomes_an_estate_with_its_logo_read_in(tmp_path: Path) -> None:
    (read,) = estate_file.load([_file(tmp_path, GOOD)])
    customer = read.customers[0]
    assert read.partner.brand.logo == "<svg xmlns='http://www.w3.org/2000/svg'/>"
    assert customer.flows[0].deadline.seconds == 4 * 3600
    assert customer.flows[0].agreed_fields == ["name", {"field": "amount", "tolerance": 0.5}]
    assert customer.terms[0].valid_from == date(2026, 1, 1)
    assert customer.calendars[0].week()["fri"] == [["09:00", "12:00"], ["13:00", "15:00"]]
    assert customer.calendars[0].later() == []
    assert set(customer.calendars[0].week()) == {"mon", "tue", "wed", "thu", "fri"}


@pytest.mark.parametrize(
    ("days", "open_on"),
    [
        ("sun-thu", "sun mon tue wed thu"),
        ("sat-sun", "sat sun"),
        ("fri-mon", "fri sat sun mon"),
        ("wed", "wed"),
    ],
)
def test_a_week_may_begin_on_any_day(days: str, open_on: str) -> None:
    week = Calendar(key="office", hours={days: ["09:00-12:00", "12:00-17:00"]}).week()
    assert week == {day: [["09:00", "12:00"], ["12:00", "17:00"]] for day in open_on.split()}


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (
            "currency: USD",
            "currency: usd",
            "customers.acme.currency: 'usd' is no currency; use an ISO 4217 code",
        ),
        (
            "time_zone: America/New_York",
            "time_zone: New York",
            "customers.acme.time_zone: 'New York' is no time zone",
        ),
        (
            'secret: "env:ACME_CRM"',
            "secret: hunter2",
            "customers.acme.systems.crm.secret: a secret is a reference",
        ),
        (
            "system: ipaas",
            "system: ipas",
            "flows.won-to-project: there is no system 'ipas'; systems are crm, ipaas",
        ),
        ("calendar: office}", "calendar: offce}", "there is no calendar 'offce'; calendars are office"),
        (
            "holidays: US-NY",
            "changes: [{valid_from: 2027-01-01, hours: {mon: 9-17}}]",
            "calendars.office: '9-17' is no span of hours; write it like 09:00-17:00",
        ),
        (
            "holidays: US-NY",
            "changes: [{valid_from: 2027-01-01, holidays: US}, {valid_from: 2027-01-01}]",
            "calendars.office: changes: 2027-01-01 stands twice",
        ),
        ("hours: 4,", "hours: 0,", "deadline: a deadline needs minutes, hours or days above zero"),
        (
            "agreed: [name",
            "agreed: [starts_on",
            "flows.won-to-project.agreed: 'starts_on' is not held by both records; fields are amount, currency, name",
        ),
        ("agreed: [name", "agreed: [amount", "agreed: 'amount' stands twice"),
        ("field: amount", "field: currency", "agreed: 'currency' is no amount and takes no tolerance"),
        ("tolerance: 0.5", "tolerance: -1", "agreed.2.tolerance: Input should be greater than or equal to 0"),
        ("every: 15m", "every: often", "'often' is no span of time; write it like 90s, 15m, 4h or 2d"),
        ("workflow: opp", "wrokflow: opp", "customers.acme.flows.won-to-project.workflow: is missing"),
        ("tier: gold", "tier: gold, tier: iron", "the key 'tier' stands twice"),
        (
            "target: 99.5",
            "target: 101",
            ":28: customers.acme.terms.1.objectives.a: 101 is more than 100 percent",
        ),
        (
            "target: 99.5",
            "target: high",
            ":28: customers.acme.terms.1.objectives.a.target: 'high' is no number",
        ),
        ("sync_success_rate", "syncs", "objectives.a: there is no metric 'syncs'"),
        ("tier: gold", "teir: gold", "customers.acme.terms.1.teir: is not known here"),
        (
            "99.5}",
            "99.5, population: {flows: [none]}}",
            "objectives.a: there is no flow 'none'; flows are won-to-project",
        ),
        (
            "99.5}]}",
            "99.5}]}\n      - {valid_from: 2026-01-01, stage: expansion}",
            "two sets of terms begin on 2026-01-01",
        ),
        ("99.5}", "99.5, severity: [5]}", "severity"),
        (
            "holidays: US-NY",
            "holidays: US-NY, open_on: [Boxing Day]",
            "open_on: 'Boxing Day' is no holiday of US-NY",
        ),
        (
            "holidays: US-NY",
            "holidays: US-NY, open_on: [2026-11-12]",
            "open_on: '2026-11-12' is no holiday of US-NY",
        ),
        ("holidays: US-NY", "open_on: [Columbus Day]", "open_on: 'Columbus Day' is no holiday of any place"),
        ("holidays: US-NY", "holidays: US-XX", "no public holidays are known for 'US-XX'"),
        (
            '{mon-thu: "09:00-17:00", fri: ["09:00-12:00", "13:00-15:00"]}',
            "{}",
            "calendars.office: hours: it never opens",
        ),
        (
            'mon-thu: "09:00-17:00"',
            'mon-fri: "09:00-17:00"',
            "fri is open 09:00-17:00 and 09:00-12:00; say the hours of a day once",
        ),
        ("13:00-15:00", "15:00-13:00", "'15:00-13:00' closes before it opens"),
        ("logo: mark.svg", "logo: gone.svg", "partner.brand.logo: there is no file gone.svg"),
        ("logo: mark.svg", "logo: estate.yaml", "partner.brand.logo: estate.yaml is no SVG"),
        ("valid_from: 2026-01-01", "valid_from: 2026-02-30", "2026-02-30 is no date: day is out of range"),
        ("tier: gold", "[tier]: gold", "a key must be a word"),
        ('primary: "#0f766e"', "primary: teal", "partner.brand.primary: 'teal' is no colour"),
        ("key: ipaas, role", "key: crm, role", "systems: the key 'crm' stands twice"),
        (
            "name: Acme Consulting",
            "name: Acme Consulting\n    colour: red",
            "customers.acme.colour: is not known here",
        ),
    ],
)
def test_a_mistake_becomes_one_line_with_file_key_and_fix(
    tmp_path: Path, was: str, becomes: str, said: str
) -> None:
    assert was in GOOD
    path = _file(tmp_path, GOOD.replace(was, becomes, 1))
    with pytest.raises(estate_file.EstateError) as caught:
        estate_file.load([path])
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"- a\n- b\n", "holds a list"),
        (b"partner: {key: x\n", "estate.yaml:2"),
        (b"\xff\xfepartner", "is not UTF-8 at byte 0"),
        (b"partner: " + b"[" * 3000, "is no YAML that can be read"),
    ],
)
def test_what_is_no_estate_is_refused_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "estate.yaml"
    path.write_bytes(content)
    with pytest.raises(estate_file.EstateError, match=said):
        estate_file.load([path])


def test_holidays_that_follow_the_moon_are_known_without_a_warning() -> None:
    calendar = Calendar(key="office", hours={"mon-fri": "09:00-17:00"}, holidays="IN")
    assert calendar.holidays == "IN"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(estate_file.EstateError, match=r"none\.yaml: cannot be read"):
        estate_file.load([tmp_path / "none.yaml"])


def test_a_host_belongs_to_one_partner(tmp_path: Path) -> None:
    twice = GOOD + "\n---\n" + GOOD.replace("key: northwind", "key: helix")
    with pytest.raises(
        estate_file.EstateError, match=r"host 'northwind\.localhost' is claimed by two partners"
    ):
        estate_file.load([_file(tmp_path, twice)])


@pytest.mark.parametrize(("text", "expected"), [("90s", 90), ("15m", 900), ("4h", 14400), ("2d", 172800)])
def test_spans_are_counted_in_seconds(text: str, expected: int) -> None:
    assert estate.seconds(text) == expected
