"""Run logs in SQL databases: a real SQLite file, and a real PostgreSQL."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collectors.spec import StreamSpec
from collectors.sql_source import like
from collectors.work import collect_due

from .conftest import NOW, Firm

pytestmark = pytest.mark.slow

LOG: dict[str, Any] = {
    "object": "run",
    "query": "SELECT * FROM log",
    "cursor": "changed",
    "id": "id",
    "batch": 100,
    "fields": {"external_id": "id", "workflow_name": "flow", "started_at": "begun", "finished_at": "ended"},
    "status": {"field": "state", "map": {"ok": "success", "runs": "running"}},
    "ignore": ["*"],
}
T0 = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
Row = tuple[Any, ...]


def iso(at: datetime) -> str:
    """As most programs write it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S+00:00")


AT_T0 = iso(T0)


def row(own: Any, changed: Any, begun: Any = AT_T0, ended: Any = AT_T0, state: str = "ok") -> Row:
    """A run that succeeded at once."""
    return own, "won", begun, ended, state, changed


class Log:
    """A SQLite file with a table of runs."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.change("CREATE TABLE log (id, flow, begun, ended, state, changed)")

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def change(self, statement: str, *rows: Row) -> None:
        with closing(sqlite3.connect(self.file)) as conn, conn:
            conn.executemany(statement, rows) if rows else conn.execute(statement)

    def put(self, *rows: Row) -> None:
        self.change("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", *rows)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """An empty run log."""
    return Log(tmp_path / "runs.db")


def test_hundreds_of_rows_with_one_cursor_value_are_all_read_over_many_pages(firm: Firm, log: Log):
    log.put(*[row(n, iso(T0)) for n in range(750)], row("last", iso(T0 + timedelta(minutes=1))))
    firm.add("sql", log.url, streams={"runs": LOG})
    poll = firm.collect()
    assert (poll.outcome, poll.new, poll.pages) == ("complete", 751, 9)
    again = firm.collect(at=NOW + timedelta(minutes=1))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 751)


def test_what_changed_comes_again_and_what_is_older_than_the_overlap_does_not(firm: Firm, log: Log):
    log.put(*[row(n, iso(T0 + timedelta(minutes=n))) for n in range(30)])
    firm.add("sql", log.url, streams={"runs": LOG | {"overlap": "5m"}})
    firm.collect()
    log.change(f"UPDATE log SET changed = '{iso(T0 + timedelta(minutes=29))}', state = 'other' WHERE id = 3")
    log.put(row("late", iso(T0 + timedelta(minutes=25))))
    poll = firm.collect(at=NOW + timedelta(minutes=1))
    assert (poll.new, poll.changed, poll.unchanged) == (1, 1, 6)
    assert firm.rows("external_id, status")[23:25] == [("3", "unknown"), ("4", "success")]


def test_a_row_without_a_cursor_value_is_read_every_time(firm: Firm, log: Log):
    log.put(row("a", iso(T0)), row("b", None), row("c", None, ended=None, state="runs"))
    firm.add("sql", log.url, streams={"runs": LOG})
    assert firm.collect().new == 3
    log.change(f"UPDATE log SET state = 'ok', ended = '{AT_T0}' WHERE id = 'c'")
    poll = firm.collect(at=NOW + timedelta(hours=1))
    assert (poll.outcome, poll.new, poll.changed) == ("complete", 0, 1)


def test_a_date_that_cannot_be_does_not_hold_the_cursor(firm: Firm, log: Log):
    log.put(row("a", iso(T0)), row("b", "2026-99-99T00:00:00+00:00", begun="2026-99-99"))
    firm.add("sql", log.url, streams={"runs": LOG})
    poll = firm.collect()
    assert (poll.new, poll.quarantined) == (1, 1)
    log.put(row("c", iso(T0 + timedelta(minutes=20))))
    assert firm.collect(at=NOW + timedelta(minutes=1)).new == 1


FORMS: list[tuple[Any, str]] = [
    (lambda at: int(at.timestamp() * 1000), "epoch_ms"),
    (lambda at: int(at.timestamp()), "epoch"),
    (lambda at: at.timestamp(), "epoch"),
    (lambda at: at.strftime("%Y-%m-%d %H:%M:%S"), "iso"),
    (lambda at: at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "iso"),
    (lambda at: at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "+01:00", "iso"),
    (lambda at: at.strftime("%Y%m%d%H%M%S"), "%Y%m%d%H%M%S"),
]


@pytest.mark.parametrize(("written", "form"), FORMS)
def test_a_cursor_goes_on_however_the_source_writes_time(firm: Firm, log: Log, written: Any, form: str):
    moments = [T0 + timedelta(minutes=n) for n in range(4)]
    log.put(*[row(n, written(at), written(at), written(at)) for n, at in enumerate(moments)])
    firm.add("sql", log.url, streams={"runs": LOG | {"times": {"format": form}, "overlap": "90s"}})
    assert firm.collect().new == 4
    at = T0 + timedelta(minutes=4)
    log.put(row("new", written(at), written(at), written(at)))
    poll = firm.collect(at=NOW + timedelta(minutes=1))
    assert (poll.outcome, poll.new, poll.changed, poll.unchanged) == ("complete", 1, 0, 2)


def test_the_first_reading_goes_back_as_far_as_it_is_told_however_the_source_writes_time(
    firm: Firm, tmp_path: Path
):
    reach = timedelta(days=30)
    for number, (written, form) in enumerate(FORMS):
        key = f"log{number}"
        log = Log(tmp_path / f"{key}.db")
        cursors = [written(NOW - reach + timedelta(days=days)) for days in (-1, 1, 2)]
        log.put(*[row(n, at, at, at) for n, at in enumerate(cursors)])
        if isinstance(cursors[0], str):
            log.put(row("never", "9" + cursors[0][1:], cursors[2]))
        firm.add("sql", log.url, key, streams={"runs": LOG | {"history": "30d", "times": {"format": form}}})
        poll = firm.collect(key)
        own = firm.system(key).system_id
        read = [each for each, of in firm.rows("external_id, system_id") if of == own]
        assert read[:2] == ["1", "2"], form
        assert poll.window_from == NOW - reach


def test_history_of_a_cursor_that_is_no_time_is_refused(firm: Firm, log: Log):
    firm.add("sql", log.url, streams={"runs": LOG | {"history": "30d"}})
    assert firm.collect().outcome == "complete", "an empty log says nothing yet"
    log.put(row(1, 1), row(2, 2))
    poll = firm.collect(at=NOW + timedelta(minutes=5))
    assert (poll.error, poll.error_kind) == (
        "acme/ipaas: runs: history: changed is 2, no time: leave it out",
        "mapping",
    )


def test_a_cursor_that_is_a_number_goes_on_and_open_runs_are_read_again_by_id(firm: Firm, log: Log):
    log.put(*[row(n, n) for n in range(1, 5)], row(5, 5, ended=None, state="runs"), row(6, 6))
    firm.add("sql", log.url, streams={"runs": LOG})
    assert firm.collect().new == 6
    log.put(row(7, 7), row(8, 8))
    assert firm.collect(at=NOW + timedelta(minutes=1)).new == 2
    log.change(f"UPDATE log SET state = 'ok', ended = '{iso(T0)}' WHERE id = 5")
    poll = firm.collect(at=NOW + timedelta(minutes=2))
    assert (poll.new, poll.changed, poll.unchanged) == (0, 1, 1)
    assert firm.rows("external_id, status")[4] == ("5", "success")


def test_a_long_run_that_ends_after_newer_ones_is_not_lost(firm: Firm, log: Log):
    begun = [iso(T0 + timedelta(minutes=n)) for n in range(60)]
    stream = LOG | {"cursor": "begun", "overlap": "1m"}
    log.put(row("long", None, begun[0], None, "runs"), row("short", None, begun[5], begun[5]))
    firm.add("sql", log.url, streams={"runs": stream})
    firm.collect()
    log.put(row("newer", None, begun[20], begun[20]))
    firm.collect(at=NOW + timedelta(minutes=1))
    log.change(f"UPDATE log SET state = 'ok', ended = '{begun[28]}' WHERE id = 'long'")
    poll = firm.collect(at=NOW + timedelta(minutes=2))
    assert (poll.changed, poll.unchanged) == (1, 2)
    assert firm.rows("external_id, status") == [
        ("long", "success"),
        ("newer", "success"),
        ("short", "success"),
    ]
    assert firm.collect(at=NOW + timedelta(minutes=3)).unchanged == 1


def test_a_run_that_is_open_for_longer_than_a_day_is_stuck_and_holds_nothing_back(firm: Firm, log: Log):
    log.put(row("dead", None, iso(T0), None, "runs"), row("x", None, iso(T0 + timedelta(minutes=20))))
    firm.add("sql", log.url, streams={"runs": LOG | {"cursor": "begun", "overlap": "1m"}})
    firm.collect()
    firm.collect(at=NOW + timedelta(days=2))
    assert firm.rows("external_id, status")[0] == ("dead", "stuck")
    assert firm.collect(at=NOW + timedelta(days=2, minutes=1)).unchanged == 1


def test_bytes_that_are_no_utf8_and_numbers_with_a_comma_cost_their_record_only(firm: Firm, log: Log):
    log.put(row("a", iso(T0)), row("b", iso(T0)), row("c", iso(T0)))
    log.change("UPDATE log SET flow = CAST(x'42fc726f' AS text) WHERE id = 'b'")
    firm.add("sql", log.url, streams={"runs": LOG})
    poll = firm.collect()
    assert (poll.outcome, poll.new, poll.quarantined) == ("complete", 2, 1)
    (kept,) = firm.held()
    assert (kept.field, kept.reason, b"B\xfcro" in kept.payload) == (
        "workflow_name", "is not valid UTF-8", True
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("SELECT id FROM log", "the query answers no column changed"),
        ("SELECT FROM", "syntax error"),
    ],
)
def test_a_query_that_cannot_be_run_is_one_line(firm: Firm, log: Log, query: str, says: str):
    log.put(row("a", iso(T0)))
    firm.add("sql", log.url, streams={"runs": LOG | {"query": query}})
    poll = firm.collect()
    assert poll.outcome == "failed"
    assert poll.error_kind in ("unreachable", "query")
    assert str(poll.error).startswith("acme/ipaas: runs")
    assert says in str(poll.error) or "no such column: changed" in str(poll.error)


def test_a_file_that_is_not_there_is_named_without_its_folder(firm: Firm, tmp_path: Path):
    firm.add("sql", f"sqlite:///{tmp_path}/absent.db", streams={"runs": LOG})
    poll = firm.collect()
    assert (poll.outcome, poll.error) == ("failed", "acme/ipaas: there is no file absent.db")
    assert not (tmp_path / "absent.db").exists()


def test_colons_comments_and_a_semicolon_in_the_query_are_its_own(firm: Firm, log: Log):
    log.put(row("a", iso(T0)))
    query = "SELECT * FROM log WHERE begun < '2099-01-01 :10:30' AND '100%' <> ':x' -- all of it\n;"
    firm.add("sql", log.url, streams={"runs": LOG | {"query": query}})
    assert firm.collect().new == 1


@pytest.mark.parametrize("cursor", ["changed", "bare"])
def test_postgresql_is_read_by_instants_with_and_without_a_zone(
    firm: Firm, postgres: tuple[psycopg.Connection, str], cursor: str, monkeypatch: pytest.MonkeyPatch
):
    conn, url = postgres
    monkeypatch.setenv("PGTZ", "America/New_York")  # what the connection thinks must not matter
    conn.execute(
        "INSERT INTO away.log SELECT n, 'won', %(t)s, %(t)s, 'ok', %(t)s + n / 300 * interval '1 min',"
        " (%(t)s + n / 300 * interval '1 min') AT TIME ZONE 'Europe/Berlin' FROM generate_series(0, 1199) n",
        {"t": T0},
    )
    stream = LOG | {"query": "SELECT * FROM away.log", "cursor": cursor, "overlap": "30s"}
    stream |= {"batch": 500, "times": {"zone": "Europe/Berlin"}, "fields": {**LOG["fields"]}}
    secret = {} if conn.info.password == "" else {"secret": "env:THE_PASSWORD"}
    monkeypatch.setenv("THE_PASSWORD", conn.info.password or "none")
    firm.add("sql", url, streams={"runs": stream}, **secret)
    poll = firm.collect()
    assert (poll.outcome, poll.error, poll.new) == ("complete", None, 1200)
    conn.execute(
        "INSERT INTO away.log SELECT 5000, flow, begun, ended, state, changed, bare FROM away.log WHERE id = 1199"
    )
    again = firm.collect(at=NOW + timedelta(minutes=1))
    assert (again.new, again.changed, again.unchanged) == (1, 0, 300)


def test_moments_that_cannot_be_kept_cost_their_record_only_and_other_types_are_read(
    firm: Firm, postgres: tuple[psycopg.Connection, str], monkeypatch: pytest.MonkeyPatch
):
    conn, url = postgres
    for number, begun in enumerate(
        ["infinity", "2026-11-21 00:30", "0044-03-15 BC", "20000-01-01", "2026-11-21 00:40"]
    ):
        conn.execute(
            "INSERT INTO away.log VALUES (%s, 'won', CAST(%s AS text)::timestamptz, NULL, 'ok', CAST(%s AS text)::timestamptz)",
            (number, begun, begun),
        )
    secret = {} if conn.info.password == "" else {"secret": "env:THE_PASSWORD"}
    monkeypatch.setenv("THE_PASSWORD", conn.info.password or "none")
    query = "SELECT *, CAST(lpad(to_hex(id), 32, '0') AS uuid) AS own, interval '90 s' AS took FROM away.log"
    fields = {"external_id": "own", "workflow_name": "flow", "started_at": "begun"}
    stream = LOG | {"query": query, "fields": fields, "duration": "took"}
    firm.add("sql", url, streams={"runs": stream}, **secret)
    poll = firm.collect()
    assert (poll.outcome, poll.error, poll.new, poll.quarantined) == ("complete", None, 2, 3)
    assert [(own[-1], end - start) for own, end, start in firm.rows("external_id, finished_at, started_at")] == [
        ("1", timedelta(seconds=90)), ("4", timedelta(seconds=90))
    ]  # fmt: skip
    assert {kept.reason for kept in firm.held()} == {
        f"is {text!r}, not a time (format iso)"
        for text in ("infinity", "0044-03-15 00:00:00+00 BC", "20000-01-01 00:00:00+00")
    }


def test_attempts_wait_for_their_run_and_are_written_when_it_comes(firm: Firm, log: Log):
    log.change("CREATE TABLE tries (id, run, begun, changed)")
    tries = {
        "object": "attempt", "query": "SELECT * FROM tries", "cursor": "changed", "id": "id", "overlap": "1m",
        "fields": {"external_id": "run", "attempt_no": "id", "started_at": "begun"},
        "constants": {"status": "failed", "source_status": "x"},
    }  # fmt: skip
    put = "INSERT INTO tries VALUES (?, ?, ?, ?)"
    log.put(row("early", AT_T0))
    log.change(put, (1, "early", AT_T0, AT_T0), (2, "late", AT_T0, AT_T0))
    firm.add("sql", log.url, streams={"attempts": tries, "runs": LOG})
    first = {poll.stream: poll for poll in collect_due(firm.db, NOW)}
    assert (first["attempts"].new, first["attempts"].quarantined) == (1, 1), (
        "runs are read first, whatever is called how"
    )
    log.change(put, (3, "early", iso(NOW), iso(NOW)))  # from here on the others are not read again
    firm.collect(stream="attempts", at=NOW + timedelta(minutes=1))
    assert [kept.reason for kept in firm.held()] == ["its run is not known yet"]
    log.put(row("late", iso(NOW)))
    collect_due(firm.db, NOW + timedelta(minutes=6))
    assert firm.held() == []
    assert firm.rows("attempt_no, external_id", "raw.attempt") == [(1, "early"), (2, "late"), (3, "early")]


def test_a_source_is_read_only(firm: Firm, postgres: tuple[psycopg.Connection, str], monkeypatch: Any):
    conn, url = postgres
    conn.execute("CREATE SEQUENCE away.counter")
    conn.execute("INSERT INTO away.log VALUES (1, 'won', now(), now(), 'ok', now())")
    secret = {} if conn.info.password == "" else {"secret": "env:THE_PASSWORD"}
    monkeypatch.setenv("THE_PASSWORD", conn.info.password or "none")
    query = "SELECT *, nextval('away.counter') FROM away.log"
    firm.add("sql", url, streams={"runs": LOG | {"query": query}}, **secret)
    poll = firm.collect()
    assert poll.outcome == "failed"
    assert "read-only transaction" in str(poll.error)


BERLIN = {"times": {"zone": "Europe/Berlin"}}


@pytest.mark.parametrize(
    ("sample", "more", "written"),
    [
        (None, {}, T0.replace(microsecond=999_999)),
        ("bare", BERLIN, datetime(2026, 11, 21, 1, 30, 0, 999_999)),  # noqa: DTZ001 - that is the point
        ("2026-11-20T10:00:00Z", {}, "2026-11-21T00:30:00Z"),
        ("2026-11-20T10:00:00.123Z", {}, "2026-11-21T00:30:00.999Z"),
        ("2026-11-20 10:00:00", BERLIN, "2026-11-21 01:30:00"),
        ("2026-11-20 10:00:00.1", {}, "2026-11-21 00:30:00.9"),
        ("2026-11-20T10:00:00-05:00", {}, "2026-11-20T19:30:00-05:00"),
        (5, {"times": {"format": "epoch"}}, 1795221000),
        (5, {"times": {"format": "epoch_ms"}}, 1795221000999),
    ],
)
def test_the_start_is_written_like_the_source_writes_and_never_later(sample: Any, more: Any, written: Any):
    spec = StreamSpec.model_validate(LOG | more)
    assert like(sample, T0.replace(microsecond=999_999), spec) == written


def test_in_the_hour_that_comes_twice_the_start_lies_before_both():
    spec = StreamSpec.model_validate(LOG | BERLIN)
    first = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 for the first time
    for at in (first, first + timedelta(hours=1)):
        assert str(like("2026-10-25 02:00:00", at, spec)) < "2026-10-25 02:00:00"
