"""Apply and export: the database matches the file, twice is the same as once, and the round trip loses nothing."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from app import configuration, estate_file
from app.changed import imported
from app.estate import Estate
from app.export import export
from app.yaml_file import EstateError

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 20, 14, 20, tzinfo=UTC)

ESTATE = """
partner:
  key: northwind
  name: Northwind Integration
  hosts: [northwind.localhost]
  time_zone: Europe/London
  locale: en-GB
  brand: {name: Northwind Connect, primary: "#0f766e"}
  mail: {host: smtp.northwind.example, sender: reviews@northwind.example, user: reviews, secret: "env:NORTHWIND_MAIL"}
customers:
  - key: acme
    name: Acme Consulting
    time_zone: America/New_York
    country: US-NY
    currency: USD
    billing_cut_off: {day: last-business-day, at: "17:00"}
    review: {business_day: 3, calendar: office, to_customer: [Mira Acme <mira@acme.example>]}
    own_work: {rework: [Rework*], finance: [Month-end close, FIN-*]}
    systems:
      - {key: crm, role: crm, kind: tryton, url: "http://127.0.0.1:8000", secret: "env:ACME_CRM", options: {database: crm},
         links: {opportunity: "https://crm.acme.example/#opportunity/{id}"}}
      - {key: ipaas, role: ipaas, kind: prefect, url: "http://127.0.0.1:4200"}
    calendars:
      - {key: office, hours: {mon-fri: "09:00-17:00"}, holidays: US-NY, closed: [{on: 2026-11-27, name: Bridge day}], open_on: [Columbus Day, 2026-11-11],
         changes: [{valid_from: 2027-01-04, hours: {mon-fri: "08:00-16:00"}}, {valid_from: 2027-06-01, holidays: US-CA}]}
    flows:
      - key: won-to-project
        workflow: opportunity_to_project
        from: crm
        runs: {system: ipaas, match: "won-to-project*"}
        deadline: {hours: 4, calendar: office}
        latency: {seconds: 300}
        agreed: [name, {field: amount, tolerance: 0.5}]
    lifecycle: [{stage: implementation, valid_from: 2026-01-05}, {stage: stabilisation, valid_from: 2026-04-01}]
    expectations:
      - {key: won-to-project, rule: won-to-project, flow: won-to-project, from: crm, calendar: office}
      - {key: hypercare, rule: won-to-project, stage: stabilisation, within: {hours: 1}, valid_from: 2026-02-01}
      - {key: drafts, rule: draft-to-issued, within: {business_days: 3, calendar: office}}
    rules: [{key: unbilled_time, days: 30}]
    terms:
      - {valid_from: 2026-01-01, tier: gold, objectives: [{key: sync, metric: sync_success_rate, target: 99.5}]}
fx:
  - {on: 2026-10-30, currency: EUR, base: USD, rate: "1.0850", source: test}
alerts:
  channels: [{key: desk, kind: mail, to: [desk@northwind.example], hours: {calendar: office, urgent: 1}, digest: {at: "08:00"}}]
  rules: [{key: late, deadline: {due_within: 4h}, channels: [desk], escalate: [{after: 30m, calendar: office, to: [desk]}]}]
