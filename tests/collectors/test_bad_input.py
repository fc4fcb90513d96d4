"""What sources do wrong, each over real HTTP: one clear line for it, and everything else goes on."""

import json
import socket
import time
from datetime import timedelta
from typing import Any

import pytest

from collectors.work import collect_due

from .conftest import NOW, RUNS, Asked, Firm, Site, run

pytestmark = pytest.mark.slow

GOOD = run("good")


def connect(firm: Firm, site: Site, **more: Any) -> None:
    """The site as a system of the customer, with runs to be read."""
    firm.add("http", site.url, allow_private=True, streams={"runs": {**RUNS, **more}})


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        ((401, {}, {"message": "Unauthorized"}), "auth", "answered 401: Unauthorized (the key is wrong or has expired)"),
        ((403, {}, {"message": "no scope"}), "rights", "answered 403: no scope (the key lacks the right)"),
        ((403, {}, {"message": "no\0scope"}), "rights", "answered 403: noscope (the key lacks the right)"),
        ((200, {"Content-Type": "text/html"}, b"<html><title>Sign in</title>"), "html", "answered a web page instead of data (Sign in)"),
        (b'{"data": [{"id": "1", "fl', "truncated", "answered 25 bytes that are no whole JSON"),
        (b'{"data": ' + b"[" * 100_000, "truncated", "no whole JSON (it is nested too deeply)"),
        ((302, {"Location": "/login"}, b""), "redirect", "leads elsewhere"),
        ((500, {}, {"message": "boom"}), "server", "answered 500: boom"),
        ((404, {}, b""), "refused", "answered 404"),
        ({"items": []}, "shape", "has no list at data"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_waiting")
def test_an_answer_that_is_no_data_is_one_line_in_the_ledger(
    firm: Firm, site: Site, answer: Any, kind: str, says: str
):
    connect(firm, site)
    site.answer = lambda asked: answer
    poll = firm.collect()
    assert (poll.outcome, poll.error_kind) == ("failed", kind)
    assert poll.error is not None
    assert says in poll.error
    assert poll.error.startswith("acme/ipaas: GET /runs ") or kind == "shape"
    assert "\n" not in poll.error
    assert firm.rows("outcome, error_kind, error", "ops.poll") == [("failed", kind, poll.error)]


@pytest.mark.usefixtures("no_waiting")
def test_a_system_that_cannot_be_reached_is_named_and_the_others_are_read(firm: Firm, site: Site):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    firm.add("http", nobody, "gone", allow_private=True, streams={"runs": RUNS})
    firm.add("http", "http://x.invalid", "misspelt", streams={"runs": {**RUNS, "recrods": "data"}})
    connect(firm, site)
    site.answer = lambda asked: {"data": [GOOD]}
    polls = {poll.system: poll for poll in collect_due(firm.db, NOW)}
    assert polls["ipaas"].new == 1
    assert (polls["gone"].error_kind, "cannot be reached" in str(polls["gone"].error)) == (
        "unreachable",
        True,
    )
    assert polls["misspelt"].error == (
        "acme/misspelt: streams.runs.recrods: there is no 'recrods'; did you mean 'records'?"
    )


@pytest.mark.usefixtures("no_waiting")
def test_a_system_that_cannot_be_reached_is_tried_for_one_of_its_streams(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
):
    tried: list[str] = []

    def unknown(host: str, *_: object, **__: object) -> None:
        tried.append(host)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    firm.add("http", "http://gone.example", streams=dict.fromkeys(("runs", "more", "others"), RUNS))
    polls = collect_due(firm.db, NOW)
    assert [(poll.outcome, poll.error_kind) for poll in polls] == [("failed", "unreachable")] * 3
    assert len(tried) == 4, "as often as one request is worth"
    assert collect_due(firm.db, NOW + timedelta(minutes=4)) == [], "and then all of them pause"


def test_a_source_that_asks_to_wait_is_waited_for(firm: Firm, site: Site):
    connect(firm, site)
    answers = iter([(429, {"Retry-After": "1"}, b""), {"data": [GOOD]}])
    site.answer = lambda asked: next(answers)
    began = time.monotonic()
    poll = firm.collect()
    assert (poll.outcome, poll.new) == ("complete", 1)
    assert time.monotonic() - began >= 1


def test_a_source_that_asks_to_wait_for_an_hour_is_left_to_the_next_poll(firm: Firm, site: Site):
    connect(firm, site)
    site.answer = lambda asked: (429, {"Retry-After": "3600"}, b"")
    poll = firm.collect()
    assert (poll.outcome, poll.error_kind, len(site.asked)) == ("failed", "rate_limit", 1)
    assert "it asks to wait 3,600 s" in str(poll.error)


@pytest.mark.usefixtures("no_waiting")
def test_pages_that_came_before_a_broken_one_are_kept_and_the_poll_is_made_again(firm: Firm, site: Site):
    connect(firm, site, paging={"style": "page", "param": "page"})
    broken = True

    def answer(asked: Asked) -> Any:
        page = int(asked.query["page"])
        if page == 2 and broken:
            return b'{"data": [{"id"'
        return {"data": [run(f"{page}")] if page < 4 else []}

    site.answer = answer
    first = firm.collect()
    assert (first.outcome, first.error_kind, first.new) == ("partial", "truncated", 1)
    broken = False
    again = firm.collect(at=NOW + timedelta(minutes=5))
    assert (again.outcome, again.new, again.unchanged) == ("complete", 2, 1)


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        ({"started": "2026-02-30T10:00:00Z"}, "started_at", "is '2026-02-30T10:00:00Z', not a time (format iso)"),
        ({"started": 1763683200}, "started_at", "a bare number; say times.format epoch or epoch_ms"),
        ({"started": None}, "due_at", "is missing"),
        ({"started": "1999-01-01T00:00:00Z"}, "due_at", "only 2000 to 2099 can be kept"),
        ({"amount": "1.234,50"}, "amount", "is '1.234,50', not a number; numbers are written with '.' here"),
        ({"amount": "12,5"}, "amount", "not a number"),
        ({"id": None}, "external_id", "is missing"),
        ({"id": ""}, "external_id", "is missing"),
        ({"flow": None}, "workflow_name", "is missing"),
        ({"key": "x" * 10_000_000}, "object_key", "is 10,000,000 characters long; 10,000 are the most that is kept"),
        ({"key": "a\0b"}, "object_key", "holds a NUL character"),
        ({"key": "half \ud83d"}, "object_key", "holds half a character"),
        ({"key": {"a": 1}}, "object_key", "not a text"),
    ],
)  # fmt: skip
def test_a_bad_record_is_held_with_its_reason_and_the_others_go_on(
    firm: Firm, site: Site, bad: dict[str, Any], column: str, reason: str
):
    connect(firm, site)
    record = run("bad") | bad
    site.answer = lambda asked: {"data": [run("first"), record, GOOD]}
    poll = firm.collect()
    assert (poll.outcome, poll.new, poll.quarantined) == ("complete", 2, 1)
    assert firm.rows("external_id") == [("first",), ("good",)]
    (kept,) = firm.held()
    assert (kept.field, kept.place) == (column, "page 1, record 2")
    assert reason in kept.reason
    assert len(kept.reason) < 300
    assert json.loads(kept.payload) == record


