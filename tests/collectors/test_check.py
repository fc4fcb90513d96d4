"""`check` of a system: what a person learns before the first poll, and that nothing is written."""

from pathlib import Path
from typing import Any

import pytest

from collectors.check import check
from collectors.kinds import streams_of
from collectors.spec import SpecError
from collectors.system import System

from .conftest import RUNS, Firm, Site, run


def test_a_good_system_shows_its_first_page_as_rows(firm: Firm, site: Site):
    system = firm.add("http", site.url, allow_private=True, streams={"runs": RUNS})
    site.answer = lambda asked: {"data": [run("1", colour="red"), run("2")]}
    found = check(system)
    assert found.ok
    (stream,) = found.streams
    assert (stream.records, stream.rows, stream.unmapped) == (2, 2, ["colour"])
    assert stream.sample[0]["external_id"] == "1"
    assert found.lines()[:2] == [
        "acme/ipaas (http): can be read",
        "  runs: 2 records on the first page, 2 rows",
    ]
    assert firm.rows("1") == firm.rows("1", "ops.poll") == []


def test_an_empty_page_is_passed_over(firm: Firm, tmp_path: Path):
    (tmp_path / "a.csv").write_text("no,name\n")
    (tmp_path / "b.csv").write_text("no,name\n1,Aster\n")
    stream = {
        "object": "account",
        "files": "*.csv",
        "format": "csv",
        "fields": {"source_id": "no", "name": "name"},
    }
    found = check(firm.add("file", f"file://{tmp_path}", "crm", streams={"accounts": stream}))
    assert [(s.records, s.rows) for s in found.streams] == [(1, 1)]


def test_records_that_cannot_be_read_and_unknown_words_are_said(firm: Firm, site: Site):
    system = firm.add("http", site.url, allow_private=True, streams={"runs": RUNS})
    site.answer = lambda asked: {"data": [run("1", amount="1,5"), run("2", status="paused")]}
    found = check(system)
    assert not found.ok
    assert found.streams[0].held == [
        "page 1, record 1: amount: is '1,5', not a number; numbers are written with '.' here"
    ]
    assert found.streams[0].notices == ["unknown status 'paused' (1 ×)"]
    assert firm.held() == []


def test_a_system_with_trouble_is_one_line_a_stream(firm: Firm, site: Site):
    system = firm.add("http", site.url, allow_private=True, streams={"runs": RUNS, "more": RUNS})
    site.answer = lambda asked: (401, {}, b"")
    found = check(system)
    assert not found.ok
    assert sorted(found.lines(), reverse=True) == [
        "acme/ipaas (http): has trouble",
        "  runs: acme/ipaas: GET /runs answered 401 (the key is wrong or has expired)",
        "  more: acme/ipaas: GET /runs answered 401 (the key is wrong or has expired)",
    ]


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("htpp", {}, "there is no 'htpp'; did you mean 'http'?"),
        ("http", {}, "options.streams is missing"),
        ("http", {"streams": {"runs": RUNS}, "timeout": "soon"}, "could not convert string to float"),
    ],
)
def test_an_entry_with_a_mistake_is_explained(firm: Firm, kind: str, options: dict[str, object], says: str):
    found = check(firm.add(kind, "http://x.invalid", **options))
    assert not found.ok
    assert says in "\n".join(found.lines())


SQL = {"object": "account", "query": "SELECT 1", "fields": {"source_id": "id", "name": "name"}}
FILE = SQL | {"files": "*.csv", "format": "csv"}
del FILE["query"]


@pytest.mark.parametrize(
    ("kind", "options", "lines"),
    [
        ("sql", {"streams": {"a": SQL | {"history": "365d", "cursor": "at", "id": "id"}}}, []),
        ("sql", {"streams": {"a": SQL | {"history": "365d"}}}, ["streams.a.history: is for a query with a cursor, without one everything is read every time: leave it out"]),
        ("sql", {"streams": {"a": SQL | {"reread": {"path": "/"}}}}, ["streams.a.reread: is for http, nobody hears it here: leave it out"]),
        ("sql", {"streams": {"a": SQL | {"times": {"since": "epoch"}}}}, ["streams.a.times.since: is for http, nobody hears it here: leave it out"]),
        ("file", {"streams": {"a": FILE | {"delimiter": ";", "encoding": "cp1252", "keeps": "90d", "stuck_after": "2d"}}}, []),
        ("file", {"streams": {"a": FILE | {"history": "365d", "deletions": "absence"}}}, [
            "streams.a.deletions: is for http and sql, nobody hears it here: leave it out",
            "streams.a.history: is for http and sql, nobody hears it here: leave it out"]),
        ("file", {"streams": {"a": FILE | {"records": "rows"}}}, ["streams.a.records: is for json, nobody hears it here: leave it out"]),
        ("file", {"streams": {"a": FILE}, "timeout": 9}, ["options.timeout: there is no 'timeout'; choose from streams"]),
        ("http", {"streams": {"a": RUNS | {"batch": 9}}}, ["streams.a.batch: is for sql, nobody hears it here: leave it out"]),
        ("http", {"streams": {"a": RUNS}, "request_per_second": 9}, ["options.request_per_second: there is no 'request_per_second'; did you mean 'requests_per_second'?"]),
        ("n8n", {"streams": {"runs": {"cursor": "id"}}}, ["streams.runs.cursor: is for sql, nobody hears it here: leave it out"]),
    ],
)  # fmt: skip
def test_what_a_kind_does_not_know_is_refused_not_ignored(
    kind: str, options: dict[str, Any], lines: list[str]
):
    system = System(1, 1, "x", "crm", kind, "http://x.test", options=options, customer="acme")
    try:
        streams_of(system)
        said: tuple[str, ...] = ()
    except SpecError as error:
        said = error.lines
    assert said == tuple(f"acme/x: {line}" for line in lines)
