"""One clock counts, the database's: it says what a page looks from and what the last month is, whatever ours shows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import clock, data, house
from app.cli import sla
from app.clock import Clock
from app.settings import Settings
from metrics.moment import moment
from metrics.sla.desk import Person, desk
from metrics.sla.window import months_before
from sql.database import Database, viewer
from tests.app.conftest import Placed
from tests.app.test_sla_commands import TIERS, answered, runner


class Ahead(datetime):
    """A clock that is half a day fast."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return super().now(tz) + timedelta(hours=12)


def present(db: Database) -> datetime:
    with viewer(db, []) as conn:
        return moment(conn).now


def test_pages_look_from_the_databases_instant_and_never_from_its_future(
    portal: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "datetime", Ahead)
    house.open_house(house.build(portal.db, Settings()))
    before, told, after = present(portal.db), house.current().clock.now(), present(portal.db)
    assert before - timedelta(seconds=5) < told <= after
    assert data.now() in {data.floor(each, data.STEP_SECONDS) for each in (told, present(portal.db))}


def test_the_database_is_asked_once_a_minute(portal: Placed, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(clock, "moment", lambda conn: asked.append(conn) or moment(conn))
    one = Clock(portal.db)
    assert one.now() <= one.now()
    assert len(asked) == 1
    monkeypatch.setattr(clock, "time", SimpleNamespace(monotonic=lambda: float("inf")))
    one.now()
    assert len(asked) == 2


def test_what_is_said_at_a_desk_is_said_at_the_databases_present(portal: Placed) -> None:
    own = portal.world.customers["acme"]
    ada = Person("ada@northwind.example", "Ada North", "partner_manager", (own,))
    before = present(portal.db)
    with desk(portal.db, ada, own, "acme") as at_desk:
        assert before <= at_desk.now == moment(at_desk.conn).now


def test_the_last_whole_month_is_the_databases(
    seeded: Placed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sla, "now", lambda: datetime(2031, 1, 15, tzinfo=UTC))
    (tmp_path / "tiers.yaml").write_text(TIERS)
    what = (
        "sla",
        "whatif",
        "acme",
        "--terms",
        tmp_path / "tiers.yaml",
        "--months",
        1,
        "--items",
        0,
        "--json",
    )
    (held,) = answered(runner(seeded.db, monkeypatch)(*what))["proposals"][0]["months"]
    last = months_before(present(seeded.db).date().replace(day=1), 2)[0]
    assert held["period"] == f"{last:%Y-%m}"
