"""Every KPI and every business exception that was asked for is answered, or says why not; and every answer exists."""

from pathlib import Path

import pytest

from metrics.answered import EXCEPTIONS, KPIS, Answer
from metrics.catalogue import METRICS
from metrics.expectation_library import LIBRARY

SQL = Path(__file__).parents[2] / "sql"
DETECTORS = "".join(
    path.read_text(encoding="utf-8") for path in (SQL / "queries" / "kpi").glob("detect_*.sql")
)
CHECKS = (SQL / "fragments" / "rule_check.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize(("answers", "count"), [(KPIS, 34), (EXCEPTIONS, 31)], ids=["KPIs", "exceptions"])
def test_each_is_there_once(answers: tuple[Answer, ...], count: int) -> None:
    assert [answer.number for answer in answers] == list(range(1, count + 1))
    assert len({answer.asked for answer in answers}) == count


@pytest.mark.parametrize("answer", KPIS + EXCEPTIONS, ids=lambda answer: answer.asked)
def test_every_answer_exists_or_says_why_not(answer: Answer) -> None:
    assert answer.is_answered or answer.missing.startswith("not yet: ")
    assert not answer.missing.startswith("not yet") or not answer.is_answered
    assert set(answer.metrics) <= {metric.key for metric in METRICS}
    assert set(answer.expectations) <= {rule.key for rule in LIBRARY}
    assert [rule for rule in answer.rules if f"'{rule}'" not in DETECTORS] == []
    assert [check for check in answer.checks if f"'{check}'" not in CHECKS] == []
