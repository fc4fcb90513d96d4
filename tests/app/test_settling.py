"""Settling a month from the command line: both sides by their own words, at the word they saw, on their own customers only."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import cli, ground, reading, sla, statements
from metrics.catalogue import by_key
from metrics.sla import draft
from sql.database import Database
from tests.app.conftest import Placed

pytestmark = pytest.mark.slow

MANAGER, STRANGER = ("--as", "manager@northwind.example"), ("--as", "manager@helix.example")
OCTOBER, NOVEMBER = ("acme", "--period", "2026-10"), ("acme", "--period", "2026-11")
Run = Callable[..., Result]


@pytest.fixture
def run(seeded: Placed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs `throughline sla …` over the small world; what it writes is gone afterwards."""

    @contextmanager
    def database() -> Iterator[Database]:
        yield seeded.db

    for module in (ground, reading, sla, statements):
        monkeypatch.setattr(module, "database", database)
    monkeypatch.setattr(draft, "METRICS", [by_key("A1")])
    yield lambda *words: CliRunner().invoke(cli, ["sla", *map(str, words)])
    names = ("statement", "exclusion", "exclusion_item", "exclusion_event", "attribution", "maintenance")
    kept = ("review_action", "review_commentary", "review_sign_off")
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(text("TRUNCATE " + ", ".join(f"ops.{name}" for name in names + kept)))


@pytest.fixture
def executive(seeded: Placed) -> tuple[str, str]:
    """The customer's executive, who sees acme only."""
    return "--as", seeded.world.person("northwind", "customer_executive")[0]


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def three(run: Run) -> list[int]:
    held = told(run("show", *OCTOBER, "--json"))["objectives"][0]
    return [held[name]["n"] - held[name]["k"] for name in ("gross", "agreed", "net")]


def test_an_exclusion_is_proposed_by_one_side_and_accepted_by_the_other(run: Run, executive: Any) -> None:
    items = [each["item"] for each in told(run("missed", *OCTOBER, "--json")) if each["objective"] == "sync"][
        :2
    ]
    bad = three(run)[0]
    asked = ("--objective", "sync", "--reason", "customer_data", "--comment", "no code", "--item", items[0])
    number = told(run("propose", *OCTOBER, *MANAGER, *asked, "--item", items[1], "--json"))["exclusion"]
    assert three(run) == [bad, bad, bad - 2]
    own = run("accept", "acme", number, *MANAGER)
    assert (own.exit_code, "cannot be accepted by the partner" in own.output) == (1, True)
    (before,) = told(run("exclusions", *OCTOBER, "--json"))["exclusions"]
    assert (before["state"], before["items"]) == ("proposed", 2)
    looked = ["kpi", "rows", "sync_success_rate", "--customer", "acme", "--period", "2026-10", "--json"]
    rows = [each for each in json.loads(CliRunner().invoke(cli, looked).stdout) if each["item_id"] in items]
    worth: dict[str | None, Decimal] = {}
    for each in rows:
        worth[each["currency"]] = worth.get(each["currency"], Decimal(0)) + Decimal(str(each["amount"] or 0))
    assert worth == {each["currency"]: Decimal(each["amount"] or 0) for each in before["worth"]}
    assert sum(each["records"] for each in before["worth"]) == len(rows) == 2
    assert run("accept", "acme", number, *executive, "--seen", before["seen"]).exit_code == 0
    assert three(run) == [bad, bad - 2, bad - 2]
    stale = run("dispute", "acme", number, *executive, "--comment", "no", "--seen", before["seen"])
    assert (stale.exit_code, "somebody has spoken of it since" in stale.output) == (1, True)
    assert run("withdraw", "acme", number, *MANAGER).exit_code == 0
    assert three(run) == [bad] * 3


def test_whose_doing_it_is_and_announced_work(run: Run) -> None:
    (item, *_) = [
        each["item"] for each in told(run("missed", *OCTOBER, "--json")) if each["objective"] == "sync"
    ]
    asked = ("--objective", "sync", "--item", item, "--party", "saas_vendor", "--evidence", "status page")
    assert "1 of sync said to be saas_vendor" in run("attribute", *OCTOBER, *asked, *MANAGER).stdout
    (said,) = [each for each in told(run("missed", *OCTOBER, "--json")) if each["party"]]
    assert (said["party"], said["evidence"], said["decided_by"]) == ("saas_vendor", "status page", MANAGER[1])
    when = ("--from", "2026-10-05T20:00", "--to", "2026-10-05T22:00")
    work = ("announce", "acme", "--flow", "time-to-erp", *when, "--reason", "upgrade", *MANAGER)
    number = told(run(*work, "--json"))["maintenance"]
    listed = run("exclusions", *OCTOBER).stdout
    assert (
        f"Maintenance {number}, 2026-10-06 00:00 UTC" in listed
        or f"Maintenance {number}, 2026-10-05 20:00" in listed
    )
    assert "announced less than 72 hours before" in listed
    instead = told(run(*work, "--replaces", number, "--json"))["maintenance"]
    assert "was replaced already" in run("cancel", "acme", number, "--reason", "vendor", *MANAGER).output
    assert run("cancel", "acme", instead, "--reason", "the vendor is not ready", *MANAGER).exit_code == 0
    assert told(run("exclusions", *OCTOBER, "--json"))["maintenance"] == []


