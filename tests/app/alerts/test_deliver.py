"""Alerts over real connections: signed, retried, in order, over kill -9, and never twice for whoever looks at the key."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from app.alerts import book
from app.worker import Worker
from tests.app.alerts.conftest import House

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def test_a_cause_is_told_once_however_often_one_looks(house) -> None:
    house.rule()
    house.exception(house.customer(), title="The CRM says no", worth=1200)
    for _ in range(3):
        house.tick(minutes=1)
    ((path, _, body),) = house.endpoint.taken
    assert (path, body["type"]) == ("/hook", "alert.fired")
    assert body["data"]["title"] == "Transfer failed: The CRM says no"
    assert "$1,200 at risk" in body["data"]["lines"][0]
    assert body["data"]["customer"] == {"key": "acme", "name": "Acme"}
    assert body["data"]["partner"] == "Northwind Connect"


def test_a_webhook_is_signed_over_its_id_time_and_body(house) -> None:
    house.rule()
    house.exception(house.customer())
    house.tick()
    ((_, headers, _),) = house.endpoint.taken
    assert headers["idempotency-key"] == headers["webhook-id"]
    assert headers["webhook-timestamp"] == str(int(house.now.timestamp()))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{headers['raw']}".encode()
    expected = base64.b64encode(hmac.new(b"a key that signs", signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_what_waits_for_another_cause_is_told_with_it(house) -> None:
    house.rule()
    customer = house.customer()
    root = house.exception(customer, title="No project")
    for number in range(3):
        house.exception(customer, title=f"Time entry {number}", blocked_by_exception_id=root)
    house.tick()
    assert house.endpoint.titles == ["Transfer failed: No project"]
    assert "3 more exceptions wait for it." in house.endpoint.taken[0][2]["data"]["lines"]


def test_what_is_fixed_is_told_to_whoever_was_told_and_to_nobody_else(house) -> None:
    house.channel("chief")
    house.rule(escalate=[{"after": "30m", "calendar": None, "to": ["chief"]}])
    customer = house.customer()
    exception = house.exception(customer)
    house.tick()
    house.close(exception)
    house.tick(minutes=5)
    house.tick(minutes=60)
    assert house.endpoint.kinds == ["fired", "resolved"]
    assert "What was read since shows that it is fixed." in house.endpoint.taken[1][2]["data"]["lines"]
    house.run(
        "UPDATE ops.exception SET closed_at = NULL, state = 'reopened' WHERE exception_id = :own",
        own=exception,
    )
    house.tick(minutes=5)
    assert house.endpoint.kinds == ["fired", "resolved", "fired"]  # a cause that comes back is a new alert


def test_what_is_over_before_it_was_sent_is_no_news(house) -> None:
    house.rule()
    exception = house.exception(house.customer())
    house.endpoint.answers = [(503, {})]
    book.look(house.db, house.now)
    house.close(exception)
    house.tick(minutes=1)
    assert house.endpoint.taken == []
    assert [message.error for message in house.messages("dropped")] == ["over before it was sent"]


def test_an_overloaded_receiver_is_left_alone_for_as_long_as_it_asks(house) -> None:
    house.rule()
    house.exception(house.customer())
    house.endpoint.answers = [(429, {"Retry-After": "1800"}), (503, {})]
    house.tick()
    house.tick(minutes=29)
    assert house.endpoint.taken == []
    assert len(house.endpoint.answers) == 1  # nobody has asked again
    house.tick(minutes=2)
    house.tick(minutes=5)
    assert house.endpoint.kinds == ["fired"]
    (message,) = house.messages("sent")
    assert message.attempts == 3


def test_what_is_refused_for_good_is_a_dead_letter_with_its_reason(house, monkeypatch) -> None:
    house.rule()
    house.exception(house.customer())
    house.endpoint.answers = [(410, {})]
    house.tick()
    house.tick(hours=3)
    (message,) = house.messages("dead")
    assert (message.attempts, message.error) == (1, "127.0.0.1 answered 410")
    assert house.endpoint.taken == []


def test_a_private_address_is_refused_unless_the_channel_allows_it(house) -> None:
    house.channel("hook", allow_private=False)
    house.rule()
    house.exception(house.customer())
    house.tick()
    (message,) = house.messages("dead")
    assert "allow_private" in message.error


def dying_worker(house: House) -> "subprocess.Popen[bytes]":
    """A worker in a process of its own that delivers what is due, and that can be killed while it does."""
    given = {"home": str(house.db.server.home.path), "name": house.db.name, "now": house.now.isoformat()}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.app.alerts.carrying", json.dumps(given)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
    )  # fmt: skip


def test_a_worker_that_dies_while_sending_is_followed_by_one_message_with_the_same_key(house) -> None:
    house.rule()
    house.exception(house.customer())
    book.look(house.db, house.now)
    child = dying_worker(house)
    house.endpoint.on_taken = lambda: child.send_signal(signal.SIGKILL)
    out, _ = child.communicate(timeout=60)
    assert (child.returncode, out) == (-signal.SIGKILL, b"")
    assert len(house.endpoint.taken) == 1
    house.endpoint.on_taken = None
    house.tick(seconds=60)
    assert len(house.endpoint.taken) == 1  # its lease still holds
    house.tick(seconds=60)
    house.tick(seconds=60)
    keys = [headers["idempotency-key"] for _, headers, _ in house.endpoint.taken]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len(house.messages("sent")) == 1


def test_two_workers_send_each_message_once(house) -> None:
    house.rule()
    customer = house.customer()
    for number in range(6):
        house.exception(customer, title=f"Cause {number}")
    book.look(house.db, house.now)
    couriers = [house.courier("one"), house.courier("two")]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda courier: courier.round(), couriers))
    assert sum(each.sent for each in done) == 6
    assert sorted(house.endpoint.titles) == [f"Transfer failed: Cause {number}" for number in range(6)]


def test_a_mail_goes_to_each_by_name_of_the_partner_and_a_repeat_has_the_same_id(house) -> None:
    house.channel("desk", "mail", to=["sam@northwind.example", "kim@northwind.example"])
    house.rule(channels=["desk"])
    exception = house.exception(house.customer(), title="Žižkov & <b>Co</b>\r\nBcc: all@evil.example")
    house.box.data_answer = "451 try again"
    house.tick()
    house.box.data_answer = "250 taken"
    house.tick(minutes=2)
    house.later(minutes=2)
    house.close(exception)
    house.tick()
    fired, resolved = house.box.messages[:2], house.box.messages[2:]
    assert sorted(mail["To"] for mail in fired) == ["kim@northwind.example", "sam@northwind.example"]
    for mail in house.box.messages:
        assert mail["From"] == "Northwind Connect <alerts@northwind.example>"
        assert mail["Bcc"] is None
        assert "hroughline" not in mail.as_string()
        assert "treamlit" not in mail.as_string()
    assert len({mail["Message-ID"] for mail in house.box.messages}) == 4
    assert {mail["In-Reply-To"] for mail in resolved} == {mail["Message-ID"] for mail in fired}
    house.run("UPDATE ops.alert_message SET state = 'waiting' WHERE kind = 'fired'")
    house.courier().round()
    again = house.box.messages[4:]
    assert {mail["Message-ID"] for mail in again} == {mail["Message-ID"] for mail in fired}


def test_the_worker_counts_what_became_of_messages_and_when_it_last_looked(house) -> None:
    house.rule()
    house.exception(house.customer())
    worker = Worker(house.db)
    for tick in (worker.look, worker.mentions, worker.deliver, worker.clean):
        tick()
    told = generate_latest(worker.registry).decode()
    assert 'alert_messages_total{outcome="sent"} 1.0' in told
    for name in ("failed", "dead", "folded", "held"):
        assert f'alert_messages_total{{outcome="{name}"}} 0.0' in told
    for name in ("look", "mentions", "deliver", "clean"):
        assert f'last_tick_timestamp_seconds{{tick="{name}"}}' in told
    for reading in ('readers_busy{pace="quick"} 0.0', 'readers_busy{pace="slow"} 0.0', "readers_wanted 0.0"):
        assert reading in told
