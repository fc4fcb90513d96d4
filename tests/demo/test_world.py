"""The demo world: the same every time, every story in it, and readable with plain clients."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from app.cli import playing
from app.demo import world
from app.demo.cast import CUSTOMERS
from collectors.system import System

pytestmark = pytest.mark.slow


def _fingerprint(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(folder)).encode())
            total.update(path.read_bytes())
    return total.hexdigest()


def _table(made: world.DemoWorld, customer: str, system: str, name: str) -> pd.DataFrame:
    engine = sa.create_engine(f"sqlite:///{made.sources / customer / f'{system}.db'}", poolclass=sa.NullPool)
    frame = pd.read_sql_table(name, engine)
    engine.dispose()
    return frame


def test_the_same_seed_and_moment_give_the_same_bytes_whoever_else_plays(
    small: world.DemoWorld, tmp_path: Path, now: datetime
) -> None:
    alone = world.build(tmp_path / "again", now, size=0.05, only=("emberlane",))
    assert _fingerprint(alone.sources / "emberlane") == _fingerprint(small.sources / "emberlane")
    assert alone.truth["emberlane"] == small.truth["emberlane"]


@pytest.mark.slow
def test_another_seed_gives_another_world(small: world.DemoWorld, tmp_path: Path, now: datetime) -> None:
    other = world.build(tmp_path, now, seed=8, size=0.05, only=("emberlane",))
    assert _fingerprint(other.sources / "emberlane") != _fingerprint(small.sources / "emberlane")
    assert other.truth["emberlane"] != small.truth["emberlane"]


def test_the_history_is_thirteen_months_long_and_one_customer_is_new(small: world.DemoWorld) -> None:
    began = {
        key: str(pd.Timestamp(told["since"]).tz_convert(told["time_zone"]).date())
        for key, told in small.truth.items()
    }
    assert began.pop("emberlane") == "2026-08-01"
    assert set(began.values()) == {"2025-10-01"}


def test_there_are_two_partners_ten_customers_three_currencies_and_a_zone_with_half_an_hour(
    small: world.DemoWorld,
) -> None:
    told = small.truth
    assert len(told) == 10
    assert {currency for each in told.values() for currency in each["currencies"]} == {"GBP", "USD", "EUR"}
    assert told["cobaltmoor"]["currencies"] == ["GBP", "USD"]
    zones = {each["time_zone"] for each in told.values()}
    assert {"Europe/London", "America/New_York", "Europe/Berlin", "Asia/Kolkata"} <= zones


def test_the_silent_failure_left_no_run_and_no_project(small: world.DemoWorld) -> None:
    never = small.truth["cobaltmoor"]["won_to_project"]["never"]
    assert len(never) >= 2
    runs = _table(small, "cobaltmoor", "ipaas", "job_history")
    assert not runs["entity_key"].isin([deal["id"] for deal in never]).any()
    keys = set(_table(small, "cobaltmoor", "psa", "projects")["crm_key"])
    assert not keys & {deal["number"] for deal in never}


def test_runs_claim_projects_that_do_not_exist(small: world.DemoWorld) -> None:
    never = {deal["id"] for deal in small.truth["hafenlicht"]["won_to_project"]["never"]}
    runs = _table(small, "hafenlicht", "ipaas", "job_history")
    claimed = runs[(runs["result"] == 0) & runs["entity_key"].isin(never)]
    projects = set(_table(small, "hafenlicht", "psa", "projects")["id"])
    assert len(claimed) == len(never) > 0
    assert not set(claimed["written_key"]) & projects


def test_a_redelivered_webhook_made_two_projects_of_one_deal(small: world.DemoWorld) -> None:
    twice = small.truth["hafenlicht"]["won_to_project"]["two_projects"]
    keys = _table(small, "hafenlicht", "psa", "projects")["crm_key"].value_counts()
    assert twice
    assert [keys.get(number, 0) for number in twice if number in keys] == [2] * len(
        set(twice) & set(keys.index)
    )
    runs = _table(small, "hafenlicht", "ipaas", "job_history")
    assert (runs["result"] == 6).sum() > 0  # the other redeliveries were recognised


def test_accounts_were_merged_and_drafts_deleted(small: world.DemoWorld) -> None:
    merged = _table(small, "hafenlicht", "crm", "accounts").dropna(subset="merged_into_id")
    assert len(merged) == 3
    assert (merged["active"] == 0).all()
    assert sum(_table(small, cast.key, "psa", "invoices")["deleted_at"].notna().sum()
               for cast in CUSTOMERS if cast.psa == "sql") > 0  # fmt: skip


def test_the_outage_was_on_a_tuesday_and_the_credential_failed_over_a_weekend(small: world.DemoWorld) -> None:
    down = [w for w in small.truth["dunlark"]["windows"] if w["effect"] == "down"]
    since = [pd.Timestamp(w["since"]).tz_convert("Asia/Kolkata") for w in down]
    length = [pd.Timestamp(w["until"]) - pd.Timestamp(w["since"]) for w in down]
    long = [
        (at.day_name(), hours)
        for at, hours in zip(since, length, strict=True)
        if hours > pd.Timedelta(hours=2)
    ]
    assert [day for day, _ in long] == ["Tuesday", "Friday"]
    assert long[1][1] > pd.Timedelta(hours=55)
    october = small.truth["dunlark"]["runs"]["accounts"]["2026-10"]
    assert october["F"] > 0


def test_the_dead_scheduler_left_slots_without_runs(small: world.DemoWorld) -> None:
    missed = [month["M"] for flow in small.truth["immergold"]["runs"].values() for month in flow.values()]
    assert sum(missed) > 0
    others = [month["M"] for key in small.truth if key != "immergold" for flow in small.truth[key]["runs"].values() for month in flow.values()]  # fmt: skip
    assert sum(others) == 0


def test_work_that_was_not_entered_yet_is_nowhere(small: world.DemoWorld, now: datetime) -> None:
    for cast in CUSTOMERS:
        if cast.psa == "sql":
            entries = _table(small, cast.key, "psa", "time_entries")
            for column in ("entered_at", "submitted_at", "approved_at", "updated_at"):
                assert pd.to_datetime(entries[column]).max() <= pd.Timestamp(now)


def test_effects_come_after_their_causes(small: world.DemoWorld) -> None:
    for cast in CUSTOMERS:
        if cast.psa == "sql":
            entries = _table(small, cast.key, "psa", "time_entries")
            good = entries[entries["entered_at"].notna() & ~entries["id"].str.startswith("90000")]
            assert (good["submitted_at"].fillna("9") >= good["entered_at"]).all()
            assert (good["approved_at"].fillna("9") >= good["submitted_at"].fillna("")).all()
            invoices = _table(small, cast.key, "psa", "invoices")
            assert (invoices["posted_at"].fillna("9") >= invoices["created_at"]).all()
            assert (invoices["sent_at"].fillna("9") >= invoices["posted_at"].fillna("")).all()


def test_keys_of_the_served_systems_are_readable_by_their_owner_alone(small: world.DemoWorld) -> None:
    keys = list((small.folder / "secrets").iterdir())
    assert len(keys) == 7
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}
    assert len({path.read_text() for path in keys}) == len(keys)


def test_a_world_is_found_again_and_catches_up_with_the_clock(own: world.DemoWorld) -> None:
    before = len(_table(own, "brasswater", "ipaas", "runs"))
    again = world.reopen(own.folder, own.now + timedelta(days=2))
    assert (again.now, again.seed, again.size, again.rows) == (own.now, own.seed, own.size, own.rows)
    assert len(_table(own, "brasswater", "ipaas", "runs")) > before


def test_the_stale_run_log_is_read_once_and_then_closed(own: world.DemoWorld) -> None:
    early, late = own.stages
    assert (early.customer, early.system, early.now) == ("gruenquell", "ipaas", own.now - timedelta(days=2))
    assert (late.customer, late.system, late.now) == (None, None, own.now)
    own.enter(early)
    assert world.reopen(own.folder, own.now).stages[0] == early  # an interrupted start begins again
    own.enter(late)
    later = own.now + timedelta(hours=5)
    assert world.reopen(own.folder, later).stages == (world.Stage(later),)


def test_what_an_earlier_stage_names_is_read_in_turn_and_all_else_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    systems = [System(1, place, key, "ipaas", "n8n", customer="acme") for place, key in enumerate(["a", "b"])]
    read: list[tuple[str, int]] = []
    monkeypatch.setattr(playing, "load_systems", lambda _: systems)
    monkeypatch.setattr(playing, "_streams", lambda _: 1)
    monkeypatch.setattr(playing, "_collect", lambda _, key, at: read.append((key, at.hour)) or [])
    late = datetime(2026, 11, 20, 12, tzinfo=UTC)
    stages = (world.Stage(late.replace(hour=9), "acme", "b"), world.Stage(late))
    with ThreadPoolExecutor(1) as pool, playing.progress_bar() as progress:
        playing.collect_everything(
            Any, progress, pool, stages, lambda stage: read.append(("now it is", stage.now.hour))
        )
    assert sorted(read) == [("a", 12), ("b", 9), ("b", 12), ("now it is", 9), ("now it is", 12)]
    in_turn = [entry for entry in read if entry[0] != "a"]
    assert in_turn == [("now it is", 9), ("b", 9), ("now it is", 12), ("b", 12)]


def test_nothing_is_found_where_no_world_was_built(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        world.reopen(tmp_path)


def test_deals_and_projects_have_one_of_a_few_practices_and_some_projects_none(
    small: world.DemoWorld,
) -> None:
    deals = set(_table(small, "cobaltmoor", "crm", "opportunities")["practice"])
    projects = _table(small, "cobaltmoor", "psa", "projects")["practice"]
    assert (deals, 2 <= len(deals) <= 4) == (set(projects.dropna()), True)
    assert 0 < projects.isna().sum() < len(projects) / 2
