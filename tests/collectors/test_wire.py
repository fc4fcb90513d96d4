"""What servers say around their data: limits, waits, sizes; each over real HTTP, without a database."""

import gzip
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from collectors import answer
from collectors.answer import retry_after
from collectors.http import Client
from collectors.kinds import streams_of
from collectors.stream import SourceError, Window
from collectors.system import System

from .conftest import RUNS, Site

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def client(site: Site) -> Client:
    """Talks to the site."""
    return Client(
        System(1, 1, "x", "crm", "http", site.url, options={"allow_private": True}, customer="acme")
    )


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7), ("0.5", 0.5), ("-3", 0), ("soon", None), ("", None), (None, None), ("nan", None), ("inf", None),
        ("Sat, 21 Nov 2026 01:00:30 GMT", 30), ("Sat, 21 Nov 2026 02:00:30 +0100", 30),
        ("Fri, 20 Nov 2026 01:00:00 GMT", 0), ("Sat, 21 Nov 20260 01:00:00 GMT", None),
    ],
)  # fmt: skip
def test_a_wait_is_asked_for_in_seconds_or_by_a_date(said: str | None, seconds: float | None):
    assert retry_after(said, NOW) == seconds


def test_a_wait_until_a_date_is_waited_for(site: Site):
    until = datetime.now(UTC) + timedelta(seconds=1)
    answers = iter([(503, {"Retry-After": format_datetime(until, usegmt=True)}, b"later"), {"ok": 1}])
    site.answer = lambda asked: next(answers)
    with client(site) as talking:
        assert talking.get("/a") == {"ok": 1}
    assert time.time() >= int(until.timestamp())


@pytest.mark.parametrize(
    ("said", "kind", "line"),
    [
        ((402, {}, {"message": "Quota"}), "rate_limit", "GET /a answered 402: Quota (what it allows is spent)"),
        ((403, {}, [{"message": "Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]), "rate_limit",
         "GET /a answered 403: Limit exceeded. (what it allows is spent)"),
        ((403, {}, {"message": "no"}), "rights", "GET /a answered 403: no (the key lacks the right)"),
        ((429, {"Retry-After": "999"}, {"error": {"message": "Slow down"}}), "rate_limit",
         "GET /a answered 429: Slow down (it asks to wait 999 s: left to the next poll)"),
        ((301, {"Location": "https://login.example/?next=a"}, b"<html>"), "redirect",
         "GET /a answered 301 (it leads elsewhere; is the address right?)"),
        ((200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 3_000_000)), "too_large",
         "GET /a answered more than 1,000,000 bytes"),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), "network", None),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_waiting")
def test_a_refusal_is_one_line_of_its_kind(
    site: Site, monkeypatch: pytest.MonkeyPatch, said: Any, kind: str, line: str | None
):
    monkeypatch.setattr(answer, "LARGEST_ANSWER", 1_000_000)
    site.answer = lambda asked: said
    with client(site) as talking, pytest.raises(SourceError) as caught:
        talking.get("/a")
    assert caught.value.kind == kind
    assert (
        str(caught.value) == f"acme/x: {line}"
        if line
        else str(caught.value).startswith("acme/x: GET /a failed")
    )


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("application/json", "utf-8-sig"),
        ("application/json; charset=utf8", "utf-8"),
        ("application/json; charset=us-ascii", "utf-8"),
        ("application/json; charset=ISO-8859-1", "latin-1"),
        ("text/json; charset=utf-16", "utf-16"),
        ("application/json; charset=klingon", "utf-8"),
    ],
)
def test_an_answer_is_read_in_the_letters_it_says(site: Site, said: str, encoding: str):
    site.answer = lambda asked: (200, {"Content-Type": said}, '{"a": "Büro"}'.encode(encoding))
    with client(site) as talking:
        assert talking.get("/a") == {"a": "Büro"}


@pytest.mark.parametrize("status", [204, 304])
def test_nothing_and_nothing_new_are_empty_lists(site: Site, status: int):
    site.answer = lambda asked: (status, {}, b"")
    options = {"allow_private": True, "streams": {"runs": RUNS}}
    (stream,) = streams_of(System(1, 1, "x", "crm", "http", site.url, options=options, customer="acme"))
    pages = list(stream.fetch(Window(until=NOW)))
    assert [page.records for page in pages] == [[], ()]
    assert pages[-1].position == {"since": NOW.isoformat()}
