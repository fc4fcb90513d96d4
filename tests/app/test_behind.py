"""The rows behind a figure: those of a part, what they add up to, and all of them as CSV."""

from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pytest

from app import behind
from app.target import Target
from app.wording import Words
from metrics.catalogue import by_key
from metrics.figure import Figure
from metrics.period import Period

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)
WORDS = Words("en-GB", "Europe/Berlin")


def rows(*given: dict) -> pd.DataFrame:
    defaults = {
        "customer_id": 1, "system_key": "psa", "item_id": "T1", "label": "Alder", "at": NOW, "outcome": "open",
        "in_numerator": True, "in_denominator": True, "is_unknown": False, "value": 2.0, "amount": Decimal("10.50"),
        "currency": "EUR", "flow_key": "time-to-erp",
    }  # fmt: skip
    return pd.DataFrame([defaults | one for one in given])


def figure(key: str, **values: object) -> Figure:
    defaults = {
        "metric": by_key(key), "customer_ids": (1,), "period": Period.parse("2026-06", "UTC", NOW), "part": "", "value": 1,
        "unit": by_key(key).unit, "currency": None, "numerator": 1, "denominator": None, "unknown": 0, "sample": 1,
        "coverage": 1.0, "low": None, "high": None, "as_of": NOW, "definition_version": 1, "detail": {},
    }  # fmt: skip
    return Figure(**defaults | values)


@pytest.mark.parametrize(
    ("by", "part", "column", "values"),
    [
        ("flow", "time-to-erp", "flow_key", ("time-to-erp", "won-to-project")),
        ("rule", "run_failed", "outcome", ("run failed, open", "run overdue, open")),
        ("rule", "time without project", "outcome", ("work without a rate, time without project", "unknown")),
        ("workflow", "time", "workflow", ("time", "deal")),
        ("flow", "(no flow)", "flow_key", (None, "time-to-erp")),
        ("day", "2026-06-02", "at", (datetime(2026, 6, 1, 22, tzinfo=UTC), datetime(2026, 6, 2, 22, tzinfo=UTC))),
        ("month", "2026-06", "at", (datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 5, 31, tzinfo=UTC))),
    ],
)  # fmt: skip
def test_a_part_has_its_own_rows(by: str, part: str, column: str, values: tuple) -> None:
    found = behind.of_part(
        rows(*({column: value} for value in values)), Target("A1", by, part), "Europe/Berlin"
    )
    assert found is not None
    assert list(found.index) == [0]


def test_rows_that_do_not_tell_their_part_are_nobodys() -> None:
    assert behind.of_part(rows({}), Target("C3", "check", "budget"), "UTC") is None
    assert behind.of_part(rows({}), Target("A13b", "rule", "run_failed"), "UTC") is None
    assert behind.of_part(rows({}), Target("C7", "day", "2026-11-20"), "UTC") is None
    assert len(behind.of_part(rows({}), Target("C3", "check", ""), "UTC")) == 1


@pytest.mark.parametrize(
    ("of", "given", "said", "fits"),
    [
        ("C7", {"currency": "EUR", "numerator": Decimal(21)}, "2 rows add up to €21.00, as in the figure.", True),
        ("C7", {"currency": "EUR", "numerator": Decimal("21.01")}, "2 rows add up to €21.00; the figure says €21.01.", False),
        ("A11", {"numerator": 2}, "2 rows counted, as in the figure.", True),
        ("A11", {"numerator": 3}, "2 rows counted; the figure says 3.", False),
        ("A1", {"numerator": 2, "denominator": 2}, "Of these rows, 2 of 2 are counted, as in the figure.", True),
        ("A1", {"numerator": 2, "denominator": 3}, "Of these rows, 2 of 2 are counted; the figure says 2 of 3.", False),
        ("C14", {"numerator": Decimal(4)}, "2 rows add up to 4 hours, as in the figure.", True),
        ("D5", {"numerator": None}, "0 rows without a known value, as in the figure.", True),
    ],
)  # fmt: skip
def test_the_rows_are_held_against_the_figure(of: str, given: dict, said: str, fits: bool) -> None:
    assert behind.adds_up(WORDS, figure(of, **given), rows({}, {})) == (said, fits)


def test_csv_has_every_row_and_runs_nothing() -> None:
    told = behind.csv(rows({"label": "=HYPERLINK(1)"}, *({"item_id": f"T{n}"} for n in range(500)))).decode()
    lines = told.splitlines()
    assert len(lines) == 502
    assert lines[1].split(",")[3:5] == ["'=HYPERLINK(1)", "2026-11-20T14:00:00+0000"]
