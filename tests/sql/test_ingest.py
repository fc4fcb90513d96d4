"""The write path: what becomes of rows in raw and biz, and which cells are to be counted again."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text

from sql.ingest import Written, write

T0 = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
SEEN = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
LATER = SEEN + timedelta(minutes=5)


@pytest.fixture
def place(conn: Connection) -> dict[str, int]:
    """A customer in Kolkata (hours cut at :30 UTC) with a platform, a PSA and two flows."""
    conn.execute(
        text("INSERT INTO ops.partner (key, name, time_zone, locale) VALUES ('p', 'P', 'UTC', 'en')")
    )
    customer = conn.execute(
        text(
            "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)"
            " SELECT partner_id, 'acme', 'Acme', 'Asia/Kolkata', 'INR' FROM ops.partner WHERE key = 'p' RETURNING customer_id"
        )
    ).scalar_one()
    system = conn.execute(
        text(
            "INSERT INTO ops.system (customer_id, key, role, kind) VALUES (:c, 'ipaas', 'ipaas', 'http') RETURNING system_id"
        ),
        {"c": customer},
    ).scalar_one()
    flows = {}
    for key, match in (("won", "won-*"), ("won-big", "won-big-?")):
        flows[key] = conn.execute(
            text(
                "INSERT INTO ops.flow (customer_id, key, name, workflow, runs_system_id, runs_match)"
                " VALUES (:c, :k, :k, 'w', :s, :m) RETURNING flow_id"
            ),
            {"c": customer, "k": key, "s": system, "m": match},
        ).scalar_one()
    return {"customer_id": customer, "system_id": system, **flows}


def run(place: dict[str, int], external_id: str, **more: Any) -> dict[str, Any]:
    """A run that succeeded in ten seconds."""
    due_at = more.get("due_at", T0)
    return {
        "customer_id": place["customer_id"],
        "system_id": place["system_id"],
        "external_id": external_id,
        "due_at": due_at,
        "workflow_name": "won-to-project",
        "status": "success",
        "source_status": "OK",
        "started_at": due_at,
        "finished_at": due_at + timedelta(seconds=10),
        **more,
    }


def invoice(place: dict[str, int], source_id: str, **more: Any) -> dict[str, Any]:
    """A posted invoice."""
    return {
        "customer_id": place["customer_id"],
        "system_id": place["system_id"],
        "source_id": source_id,
        "kind": "invoice",
        "state": "posted",
        "net": Decimal("10.50"),
        "currency": "EUR",
        **more,
    }


def stored(conn: Connection, table: str, columns: str) -> list[tuple[Any, ...]]:
    """What a table holds, in order."""
    return [tuple(row) for row in conn.execute(text(f"SELECT {columns} FROM {table} ORDER BY {columns}"))]


def cells(conn: Connection) -> list[tuple[Any, ...]]:
    return stored(conn, "ops.dirty_cell", "flow_id, hour, batch")


def forget_marks(conn: Connection) -> None:
    conn.execute(text("DELETE FROM ops.dirty_cell"))


def test_a_new_run_is_stored_with_its_flow_and_its_own_transaction(conn: Connection, place: dict[str, int]):
    done = write(conn, "raw.run", [run(place, "1"), run(place, "2", workflow_name="won-big-7")], SEEN)
    assert (done.new, done.changed, done.unchanged) == (2, 0, 0)
    assert stored(conn, "raw.run", "external_id, flow_id, transaction_key, first_seen_at, last_seen_at") == [
        ("1", place["won"], "1", SEEN, SEEN),
        ("2", place["won-big"], "2", SEEN, SEEN),
    ]


def test_the_cell_is_the_local_hour_of_the_customer(conn: Connection, place: dict[str, int]):
    write(conn, "raw.run", [run(place, "1"), run(place, "2", due_at=T0 + timedelta(minutes=59))], SEEN)
    assert cells(conn) == [(place["won"], datetime(2026, 10, 5, 9, 30, tzinfo=UTC), None)]


def test_writing_twice_is_the_same_as_once(conn: Connection, place: dict[str, int]):
    write(conn, "raw.run", [run(place, "1")], SEEN)
    forget_marks(conn)
    before = stored(conn, "raw.run", "external_id, last_seen_at")
    assert write(conn, "raw.run", [run(place, "1")], LATER) == Written(unchanged=1)
    assert stored(conn, "raw.run", "external_id, last_seen_at") == before
    assert cells(conn) == []


def test_a_changed_run_marks_its_cell_even_when_a_batch_has_claimed_it(
    conn: Connection, place: dict[str, int]
):
    write(conn, "raw.run", [run(place, "1", status="running", finished_at=None)], SEEN)
    conn.execute(text("UPDATE ops.dirty_cell SET batch = 7"))
    assert write(conn, "raw.run", [run(place, "1")], LATER) == Written(changed=1)
    assert cells(conn) == [(place["won"], T0, None)]
    assert stored(conn, "raw.run", "status, first_seen_at, last_seen_at") == [("success", SEEN, LATER)]


def test_a_run_that_changes_its_flow_marks_both(conn: Connection, place: dict[str, int]):
    write(conn, "raw.run", [run(place, "1")], SEEN)
    forget_marks(conn)
    write(conn, "raw.run", [run(place, "1", workflow_name="won-big-1")], LATER)
    assert [cell[0] for cell in cells(conn)] == sorted((place["won"], place["won-big"]))


def test_a_run_of_no_flow_is_kept_and_marks_nothing(conn: Connection, place: dict[str, int]):
    write(conn, "raw.run", [run(place, "1", workflow_name="housekeeping")], SEEN)
    assert stored(conn, "raw.run", "external_id, flow_id") == [("1", None)]
    assert cells(conn) == []


def test_of_two_records_with_one_key_the_later_wins(conn: Connection, place: dict[str, int]):
    rows = [run(place, "1", status="failed", error_message="boom"), run(place, "1", status="success")]
    assert write(conn, "raw.run", rows, SEEN).new == 1
    assert stored(conn, "raw.run", "status, error_message") == [("success", "boom")]


def test_columns_that_a_row_does_not_name_keep_what_is_stored(conn: Connection, place: dict[str, int]):
    write(conn, "raw.run", [run(place, "1", status="failed", error_message="boom")], SEEN)
    assert write(conn, "raw.run", [run(place, "1", status="failed")], LATER) == Written(unchanged=1)
    assert stored(conn, "raw.run", "error_message") == [("boom",)]


def test_the_first_due_time_stays_when_the_platform_revises_it(conn: Connection, place: dict[str, int]):
    write(conn, "raw.run", [run(place, "1")], SEEN, stable_start=False)
    revised = run(place, "1", due_at=T0 + timedelta(days=40), status="failed")
    assert write(conn, "raw.run", [revised], LATER, stable_start=False) == Written(changed=1)
    assert stored(conn, "raw.run", "external_id, due_at, status") == [("1", T0, "failed")]


CHAIN = {
    "4": {"due_at": T0},
    "21": {"due_at": T0 + timedelta(hours=3), "retry_of": "4", "trigger": "manual"},
    "30": {"due_at": T0 + timedelta(days=30), "retry_of": "21", "trigger": "manual"},
}


@pytest.mark.parametrize(
    "batches",
    [
        [["4", "21", "30"]],
        [["30", "21", "4"]],
        [["4"], ["21"], ["30"]],
        [["30"], ["21"], ["4"]],
        [["21"], ["30"], ["4"]],
        [["30", "4"], ["21"], ["21", "4", "30"]],
        [["21"], ["4", "21"], ["30"]],
    ],
)
def test_a_retry_belongs_to_its_root_in_whatever_order_they_come(
    conn: Connection, place: dict[str, int], batches: list[list[str]]
):
    for batch in batches:
        write(conn, "raw.run", [run(place, own, **CHAIN[own]) for own in batch], SEEN)
    write(conn, "raw.run", [run(place, own, **CHAIN[own]) for own in ("21", "4", "30")], LATER)
    assert stored(conn, "raw.run", "external_id, transaction_key, due_at") == [
        ("21", "4", T0),
        ("30", "4", T0),
        ("4", "4", T0),
    ]


def test_a_retry_of_an_unknown_run_stands_for_itself(conn: Connection, place: dict[str, int]):
    due_at = T0 + timedelta(hours=3)
    write(conn, "raw.run", [run(place, "21", due_at=due_at, retry_of="4")], SEEN)
    assert stored(conn, "raw.run", "external_id, transaction_key, due_at") == [("21", "4", due_at)]


def test_runs_that_retry_each_other_do_not_hang(conn: Connection, place: dict[str, int]):
    write(conn, "raw.run", [run(place, "1", retry_of="2"), run(place, "2", retry_of="1")], SEEN)
    assert len(stored(conn, "raw.run", "external_id")) == 2


def test_attempts_and_items_are_due_when_their_run_is(conn: Connection, place: dict[str, int]):
    retry = run(place, "21", **CHAIN["21"])
    write(conn, "raw.run", [retry], SEEN)
    own = {key: place[key] for key in ("customer_id", "system_id")}
    item = {
        **own,
        "external_id": "21",
        "object_type": "project",
        "source_key": "P1",
        "claimed_state": "written",
    }
    stray = {**item, "external_id": "99"}
    done = write(conn, "raw.run_item", [item, stray], SEEN)
    assert (done.new, [row["external_id"] for row in done.orphans]) == (1, ["99"])
    assert write(conn, "raw.run_item", [item], LATER) == Written(unchanged=1)
    write(conn, "raw.run", [run(place, "4", **CHAIN["4"])], LATER)
    assert stored(conn, "raw.run_item", "external_id, due_at") == [("21", T0)]


def test_an_object_that_changed_is_updated_and_keeps_its_first_sight(conn: Connection, place: dict[str, int]):
    write(conn, "biz.invoice", [invoice(place, "1")], SEEN)
    assert write(conn, "biz.invoice", [invoice(place, "1", net=Decimal("11"))], LATER) == Written(changed=1)
    assert stored(conn, "biz.invoice", "net, first_seen_at, last_seen_at") == [(Decimal("11"), SEEN, LATER)]


def test_a_change_of_state_is_observed_between_two_polls(conn: Connection, place: dict[str, int]):
    write(conn, "biz.invoice", [invoice(place, "1", state="draft")], SEEN)
    write(conn, "biz.invoice", [invoice(place, "1")], LATER, previous=SEEN)
    write(conn, "biz.invoice", [invoice(place, "1")], LATER + timedelta(minutes=5), previous=LATER)
    assert stored(
        conn, "biz.state_event", "source_id, field, from_value, to_value, at, not_before, precision"
    ) == [("1", "state", "draft", "posted", LATER, SEEN, "observed")]


def test_the_first_state_is_an_observation_only_for_what_was_born_since(
    conn: Connection, place: dict[str, int]
):
    born = SEEN + timedelta(minutes=2)
    rows = [invoice(place, "old", created_at=T0), invoice(place, "new", created_at=born)]
    write(conn, "biz.invoice", rows, LATER, previous=SEEN)
    assert stored(conn, "biz.state_event", "source_id, from_value, to_value, at, not_before") == [
        ("new", None, "posted", LATER, born)
    ]


def test_nothing_is_observed_when_the_connector_brings_the_history(conn: Connection, place: dict[str, int]):
    write(conn, "biz.invoice", [invoice(place, "1", state="draft")], SEEN)
    write(conn, "biz.invoice", [invoice(place, "1")], LATER, previous=SEEN, observe=False)
    assert stored(conn, "biz.state_event", "source_id") == []


def test_history_is_appended_once(conn: Connection, place: dict[str, int]):
    event = {
        "customer_id": place["customer_id"],
        "system_id": place["system_id"],
        "object_type": "opportunity",
        "source_id": "1",
        "field": "stage",
        "at": datetime(2024, 2, 29, 23, 0, tzinfo=UTC),
        "to_value": "won",
        "precision": "history",
    }
    assert write(conn, "biz.state_event", [event], SEEN).new == 1
    assert write(conn, "biz.state_event", [event], LATER) == Written(unchanged=1)
    assert stored(conn, "biz.state_event", "to_value, seen_at") == [("won", SEEN)]


def test_a_deleted_record_stays_and_comes_back_when_it_is_seen_again(conn: Connection, place: dict[str, int]):
    gone = {key: invoice(place, "1")[key] for key in ("customer_id", "system_id", "source_id")}
    gone |= {"deleted_at": LATER, "deleted_how": "log"}
    write(conn, "biz.invoice", [invoice(place, "1")], SEEN)
    assert write(conn, "biz.invoice", [gone], LATER) == Written(deleted=1)
    assert write(conn, "biz.invoice", [gone], LATER) == Written(unchanged=1)
    assert stored(conn, "biz.invoice", "deleted_at, deleted_how, state") == [(LATER, "log", "posted")]
    assert write(conn, "biz.invoice", [invoice(place, "1")], LATER) == Written(changed=1)
    assert stored(conn, "biz.invoice", "deleted_at, deleted_how") == [(None, None)]


def test_the_deletion_of_a_record_we_never_had_is_nothing(conn: Connection, place: dict[str, int]):
    own = {key: place[key] for key in ("customer_id", "system_id")}
    gone = {**own, "source_id": "9", "deleted_at": LATER, "deleted_how": "feed"}
    assert write(conn, "biz.invoice", [gone], LATER) == Written(unchanged=1)
    assert stored(conn, "biz.invoice", "source_id") == []


def test_a_wrong_value_writes_nothing_of_the_batch(conn: Connection, place: dict[str, int]):
    rows = [invoice(place, "1"), invoice(place, "2", state="nonsense")]
    with pytest.raises(psycopg.errors.CheckViolation), conn.begin_nested():
        write(conn, "biz.invoice", rows, SEEN)
    assert stored(conn, "biz.invoice", "source_id") == []


def test_a_column_that_does_not_exist_is_named(conn: Connection, place: dict[str, int]):
    with pytest.raises(LookupError, match=r"biz\.invoice has no column colour"):
        write(conn, "biz.invoice", [invoice(place, "1", colour="red")], SEEN)


def test_dates_numbers_and_flags_arrive_as_they_are(conn: Connection, place: dict[str, int]):
    row = {
        "customer_id": place["customer_id"],
        "system_id": place["system_id"],
        "source_id": "1",
        "worked_on": date(2026, 3, 29),
        "minutes": Decimal("90.5"),
        "billable": True,
        "approval_state": "approved",
        "rate": 120,
        "currency": "EUR",
    }
    write(conn, "biz.time_entry", [row], SEEN)
    assert stored(conn, "biz.time_entry", "worked_on, minutes, billable, rate, currency") == [
        (date(2026, 3, 29), Decimal("90.5000"), True, Decimal("120.0000"), "EUR")
    ]
    assert write(conn, "biz.time_entry", [row], LATER) == Written(unchanged=1)


def test_an_empty_batch_is_nothing(conn: Connection):
    assert write(conn, "raw.run", iter(()), SEEN) == Written()
