"""What an hour of the partner's people costs: read from the estate, kept apart from the partner, given back by export."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from app import configuration, estate_file
from app.estate import Estate
from app.export import export

NOW = datetime(2026, 11, 20, 14, 20, tzinfo=UTC)
ESTATE = """
partner:
  key: northwind
  name: Northwind Integration
  hosts: [northwind.localhost]
  time_zone: Europe/London
  locale: en-GB
  brand: {name: Northwind Connect}
"""
COSTS = '  hourly_cost: [{amount: 61.5, currency: GBP, valid_from: 2026-01-01}, {amount: "80", currency: USD, valid_from: 2026-01-01}]\n'


def _read(folder: Path, content: str) -> list[Estate]:
    path = folder / "estate.yaml"
    path.write_text(content)
    return estate_file.load([path])


def _apply(conn: Connection, estates: list[Estate]) -> list[configuration.Change]:
    changes = configuration.plan(conn, estates, NOW)
    configuration.apply(conn, changes, NOW, actor="test")
    return changes


def _kept(conn: Connection) -> list[str]:
    """The amounts as the margin reads them."""
    asked = (
        "SELECT r.amount FROM ops.hourly_cost h, jsonb_to_recordset(h.rates) AS r (amount text) ORDER BY 1"
    )
    return [row.amount for row in conn.execute(text(asked))]


def test_it_is_kept_changed_and_taken_out_as_the_file_says(conn: Connection, tmp_path: Path) -> None:
    _apply(conn, _read(tmp_path, ESTATE + COSTS))
    assert _kept(conn) == ["61.5", "80"]
    (change,) = _apply(conn, _read(tmp_path, ESTATE + COSTS.replace("61.5", "70")))
    assert "hourly_cost" in change.line()
    assert _kept(conn) == ["70", "80"]
    _apply(conn, _read(tmp_path, ESTATE))
    assert _kept(conn) == []


def test_the_exported_file_applies_without_a_change(conn: Connection, tmp_path: Path) -> None:
    _apply(conn, _read(tmp_path, ESTATE + COSTS))
    again = _read(tmp_path, export(conn))
    assert again[0].partner.hourly_cost is not None
    assert configuration.plan(conn, again, NOW) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{amount: 0, currency: GBP, valid_from: 2026-01-01}", "greater than 0"),
        ("{amount: 5, currency: pounds, valid_from: 2026-01-01}", "is no currency"),
        ("{amount: 5, currency: GBP}", "is missing"),
        (
            "{amount: 5, currency: GBP, valid_from: 2026-01-01}, {amount: 6, currency: GBP, valid_from: 2026-01-01}",
            "GBP from 2026-01-01 on stands twice",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(estate_file.EstateError, match=said):
        _read(tmp_path, f"{ESTATE}  hourly_cost: [{wrong}]\n")
