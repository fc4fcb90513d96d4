"""In which fields two records must agree: those of the flow's contract where it names any, else the library's."""

import pytest
from sqlalchemy import text

from metrics.agreement import HOLDS
from metrics.verification import RULES, agreeable
from tests.metrics.business.conftest import at
from tests.metrics.verification.test_workflow_records import SOURCES

pytestmark = pytest.mark.slow

LATER = at("2026-11-01")  # nothing was written since


@pytest.fixture
def three(world):
    """A project of the deal's name for other money, one for the same money under another name, and none."""
    for number in ("1", "2", "3"):
        world.deal(number, name=f"Portal {number}")
        world.written(number, target_key=f"p{number}")
    world.made("1", name="PORTAL 1", budget_amount=740, currency="EUR")
    world.made("2", name="Portal two")
    world.read_all()
    return world


@pytest.mark.parametrize(
    ("agreed", "one", "two"),
    [
        (None, "different", "confirmed"),
        (["name"], "confirmed", "different"),
        (["name", "currency"], "different", "different"),
        ([], "confirmed", "confirmed"),
    ],
    ids=["the library's", "the name", "both", "only that it is there"],
)
def test_records_agree_in_what_the_flow_says(three, agreed, one, two) -> None:
    if agreed is not None:
        three.agree(*agreed)
    three.reconcile()
    assert three.verdicts() == {"o1": one, "o2": two, "o3": "missing"}
    cells = {"confirmed": "equal"}
    assert three.cells() == {"o1": cells.get(one, one), "o2": cells.get(two, two), "o3": "source_only"}


def test_an_amount_may_differ_by_as_much_as_was_agreed(world) -> None:
    for number, amount in (("1", 1049), ("2", 1051)):
        world.carried(number, budget_amount=amount)
    world.agree({"field": "amount", "tolerance": 50}, "currency")
    world.read_all()
    world.look()
    assert world.verdicts() == {"o1": "confirmed", "o2": "different"}


def test_another_agreement_verifies_the_flow_again_although_nothing_was_written(three) -> None:
    three.reconcile()
    three.agree("name")
    assert three.look(since=LATER).claims == 3
    assert three.reconcile(since=LATER).ranges > 0
    assert (three.verdicts()["o1"], three.verdicts()["o2"]) == ("confirmed", "different")
    assert (three.cells()["o1"], three.cells()["o2"]) == ("equal", "different")


def test_an_agreement_is_about_what_the_flow_moves(three) -> None:
    for system, code in ((three.crm_id, "GB1"), (three.system_id, "GB2")):
        three.account("Alder", system_id=system, source_id=f"a{system}", code="A-1", tax_id=code)
    three.written("A", object_type="account", object_key=f"a{three.crm_id}", target_key=f"a{three.system_id}")
    three.agree()
    three.look()
    assert three.verdicts()[f"a{three.crm_id}"] == "different"  # in its tax id, as the library has it


def test_a_flow_can_agree_on_what_both_of_its_records_hold() -> None:
    assert set(agreeable("opportunity_to_project")) == {"amount", "currency", "name"}
    assert set(agreeable("account_master_data")) == {"name", "tax_id"}
    assert {"tax_id", "worked_on", "starts_on"} <= set(agreeable("everything_at_once"))


def test_the_library_compares_only_what_both_records_hold() -> None:
    for rule in RULES:
        assert {field.name for field in rule.fields} <= set(HOLDS[rule.source]) & set(HOLDS[rule.target])


def test_the_fields_of_a_record_are_those_that_are_listed(world) -> None:
    world.deal("1")
    world.made("1")
    world.account("Alder")
    world.record("biz.contract", "C", {}, {})
    world.record("biz.resource", "R", {"name": "Ada"}, {})
    world.entry()
    world.expense()
    world.record("biz.milestone", "M", {}, {})
    world.line(world.invoice())
    for kind, row in SOURCES.items():
        world.record(f"biz.{kind}", "", row, {})
    world.record("biz.task", "K", {}, {})
    found = world.conn.execute(
        text(
            "SELECT object_type, array_agg(DISTINCT k) FROM kpi.record, jsonb_object_keys(fields) k"
            " WHERE customer_id = :c GROUP BY object_type"
        ),
        {"c": world.customer_id},
    )
    assert {kind: set(keys) for kind, keys in found} == {kind: set(names) for kind, names in HOLDS.items()}