def test_a_record_that_is_no_record_is_held(firm: Firm, site: Site):
    connect(firm, site)
    site.answer = lambda asked: {"data": ["what?", GOOD]}
    assert firm.collect().new == 1
    assert [kept.reason for kept in firm.held()] == ["is 'what?', not a record with fields"]


@pytest.mark.parametrize("field", ["id", "key", "flow", "status", "amount"])
def test_bytes_that_are_no_utf8_cost_one_record_and_are_kept_as_they_came(firm: Firm, site: Site, field: str):
    connect(firm, site)
    record = json.dumps(run("bad") | {field: "B?ro"}).encode().replace(b"?", b"\xfc")
    site.answer = lambda asked: b'{"data": [' + record + b"," + json.dumps(GOOD).encode() + b"]}"
    poll = firm.collect()
    assert (poll.outcome, poll.new, poll.quarantined) == ("complete", 1, 1)
    (kept,) = firm.held()
    assert b"B\xfcro" in kept.payload


def test_a_detail_that_is_gone_costs_nothing_but_itself(firm: Firm, site: Site):
    detail = {
        "request": {"path": "/runs/{id}"},
        "when": "status == 'bad'",
        "fields": {"error_message": "why"},
    }
    connect(firm, site, detail=detail)
    gone = (404, {"Content-Type": "text/html"}, b"<html>gone")
    site.answer = lambda asked: {"data": [run("1", status="bad"), GOOD]} if asked.path == "/runs" else gone
    poll = firm.collect()
    assert (poll.outcome, poll.error, poll.new, len(site.asked)) == ("complete", None, 2, 2)


