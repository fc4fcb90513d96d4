"""New things keep happening: slots come, time is approved, deals are won, bills are paid; the same way every time."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from app.demo import world
from tests.demo.conftest import copy_of

pytestmark = pytest.mark.slow


def _count(made: world.DemoWorld, customer: str, system: str, name: str) -> int:
    engine = sa.create_engine(f"sqlite:///{made.sources / customer / f'{system}.db'}", poolclass=sa.NullPool)
    count = len(pd.read_sql_table(name, engine))
    engine.dispose()
    return count


def _lines(folder: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in folder.rglob("*") if path.is_file())


def test_an_hour_brings_runs_entries_wins_and_paid_bills(own: world.DemoWorld) -> None:
    before = {
        name: _count(own, "brasswater", "psa", name) for name in ("time_entries", "projects", "payments")
    }
    runs, deals = (
        _count(own, "brasswater", "ipaas", "runs"),
        _count(own, "brasswater", "crm", "opportunities"),
    )
    files = _lines(own.sources / "juniwald" / "psa"), _lines(own.sources / "juniwald" / "runs")
    happened = world.tick(own, own.now + timedelta(hours=1))
    world.tick(own, own.now + timedelta(hours=2))
    assert all(happened[kind] > 0 for kind in ("runs", "entries", "wins", "bills"))
    assert _count(own, "brasswater", "psa", "time_entries") > before["time_entries"]
    assert _count(own, "brasswater", "psa", "payments") > before["payments"]
    assert _count(own, "brasswater", "ipaas", "runs") > runs
    assert _count(own, "brasswater", "crm", "opportunities") > deals
    assert _count(own, "brasswater", "psa", "projects") > before["projects"]
    assert (_lines(own.sources / "juniwald" / "psa"), _lines(own.sources / "juniwald" / "runs")) > files


def test_a_day_brings_tickets_and_most_of_their_tasks(small: world.DemoWorld, tmp_path: Path) -> None:
    own = copy_of(small, tmp_path / "desk", ("fuchsbrueck",))
    desk, tasks = own.sources / "fuchsbrueck" / "desk", _count(own, "fuchsbrueck", "psa", "ticket_tasks")
    before = _lines(desk)
    for hours in (3, 6, 9, 12):
        world.tick(own, own.now + timedelta(hours=hours))
    opened, made = _lines(desk) - before, _count(own, "fuchsbrueck", "psa", "ticket_tasks") - tasks
    assert 0 < made < opened


def test_no_slot_is_skipped_or_served_twice_however_the_ticks_fall(own: world.DemoWorld) -> None:
    own = copy_of(own, own.folder / "one", ("brasswater",))
    for minutes in (1, 90, 91, 1440):
        world.tick(own, own.now + timedelta(minutes=minutes))
    engine = sa.create_engine(f"sqlite:///{own.sources / 'brasswater' / 'ipaas.db'}", poolclass=sa.NullPool)
    runs = pd.read_sql_table("runs", engine)
    engine.dispose()
    cast = next(cast for cast in own.casts if cast.key == "brasswater")
    for flow in cast.flows:
        if flow.every:
            mine = runs[(runs["flow"] == flow.key) & runs["retry_of"].isna()]
            due = pd.to_datetime(mine["due_at"]).sort_values()
            assert set(due.diff().dropna().dt.total_seconds()) == {float(flow.every)}
            assert due.max() >= pd.Timestamp(own.now + timedelta(days=1)) - pd.Timedelta(seconds=flow.every)


@pytest.mark.slow
def test_a_run_is_open_until_it_ends(own: world.DemoWorld) -> None:
    own = copy_of(own, own.folder / "one", ("brasswater",))
    seen: dict[int, list[str]] = {}
    for seconds in range(10, 400, 15):
        world.tick(own, own.now + timedelta(seconds=seconds))
        engine = sa.create_engine(
            f"sqlite:///{own.sources / 'brasswater' / 'ipaas.db'}", poolclass=sa.NullPool
        )
        runs = pd.read_sql_table("runs", engine)
        engine.dispose()
        for run, state, ended in runs.loc[runs["run_id"] > 10**6, ["run_id", "state", "ended_at"]].itertuples(
            index=False
        ):
            seen.setdefault(run, []).append(state)
            assert pd.isna(ended) == (state == "running")
    lives = [list(dict.fromkeys(states)) for states in seen.values()]
    assert ["running", "completed"] in lives
    assert not any(states.index("running") > 0 for states in lives if "running" in states)


@pytest.mark.slow
def test_the_same_ticks_give_the_same_world(tmp_path: Path, own: world.DemoWorld) -> None:
    other = world.build(
        tmp_path / "other", own.now, size=0.05, only=("brasswater", "emberlane", "gruenquell", "juniwald")
    )
    for made in (own, other):
        for minutes in (3, 10, 60):
            world.tick(made, made.now + timedelta(minutes=minutes))
    for customer, system, name in (
        ("brasswater", "psa", "time_entries"),
        ("gruenquell", "ipaas", "executions"),
    ):
        frames = []
        for made in (own, other):
            engine = sa.create_engine(
                f"sqlite:///{made.sources / customer / f'{system}.db'}", poolclass=sa.NullPool
            )
            frames.append(pd.read_sql_table(name, engine))
            engine.dispose()
        pd.testing.assert_frame_equal(*frames)


@pytest.mark.parametrize("seconds", [0, -5])
def test_nothing_happens_when_no_time_has_passed(own: world.DemoWorld, seconds: int) -> None:
    assert set(world.tick(own, own.now + timedelta(seconds=seconds)).values()) == {0}
