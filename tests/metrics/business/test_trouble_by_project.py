"""Broken rules and value at risk by project and practice: each record once, and the parts are the whole."""

from decimal import Decimal

import pytest

pytestmark = pytest.mark.slow

JULY = {"since": "2026-07-01", "until": "2026-08-01"}
KEYS = ("business_rule_exceptions", "value_at_risk")


def worth(rows):
    """What the parts are worth, and how many of them nobody can value."""
    return {row["part"]: row["value"] for row in rows if row["currency"] == "USD"}


def in_trouble(world, at, *records, flow=None):
    """One open exception of these records: kind, id, what it is worth in USD."""
    occurred = at("2026-07-10")
    seen = dict.fromkeys(("opened_at", "last_occurred_at", "first_seen_at", "last_seen_at"), occurred)
    cause = {
        "rule": "billing_error",
        "class": "business",
        "fingerprint_version": 1,
        "title": "It is not there",
    }
    own = {"customer_id": world.customer_id, "exception_id": 1}
    world.put("ops.exception", **own, **seen, **cause, fingerprint="F")
    for subject_type, subject_id, amount in records:
        of = {"subject_type": subject_type, "subject_id": subject_id, "amount": amount, "currency": "USD"}
        of |= {"system_id": world.crm_id if subject_type == "opportunity" else world.system_id}
        of |= {"flow_id": flow} if subject_type == "transaction" else {}
        world.put("ops.exception_occurrence", **own, **of, occurred_at=occurred)


@pytest.fixture
def projects(world, at):
    """Two projects of a practice, one by the project above it, and a third with the name of the second and no practice."""
    for ref, name, more in (
        ("P", "Rollout", {"practice": "Cloud"}),
        ("Q", "Audit", {"parent_ref": "P"}),
        ("R", "Audit", {}),
    ):
        world.project(at("2026-01-05"), source_id=ref, name=name, **more)


def record(world, kind, project):
    """A record of a kind on a project, or on none; the kind of its trouble and its id."""
    money = {"amount": 7, "currency": "USD"}
    if kind == "work by its task":
        task = world.record("biz.task", "K", {"project_ref": project}, {})
        return "time_entry", world.entry(task_ref=task, billable=False)
    if kind == "bill by its lines":
        bill = world.invoice("draft")
        world.line(bill, project_ref=project)
        return "invoice", bill
    tables = {
        "expense": lambda: world.expense(project_ref=project, billable=False),
        "milestone": lambda: world.record("biz.milestone", "M", money, {"project_ref": project}),
        "invoice": lambda: world.invoice("draft", project_ref=project),
        "change_order": lambda: world.record("biz.change_order", "H", money | {"state": "accepted"}, {"project_ref": project}),
    }  # fmt: skip
    return kind, tables[kind]()


@pytest.mark.parametrize(
    "kind",
    ["work by its task", "expense", "milestone", "invoice", "bill by its lines", "change_order"],
)
@pytest.mark.parametrize(
    ("project", "part", "practice"),
    [
        ("P", "Rollout", "Cloud"),
        ("Q", "Audit (Q)", "Cloud"),
        ("R", "Audit (R)", "(no practice)"),
        ("never read", "never read", "(no practice)"),
        (None, "(no project)", "(no practice)"),
    ],
)
def test_a_record_in_trouble_is_at_risk_under_its_project(
    world, at, projects, kind, project, part, practice
) -> None:
    in_trouble(world, at, (*record(world, kind, project), 7))
    assert worth(world.ask("value_at_risk", **JULY, by="project")) == {part: 7}
    assert worth(world.ask("value_at_risk", **JULY, by="practice")) == {practice: 7}
    (row,) = world.ask("value_at_risk_rows", **JULY)
    assert (row["project"], row["practice"]) == (part, practice)


@pytest.mark.parametrize(
    ("of", "practice"), [("PPQ", "Cloud"), ("PR", "(several practices)"), ("R", "(no practice)")]
)
def test_a_bill_of_several_projects_is_told_once_and_as_such(world, at, projects, of, practice) -> None:
    bill = world.invoice("draft", net=50)
    for project in of:
        world.line(bill, project_ref=project)
    in_trouble(world, at, ("invoice", bill, 50))
    part = "(several projects)" if len(of) > 1 else "Audit (R)"
    assert worth(world.ask("value_at_risk", **JULY, by="project")) == {part: 50}
    assert worth(world.ask("value_at_risk", **JULY, by="practice")) == {practice: 50}


def test_one_exception_over_several_projects_is_split_by_its_records(world, at, projects) -> None:
    given = (("P", 30), ("P", 12), ("Q", 5), (None, 3))
    items = [
        ("time_entry", world.entry(project_ref=project, billable=False), each) for project, each in given
    ]
    in_trouble(world, at, *items)
    found = worth(world.ask("value_at_risk", **JULY, by="project"))
    assert found == {"Rollout": 42, "Audit (Q)": 5, "(no project)": 3}
    assert worth(world.ask("value_at_risk", **JULY, by="practice")) == {"Cloud": 47, "(no practice)": 3}


