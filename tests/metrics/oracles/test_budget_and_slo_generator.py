"""Our error budgets beside those of slo-generator, which runs in an environment of its own."""

import json
import subprocess
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, text

from metrics.sla import budget

SCRIPT = Path(__file__).with_name("slo_generator_answers.py")


def some_case(seed: int) -> dict[str, float]:
    random = Random(seed)
    valid = random.randint(1, 10 ** random.randint(1, 6))
    bad = random.randint(0, valid)
    return {
        "good": valid - bad,
        "bad": bad,
        "goal": random.choice([0.5, 0.9, 0.95, 0.99, 0.995]),
        "window": random.choice([3600, 43200, 28 * 86400, 30 * 86400]),
    }


CASES = [
    {"good": 3556, "bad": 3556, "goal": 0.9, "window": 43200},
    {"good": 0, "bad": 0, "goal": 0.9, "window": 43200},
    {"good": -1, "bad": -1, "goal": 0.9, "window": 43200},
    *(some_case(seed) for seed in range(40)),
]


@pytest.fixture(scope="session")
def answers(oracle_python: Path) -> list[dict]:
    done = subprocess.run(
        [oracle_python, SCRIPT], input=json.dumps(CASES), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_budget_is_the_same(conn: Connection, answers: list[dict], number: int) -> None:
    case, theirs = CASES[number], answers[number]
    good, bad = max(case["good"], 0), max(case["bad"], 0)
    asked = text(
        """
        SELECT kpi.budget_left(:bad, kpi.budget(:valid, :goal)) AS budget_left,
               kpi.burn_rate(:bad, kpi.budget(:valid, :goal)) AS burn,
               kpi.budget(:window, :goal) / 60 AS budget_minutes,
               kpi.burn_rate(:bad, :valid) * :window / 60 AS error_minutes
        """
    )
    window = int(case["window"])
    ours = conn.execute(
        asked, {"bad": bad, "valid": good + bad, "goal": str(case["goal"]), "window": window}
    ).one()
    again = budget.budget(bad, good + bad, round(case["goal"] * 10**6), window)
    if not theirs["valid"]:
        assert (again.allowed, again.left_share) == (0, None)
        assert (ours.budget_left, ours.burn) == (None, None)  # no data is not met
        return
    # theirs rounds the share of good events to six places, and the burn rate to one
    assert float(ours.burn) == pytest.approx(theirs["burn"], abs=0.05 + 1e-6 / (1 - case["goal"]))
    slack = 1e-6 * window / 60
    assert float(ours.budget_minutes) == pytest.approx(theirs["budget_minutes"])
    assert float(ours.error_minutes) == pytest.approx(theirs["error_minutes"], abs=slack)
    left = float(ours.budget_left * ours.budget_minutes)
    assert left == pytest.approx(theirs["remaining_minutes"], abs=slack)
    # the evaluation's own, in whole seconds
    second = 1 / 60
    assert again.seconds / 60 == pytest.approx(theirs["budget_minutes"], abs=second)
    assert again.used_seconds / 60 == pytest.approx(theirs["error_minutes"], abs=slack + second)
    assert again.left_seconds / 60 == pytest.approx(theirs["remaining_minutes"], abs=slack + second)
    assert again.left_share / 10**6 == pytest.approx(float(ours.budget_left), abs=1e-6)
    assert float(budget.burn_rate(bad, good + bad, round(case["goal"] * 10**6))) == pytest.approx(
        float(ours.burn)
    )
