"""Our survival curves beside those of lifelines, which runs in an environment of its own: it holds pandas below 3."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection

from metrics.survival import Ended, Item, curve, summary

ROOT = Path(__file__).parents[3]
LOCKED = ROOT / "requirements" / "oracles.txt"
DAY = 86400


def some_items(seed: int, entries: bool, money: bool) -> list[Item]:
    """Items with many ties: whole days, late entries, values to the cent."""
    random = Random(seed)
    items = []
    for _ in range(random.randint(5, 80)):
        t = random.randint(1, 90) * DAY
        # lifelines takes an entry at the very time of an end for presence; ours begins just after it. Half a day apart
        entry = random.choice([0, 0, random.randint(0, t // DAY - 1) * DAY + DAY / 2]) if entries else 0
        weight = Decimal(random.randint(1, 500_000)) / 100 if money else Decimal(1)
        ended = Ended.REACHED if random.random() < 0.7 else Ended.OPEN
        items.append(Item(t=t, ended=ended, entry=entry, weight=weight))
    # somebody is there from the first day to the last, so that no set at risk runs empty half way
    return [*items, Item(t=100 * DAY, ended=Ended.OPEN)]


CASES = {
    f"{seed}{'-late' * entries}{'-money' * money}": some_items(seed, entries, money)
    for seed in range(15)
    for entries in (False, True)
    for money in (False, True)
}


@pytest.fixture(scope="session")
def answers(oracle_python: Path) -> dict[str, dict]:
    asked = [
        {
            "t": [item.t for item in items],
            "ended": [int(item.ended) for item in items],
            "entry": [item.entry for item in items],
            "weight": [float(item.weight) for item in items],
        }
        for items in CASES.values()
    ]
    script = Path(__file__).parent / "lifelines_answers.py"
    done = subprocess.run(
        [oracle_python, script],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(CASES, json.loads(done.stdout), strict=True))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("case", CASES)
def test_the_curve_is_the_same(conn: Connection, answers: dict[str, dict], case: str) -> None:
    ours = curve(conn, CASES[case])
    theirs = dict(answers[case]["curve"])
    assert len(ours) > 3
    for step in ours.itertuples():
        # theirs lists the times of ends and entries; between them the curve is flat
        known = max(at for at in theirs if at <= step.at)
        assert step.survival == pytest.approx(theirs[known], abs=1e-9)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("case", CASES)
def test_the_mean_within_60_days_is_the_same(conn: Connection, answers: dict[str, dict], case: str) -> None:
    ours = summary(conn, CASES[case]).mean_within_60_days.item()
    assert ours == pytest.approx(answers[case]["mean_within_60_days"], rel=1e-9)


def test_the_oracles_are_locked_with_hashes_and_name_no_index() -> None:
    text = LOCKED.read_text(encoding="utf-8")
    assert "lifelines==" in text
    assert "--hash=sha256:" in text
    assert "--index-url" not in text
    assert "://" not in text