def test_a_date_that_cannot_be_does_not_end_a_list_that_is_walked_by_time(firm: Firm, site: Site):
    connect(firm, site, paging={"style": "time_descending", "from": "started", "param": "before"})
    pages = iter([[GOOD, run("bad", started="2026-02-30T10:00:00Z")], [run("older", started="2026-11-21T00:40:00Z")], []])  # fmt: skip
    site.answer = lambda asked: {"data": next(pages)}
    poll = firm.collect()
    assert (poll.outcome, poll.new, poll.quarantined) == ("complete", 2, 1)
    assert site.asked[1].query["before"] == "2026-11-21T00:49:59.999Z"


def test_a_status_nobody_knows_is_kept_as_unknown_and_said(firm: Firm, site: Site):
    connect(firm, site)
    site.answer = lambda asked: {"data": [run("1", status="paused"), run("2", status=None), GOOD]}
    poll = firm.collect()
    assert firm.rows("external_id, status, source_status") == [
        ("1", "unknown", "paused"),
        ("2", "unknown", "(none)"),
        ("good", "success", "ok"),
    ]
    assert [line for line in poll.warnings if "unknown status" in line] == [
        "unknown status 'paused' (1 ×)",
        "unknown status None (1 ×)",
    ]


def test_an_error_text_without_end_is_cut_and_cleaned_not_held(firm: Firm, site: Site):
    connect(firm, site, fields={**RUNS["fields"], "error_message": "why"})
    site.answer = lambda asked: {"data": [run("1", status="bad", why="a\0" + "x" * 50_000)]}
    assert firm.collect().new == 1
    ((said,),) = firm.rows("error_message")
    assert said.startswith("ax")
    assert said.endswith("characters)")


@pytest.mark.parametrize("link", ["{other}/runs?page=2", "//{host}/runs?page=2"])
def test_a_next_page_on_another_host_is_refused(firm: Firm, site: Site, other_site: Site, link: str):
    connect(firm, site, paging={"style": "next_url", "from": "next"})
    to = link.format(other=other_site.url, host=other_site.url.removeprefix("http://"))
    site.answer = lambda asked: {"data": [GOOD], "next": to}
    poll = firm.collect()
    assert (poll.outcome, poll.error_kind, poll.new) == ("partial", "other_host", 1)
    assert other_site.asked == []


@pytest.mark.parametrize("link", ["{own}/runs?page=2", "/runs?page=2", "?page=2", "runs?page=2"])
def test_a_next_page_is_followed_however_it_is_written(firm: Firm, site: Site, link: str):
    connect(firm, site, paging={"style": "next_url", "from": "next"})

    def answer(asked: Asked) -> Any:
        if asked.query.get("page") == "2":
            return {"data": [run("2")]}
        return {"data": [run("1")], "next": link.format(own=site.url)}

    site.answer = answer
    assert firm.collect().new == 2
    assert [asked.path for asked in site.asked] == ["/runs", "/runs"]


def test_the_same_page_twice_ends_the_poll(firm: Firm, site: Site):
    connect(firm, site, paging={"style": "page", "param": "page"})
    site.answer = lambda asked: {"data": [GOOD]}
    poll = firm.collect()
    assert (poll.error_kind, poll.new) == ("paging", 1)


