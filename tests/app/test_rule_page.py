"""The page Rules: what is watched at a customer, what it opened, and what a rule that is off, or one that somebody writes, would have opened."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app import rule_board, rule_reads
from app.scope import Scope
from app.yaml_file import EstateError
from metrics.answered import EXCEPTIONS
from metrics.rule_library import LIBRARY
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of
from tests.app.test_review_page import fill, press

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def switched(seeded: Placed, now: datetime) -> Iterator[Placed]:
    """A customer that has switched off the rule of work that is not billed, and added one that cannot be evaluated."""
    customer = {"c": seeded.world.customers["acme"], "at": now - timedelta(days=300)}
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(
            text(
                "INSERT INTO ops.exception_rule (customer_id, key, setting, valid_from) VALUES"
                """ (:c, 'time_without_project', '{"enabled": false}', :at),"""
                """ (:c, 'odd', '{"on": "invoice", "when": "$.net > 5", "title": "odd one"}', :at)"""
            ),
            customer,
        )
        said = "INSERT INTO kpi.rule_trouble (customer_id, rule, said, at) VALUES (:c, 'own:odd', 'no such thing', :at)"
        conn.execute(text(said), customer)
        conn.execute(
            text(
                "INSERT INTO biz.time_entry (customer_id, system_id, source_id, worked_on, minutes, billable, approval_state, first_seen_at, last_seen_at)"
                " SELECT customer_id, system_id, 'nowhere', CAST(:day AS date), 60, true, 'draft', :at, :at FROM ops.system WHERE customer_id = :c AND role = 'psa'"
            ),
            customer | {"day": now.date() - timedelta(days=9)},
        )
    yield seeded
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(
            text("DELETE FROM biz.time_entry WHERE customer_id = :c AND source_id = 'nowhere'"), customer
        )
        for table in ("ops.exception_rule", "kpi.rule_trouble"):
            conn.execute(text(f"DELETE FROM {table} WHERE customer_id = :c"), customer)


def test_staff_read_every_rule_and_what_finds_each_business_exception(draw: Draw, switched: Placed) -> None:
    html = html_of(draw("rules", "partner_support"))
    assert f"{len(LIBRARY) - 1} of {len(LIBRARY) + 1} rules watch Acme Consulting." in html
    assert "Cannot be evaluated, and opens nothing: odd one." in html
    for words in ("Won deal without a project", "invoice: $.net &gt; 5", "no such thing", "After 45 days."):
        assert words in html
    assert [each.asked for each in EXCEPTIONS if each.asked not in html] == []
    assert 'data-open="try"' in html


def test_what_a_rule_that_is_off_would_have_opened_is_told_and_not_opened(
    draw: Draw, switched: Placed, moment: datetime
) -> None:
    acme, borealis = (switched.world.customers[key] for key in ("acme", "borealis"))
    scope = Scope(1, (acme, borealis), "partner_manager", 1)
    queue = text("SELECT count(*) FROM ops.exception")
    with switched.db.engine("owner").connect() as conn:
        before = conn.execute(queue).scalar_one()
    rows = rule_reads.tried(scope, acme, moment)
    assert {(row["rule"], row["became"]) for row in rows} == {("time_without_project", "opens")}
    view = draw("rules").session_state["what is looked at"]
    html = rule_board.would(rows, rule_reads.told(scope, acme, moment), view)
    assert "No project: time without project" in html
    assert "Time without project: Records are looked at as they stand now" in html
    assert rule_reads.tried(scope, borealis, moment) == []
    with switched.db.engine("owner").connect() as conn:
        assert conn.execute(queue).scalar_one() == before


LONG_AGO = "key: long-ago\ntitle: Draft time\non: time_entry\nwhen: '$.approval_state == \"draft\" && $.minutes >= 60'\n"


def test_a_new_rule_is_tried_over_ninety_days_and_nothing_is_saved(draw: Draw, switched: Placed) -> None:
    counted = text("SELECT (SELECT count(*) FROM ops.exception), (SELECT count(*) FROM ops.exception_rule)")
    with switched.db.engine("owner").connect() as conn:
        before = conn.execute(counted).one()
    page = draw("rules", "partner_support")
    fill(page, "try acme rule", LONG_AGO)
    html = html_of(press(page, "Try it"))
    assert "In 90 days it would have opened 1 exception: 1 of unknown value." in html
    assert "Nothing was saved" in html
    assert "Draft time" in html
    with switched.db.engine("owner").connect() as conn:
        assert conn.execute(counted).one() == before


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (LONG_AGO.replace("$.minutes", "$.hours"), "rules:4: when: time entry has no field 'hours'; fields are"),
        (LONG_AGO.replace("on: time_entry", "on: time"), "rules:3: on: there is no record 'time'"),
        (LONG_AGO.replace("&&", "&& &&"), "rules:4: when: syntax error"),
        ("- {key: unbilled_time, colour: red}", "rules:1: unbilled_time.colour: is not known here"),
        ("key: [", "rules:1: "),
        ("", "rules: is empty; write a rule with key"),
        ("\n".join(f"- {{key: {key}, enabled: true}}" for key in "abcdef"), "rules:1: a: there is no rule"),
        ("\n".join(f"- {{key: {each.key}, enabled: true}}" for each in LIBRARY[:6]), "holds 6 rules; try at most 5"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_new_rule_names_its_line_and_the_reason(
    switched: Placed, moment: datetime, draw: Draw, rule: str, said: str
) -> None:
    acme = switched.world.customers["acme"]
    with pytest.raises(EstateError) as refused:
        rule_reads.trial(Scope(1, (acme,), "partner_support", 1), acme, rule, moment)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_nobody_tries_a_rule_at_a_customer_that_is_not_theirs(
    switched: Placed, moment: datetime, draw: Draw
) -> None:
    acme, aue = (switched.world.customers[key] for key in ("acme", "aue"))
    for role, customer in (("partner_support", aue), ("customer_executive", acme)):
        with pytest.raises(PermissionError):
            rule_reads.trial(Scope(1, (acme,), role, 1), customer, LONG_AGO, moment)


def test_nobody_reads_the_rules_of_a_customer_that_is_not_theirs(
    switched: Placed, draw: Draw, moment: datetime
) -> None:
    with pytest.raises(PermissionError):
        rule_reads.told(
            Scope(1, (switched.world.customers["acme"],), "partner_support", 1),
            switched.world.customers["aue"],
            moment,
        )
    assert "rules watch" not in html_of(draw("rules", "customer_executive"))