"""


def _read(folder: Path, content: str) -> list[Estate]:
    path = folder / "estate.yaml"
    path.write_text(content)
    return estate_file.load([path])


def _apply(conn: Connection, estates: list[Estate], at: datetime = NOW) -> list[configuration.Change]:
    changes = configuration.plan(conn, estates, at)
    configuration.apply(conn, changes, at, actor="test")
    return changes


def test_applying_twice_is_the_same_as_once(conn: Connection, tmp_path: Path) -> None:
    estates = _read(tmp_path, ESTATE)
    first = _apply(conn, estates)
    assert {(change.kind, change.action) for change in first} == {
        (kind, "add") for kind in configuration.ORDER
    }
    assert configuration.plan(conn, estates, NOW) == []


def test_a_plan_changes_nothing(conn: Connection, tmp_path: Path) -> None:
    assert configuration.plan(conn, _read(tmp_path, ESTATE), NOW)
    assert conn.execute(text("SELECT count(*) FROM ops.partner")).scalar() == 0


def test_the_exported_file_applies_without_a_change(conn: Connection, tmp_path: Path) -> None:
    _apply(conn, _read(tmp_path, ESTATE))
    again = _read(tmp_path, export(conn))
    assert configuration.plan(conn, again, NOW) == []


def test_a_new_deadline_holds_from_now_and_leaves_the_past_alone(conn: Connection, tmp_path: Path) -> None:
    _apply(conn, _read(tmp_path, ESTATE))
    later = NOW + timedelta(days=1)
    (change,) = _apply(conn, _read(tmp_path, ESTATE.replace("hours: 4", "hours: 8")), later)
    assert change.line() == "change  promise northwind/acme/won-to-project: deadline_seconds: 14400 → 28800"
    promises = conn.execute(
        text(
            "SELECT deadline_seconds, valid_from, valid_to FROM ops.flow_promise WHERE valid_to < 'infinity'"
        )
    ).all()
    assert promises == [(14400, configuration.ALWAYS, later)]
    current = conn.execute(
        text("SELECT deadline_seconds, valid_from FROM ops.flow_promise WHERE valid_to = 'infinity'")
    )
    assert current.all() == [(28800, later)]


@pytest.mark.parametrize("becomes", ["agreed: []", "agreed: [name]", ""], ids=["none", "one", "library"])
def test_other_agreed_fields_are_one_change_and_are_exported(
    conn: Connection, tmp_path: Path, becomes: str
) -> None:
    _apply(conn, _read(tmp_path, ESTATE))
    estates = _read(tmp_path, ESTATE.replace("agreed: [name, {field: amount, tolerance: 0.5}]", becomes))
    (change,) = _apply(conn, estates)
    assert "agreed" in change.line()
    assert configuration.plan(conn, _read(tmp_path, export(conn)), NOW) == []
    assert ("agreed:" in export(conn)) is bool(becomes)


def test_what_is_taken_out_of_the_file_is_retired_and_comes_back(conn: Connection, tmp_path: Path) -> None:
    whole = ESTATE.replace("flow: won-to-project, ", "")  # nothing else names the flow
    _apply(conn, _read(tmp_path, whole))
    shorter = whole[: whole.index("    flows:")] + whole[whole.index("    lifecycle:") :]
    (gone,) = _apply(conn, _read(tmp_path, shorter))
    assert (gone.kind, gone.action) == ("flow", "retire")
    assert conn.execute(text("SELECT removed_at FROM ops.flow")).scalar() == NOW
    (back,) = _apply(conn, _read(tmp_path, whole))
    assert (back.kind, back.action) == ("flow", "change")
    assert conn.execute(text("SELECT removed_at FROM ops.flow")).scalar() is None


def test_a_flow_claims_the_runs_that_match_and_gives_up_the_others(conn: Connection, tmp_path: Path) -> None:
    _apply(conn, _read(tmp_path, ESTATE))
    conn.execute(text("SELECT ops.ensure_month(DATE '2026-11-01')"))
    insert = text(
        """
        INSERT INTO raw.run (customer_id, system_id, external_id, due_at, flow_id, transaction_key, workflow_name, status,
                             source_status, first_seen_at, last_seen_at)
        SELECT s.customer_id, s.system_id, v.id, '2026-11-20T10:15Z', v.flow, v.id, v.name, 'success', 'ok', :now, :now
        FROM ops.system s
        CROSS JOIN ops.flow f
        CROSS JOIN LATERAL (VALUES ('1', 'won-to-project-eu', NULL), ('2', 'won_to_project', f.flow_id)) v (id, name, flow)
        WHERE s.key = 'ipaas'
        """
    )
    conn.execute(insert, {"now": NOW})
    _apply(conn, _read(tmp_path, ESTATE.replace('match: "won-to-project*"', 'match: "won-to-project-??"')))
    runs = conn.execute(text("SELECT external_id, flow_id IS NOT NULL FROM raw.run ORDER BY 1")).all()
    assert runs == [("1", True), ("2", False)]
    assert conn.execute(text("SELECT count(*) FROM ops.dirty_cell")).scalar() == 1


@pytest.mark.parametrize("kind", configuration.ORDER)
def test_every_change_is_written_into_the_audit(conn: Connection, tmp_path: Path, kind: str) -> None:
    _apply(conn, _read(tmp_path, ESTATE))
    audited = conn.execute(
        text("SELECT action, actor FROM ops.audit WHERE subject LIKE :kind"), {"kind": f"{kind} %"}
    )
    assert set(audited.all()) == {("add", "test")}


def test_a_holiday_on_which_the_customer_works_is_open(conn: Connection, tmp_path: Path) -> None:
    _apply(conn, _read(tmp_path, ESTATE))
    open_days = text(
        "SELECT DISTINCT CAST(opens_at AT TIME ZONE 'America/New_York' AS date) FROM ops.calendar_window"
    )
    found = set(conn.execute(open_days).scalars())
    # Columbus Day by its name in every year, Veterans Day in one, Thanksgiving in none
    asked = [
        date(2026, 10, 12),
        date(2027, 10, 11),
        date(2026, 11, 11),
        date(2027, 11, 11),
        date(2026, 11, 26),
    ]
    assert [day in found for day in asked] == [True, True, True, False, False]


def _schedule(day: int | None) -> str:
    """The file with the schedule on this business day, or without one."""
    filed = "    review: {business_day: 3, calendar: office, to_customer: [Mira Acme <mira@acme.example>]}\n"
    return ESTATE.replace(filed, filed.replace("3", str(day)) if day else "")


@pytest.mark.parametrize(
    ("filed", "said", "files", "stands"),
    [
        (3, 5, [3], 5),  # an older file does not take back what a person said
        (3, 5, [3, 3], 5),
        (3, 5, [4], 4),  # a file that says something new wins
        (3, 5, [3, 4], 4),
        (3, 5, [5, 3], 3),  # the file followed, then went back on purpose
        (3, None, [3], None),
        (3, None, [4], 4),
        (None, 5, [None], 5),
        (None, 5, [4], 4),
        (3, 5, [None], None),
        (3, 3, [3], 3),
    ],
)
def test_a_schedule_that_a_person_changed_stays_until_a_file_says_something_new(
    conn: Connection,
    tmp_path: Path,
    filed: int | None,
    said: int | None,
    files: list[int | None],
    stands: int | None,
) -> None:
    _apply(conn, _read(tmp_path, _schedule(filed)))
    a_person = """
        UPDATE ops.customer
        SET review = CASE WHEN CAST(:day AS int) IS NOT NULL THEN coalesce(review, '{}') || jsonb_build_object('business_day', CAST(:day AS int)) END
    """
    conn.execute(text(a_person), {"day": said})
    for day in files:
        _apply(conn, _read(tmp_path, _schedule(day)))
    assert (
        conn.execute(text("SELECT CAST(review ->> 'business_day' AS int) FROM ops.customer")).scalar()
        == stands
    )
    exported = _read(tmp_path, export(conn))
    _apply(conn, exported)
    assert configuration.plan(conn, exported, NOW) == []


def test_what_is_kept_is_told_and_does_not_stand_in_the_way_of_the_rest(
    conn: Connection, tmp_path: Path
) -> None:
    _apply(conn, _read(tmp_path, ESTATE))
    conn.execute(text("UPDATE ops.customer SET review = review || '{\"business_day\": 5}'"))
    (said,) = [change.line() for change in configuration.plan(conn, _read(tmp_path, ESTATE), NOW)]
    assert said == "keep    customer northwind/acme: review.business_day: 3 → 5, said since by a person"
    conn.execute(text("UPDATE ops.customer SET review = NULL"))
    kept, renamed = _apply(conn, _read(tmp_path, ESTATE.replace("Acme Consulting", "Acme")))
    assert (kept.action, kept.path, kept.after) == ("keep", ("northwind", "acme"), {"review": None})
    assert kept.line().endswith("→ null, said since by a person")
    assert renamed.line() == 'change  customer northwind/acme: name: "Acme Consulting" → "Acme"'
    assert conn.execute(text("SELECT name, review FROM ops.customer")).one() == ("Acme", None)


def test_what_a_person_says_while_a_file_is_applied_stays(conn: Connection, tmp_path: Path) -> None:
    _apply(conn, _read(tmp_path, ESTATE))
    changes = configuration.plan(conn, _read(tmp_path, ESTATE.replace("Acme Consulting", "Acme")), NOW)
    conn.execute(text("UPDATE ops.customer SET review = NULL"))
    configuration.apply(conn, changes, NOW, actor="test")
    assert conn.execute(text("SELECT name, review FROM ops.customer")).one() == ("Acme", None)


TERMS = ("northwind", "acme", "2026-01-01")
KEPT = "objectives.sync.target: 99.5 → 99.9, said since by a person"


def _filed(target: float) -> str:
    return ESTATE.replace("target: 99.5", f"target: {target}")


def _import(conn: Connection, target: float, path: tuple[str, ...] = TERMS) -> None:
    sync = {"key": "sync", "metric": "sync_success_rate", "target": target}
    document = {"valid_from": path[-1], "tier": "gold", "objectives": [sync]}
    change = imported(configuration.current(conn)[0], path, document)
    assert change is not None
    configuration.apply(conn, [change], NOW, actor="test")


def _stands(conn: Connection) -> float:
    (target,) = conn.execute(text("SELECT document #>> '{objectives,0,target}' FROM ops.terms")).scalars()
    return float(target)


def test_imported_terms_stand_while_the_file_says_what_it_said_before(
    conn: Connection, tmp_path: Path
) -> None:
    _apply(conn, _read(tmp_path, ESTATE))
    _import(conn, 99.9)
    for _ in range(2):
        (kept,) = _apply(conn, _read(tmp_path, ESTATE))
        assert kept.line() == f"keep    terms northwind/acme/2026-01-01: {KEPT}"
        assert _stands(conn) == 99.9
    exported = _read(tmp_path, export(conn))
    assert [change.line() for change in _apply(conn, exported)] == [
        "change  terms northwind/acme/2026-01-01: the file says now what stands"
    ]
    assert configuration.plan(conn, exported, NOW) == []
    _apply(conn, _read(tmp_path, _filed(99.7)))
    assert _stands(conn) == 99.7


def test_a_file_that_says_neither_what_it_said_nor_what_was_imported_is_refused(
    conn: Connection, tmp_path: Path
) -> None:
    _apply(conn, _read(tmp_path, _filed(99)))
    _apply(conn, _read(tmp_path, ESTATE))
    _import(conn, 99.9)
    says = r"terms northwind/acme/2026-01-01: other terms were imported .*target: 99.9 → 99\b"
    with pytest.raises(EstateError, match=says):
        configuration.plan(conn, _read(tmp_path, _filed(99)), NOW)
    assert _stands(conn) == 99.9
    _import(conn, 99)
    _apply(conn, _read(tmp_path, _filed(99)))
    assert _stands(conn) == 99


def test_a_file_that_knows_nothing_of_imported_terms_leaves_them_or_is_refused(
    conn: Connection, tmp_path: Path
) -> None:
    _apply(conn, _read(tmp_path, ESTATE))
    _import(conn, 99.9, (*TERMS[:2], "2026-07-01"))
    assert configuration.plan(conn, _read(tmp_path, ESTATE), NOW) == []
    other = ESTATE.replace(
        "    terms:\n",
        "    terms:\n      - {valid_from: 2026-07-01, objectives: [{metric: A1, target: 98}]}\n",
    )
    with pytest.raises(EstateError, match="terms northwind/acme/2026-07-01: other terms were imported"):
        configuration.plan(conn, _read(tmp_path, other), NOW)