def test_a_private_address_is_refused_unless_the_entry_allows_it(firm: Firm, site: Site):
    firm.add("http", site.url, streams={"runs": RUNS})
    poll = firm.collect()
    assert (poll.outcome, poll.error_kind) == ("failed", "address")
    assert "127.0.0.1 is a private address; say options.allow_private: true" in str(poll.error)
    assert site.asked == []


def test_a_missing_secret_is_named_and_nothing_is_asked(
    firm: Firm, site: Site, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    firm.add("http", site.url, secret="env:NO_SUCH_KEY", allow_private=True, streams={"runs": RUNS})
    poll = firm.collect()
    assert (poll.error_kind, poll.error) == ("secret", "environment variable NO_SUCH_KEY is not set")
    assert site.asked == []


def test_a_secret_never_gets_into_the_ledger(firm: Firm, site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("THE_KEY", "Zx9-very-private\n")  # as it is when it was read from a file
    auth = {"style": "header", "name": "X-Key"}
    firm.add("http", site.url, secret="env:THE_KEY", allow_private=True, auth=auth, streams={"runs": RUNS})
    site.answer = lambda asked: (403, {}, {"message": f"key {asked.headers['X-Key']} may not"})
    poll = firm.collect()
    assert site.asked[0].headers["X-Key"] == "Zx9-very-private"
    assert "key [secret] may not" in str(poll.error)
    assert "Zx9" not in str(firm.rows("error", "ops.poll"))


def test_a_list_of_changes_says_nothing_about_what_it_does_not_name(firm: Firm, site: Site):
    accounts = {
        "object": "account",
        "request": {"path": "/accounts", "params": {"since": "{since}"}},
        "records": "data",
        "deletions": "absence",
        "fields": {"source_id": "id", "name": "name"},
    }
    firm.add("http", site.url, "crm", allow_private=True, streams={"accounts": accounts})
    site.answer = lambda asked: {
        "data": [] if "since" in asked.query else [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]
    }
    firm.collect("crm", "accounts")
    assert firm.collect("crm", "accounts", NOW + timedelta(minutes=5)).deleted == 0
    accounts["request"] = {"path": "/accounts"}
    firm.mend("crm", allow_private=True, streams={"accounts": accounts})
    site.answer = lambda asked: {"data": [{"id": 1, "name": "A"}]}
    assert firm.collect("crm", "accounts", NOW + timedelta(minutes=10)).deleted == 1


def test_a_list_that_changes_while_it_is_read_deletes_nothing(firm: Firm, site: Site):
    accounts = {
        "object": "account",
        "request": {"path": "/accounts"},
        "records": "data",
        "paging": {"style": "offset", "param": "skip", "limit": 2, "total": "total"},
        "deletions": "absence",
        "skip": "id == `9`",
        "fields": {"source_id": "id", "name": "name"},
    }
    firm.add("http", site.url, "crm", allow_private=True, streams={"accounts": accounts})
    there = [{"id": own, "name": "A"} for own in (1, 2, 3, 9)]
    leaves: list[int] = []

    def answer(asked: Asked) -> Any:
        first = int(asked.query.get("skip", 0))
        page = {"total": len(there), "data": there[first : first + 2]}
        there[:] = [record for record in there if record["id"] not in leaves]
        return page

    site.answer = answer
    assert (firm.collect("crm", "accounts").outcome, len(firm.rows("1", "biz.account"))) == ("complete", 3)
    leaves.append(1)
    changed = firm.collect("crm", "accounts", NOW + timedelta(minutes=5))
    assert (changed.outcome, changed.deleted) == ("complete", 0), "3 stood where nobody looked"
    assert changed.warnings == ("the list changed while it was read: deletions are looked for next time",)
    assert firm.collect("crm", "accounts", NOW + timedelta(minutes=10)).deleted == 1
    assert firm.rows("source_id, deleted_at IS NULL", "biz.account") == [
        ("1", False),
        ("2", True),
        ("3", True),
    ]