@pytest.mark.parametrize(
    ("told", "before", "after"), [(None, "(no practice)", "Cloud"), ("Advisory", "Advisory", "Advisory")]
)
def test_a_deal_is_of_the_project_that_delivers_it_once_there_is_one(world, at, told, before, after) -> None:
    world.won(at("2026-07-01 10:00"), source_id="O", number="OPP-1", amount=8000, practice=told)
    world.project(at("2026-07-20"), source_id="P", name="Rollout", opportunity_key="OPP-1", practice="Cloud")
    in_trouble(world, at, ("opportunity", "O", 8000))
    for seen, part, practice in (("2026-07-15", "(no project)", before), ("2026-07-25", "Rollout", after)):
        assert worth(world.ask("value_at_risk", **JULY, as_of=seen, by="project")) == {part: 8000}
        assert worth(world.ask("value_at_risk", **JULY, as_of=seen, by="practice")) == {practice: 8000}


def test_what_breaks_two_rules_is_in_one_project(world, at, projects) -> None:
    task = world.record("biz.task", "K", {"project_ref": "P"}, {})
    world.entry(
        task_ref=task, rate=None
    )  # a rule that reads the entry finds no project, one that reads the work does
    world.entry()
    found = [row for row in world.ask(KEYS[0], by="project") if row["currency"] is None]
    assert {row["part"]: row["value"] for row in found} == {"Rollout": 1, "(no project)": 1}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("by", "least"),
    [("project", {"Rollout", "Audit (Q)", "Audit (R)"}), ("practice", {"Cloud", "(no practice)"})],
)
def test_the_parts_are_the_whole_and_each_part_is_its_rows(world, at, projects, key, by, least) -> None:
    for project in ("P", "Q", "R", None):
        for given in ({}, {"currency": "EUR", "rate": 12}, {"rate": None, "currency": None}):
            world.entry(project_ref=project, worked_on=at("2026-06-01").date(), **given)
    months = {"since": "2026-06-01", "until": "2026-08-01"}
    whole, parts = world.ask(key, **months), world.ask(key, **months, by=by)
    rows = world.ask(f"{key}_rows", **months)
    for currency in {row["currency"] for row in whole}:
        mine = [row for row in parts if row["currency"] == currency]
        (all_of_it,) = [row for row in whole if row["currency"] == currency]
        for column in ("value", "numerator", "unknown", "sample"):
            assert sum(row[column] or 0 for row in mine) == (all_of_it[column] or 0), (currency, column)
        for part in mine:
            behind = [row for row in rows if row[by] == part["part"] and row["in_numerator"]]
            if currency is not None:
                paid = [row["amount"] for row in behind if row["currency"] == currency]
                assert sum(paid, Decimal(0)) == part["numerator"]
            elif key == KEYS[0]:
                assert len(behind) == part["numerator"]
    assert least <= {row["part"] for row in parts}


@pytest.mark.parametrize("key", ["exception_volume", "exception_backlog", "exception_time_to_clear"])
def test_what_is_in_the_queue_is_of_the_project_of_its_record(world, at, projects, key) -> None:
    world.won(at("2026-06-10 10:00"), source_id="O", number="OPP-1")
    world.project(at("2026-06-20"), source_id="D", name="Delivery", opportunity_key="OPP-1")
    flow = world.flow("opportunity_to_project", 4)
    said = {
        "flow_id": flow,
        "status": "failed",
        "object_type": "project",
    }  # a run calls a project by its deal
    runs = [world.run(at("2026-07-10"), **said, object_key=name) for name in ("opp-1", "OPP-9")]
    items = [("time_entry", world.entry(project_ref=project), 1) for project in ("P", "Q", "R", None)]
    in_trouble(
        world, at, *(("transaction", run, 1) for run in runs), *items, ("account", "A", None), flow=flow
    )
    expected = {
        "project": {"Delivery": 1, "Rollout": 1, "Audit (Q)": 1, "Audit (R)": 1, "(no project)": 3},
        "practice": {"Cloud": 2, "(no practice)": 5},
    }
    rows = world.ask(f"{key}_rows", **JULY)
    for by, counts in expected.items():
        found = world.ask(key, **JULY, by=by)
        assert {row["part"]: row["sample"] for row in found} == counts
        assert {part: sum(row[by] == part for row in rows) for part in counts} == counts


def test_a_deal_of_several_projects_is_of_the_practice_that_failed_creations_tell(world, at) -> None:
    world.flow("opportunity_to_project", 4)
    world.won(at("2026-07-01 10:00"), source_id="O", number="OPP-1", amount=8000)
    for day, ref, more in (
        ("03", "Z", {}),
        ("04", "P", {"practice": "Cloud"}),
        ("05", "B", {"practice": "Audit"}),
    ):
        world.project(at(f"2026-07-{day}"), source_id=ref, opportunity_key="OPP-1", **more)
    in_trouble(world, at, ("opportunity", "O", 8000))
    for key in ("value_at_risk", "failed_project_creations"):
        assert worth(world.ask(key, **JULY, by="practice")) == {"Cloud": 8000}
    assert worth(world.ask("value_at_risk", **JULY, by="project")) == {"(several projects)": 8000}
