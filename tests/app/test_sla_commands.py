"""Service levels from the command line: the same numbers as everywhere, replayed exactly, and one clear line for a mistake."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from app import configuration, terms_file
from app.changed import imported
from app.cli import cli, reading, sla
from sql.database import Database
from tests.app.conftest import Placed

pytestmark = pytest.mark.slow

Run = Callable[..., Result]
TIERS = """
- {valid_from: 2027-01-01, tier: modest, fee: {amount: 1000, currency: USD}, objectives: [{metric: A1, target: 1}]}
- {valid_from: 2027-01-01, tier: usual, fee: {amount: 1500, currency: USD}, objectives: [{metric: A1, target: 2}]}
- valid_from: 2027-01-01
  tier: perfect
  fee: {amount: 3000, currency: USD}
  objectives: [{metric: A1, target: 100}]
  credits: [{below: 100, percent: 10}]
"""


def runner(db: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    @contextmanager
    def database() -> Iterator[Database]:
        yield db

    for module in (reading, sla):
        monkeypatch.setattr(module, "database", database)
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def run(seeded: Placed, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command over the small world."""
    return runner(seeded.db, monkeypatch)


def answered(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_objective_says_what_its_metric_says(run: Run) -> None:
    held = answered(run("sla", "show", "acme", "--period", "2026-10", "--json"))
    figure = answered(run("kpi", "show", "A1", "--customer", "acme", "--period", "2026-10", "--json"))
    agreed = held["objectives"][0]["agreed"]
    assert (agreed["k"], agreed["n"], agreed["unknown"]) == (
        figure["numerator"], figure["denominator"], figure["unknown"],
    )  # fmt: skip
    told = run("sla", "show", "acme", "--period", "2026-10")
    assert told.exit_code == 0
    assert held["objectives"][0]["verdict"].replace("_", " ") in told.stdout


def test_terms_in_force_replay_the_same_bytes(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text(run("sla", "terms", "export", "acme", "--on", "2026-10-31").stdout)
    instant = ("--as-of", "2026-11-19T00:00:00Z")
    what = ("sla", "whatif", "acme", "--terms", file, "--months", 2, "--until", "2026-10", *instant, "--json")
    said = answered(run(*what))
    assert said["proposals"][0]["months"] == said["as_agreed"]
    shown = answered(run("sla", "show", "acme", "--period", "2026-10", *instant, "--json"))
    assert said["as_agreed"][-1] == shown
    assert shown["objectives"][0]["agreed"]["n"] > 0


def test_a_tier_is_advised_that_past_months_would_bear(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "tiers.yaml"
    file.write_text(TIERS)
    what = ("sla", "whatif", "acme", "--terms", file, "--months", 2, "--until", "2026-10", "--items", 500)
    said = answered(run(*what, "--json"))
    assert said["advice"] == {
        "tier": "usual",
        "why": "the most demanding of 3 that no month missed: kept in all 2",
    }
    perfect = said["proposals"][2]
    assert (perfect["missed"], perfect["least_owed"], perfect["currency"]) == (2, "600.00", "USD")
    bad = [month["objectives"][0]["agreed"] for month in perfect["months"]]
    assert len(perfect["items"]) == sum(each["n"] - each["k"] for each in bad) > 0
    attainable = perfect["attainment"][0]["attainable"]
    assert attainable == min(each["low"] for each in bad)
    told = run(*what).stdout
    assert "Credits: 600.00 USD" in told
    assert "Advice: usual" in told


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "acme", "--period", "28d"), "service levels are told by the month"),
        (("show", "acme", "--period", "2025-10"), "no terms are agreed for acme in 2025-10"),
        (("show", "acne", "--period", "2026-10"), "there is no customer 'acne'"),
        (("terms", "export", "acme", "--on", "today"), "'today' is no day"),
        (("whatif", "acme", "--terms", "none.yaml"), "none.yaml: cannot be read"),
    ],
)
def test_what_cannot_be_told_is_one_clear_line(run: Run, words: tuple[str, ...], says: str) -> None:
    refused(run("sla", *words), says)


def refused(result: Result, says: str) -> None:
    assert result.exit_code == 2, result.output
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("target: 2}", "target: 200}", "terms.yaml:3: 2.objectives.1: 200 is more than 100 percent"),
        ("below: 100", "under: 100", "terms.yaml:8: 3.credits.tiers.1.under: is not known here"),
        ("tier: perfect", "tier: perfect\n  colour: red", "terms.yaml:6: 3.colour: is not known here"),
    ],
)
def test_a_mistake_in_terms_names_its_line(
    run: Run, tmp_path: Path, was: str, becomes: str, says: str
) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text(TIERS.replace(was, becomes, 1))
    refused(run("sla", "whatif", "acme", "--terms", file), says)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("population: {flows: [nobody]}", "there is no flow 'nobody'; flows are "),
        ("population: {systems: [nobody]}", "there is no system 'nobody'"),
        ("method: ratio_timeslices, calendar: nobody", "there is no calendar 'nobody'; calendars are none"),
    ],
)
def test_terms_about_what_is_not_there_are_neither_taken_in_nor_tried(
    run: Run, tmp_path: Path, more: str, says: str
) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text(f"{{valid_from: 2027-01-01, objectives: [{{metric: A1, target: 1, {more}}}]}}")
    refused(run("sla", "terms", "import", file, "--customer", "acme", "--plan"), says)
    refused(run("sla", "whatif", "acme", "--terms", file, "--months", 1), says)


def test_two_sets_of_terms_do_not_begin_on_one_day(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text(TIERS)
    says = "two sets of terms begin on 2027-01-01; give each a day of its own"
    refused(run("sla", "terms", "import", file, "--customer", "acme", "--plan"), says)


def test_openslo_goes_in_and_comes_out_the_same(
    own_portal: Placed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = runner(own_portal.db, monkeypatch)
    file = tmp_path / "terms.yaml"
    file.write_text(TIERS.split("\n- ")[1])
    assert (
        "add     terms northwind/acme/2027-01-01"
        in run("sla", "terms", "import", file, "--customer", "acme", "--plan").stdout
    )
    assert "1 thing changed" in run("sla", "terms", "import", file, "--customer", "acme").stdout
    written = run("sla", "terms", "export", "acme", "--on", "2027-03-01").stdout
    assert "apiVersion: openslo/v1" in written
    file.write_text(written)
    assert run("sla", "terms", "import", file, "--customer", "acme").stdout == "Nothing differs.\n"
    file.write_text(written.replace("targetPercent: 1", "targetPercent: 100"))
    refused(run("sla", "terms", "import", file, "--customer", "acme"), "no target of OpenSLO")


def test_terms_are_taken_in_after_what_is_being_applied(
    own_portal: Placed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = runner(own_portal.db, monkeypatch)
    file = tmp_path / "terms.yaml"
    file.write_text(TIERS.split("\n- ")[1].replace("2027", "2029"))
    asked = ("sla", "terms", "import", file, "--customer", "acme")
    waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with ThreadPoolExecutor() as others, own_portal.db.engine("owner").begin() as conn:
        configuration.alone(conn)
        (read,) = terms_file.load(file)
        change = imported({}, ("northwind", "acme", "2029-01-01"), json.loads(json.dumps(read.document())))
        assert change is not None
        configuration.apply(conn, [change], datetime.now(UTC), actor="test")
        second = others.submit(run, *asked)
        while not conn.execute(waits).scalar_one():
            assert not second.done(), second.result().output
            time.sleep(0.01)
        conn.commit()
        assert second.result().stdout == "Nothing differs.\n"
