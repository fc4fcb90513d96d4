"""Matching: what belongs together across systems, by which rule and how surely."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from metrics.matching import Matched, match_customer
from metrics.news import News


@pytest.fixture
def links(world, now):
    """Matches and answers the links that hold: {(left, right): (rule, confidence)}."""

    def held(relation: str = "project_of_opportunity", at=None):
        match_customer(world.conn, News(world.customer_id, None, 0, ()), at or now)
        rows = world.conn.execute(
            text(
                "SELECT left_id, right_id, rule, confidence FROM biz.xref"
                " WHERE customer_id = :customer AND relation = :relation AND valid_to = 'infinity'"
            ),
            {"customer": world.customer_id, "relation": relation},
        )
        return {(row.left_id, row.right_id): (row.rule, row.confidence) for row in rows}

    return held


@pytest.mark.parametrize("field", ["number", "reference", "source_id"])
def test_a_project_that_names_its_opportunity_is_a_fact(world, at, links, field) -> None:
    won = world.won(at("2026-06-01"), **{field: "OPP-1"})
    project = world.project(at("2026-06-02"), opportunity_key=" opp-1 ")
    assert links() == {(won, project): ("key", 1)}


def test_two_projects_of_one_opportunity_are_both_linked(world, at, links) -> None:
    won = world.won(at("2026-06-01"), number="OPP-1")
    first = world.project(at("2026-06-02"), opportunity_key="OPP-1")
    second = world.project(at("2026-06-03"), opportunity_key="OPP-1")
    assert set(links()) == {(won, first), (won, second)}


def test_a_key_that_names_two_opportunities_is_no_fact(world, at, links) -> None:
    world.won(at("2026-06-01"), reference="R-7")
    world.won(at("2026-06-01"), reference="R-7")
    world.project(at("2026-06-02"), opportunity_key="R-7")
    assert [confidence for _, confidence in links().values()] == [Decimal("0.70")] * 2


def test_a_number_weighs_more_than_another_ones_id(world, at, links) -> None:
    numbered = world.won(at("2026-06-01"), number="17")
    world.won(at("2026-06-01"), source_id="17")
    project = world.project(at("2026-06-02"), opportunity_key="17")
    assert links() == {(numbered, project): ("key", 1)}


@pytest.mark.parametrize(
    ("values", "confidence"),
    [
        ({}, "0.60"),
        ({"budget_amount": 1000, "currency": "USD"}, "0.70"),
        ({"budget_amount": 1000, "currency": "EUR"}, "0.60"),
        ({"budget_amount": 1000, "currency": "USD", "name": "Migration phase 2"}, "0.80"),
    ],
)
def test_a_project_without_a_key_is_a_suggestion_at_most(world, at, links, values, confidence) -> None:
    world.account("Alder Logistics", world.crm_id, source_id="CA")
    world.account("ALDER LOGISTICS LTD.", source_id="PA")
    won = world.won(at("2026-06-01"), account_ref="CA", name="Warehouse migration")
    project = world.project(at("2026-06-03"), account_ref="PA", **values)
    assert links() == {(won, project): ("account_and_time", Decimal(confidence))}


@pytest.mark.parametrize("created", ["2026-05-20", "2026-07-15"])
def test_a_project_made_long_before_or_after_the_win_is_not_even_suggested(world, at, links, created) -> None:
    world.account("Alder", world.crm_id, source_id="CA")
    world.account("Alder", source_id="PA")
    world.won(at("2026-06-01"), account_ref="CA")
    world.project(at(created), account_ref="PA")
    assert links() == {}


def test_a_suggestion_ends_when_the_key_arrives(world, at, now, links) -> None:
    world.account("Alder", world.crm_id, source_id="CA")
    world.account("Alder", source_id="PA")
    won = world.won(at("2026-06-01"), account_ref="CA", number="OPP-1")
    project = world.project(at("2026-06-03"), account_ref="PA")
    assert links() == {(won, project): ("account_and_time", Decimal("0.60"))}
    world.change("biz.project", project, opportunity_key="OPP-1")
    assert links(at=now + timedelta(minutes=5)) == {(won, project): ("key", 1)}
    ended = world.conn.execute(
        text("SELECT rule, valid_to FROM biz.xref WHERE customer_id = :customer AND valid_to <> 'infinity'"),
        {"customer": world.customer_id},
    ).all()
    assert ("account_and_time", now + timedelta(minutes=5)) in ended


def test_matching_twice_changes_nothing(world, at, now) -> None:
    world.account("Alder", world.crm_id)
    world.account("Alder")
    world.won(at("2026-06-01"), number="OPP-1")
    world.project(at("2026-06-02"), opportunity_key="OPP-1")
    everything = News(world.customer_id, None, 0, ())
    assert match_customer(world.conn, everything, now) == Matched(customers=1, ended=0, begun=2)
    assert match_customer(world.conn, everything, now + timedelta(hours=1)) == Matched(customers=1)


def test_a_customer_without_news_is_not_looked_at(world, at, now) -> None:
    world.won(at("2026-06-01"), number="OPP-1")
    quiet = News(world.customer_id, at("2026-11-01"), 0, ())
    assert match_customer(world.conn, quiet, now) == Matched()


def test_what_a_person_decided_stays(world, at, now, links) -> None:
    won = world.won(at("2026-06-01"), number="OPP-1")
    project = world.project(at("2026-06-02"), opportunity_key="OPP-1")
    world.put(
        "biz.xref",
        customer_id=world.customer_id,
        relation="project_of_opportunity",
        left_system_id=world.crm_id,
        left_id=won,
        right_system_id=world.system_id,
        right_id=project,
        rule="person",
        confidence=0,
        valid_from=now,
        decided_by="person 7",
    )
    assert links() == {(won, project): ("person", 0)}


@pytest.mark.parametrize(
    ("crm", "psa", "rule", "confidence"),
    [
        ({"code": "C-1"}, {"code": "c-1"}, "code", "1.00"),
        ({"tax_id": "GB 123 4567 89"}, {"tax_id": "GB123456789"}, "tax_id", "0.98"),
        ({"domain": "www.alder.example"}, {"domain": "alder.example"}, "domain", "0.92"),
    ],
)
def test_accounts_are_the_same_by_the_strongest_rule(world, links, crm, psa, rule, confidence) -> None:
    left = world.account("Alder Logistics", source_id="L", **psa)
    right = world.account("ALDER Logistics Ltd.", world.crm_id, source_id="R", **crm)
    assert links("same_account") == {(left, right): (rule, Decimal(confidence))}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alder Logistics", "ALDER-LOGISTICS, Ltd."),
        ("Müller & Söhne GmbH", "Muller and Sohne"),
        ("O'Neil Co., Inc.", "ONeil"),
        ("Straße AG", "strasse"),
    ],
)
def test_names_are_compared_without_case_accents_punctuation_and_legal_form(world, links, one, other) -> None:
    left, right = world.account(one), world.account(other, world.crm_id)
    assert links("same_account") == {(left, right): ("name", Decimal("0.90"))}


def test_a_code_that_two_systems_gave_by_accident_is_no_fact(world, links) -> None:
    world.account("Alder Logistics", code="1001")
    world.account("Birch Foods", world.crm_id, code="1001")
    assert [confidence for _, confidence in links("same_account").values()] == [Decimal("0.60")]


def test_two_accounts_of_one_name_are_for_a_person_to_tell_apart(world, links) -> None:
    world.account("Alder")
    world.account("Alder", world.crm_id)
    world.account("Alder Ltd", world.crm_id)
    assert {confidence for _, confidence in links("same_account").values()} == {Decimal("0.60")}


def test_a_public_mail_domain_says_nothing(world, links) -> None:
    world.account("Alder", domain="gmail.com")
    world.account("Birch", world.crm_id, domain="gmail.com")
    assert links("same_account") == {}


def test_a_merged_account_hands_its_links_to_its_heir(world, at, now, links) -> None:
    world.account("Alder Old", source_id="OLD", code="C-1")
    heir = world.account("Alder", source_id="NEW", code="C-2")
    other = world.account("Alder Old", world.crm_id, source_id="CRM", code="C-1")
    assert links("same_account") == {("OLD", other): ("code", 1)}
    world.change("biz.account", "OLD", merged_into_ref="NEW")
    world.change("biz.account", "NEW", code="C-1")
    assert links("same_account", now + timedelta(hours=1)) == {(heir, other): ("code", 1)}


def test_another_customers_records_are_never_matched(world, at, links) -> None:
    stranger = world.customer()
    system = world.system("psa", stranger)
    world.won(at("2026-06-01"), number="OPP-1")
    world.project(at("2026-06-02"), opportunity_key="OPP-1", customer_id=stranger, system_id=system)
    assert links() == {}
