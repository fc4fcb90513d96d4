"""An exception's records beside their counterparts: what differs, what is not there, and what nobody can know."""

import pytest

from metrics.agreement import shared
from metrics.triage.both_sides import both_sides, compared, names_of
from tests.metrics.builders import an_exception, an_occurrence, insert
from tests.metrics.business.conftest import at
from tests.metrics.verification.conftest import LATE, MINUTE, NOW, WON

pytestmark = pytest.mark.slow


@pytest.fixture
def trouble(world, conn):
    """An open exception of the customer; `about(...)` lets something happen to one more record of it, `rows()` reads it as a viewer."""

    class Trouble:
        own = an_exception(conn, world.customer_id, WON)

        def about(self, subject_type: str, subject_id: str, when=WON, **values) -> None:
            in_ = {"opportunity": world.crm_id, "project": world.system_id}.get(subject_type, world.ipaas_id)
            of = {"subject_type": subject_type, "subject_id": subject_id, "system_id": in_}
            an_occurrence(conn, world.customer_id, self.own, when, **of | {"flow_id": world.flow_id} | values)

        def rows(self, limit: int = 3, seen_by: int | None = None, own: int | None = None):
            with world._as_viewer([seen_by or world.customer_id], NOW) as reader:
                return both_sides(reader, world.customer_id, own or self.own, limit)

    return Trouble()


def ends(row):
    return row["here_type"], row["here_id"], row["there_type"], row["there_id"], row["standing"]


def test_both_values_stand_there_where_a_field_differs(world, trouble):
    world.deal("1", name="Alder")
    world.made("1", budget_amount=900, name="ALDER Ltd")
    trouble.about("transaction", world.written("1"))
    world.read_all()
    world.look()
    (row,) = trouble.rows()
    assert ends(row) == ("opportunity", "o1", "project", "p1", "there")
    assert (row["differing"], names_of(row)) == ({"amount": [1000, 900]}, ["amount", "currency", "name"])
    assert (row["here_fields"]["name"], row["there_fields"]["name"]) == ("Alder", "ALDER Ltd")
    assert (row["here_system"], row["there_role"], row["is_here"]) == ("crm", "psa", True)


def test_the_tolerance_that_a_flow_agreed_on_counts(world, trouble):
    world.agree({"field": "amount", "tolerance": 200})
    world.deal("1")
    world.made("1", budget_amount=900)
    trouble.about("transaction", world.written("1"))
    world.read_all()
    world.look()
    assert trouble.rows()[0]["differing"] is None


@pytest.mark.parametrize(("read", "standing"), [(LATE, "absent"), (at("2026-06-03 09:00"), "unread")])
@pytest.mark.parametrize("claimed", [True, False])
def test_what_is_not_found_is_absent_only_where_the_other_system_was_read_since(
    world, trouble, read, standing, claimed
):
    world.deal("1")
    run = world.written("1", status="failed") if claimed else "o1"
    trouble.about("transaction" if claimed else "opportunity", run)
    world.read_all(LATE, project=read)
    world.look()
    (row,) = trouble.rows()
    assert ends(row) == ("opportunity", "o1", "project", None, standing)
    assert (row["there_system"], row["there_fields"], row["differing"]) == ("psa", None, None)


def test_a_suggestion_is_neither_a_counterpart_nor_none(world, trouble, conn):
    world.deal("1")
    world.made("9", opportunity_key=None, created_at=at("2026-01-05"))
    trouble.about("opportunity", "o1")
    world.read_all()
    world.look()
    insert(
        conn, "biz.xref", customer_id=world.customer_id, relation="project_of_opportunity", left_system_id=world.crm_id, left_id="o1",
        right_system_id=world.system_id, right_id="p9", rule="account_and_time", confidence=0.6, valid_from=WON, decided_by="rule account_and_time",
    )  # fmt: skip
    assert ends(trouble.rows()[0]) == ("opportunity", "o1", "project", None, "unsure")


def test_what_was_deleted_there_is_there_no_more(world, trouble):
    world.deal("1")
    world.made("1")
    world.read_all()
    world.look()
    trouble.about("opportunity", "o1")
    assert trouble.rows()[0]["standing"] == "there"
    world.change("biz.project", "p1", deleted_at=at("2026-06-20"), deleted_how="absence")
    assert ends(trouble.rows()[0]) == ("opportunity", "o1", "project", "p1", "gone")


def test_the_record_that_the_error_names_comes_first_and_stands_beside_its_source(world, trouble, conn):
    for number in "12":
        world.deal(number)
        world.made(number, number=f"P-{number}")
    world.read_all()
    world.look()
    own = an_exception(conn, world.customer_id, WON, object_type="project", object_key="P-2")
    of = {"subject_type": "opportunity", "subject_id": "o1", "system_id": world.crm_id}
    an_occurrence(conn, world.customer_id, own, WON, **of)
    named, other = trouble.rows(own=own)
    assert ends(named) == ("project", "p2", "opportunity", "o2", "there")
    assert (named["is_source"], named["differing"], names_of(named)[0]) == (True, None, "amount")
    assert ends(other) == ("opportunity", "o1", "project", "p1", "there")


def test_several_runs_about_one_record_show_it_once_and_only_the_latest_records_are_shown(world, trouble):
    for number in "1234":
        world.deal(number)
        world.made(number)
    world.read_all()
    for late, number in enumerate("12344"):
        due = WON + late * MINUTE
        trouble.about("transaction", world.written(number, due=due, status="failed"), due)
    world.look()
    assert [row["here_id"] for row in trouble.rows()] == ["o4", "o3", "o2"]


def test_what_nobody_holds_is_closed_or_belongs_to_others_shows_nothing(world, trouble, conn):
    world.deal("1")
    world.made("1")
    world.read_all()
    world.look()
    trouble.about("transaction", "nobody's run")
    trouble.about("stream", "projects")
    trouble.about("opportunity", "no such deal")
    assert trouble.rows() == []
    trouble.about("opportunity", "o1")
    assert len(trouble.rows()) == 1
    assert trouble.rows(seen_by=world.customer()) == []
    closed = an_exception(conn, world.customer_id, WON, LATE, object_type="project", object_key="p1")
    assert trouble.rows(own=closed) == []


def test_only_what_can_be_held_against_each_other_is_compared():
    assert compared("time_entry", "invoice_line") == ()  # one line bills many entries
    assert compared("opportunity", "project") == shared("opportunity", "project")
    assert [field.name for field in compared("invoice", "opportunity")] == ["status"]
    assert compared("account", "invoice") == ()