def test_actions_go_on_and_both_sides_sign(run: Run, executive: Any, tmp_path: Any) -> None:
    words = ("--what", "Agree on codes", "--owner", "Dana", "--due", "2026-11-30")
    number = told(run("action", *OCTOBER, *MANAGER, *words, "--json"))["action"]
    (carried,) = told(run("actions", *NOVEMBER, "--json"))
    assert (carried["number"], carried["carried"], carried["since"]) == (number, True, "2026-10")
    done = ("--number", number, "--version", 1, "--status", "done")
    assert run("action", *NOVEMBER, *MANAGER, *done).exit_code == 0
    assert "was changed since" in run("action", *NOVEMBER, *MANAGER, *done).output
    file = tmp_path / "words.txt"
    file.write_text("A good month.")
    assert run("comment", *OCTOBER, *MANAGER, "--file", file).exit_code == 0
    assert "changed the commentary since" in run("comment", *OCTOBER, *MANAGER, "--file", file).output
    assert "was never sealed" in run("sign", *OCTOBER, *MANAGER).output
    assert run("seal", *OCTOBER, *MANAGER).exit_code == 0
    sealed = told(run("statement", *OCTOBER))
    sha256, partner = sealed["sha256"], sealed["statement"]["partner"]
    assert partner == {"key": "northwind", "name": "Northwind Connect"}, "called as on the page, by its brand"
    for who in (MANAGER, executive):
        assert told(run("sign", *OCTOBER, *who, "--json"))["sha256"] == sha256
    assert run("sign", *OCTOBER, *executive).exit_code == 1
    assert told(run("statement", *OCTOBER))["sha256"] == sha256
    said = run("notes", *OCTOBER).stdout
    assert "A good month." in said
    assert "signed for the customer by" in said


def test_what_is_overdue_is_listed_and_the_exit_code_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ground, "now", lambda: datetime(2026, 11, 20, tzinfo=UTC))
    result = run("reviews", "--months", 2, "--overdue", "--json")
    assert result.exit_code == 1
    late = {each["customer"]: (each["month"], each["review"]) for each in json.loads(result.stdout)}
    assert late == dict.fromkeys(("acme", "borealis", "aue"), ("2026-10", "to seal"))
    assert run("reviews", "--months", 1, "--overdue").stdout == "No review is overdue.\n"


@pytest.mark.parametrize(
    "words",
    [
        ("propose", *OCTOBER, "--reason", "customer_data", "--comment", "x", "--objective", "sync", "--item", "x"),
        ("accept", "acme", 1),
        ("attribute", *OCTOBER, "--objective", "sync", "--item", "x", "--party", "partner", "--evidence", "x"),
        ("announce", "acme", "--flow", "time-to-erp", "--from", "2026-10-05", "--to", "2026-10-06", "--reason", "x"),
        ("cancel", "acme", 1, "--reason", "x"),
        ("action", *OCTOBER, "--what", "x", "--owner", "x"),
        ("sign", *OCTOBER),
    ],
)  # fmt: skip
def test_nobody_settles_another_customers_month(run: Run, words: tuple[Any, ...]) -> None:
    result = run(*words, *STRANGER)
    assert (result.exit_code, "manager@helix.example does not see acme" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("propose", *OCTOBER, *MANAGER, "--reason", "ipaas", "--comment", "x"), 1, "do not allow 'ipaas'"),
        (("propose", *OCTOBER, *MANAGER, "--reason", "customer_data", "--comment", "x", "--from", "2026-10-06", "--to", "2026-10-05"), 1, "must end after it begins"),
        (("dispute", "acme", 1, *MANAGER), 1, "say why it is disputed"),
        (("announce", "acme", "--flow", "x", "--from", "noon", "--to", "x", "--reason", "x", *MANAGER), 2, "'noon' is no instant"),
        (("action", *OCTOBER, *MANAGER, "--status", "gone"), 2, "'gone' is none of open, done, dropped"),
        (("action", *OCTOBER, *MANAGER, "--what", "x"), 2, "a new action needs --what and --owner"),
        (("actions", "acne", "--period", "2026-10"), 2, "there is no customer 'acne'"),
        (("missed", "acme", "--period", "2025-10"), 2, "no terms are agreed for acme"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_clear_line(run: Run, words: tuple[Any, ...], code: int, says: str) -> None:
    result = run(*words)
    assert (result.exit_code, says in result.output) == (code, True), result.output
