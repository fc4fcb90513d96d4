"""Records on both sides, in the pane and on the command line, and what is safe to do beside the dearest causes: as staff and as a customer read them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from app import queue_both, queue_safe
from app.cli import cli, ground
from app.scope import Scope
from sql.database import Database
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of
from tests.metrics.builders import an_exception, insert

pytestmark = pytest.mark.slow

_GONE = (
    "DELETE FROM ops.exception_event WHERE exception_id = ANY (:own)",
    "DELETE FROM ops.exception_occurrence WHERE exception_id = ANY (:own)",
    "DELETE FROM ops.exception WHERE exception_id = ANY (:own)",
    "UPDATE ops.system SET links = '{}'",
    "DELETE FROM biz.xref WHERE left_id LIKE 'both-%'",
    "DELETE FROM biz.project WHERE source_id LIKE 'both-%'",
    "DELETE FROM biz.opportunity WHERE source_id LIKE 'both-%'",
)


@pytest.fixture
def about(seeded: Placed, now: datetime) -> Iterator[tuple[int, int]]:
    """An exception about a deal of Acme that its project differs from: customer and number; gone afterwards."""
    customer, since = seeded.world.customers["acme"], now - timedelta(hours=2)
    seen = {"customer_id": customer, "first_seen_at": now, "last_seen_at": now}
    with seeded.db.engine("owner").begin() as conn:
        of = dict(
            conn.execute(
                text("SELECT role, min(system_id) FROM ops.system WHERE customer_id = :own GROUP BY role"),
                {"own": customer},
            ).all()  # type: ignore[arg-type]
        )
        insert(
            conn, "biz.opportunity", source_id="both-o", system_id=of["crm"], number="OPP-B<1>", name="Birch", stage="won", is_won=True,
            is_lost=False, amount=1000, currency="USD", **seen,
        )  # fmt: skip
        insert(
            conn, "biz.project", source_id="both-p", system_id=of["psa"], number="P-B1", name="Birch", budget_amount=900,
            currency="USD", starts_on=now.date(), **seen,
        )  # fmt: skip
        insert(
            conn, "biz.xref", customer_id=customer, relation="project_of_opportunity", left_system_id=of["crm"], left_id="both-o",
            right_system_id=of["psa"], right_id="both-p", rule="key", confidence=1, valid_from=now, decided_by="rule key",
        )  # fmt: skip
        own = an_exception(conn, customer, since, rule="unmatched_record", **{"class": "business"})
        conn.execute(
            text(
                "UPDATE ops.exception_occurrence SET subject_type = 'opportunity', subject_id = 'both-o', system_id = :crm"
                " WHERE exception_id = :own"
            ),
            {"crm": of["crm"], "own": own},
        )
    yield customer, own
    with seeded.db.engine("owner").begin() as conn:
        for statement in _GONE:
            prepared = text(statement)
            conn.execute(prepared, {"own": [own, own + 1, own + 2]} if prepared.compile().params else {})


@pytest.fixture
def pane(about: tuple[int, int], draw: Draw, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """The page as a role sees it, with that exception in its pane."""
    monkeypatch.setattr("app.queue.choose", lambda rows, wanted, view, **more: f"{about[0]}-{about[1]}")
    return lambda role: html_of(draw("exceptions", role))


@pytest.fixture
def show(seeded: Placed, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `throughline queue show …` over the same database."""

    @contextmanager
    def database() -> Iterator[Database]:
        yield seeded.db

    monkeypatch.setattr(ground, "database", database)
    monkeypatch.setattr(ground, "now", lambda: now)
    return lambda *words: CliRunner().invoke(cli, ["queue", "show", *map(str, words)])


@pytest.mark.parametrize(
    ("role", "its", "others"),
    [
        ("partner_support", ("opportunity, crm: both-o", "project, psa: both-p"), ()),
        ("customer_executive", ("opportunity, CRM", "project, Projects"), ("crm: both-o", "psa: both-p")),
    ],
)
def test_the_pane_shows_both_records_and_what_differs(
    pane: Callable[[str], str], role: str, its: tuple[str, ...], others: tuple[str, ...]
) -> None:
    html = pane(role)
    for words in (
        "On both sides",
        "OPP-B&lt;1&gt; Birch",
        "P-B1 Birch",
        "amount differs",
        "US$1,000.00 / US$900.00",
        "Equal: currency USD, name Birch",
        *its,
    ):
        assert words in html
    assert [words for words in others if words in html] == []


def test_the_command_line_tells_what_the_pane_does(
    about: tuple[int, int], show: Callable[..., Result], seeded: Placed, now: datetime
) -> None:
    customer, own = about
    with seeded.db.engine("owner").begin() as conn:
        past = an_exception(
            conn,
            customer,
            now - timedelta(days=9),
            now - timedelta(days=8),
            rule="unmatched_record",
            title="Oak",
        )
        waits = an_exception(conn, customer, now - timedelta(hours=1), title="Bill of Birch")
        blocks = "UPDATE ops.exception SET blocked_by_exception_id = :own WHERE exception_id = :waits"
        conn.execute(text(blocks), {"own": own, "waits": waits})
        links = """UPDATE ops.system SET links = '{"opportunity": "https://crm.example/deals/{id}"}' WHERE role = 'crm'"""
        conn.execute(text(links))
    told = json.loads(show(own, "--json").stdout)
    (pair,), (waiting,) = told["both_sides"], told["waits_for_it"]
    assert (pair["here_id"], pair["there_id"], pair["differing"]) == (
        "both-o",
        "both-p",
        {"amount": [1000, 900]},
    )
    assert (waiting["exception_id"], told["records"][0]["address"]) == (
        waits,
        "https://crm.example/deals/both-o",
    )
    assert (past, "verified_closed") in [(row["exception_id"], row["state"]) for row in told["similar"]]
    read = show(own).stdout
    for words in (
        "opportunity OPP-B<1> Birch in crm (both-o)", "project P-B1 Birch in psa (both-p)", "amount 1,000.00 / 900.00", "currency, name",
        "Bill of Birch", "closed, proven after 1 d 0 h", "https://crm.example/deals/both-o",
    ):  # fmt: skip
        assert words in read
    blocked = json.loads(show(waits, "--json").stdout)
    assert (blocked["blocked_by"], blocked["blocked_by_title"]) == (own, "Target says no")


def test_a_counterpart_that_is_not_found_is_said_to_be_missing_or_unknown(
    pane: Callable[[str], str], seeded: Placed
) -> None:
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(text("UPDATE biz.xref SET valid_to = valid_from WHERE left_id = 'both-o'"))
    html = pane("partner_support")
    assert "It holds: amount US$1,000.00, currency USD, name Birch" in html
    assert ("not there</span>" in html, "not known</span>" in html) == (True, False)
    assert "differs" not in html


def test_who_does_not_see_the_customer_reads_nothing(draw: Draw, moment: datetime) -> None:
    assert queue_both.records(Scope(1, (), "partner_support", 1), 1, 1, moment) == []


def test_beside_the_dearest_causes_stands_what_is_safe_for_staff_only(draw: Draw, moment: datetime) -> None:
    said = "nobody has it yet · cannot tell: look before sending again"
    assert said in html_of(draw("exceptions", "partner_support"))
    assert "look before sending again" not in html_of(draw("exceptions", "customer_executive"))
    assert queue_safe.phrases(Scope(1, (1,), "customer_executive", 1), ((1, 1, False),), moment) == {}
