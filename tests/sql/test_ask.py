"""Questions asked by their names, and those whose plans are kept for as long as somebody says so."""

import pytest
from sqlalchemy import Connection, text

from sql.ask import execute, mappings, plain, plans_kept
from sql.database import Database, viewer


def kept(conn: Connection) -> int:
    return int(conn.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one())


def test_a_question_takes_of_what_is_known_what_it_asks_for(viewer_conn: Connection) -> None:
    (row,) = execute(viewer_conn, "kpi/moment", customer_id=1, task="not asked for")
    assert (row.asked, row.now is None) == (None, False)
    with pytest.raises(KeyError, match="task"):
        execute(viewer_conn, "kpi/task_lock", customer_id=1)


def test_a_question_is_prepared_when_it_is_asked_first_and_its_connection_keeps_it(
    viewer_conn: Connection,
) -> None:
    before = kept(viewer_conn)
    mappings(viewer_conn, "SELECT 41 AS answer", {})
    assert kept(viewer_conn) == before
    with plans_kept(viewer_conn):
        for _ in range(3):
            mappings(viewer_conn, "SELECT 42 AS answer", {})
    mappings(viewer_conn, "SELECT 43 AS answer", {})
    assert kept(viewer_conn) == before + 1


MODE = "SELECT current_setting('plan_cache_mode') AS mode"


def test_questions_planned_once_follow_each_other_in_one_mode_and_nothing_else_is_asked_in_it(
    viewer_conn: Connection,
) -> None:
    for _ in range(2):
        assert mappings(viewer_conn, MODE, {}, planned_once=True) == [{"mode": "force_generic_plan"}]
    assert mappings(viewer_conn, MODE, {}) == [{"mode": "auto"}]
    mappings(viewer_conn, MODE, {}, planned_once=True)
    assert viewer_conn.exec_driver_sql(MODE).scalar_one() == "auto"
    mappings(viewer_conn, MODE, {}, planned_once=True)
    assert plain(viewer_conn).execute(MODE).fetchone() == ("auto",)


def test_a_question_planned_anew_leaves_the_next_one_as_it_was(viewer_conn: Connection) -> None:
    assert mappings(viewer_conn, MODE, {}, planned_anew=True) == [{"mode": "force_custom_plan"}]
    assert mappings(viewer_conn, MODE, {}) == [{"mode": "auto"}]


def test_a_new_transaction_begins_in_the_mode_of_the_database(database: Database) -> None:
    for _ in range(2):
        with viewer(database, []) as conn:
            assert mappings(conn, MODE, {}) == [{"mode": "auto"}]
            assert mappings(conn, MODE, {}, planned_once=True) == [{"mode": "force_generic_plan"}]
