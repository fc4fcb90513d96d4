"""Questions whose plans are kept: prepared when they are asked first, for as long as somebody says so."""

from sqlalchemy import Connection, text

from sql.ask import mappings, plans_kept


def kept(conn: Connection) -> int:
    return int(conn.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one())


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
