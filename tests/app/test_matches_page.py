"""The page Matches: what the partner's people read and say of two records, and what nobody else can make the database write."""

from collections.abc import Iterator

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app import match_acts, match_board
from app.auth.sessions import Session
from metrics import matches
from sql import query
from sql.database import Database, scope
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of, session_of

SUPPORT = "partner_support"
_ROWS = (
    (
        "INSERT INTO biz.opportunity (customer_id, system_id, source_id, number, name, stage, is_won, is_lost, amount, currency, first_seen_at, last_seen_at)"
        " SELECT customer_id, system_id, 'mo1', 'MO-1', 'Alder rollout', 'open', false, false, 1000, 'USD', :now, :now FROM ops.system WHERE customer_id = :c AND role = 'crm'"
    ),
    (
        "INSERT INTO biz.project (customer_id, system_id, source_id, number, name, budget_amount, currency, first_seen_at, last_seen_at)"
        " SELECT customer_id, system_id, 'mp' || n, 'MP-' || n, 'Alder rollout', 900 + n * 100, 'USD', :now, :now"
        " FROM ops.system CROSS JOIN generate_series(1, 2) n WHERE customer_id = :c AND role = 'psa'"
    ),
    (
        "INSERT INTO biz.xref (customer_id, relation, left_system_id, left_id, right_system_id, right_id, rule, confidence, valid_from, decided_by)"
        " SELECT :c, 'project_of_opportunity', l.system_id, 'mo1', r.system_id, 'mp' || n, 'account_and_time', 0.6, :now, 'rule account_and_time'"
        " FROM ops.system l JOIN ops.system r ON r.customer_id = l.customer_id CROSS JOIN generate_series(1, 2) n"
        " WHERE l.customer_id = :c AND l.role = 'crm' AND r.role = 'psa'"
    ),
)
_GONE = (
    "DELETE FROM biz.xref WHERE left_id = 'mo1'",
    "DELETE FROM biz.project WHERE source_id LIKE 'mp%'",
    "DELETE FROM biz.opportunity WHERE source_id = 'mo1'",
)


@pytest.fixture
def unsure(seeded: Placed, now) -> Iterator[Placed]:
    """The small world with a deal of Acme and two projects that may be its; gone afterwards."""
    asked = {"c": seeded.world.customers["acme"], "now": now}
    with seeded.db.engine("owner").begin() as conn:
        for statement in _ROWS:
            prepared = text(statement)
            conn.execute(prepared, {name: asked[name] for name in prepared.compile().params})
    yield seeded
    with seeded.db.engine("owner").begin() as conn:
        for statement in _GONE:
            conn.execute(text(statement))


def person(at: Placed, role: str = SUPPORT) -> Session:
    return session_of(at.world, role)


def press(draw: Draw, unsure: Placed, word: str, project: str, monkeypatch, role: str = SUPPORT) -> str:
    """The page after somebody of a role has pressed a button of it."""
    page = draw("matches", SUPPORT)
    view = page.session_state["what is looked at"]
    monkeypatch.setattr(match_acts, "current_user", lambda: person(unsure, role))
    rows = [row for state in matches.STATES for row in match_acts.pairs(view.one, state, view.as_of)]
    row = next(row for row in rows if row["right_id"] == project)
    match_acts.by_button(match_acts.button(word, row), view)
    said = match_acts.st.session_state.pop(match_acts.SAID)
    page.session_state[match_acts.SAID] = said
    page.run()
    return html_of(page)


def test_staff_read_the_pair_what_differs_the_rule_and_how_sure_it_is(draw: Draw, unsure: Placed) -> None:
    page = draw("matches", SUPPORT)
    assert not page.exception
    html = html_of(page)
    for words in (
        "2 pairs of records may belong together",
        "MO-1 Alder rollout",
        "MP-2 Alder rollout",
        "amount differs",
        "US$1,000.00 / US$1,100.00",
        "Equal: amount US$1,000.00",  # the first project's
        "Same account, made about the day of the win",
        "confidence 0.6; proof begins at 0.9",
        "1 rival",
        "Not the same",
        "Nobody has said anything yet",
    ):
        assert words in html


def test_a_yes_stands_under_its_name_and_can_be_taken_back(draw: Draw, unsure: Placed, monkeypatch) -> None:
    html = press(draw, unsure, "together", "mp1", monkeypatch)
    assert "mo1 and mp1: they belong together" in html
    assert "No pair of records waits for a word" in html  # the other suggestion ended with it
    assert "m@x.example" in html
    assert "Take back" in html
    assert "Take back" not in press(draw, unsure, "undecided", "mp1", monkeypatch)


def test_a_no_leaves_the_other_suggestion(draw: Draw, unsure: Placed, monkeypatch) -> None:
    html = press(draw, unsure, "apart", "mp1", monkeypatch)
    assert "1 pair of records may belong together" in html
    assert "not suggested again" in html


def test_nobody_of_a_customer_reads_or_says_anything_there(draw: Draw, unsure: Placed, monkeypatch) -> None:
    assert "MP-2" not in html_of(draw("matches", "customer_executive"))
    html = press(draw, unsure, "together", "mp1", monkeypatch, role="customer_executive")
    assert "This is not yours to say." in html
    assert "2 pairs of records" in html


def test_what_no_button_says_is_refused(draw: Draw, unsure: Placed) -> None:
    view = draw("matches", SUPPORT).session_state["what is looked at"]
    for said in ("[]", '["sure", "project", "crm", "mo1", "psa", "mp1"]', "no"):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever JSON itself says of it
            match_acts.by_button(said, view)


def _decide(
    db: Database, customer: int, of: int, now, *, who: str = "x@x.example", staff: bool = True
) -> None:
    with db.engine("triage").begin() as conn:
        scope(conn, [of], staff=staff)
        ids = {
            row.role: row.system_id
            for row in conn.execute(
                text("SELECT role, system_id FROM ops.system WHERE customer_id = ANY (:c)"), {"c": [customer]}
            )
        }
        asked = {
            "customer_id": customer, "relation": "project_of_opportunity", "left_system_id": ids.get("crm", 1), "left_id": "mo1",
            "right_system_id": ids.get("psa", 2), "right_id": "mp1", "confidence": 1, "now": now, "decided_by": who,
        }  # fmt: skip
        conn.execute(text(query("kpi/match_decide")), asked)


@pytest.mark.parametrize(
    ("of", "who", "staff"),
    [("borealis", "x@x.example", True), ("acme", "rule key", True), ("acme", "x@x.example", False)],
)
def test_the_database_takes_a_word_only_in_scope_of_staff_and_never_as_a_rule(
    unsure: Placed, now, of: str, who: str, staff: bool
) -> None:
    customers = unsure.world.customers
    with pytest.raises(ProgrammingError) as refused:
        _decide(unsure.db, customers["acme"], customers[of], now, who=who, staff=staff)
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_every_rule_of_matching_has_words() -> None:
    said = "".join(query(f"kpi/match_{kind}") for kind in ("accounts", "projects", "decide"))
    assert [rule for rule in match_board.RULE_WORDS if f"'{rule}'" not in said] == []
