"""G8: Kaplan-Meier as published, through the SQL that every such figure goes through."""

import csv
from math import inf
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import Connection

from metrics.survival import Ended, Item, curve, summary

DATA = Path(__file__).parent / "data"


def patients(name: str, group: str | None = None) -> list[Item]:
    with (DATA / name).open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return [
            Item(t=float(row["time"]), ended=Ended(int(row["status"])), group=row[group] if group else "")
            for row in rows
        ]


def test_lung_all_patients(conn: Connection) -> None:
    items = patients("lung.csv")
    assert (len(items), sum(item.ended for item in items)) == (228, 165)
    row = summary(conn, items).iloc[0]
    assert (row.half_at, row.half_low, row.half_high) == (310, 285, 363)


def test_leaving_out_who_still_lives_would_have_said_226_days() -> None:
    assert median(item.t for item in patients("lung.csv") if item.ended) == 226


@pytest.mark.parametrize(("sex", "expected"), [("1", (270, 212, 310)), ("2", (426, 348, 550))])
def test_lung_by_sex(conn: Connection, sex: str, expected: tuple[int, int, int]) -> None:
    found = summary(conn, patients("lung.csv", "sex")).set_index("part")
    assert tuple(found.loc[sex, ["half_at", "half_low", "half_high"]]) == expected


def test_leukemia_6_mp(conn: Connection) -> None:
    items = [item for item in patients("leukemia.csv", "rx") if item.group == "0"]
    assert (len(items), sum(item.ended for item in items)) == (21, 9)
    steps = curve(conn, items).set_index("at").survival
    assert [steps[6], steps[10], steps[23]] == pytest.approx([0.8571, 0.7529, 0.4482], abs=5e-5)
    assert summary(conn, items).half_at.item() == 23


def test_leukemia_placebo(conn: Connection) -> None:
    items = [item for item in patients("leukemia.csv", "rx") if item.group == "1"]
    assert summary(conn, items).half_at.item() == 8


def test_a_median_at_exactly_one_half_is_the_first_time_there(conn: Connection) -> None:
    # 1 - 1/4 - … in binary fractions ends a hair above one half; R's rule takes the smaller time all the same
    items = [Item(t=day, ended=Ended.REACHED) for day in range(1, 11)]
    assert summary(conn, items).half_at.item() == 5


def test_a_median_that_is_not_reached_is_infinite(conn: Connection) -> None:
    items = [Item(t=1, ended=Ended.REACHED), Item(t=9, ended=Ended.OPEN), Item(t=9, ended=Ended.OPEN)]
    assert summary(conn, items).half_at.item() == inf


def test_nobody_watched_has_no_curve(conn: Connection) -> None:
    assert curve(conn, []).empty
    assert summary(conn, []).empty
