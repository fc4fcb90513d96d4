"""throughline report: a month's pack as a file, and the same file verified."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import Result
from pypdf import PdfReader
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import cli, ground, report, statements
from app.report.verify import verify
from metrics.catalogue import by_key
from metrics.sla import draft
from sql.database import Database
from tests.app.conftest import Placed

pytestmark = pytest.mark.slow

OCTOBER = ("acme", "--period", "2026-10")
Run = Callable[..., Result]


@pytest.fixture
def run(seeded: Placed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs commands over the small world; of the catalogue one figure is told, since all of them take long."""

    @contextmanager
    def database() -> Iterator[Database]:
        yield seeded.db

    for module in (ground, report, statements):
        monkeypatch.setattr(module, "database", database)
    monkeypatch.setattr(draft, "METRICS", [by_key("A1")])
    yield lambda *words: CliRunner().invoke(cli, [*map(str, words)])
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(text("TRUNCATE ops.statement"))


def test_a_month_that_is_not_sealed_has_a_preliminary_pack(run: Run, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Two weeks without a miss.")
    file = tmp_path / "pack.pdf"
    done = run("report", *OCTOBER, "--out", file, "--paper", "letter", "--commentary", notes)
    assert (done.exit_code, "preliminary" in done.output) == (0, True), done.output
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(file.read_bytes())).pages)
    assert "Preliminary" in said
    assert "Two weeks without a miss." in said
    assert verify(file.read_bytes()).body["customer"]["key"] == "acme"


def test_a_draft_is_counted_for_what_is_printed_and_a_sealed_month_for_everything(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft, "METRICS", [by_key(key) for key in ("A1", "A2", "C12")])
    file, carried = tmp_path / "pack.pdf", []
    for _ in range(2):
        assert run("report", *OCTOBER, "--out", file).exit_code == 0
        carried.append({each["id"] for each in verify(file.read_bytes()).body["figures"]})
        assert run("sla", "seal", *OCTOBER, "--as", "manager@northwind.example").exit_code in (0, 1)
    assert carried == [{"A1", "C12"}, {"A1", "A2", "C12"}], "A1 is promised, C12 printed"


def test_the_pack_of_a_sealed_month_is_the_same_bytes_whenever_it_is_written(
    run: Run, tmp_path: Path
) -> None:
    assert run("sla", "seal", *OCTOBER, "--as", "manager@northwind.example").exit_code == 0
    first, later = tmp_path / "first.pdf", tmp_path / "later.pdf"
    for file in (first, later):
        assert "version 1, sealed" in run("report", *OCTOBER, "--out", file).output
    assert first.read_bytes() == later.read_bytes()
    told = json.loads(run("sla", "verify", first, "--json").stdout)
    assert (told["verified"], told["is_kept"], told["version"]) == (True, True, 1)
    first.write_bytes(later.read_bytes().replace(b"/ModDate(D:2", b"/ModDate(D:1", 1))
    changed = run("sla", "verify", first)
    assert (changed.exit_code, "was changed" in changed.output) == (1, True)


@pytest.mark.parametrize(("kind", "begins"), [("xlsx", b"PK"), ("pptx", b"PK"), ("html", b"<!doctype html>")])
def test_every_format_is_written(run: Run, tmp_path: Path, kind: str, begins: bytes) -> None:
    file = tmp_path / f"pack.{kind}"
    assert run("report", *OCTOBER, "--format", kind, "--out", file).exit_code == 0
    assert file.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("acme", "--period", "2025-10", "--out", "x.pdf"), "acme: nothing was agreed for 2025-10"),
        (("acme", "--period", "28d", "--out", "x.pdf"), "service levels are told by the month"),
        ((*OCTOBER, "--out", "no/such/folder/x.pdf"), "cannot be written"),
        ((*OCTOBER, "--out", "x.pdf", "--commentary", "nowhere.txt"), "--commentary: nowhere.txt"),
    ],
)
def test_what_cannot_be_written_is_one_clear_line(run: Run, words: tuple[str, ...], said: str) -> None:
    result = run("report", *words)
    assert (result.exit_code, said in result.output) == (2, True), result.output
