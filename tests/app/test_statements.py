"""Sealed months from the command line: what was sealed is told again, and a changed digit is found."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import cli, ground, reading, sla, statements
from metrics.catalogue import by_key
from metrics.period import Period
from metrics.sla import draft, seal
from metrics.sla.desk import Person, desk
from metrics.sla.draft import Parties
from metrics.sla.seal import NotSealableError
from metrics.sla.window import Subject
from sql.database import Database
from tests.app.conftest import Placed

pytestmark = pytest.mark.slow

MANAGER = ("--as", "manager@northwind.example")
OCTOBER = ("acme", "--period", "2026-10")
Run = Callable[..., Result]


@pytest.fixture
def run(seeded: Placed, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `throughline sla …` over the small world; of the catalogue one figure is sealed, since all of them take long."""

    @contextmanager
    def database() -> Iterator[Database]:
        yield seeded.db

    for module in (ground, reading, sla, statements):
        if hasattr(module, "database"):
            monkeypatch.setattr(module, "database", database)
    monkeypatch.setattr(draft, "METRICS", [by_key("A1")])
    return lambda *words: CliRunner().invoke(cli, ["sla", *map(str, words)])


@pytest.fixture
def sealed(run: Run, seeded: Placed, tmp_path: Path) -> Iterator[Path]:
    """The file of acme's October, sealed as version 1."""
    done = run("seal", *OCTOBER, *MANAGER)
    assert done.exit_code == 0, done.output
    file = tmp_path / "october.json"
    assert run("statement", *OCTOBER, "--out", file).exit_code == 0
    yield file
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(text("TRUNCATE ops.statement"))


def test_what_was_sealed_is_verified(run: Run, sealed: Path) -> None:
    said = run("verify", sealed, "--json")
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert (told["verified"], told["is_kept"], told["version"]) == (True, True, 1)
    assert told["sha256"] == json.loads(sealed.read_text())["sha256"]
    assert "by manager@northwind.example" in run("verify", sealed).stdout


def test_a_month_is_sealed_at_the_instant_that_it_is_counted_from(sealed: Path) -> None:
    said = json.loads(sealed.read_text())["statement"]
    assert said["sealed"]["at"] == said["evaluation"]["as_of"]


def test_a_changed_digit_is_found(run: Run, sealed: Path) -> None:
    said = json.loads(sealed.read_text())
    said["statement"]["evaluation"]["objectives"][0]["gross"]["n"] += 1
    sealed.write_text(json.dumps(said))
    told = run("verify", sealed)
    assert told.exit_code == 1
    assert "was changed" in told.output


def test_a_forged_hash_is_found_too(run: Run, sealed: Path) -> None:
    from metrics.sla import statement

    body = json.loads(sealed.read_text())["statement"]
    body["evaluation"]["objectives"][0]["gross"]["n"] += 1
    sealed.write_bytes(statement.of({key: value for key, value in body.items() if key != "format"}).file())
    told = run("verify", sealed)
    assert told.exit_code == 1
    assert "another content was sealed as version 1" in told.output


def test_a_sealed_month_is_sealed_once(run: Run, sealed: Path) -> None:
    again = run("seal", *OCTOBER, *MANAGER)
    assert again.exit_code == 1
    assert "nothing to restate" in again.output
    assert run("pending", *OCTOBER).exit_code == 0


def test_two_who_seal_at_once_seal_it_once(run: Run, seeded: Placed) -> None:
    own = seeded.world.customers["acme"]
    person = Person("ada@northwind.example", "Ada North", "partner_manager", (own,))
    parties = Parties(Subject(own, "acme", "America/New_York"), "Acme", "northwind", "Northwind")
    with desk(seeded.db, person, own, "acme", steady=True) as late:
        october = Period.parse("2026-10", "America/New_York", late.now)
        assert run("seal", *OCTOBER, *MANAGER).exit_code == 0
        with pytest.raises(NotSealableError, match="somebody else has just sealed version 1"):
            seal.seal(late.conn, parties, october, "ada", late.now)
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(text("TRUNCATE ops.statement"))


def test_who_sealed_it_stands_in_the_audit(sealed: Path, seeded: Placed) -> None:
    with seeded.db.engine("owner").connect() as conn:
        (row,) = conn.execute(
            text(
                "SELECT actor, subject, detail FROM ops.audit WHERE action = 'sla.seal' ORDER BY at DESC LIMIT 1"
            )
        )
    assert (row.actor, row.subject) == ("manager@northwind.example", "acme")
    assert row.detail["sha256"] == json.loads(sealed.read_text())["sha256"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("seal", *OCTOBER), 2, "Missing option '--as'"),
        (("seal", *OCTOBER, "--as", "manager@helix.example"), 1, "does not see acme"),
        (("seal", *OCTOBER, "--as", "support@northwind.example"), 1, "a month is settled by"),
        (("seal", *OCTOBER, "--as", "nobody@northwind.example"), 2, "nobody is called"),
        (("seal", "acme", "--period", "2031-01", *MANAGER), 1, "is not over"),
        (("seal", "acme", "--period", "2025-10", *MANAGER), 1, "no terms in force"),
        (("statement", "acme", "--period", "2026-08"), 2, "was never sealed"),
        (("pending", "acme", "--period", "2026-08"), 2, "was never sealed"),
        (("verify", "nowhere.json"), 2, "No such file"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    run: Run, words: tuple[str, ...], code: int, said: str
) -> None:
    result = run(*words)
    assert (result.exit_code, said in result.output) == (code, True), result.output
