"""Records in quarantine: kept whole, counted, let go when a good one comes, and mapped again after the entry is mended."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collectors.intake import read_page
from collectors.kinds import streams_of
from collectors.payload import pack, read_json, unpack
from collectors.quarantine import Replayed, drop, replay
from collectors.stream import Page
from collectors.system import System

from .conftest import NOW, RUNS, Firm, Site, run

LATER = NOW + timedelta(minutes=5)
COMMA = run("1", amount="1234,50")


def connect(firm: Firm, site: Site, records: list[Any]) -> None:
    """A site that answers these records."""
    firm.add("http", site.url, allow_private=True, streams={"runs": RUNS})
    site.answer = lambda asked: {"data": records}


def mend(firm: Firm, **more: Any) -> None:
    """The same entry with other words."""
    firm.mend(allow_private=True, streams={"runs": {**RUNS, **more}})


def states(firm: Firm) -> list[tuple[Any, ...]]:
    return firm.rows("record_key, state, times_seen", "ops.quarantine")


def test_a_record_is_kept_whole_with_key_reason_and_place(firm: Firm, site: Site):
    connect(firm, site, [COMMA | {"nobody": {"maps": ["this", 1.5]}}])
    firm.collect()
    (kept,) = firm.held()
    assert json.loads(kept.payload) == COMMA | {"nobody": {"maps": ["this", 1.5]}}
    assert (kept.record_key, kept.field, kept.stream, kept.customer, kept.system, kept.state) == (
        "1", "amount", "runs", "acme", "ipaas", "held"
    )  # fmt: skip


def test_the_same_bytes_again_are_counted_not_kept_twice(firm: Firm, site: Site):
    connect(firm, site, [COMMA])
    firm.collect()
    poll = firm.collect(at=LATER)
    assert poll.quarantined == 1
    assert states(firm) == [("1", "held", 2)]
    assert (firm.held()[0].first_seen_at, firm.held()[0].last_seen_at) == (NOW, LATER)


def test_a_later_good_record_supersedes_the_bad_one(firm: Firm, site: Site):
    connect(firm, site, [COMMA, run("2", amount="7,5")])
    firm.collect()
    site.answer = lambda asked: {"data": [run("1", amount="1234.50")]}
    firm.collect(at=LATER)
    assert states(firm) == [("1", "superseded", 1), ("2", "held", 1)]


def test_replay_after_the_entry_is_mended_writes_the_rows_and_settles(firm: Firm, site: Site):
    connect(firm, site, [COMMA, run("2")])
    firm.collect()
    mend(firm, decimal=",")
    assert replay(firm.db, LATER) == Replayed(replayed=1)
    assert [(key, str(amount)) for key, amount in firm.rows("external_id, amount") if key == "1"] == [
        ("1", "1234.5000")
    ]
    assert states(firm) == [("1", "replayed", 1)]
    assert replay(firm.db, LATER) == Replayed()


def test_replay_of_what_is_still_bad_keeps_it_with_the_new_reason(firm: Firm, site: Site):
    connect(firm, site, [COMMA | {"started": "20.11.2026"}])
    firm.collect()
    assert firm.held()[0].field == "amount"
    mend(firm, decimal=",")
    assert replay(firm.db, LATER) == Replayed(still_held=1)
    (kept,) = firm.held()
    assert (kept.field, kept.state) == ("started_at", "held")
    assert kept.reason == "is '20.11.2026', not a time (format iso)"
    assert firm.rows("external_id") == []


def test_replay_says_which_records_belong_to_a_stream_that_is_gone(firm: Firm, site: Site):
    connect(firm, site, [COMMA])
    firm.collect()
    firm.mend(allow_private=True, streams={"other": RUNS})
    assert replay(firm.db, LATER) == Replayed(without_stream=1)
    assert states(firm) == [("1", "held", 1)]


def test_what_is_no_json_stays_held_through_a_replay(firm: Firm, site: Site):
    connect(firm, site, ["what?"])
    firm.collect()
    assert replay(firm.db, LATER) == Replayed(still_held=1)


def test_what_nobody_will_ever_read_is_let_go_with_who_and_why(firm: Firm, site: Site):
    connect(firm, site, ["what?"])
    firm.collect()
    (kept,) = firm.held()
    assert drop(firm.db, kept, "sam", "mended at the source", LATER)
    assert not drop(firm.db, kept, "sam", "again", LATER)
    assert firm.held() == []
    assert firm.rows("actor, action, subject, detail ->> 'because'", "ops.audit") == [
        ("sam", "drop", f"quarantine acme/ipaas/runs/{kept.quarantine_id}", "mended at the source")
    ]
    firm.collect(at=LATER)
    assert [each.payload for each in firm.held()] == [kept.payload], "the same again is held again"


def test_a_replayed_record_that_comes_again_in_bad_form_is_held_again(firm: Firm, site: Site):
    connect(firm, site, [COMMA])
    firm.collect()
    mend(firm, decimal=",")
    replay(firm.db, LATER)
    mend(firm)
    firm.collect(at=LATER)
    assert states(firm) == [("1", "held", 2)]


@pytest.mark.parametrize(
    ("amount", "key", "more"),
    [
        (b"1234.50", b'"K"', {"decimal": ","}),
        (b'"1234,50"', b"17", {"decimal": ","}),
        (b'"1234.50"', b"17.50", {"decimal": ","}),
        (b"0.1000", b"1e2", {}),
        (b'"NaN"', b'"K"', {}),
        (b"7", b"NaN", {}),
        (b"-Infinity", b"1", {}),
        (b"12.5", b"true", {"decimal": ","}),
        (b"12.5", b'"K"', {"rules": [{"when": "amount > `12`", "set": {"workflow_name": "large"}}]}),
        (b"12.5", b'"K"', {"fields": {**RUNS["fields"], "workflow_name": "amount"}}),
    ],
)  # fmt: skip
def test_a_replayed_record_becomes_what_a_poll_with_the_mended_entry_makes_of_it(
    amount: bytes, key: bytes, more: dict[str, Any]
):
    system = System(1, 1, "a", "ipaas", "http", "http://x.test", options={"streams": {"runs": RUNS | more}})
    (mended,) = streams_of(system)
    record = json.dumps(run("1", amount=0, key=1)).encode()
    record = record.replace(b'"amount": 0', b'"amount": ' + amount).replace(b'"key": 1', b'"key": ' + key)
    came = read_json(record)
    polled, replayed = (
        read_page(Page([payload]), mended, system, NOW) for payload in (came, unpack(pack(came)))
    )
    assert (polled.rows, polled.held) == (replayed.rows, replayed.held)
    is_bad = amount in (b'"1234.50"', b'"NaN"', b"-Infinity") or key in (b"true", b"NaN")
    assert bool(polled.held) == is_bad


@pytest.mark.parametrize(
    ("record", "held"),
    [
        ('{"id": "1", "flow": "won", "started": "2026-11-21T00:50:00Z", "status": "bad", "status": "ok"}', ("status", "1")),
        ('{"id": "1", "flow": "won", "started": "2026-11-21T00:50:00Z", "at": [{"x": 1, "x": true}], "status": "ok"}', ("x", "1")),
        ('{"id": "1", "id": "2", "flow": "won", "started": "2026-11-21T00:50:00Z", "status": "ok"}', ("id", None)),
        ('{"id": "1", "flow": "won", "flow": "won", "started": "2026-11-21T00:50:00Z", "status": "ok"}', None),
        ('{"id": "1", "more": 1, "more": 2, "flow": "won", "started": "2026-11-21T00:50:00Z", "status": "ok"}', None),
    ],
)  # fmt: skip
def test_a_key_with_two_values_is_held_with_both_where_the_entry_reads_it(record: str, held: Any):
    streams = {"runs": RUNS | {"fields": {**RUNS["fields"], "object_key": "at[0].x"}}}
    (stream,) = streams_of(System(1, 1, "a", "ipaas", "http", "http://x.test", options={"streams": streams}))
    (came,) = read_json(f'{{"data": [{record}]}}'.encode())["data"]
    for payload in (came, unpack(pack(came)), came.copy()):
        found = read_page(Page([payload]), stream, system=System(1, 1, "a", "ipaas", "http"), now=NOW)
        assert [(each.field, each.key) for each in found.held] == ([held] if held else [])
        assert [each.reason for each in found.held] == ["comes twice, with two values"] * bool(held)
    assert not held or pack(came).decode().count(f'"{held[0]}": ') == 2


@pytest.mark.parametrize(
    "value",
    [
        Decimal("12.50"), Decimal("1E+30"), 7, "12.5", "1,5", None, True, "2026-11-21 00:50:00+00:00", "\ud83d",
        datetime(2026, 11, 21, 0, 50, 0, 1, tzinfo=UTC), datetime(2026, 11, 21, 0, 50),  # noqa: DTZ001 - as databases tell it
        timedelta(days=-1, microseconds=1), b"\x00\xff", {"$instant": "never"}, {"$bytes": "zz", "b": [Decimal("0.10")]},
    ],
)  # fmt: skip
def test_what_is_held_comes_back_as_the_very_value(value: Any):
    back = unpack(pack({"a": value}))["a"]
    assert (back, str(back)) == (value, str(value))
