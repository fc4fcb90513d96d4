"""What may have arrived in a chat: looked for where it can be, left to a person where that was asked for, and never lost."""

import signal
from collections.abc import Iterator

import pytest

from app.alerts import book
from tests.app.alerts.conftest import House
from tests.app.alerts.slack_server import TOKEN, Slack, slack
from tests.app.alerts.test_deliver import dying_worker

pytestmark = pytest.mark.slow


@pytest.fixture
def room(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    """A Slack with an app's token, and a channel that writes into one of its rooms; one cause to tell."""
    monkeypatch.setenv("SLACK_TOKEN", TOKEN)
    with slack() as server:
        house.channel("room", "slack", secret="env:SLACK_TOKEN", room="C0123ABC", url=server.api)
        house.rule(channels=["room"])
        house.exception(house.customer(), title="The first")
        yield server


def test_a_message_that_was_taken_without_an_answer_is_found_and_not_written_twice(
    house: House, room: Slack
) -> None:
    room.breaks = 1
    house.tick()
    assert len(room.written) == 1
    assert [each.is_doubtful for each in house.messages("waiting")] == [True]
    house.exception(house.messages("waiting")[0].customer_id, title="The second")
    house.tick(minutes=5)
    assert len(room.written) == 2
    assert len({each["metadata"]["event_payload"]["key"] for each in room.written}) == 2
    assert len(house.messages("sent")) == 2
    assert "Sent again" not in str(room.written)


def test_a_worker_that_dies_before_it_writes_is_followed_by_one_message_that_is_no_repeat(
    house: House, room: Slack
) -> None:
    book.look(house.db, house.now)
    own = house.run("SELECT customer_id FROM ops.alert")[0].customer_id
    assert house.courier("the one that dies")._claim(own) is not None
    house.tick(seconds=91)
    assert room.asked == ["conversations.history", "chat.postMessage"]
    assert "Sent again" not in str(room.written)
    assert len(house.messages("sent")) == 1


def test_a_worker_that_is_killed_after_slack_has_taken_it_is_followed_by_no_second_message(
    house: House, room: Slack
) -> None:
    book.look(house.db, house.now)
    child = dying_worker(house)
    room.on_written = lambda: child.send_signal(signal.SIGKILL)
    assert child.communicate(timeout=60)[0] == b""
    assert child.returncode == -signal.SIGKILL
    room.on_written = None
    for _ in range(3):
        house.tick(seconds=91)
    assert len(room.written) == 1
    assert len(house.messages("sent")) == 1


def test_where_the_app_may_not_read_a_repeat_says_that_it_may_be_one(house: House, room: Slack) -> None:
    room.breaks, room.refuses = 1, {"conversations.history": "missing_scope"}
    house.tick()
    house.tick(minutes=5)
    assert len(room.written) == 2
    assert ["Sent again" in str(each) for each in room.written] == [False, True]


@pytest.mark.parametrize(("word", "state"), [("ratelimited", "waiting"), ("channel_not_found", "dead")])
def test_what_slack_refuses_is_tried_again_or_told_as_dead(
    house: House, room: Slack, word: str, state: str
) -> None:
    room.refuses = {"chat.postMessage": word}
    house.tick()
    (message,) = house.messages(state)
    assert message.error == f"Slack did not take it: {word}"
    assert TOKEN not in message.error


@pytest.fixture
def asking(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A Teams channel whose doubts are a person's to settle, and one cause to tell."""
    monkeypatch.setenv("TEAMS_ADDRESS", house.endpoint.url("/teams"))
    house.channel("teams", "teams", secret="env:TEAMS_ADDRESS", repeat="ask")
    house.rule(channels=["teams"])
    house.exception(house.customer())
    return house


def test_where_a_person_is_to_be_asked_a_message_in_doubt_is_held_and_not_sent_again(asking: House) -> None:
    book.look(asking.db, asking.now)
    own = asking.run("SELECT customer_id FROM ops.alert")[0].customer_id
    assert asking.courier("the one that dies")._claim(own) is not None
    for _ in range(3):
        asking.tick(minutes=5)
    assert asking.endpoint.taken == []
    (held,) = asking.messages("held")
    assert held.error == "It may have arrived: look, and say whether it did."


def test_an_answer_that_refused_is_no_doubt_and_nobody_is_asked(asking: House) -> None:
    asking.endpoint.answers = [(503, {})]
    asking.tick()
    asking.tick(minutes=2)
    assert len(asking.endpoint.taken) == 1
    assert asking.messages("held") == []


def test_what_is_over_asks_nobody_any_more_and_the_end_is_told(asking: House) -> None:
    book.look(asking.db, asking.now)
    (alert,) = asking.run("SELECT customer_id, exception_id FROM ops.alert")
    assert asking.courier("the one that dies")._claim(alert.customer_id) is not None
    asking.tick(minutes=5)
    asking.close(alert.exception_id)
    asking.tick(minutes=1)
    assert asking.messages("held") == []
    (said,) = (body for _, _, body in asking.endpoint.taken)
    assert "Resolved" in str(said)
