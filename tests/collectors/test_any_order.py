"""Whatever pages a source makes of its records, however they overlap: the table is the same."""

from datetime import timedelta
from itertools import groupby
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sql.ask import plain
from sql.ingest import write

from .conftest import NOW, Firm

IDS = st.integers(0, 11)
PAGES = st.lists(st.lists(IDS, min_size=1, max_size=8), max_size=8)


def record(place: dict[str, int], number: int) -> dict[str, Any]:
    """A run; every third retries the one before, and so belongs to its transaction."""
    at = NOW + timedelta(minutes=number)
    return {
        **place,
        "external_id": f"r{number:02}",
        "due_at": at,
        "started_at": at,
        "finished_at": at + timedelta(seconds=number),
        "workflow_name": "won",
        "status": "success" if number % 2 else "failed",
        "source_status": "x",
        "retry_of": f"r{number - 1:02}" if number % 3 else None,
    }


def table(conn: psycopg.Connection) -> list[tuple[Any, ...]]:
    """What is stored, without when it was seen."""
    return conn.execute(
        "SELECT external_id, due_at, transaction_key, status, retry_of, finished_at FROM raw.run ORDER BY 1"
    ).fetchall()


@pytest.mark.slow
def test_any_order_of_pages_and_overlaps_gives_the_same_table(firm: Firm):
    system = firm.add("http", "http://x.invalid")
    place = {"customer_id": system.customer_id, "system_id": system.system_id}
    everything = [record(place, number) for number in range(12)]

    def stored(pages: list[list[int]]) -> list[tuple[Any, ...]]:
        with firm.db.engine("collector").connect() as conn:
            transaction = conn.begin()
            driver = plain(conn)
            for page in pages:
                write(driver, "raw.run", [dict(everything[number]) for number in page], NOW)
            found = table(driver)
            transaction.rollback()
        return found

    expected = stored([list(range(12))])
    assert [(row[0], row[2]) for row in expected[:4]] == [
        ("r00", "r00"), ("r01", "r00"), ("r02", "r00"), ("r03", "r03")
    ]  # fmt: skip

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @example(
        order=[0, 1, 2, 7, 4, 5, 6, 3, 8, 9, 10, 11], size=3, again=[]
    )  # a retry of a retry before their root
    @given(order=st.permutations(range(12)), size=st.integers(1, 12), again=PAGES)
    def same(order: list[int], size: int, again: list[list[int]]) -> None:
        cut = [[n for _, n in part] for _, part in groupby(enumerate(order), lambda pair: pair[0] // size)]
        assert stored([*again, *cut, *again]) == expected

    same()
