"""Systems that answer slowly or drip: they cost their own time and nobody else's."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from collectors import hook, http, lease, sql_deadline
from collectors.hands import Hands
from collectors.stream import SourceError
from collectors.system import System
from collectors.work import collect_due

from .conftest import NOW, RUNS, Asked, Firm, Site, run

pytestmark = pytest.mark.slow


@contextmanager
def dripping(head: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers these bytes and then one more every few milliseconds, without end; what it was asked."""
    asked: list[bytes] = []
    over = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                asked.append(client.recv(65536))
                try:
                    client.sendall(head)
                    while not over.wait(0.02):
                        client.sendall(b"a")
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
    over.set()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "head", [HEAD + b"X-Long: ", HEAD + b"\r\n", HEAD + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\0"]
)  # fmt: skip
def test_an_answer_that_drips_ends_in_its_time(monkeypatch: pytest.MonkeyPatch, head: bytes):
    monkeypatch.setattr(http, "LEAST_TIMEOUT", 0.1)
    monkeypatch.setattr(http, "LONGEST_ANSWER", 0.2)
    with dripping(head) as (url, asked):
        system = System(1, 1, "a", "crm", "http", url, options={"allow_private": True, "timeout": 0.1})
        with http.Client(system) as client, pytest.raises(SourceError) as caught:
            client.get("/runs")
    assert (caught.value.kind, len(asked)) == ("timeout", 1)
    assert str(caught.value) == (
        "1/a: GET /runs did not end its answer in time: left to the next poll (options.timeout gives it longer)"
    )


def test_a_message_to_a_server_that_drips_is_doubtful_in_its_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hook, "TIMEOUT", 0.3)
    with dripping(HEAD + b"\r\n") as (url, _), pytest.raises(hook.HookRefused) as caught:
        hook.post(url, b"{}", {}, allow_private=True)
    assert (caught.value.permanent, caught.value.doubtful) == (False, True)


ENDLESS = (
    "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted) SELECT n AS id FROM counted"
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_query_that_never_ends_is_cut_off_in_its_time(
    firm: Firm,
    postgres: tuple[psycopg.Connection, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
):
    monkeypatch.setattr(sql_deadline, "LONGEST_QUERY", 0.2)
    conn, url = postgres
    monkeypatch.setenv("THE_PASSWORD", conn.info.password or "none")
    secret = {"secret": "env:THE_PASSWORD"} if conn.info.password else {}
    if kind == "sqlite":
        (tmp_path / "log.db").touch()
        url, secret = f"sqlite:///{tmp_path}/log.db", {}
    fields = {"external_id": "id", "workflow_name": "id", "started_at": "id"}
    stream = {"object": "run", "query": ENDLESS, "cursor": "id", "id": "id", "fields": fields}
    firm.add("sql", url, streams={"runs": stream | {"status": RUNS["status"]}}, **secret)
    poll = firm.collect()
    assert (poll.outcome, poll.error_kind) == ("failed", "timeout")
    assert poll.error == (
        "acme/ipaas: runs: the query did not answer in 0 s: left to the next poll (options.timeout gives it longer)"
    )


@pytest.mark.parametrize(("said", "seconds"), [(None, 900), (60, 900), (3600, 3600)])
def test_a_query_has_a_quarter_of_an_hour_or_longer_where_its_entry_says_so(said: object, seconds: float):
    options = {} if said is None else {"timeout": said}
    assert sql_deadline.seconds_of(System(1, 1, "a", "crm", "sql", options=options)) == seconds


def comes_true(told: Callable[[], bool]) -> None:
    """Wait for what happens in another thread."""
    until = time.monotonic() + 20
    while not told():
        assert time.monotonic() < until
        time.sleep(0.02)


class Readings:
    """Readings that go on until they are let go, by place; `began` in the order in which they got their turn."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands
        self.began: list[tuple[int, int]] = []
        self._gates: dict[tuple[int, int], threading.Event] = {}

    def offer(self, *places: tuple[int, int], slow: bool = True, host: str | None = None) -> None:
        """Offer these, customer and system; those that are not slow end at once."""
        for place in places:
            gate = self._gates.setdefault(place, threading.Event())
            if not slow:
                gate.set()
            self.hands.offer(
                place, lambda place=place, gate=gate: (self.began.append(place), gate.wait()), host
            )

    def let_go(self) -> None:
        """All of them end, and those that are offered from now on take as long again."""
        gates, self._gates = self._gates, {}
        for gate in gates.values():
            gate.set()


@pytest.fixture
def readings() -> Iterator[Callable[..., Readings]]:
    """Makes readings by hands; they end with the test."""
    made: list[Readings] = []

    def make(at_once: int, **more: object) -> Readings:
        made.append(Readings(Hands(at_once, **more)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.let_go()
        each.hands.end(10)


def test_a_slow_reading_gives_its_turn_up_and_is_not_begun_again(readings: Callable[..., Readings]):
    read = readings(1, slow_after=0.5, most=2)
    read.offer((1, 1))
    read.offer((2, 1), slow=False)
    read.hands.settle()
    comes_true(lambda: read.began == [(1, 1), (2, 1)])
    read.offer((1, 1))
    read.offer((3, 1), slow=False)
    read.hands.settle()
    comes_true(lambda: read.began == [(1, 1), (2, 1), (3, 1)])


def test_the_slow_systems_of_one_customer_leave_room_for_the_others(readings: Callable[..., Readings]):
    read = readings(2, slow_after=0.5, most=6, shared=True)
    read.offer(*[(1, system) for system in range(9)])
    read.offer((2, 1), slow=False)
    read.hands.settle()
    comes_true(lambda: sorted(read.began) == [(1, 0), (1, 1), (1, 2), (2, 1)])
    assert (2, 1) in read.began[:2], "who waited for none of them"


def test_when_everything_is_slow_nothing_is_begun_and_nobody_waits(readings: Callable[..., Readings]):
    read = readings(2, slow_after=0.05, most=2)
    read.offer((1, 1), (2, 1), (3, 1))
    read.hands.settle()
    read.offer((4, 1), slow=False)
    read.hands.settle()
    comes_true(lambda: sorted(read.began) == [(1, 1), (2, 1)])


def test_what_was_slow_last_time_leaves_room_however_much_it_is(readings: Callable[..., Readings]):
    read = readings(1, slow_after=0.1, most=3)
    slow = [(1, 1), (2, 1), (3, 1)]
    read.offer(*slow)
    read.hands.settle()
    read.offer((4, 1), slow=False)
    read.hands.settle()
    assert (read.hands.busy, read.hands.left) == ((0, 3), 1), "the first time nobody knows who is slow"
    read.let_go()
    comes_true(lambda: read.hands.busy == (0, 0))
    read.began.clear()
    read.offer(*slow)
    read.offer((4, 1), slow=False)
    read.hands.settle()
    comes_true(lambda: sorted(read.began) == [(1, 1), (2, 1), (4, 1)])
    comes_true(lambda: read.hands.busy == (0, 2))
    assert read.hands.left == 1


def test_a_host_that_turns_slow_keeps_half_of_the_readers_at_most(readings: Callable[..., Readings]):
    read = readings(2, slow_after=0.1, most=4, shared=True)
    read.offer((1, 1), (2, 1), (3, 1), host="api.example")
    read.offer((4, 1), slow=False)
    read.hands.settle()
    comes_true(lambda: sorted(read.began) == [(1, 1), (2, 1), (4, 1)])


def test_hands_without_a_limit_wait_for_everything_and_say_what_broke(readings: Callable[..., Readings]):
    read = readings(2)
    ended = []

    def broken() -> None:
        raise ValueError("no database")

    read.hands.offer((1, 1), broken)
    read.hands.offer((2, 1), lambda: (time.sleep(0.1), ended.append(1)))
    with pytest.raises(ValueError, match="no database"):
        read.hands.settle()
    assert ended == [1]
    read.hands.settle()


def test_a_slow_system_is_read_on_while_others_are_read_and_told_when_it_is_done(firm: Firm, site: Site):
    gate, told = threading.Event(), []

    def answer(asked: Asked) -> object:
        if asked.path.startswith("/slow"):
            gate.wait(30)
        return {"data": [run("1")]}

    site.answer = answer
    firm.add("http", site.url + "/slow", "a", allow_private=True, streams={"runs": RUNS})
    firm.add("http", site.url, "b", allow_private=True, streams={"runs": RUNS})
    hands = Hands(1, slow_after=0.5, most=3)

    def tick(minutes: int) -> None:
        collect_due(firm.db, NOW + timedelta(minutes=minutes), on_poll=told.append, hands=hands)

    tick(0)
    comes_true(lambda: len(told) == 1 and hands.busy == (0, 1))
    tick(5)
    comes_true(lambda: len(told) == 2)
    assert [(poll.system, poll.rows) for poll in told] == [("b", 1), ("b", 1)]
    assert firm.rows("outcome", "ops.poll") == [("complete",), ("complete",), ("running",)]
    gate.set()
    comes_true(lambda: len(told) == 3)
    hands.end(10)
    assert [(poll.system, poll.new, poll.outcome) for poll in told[2:]] == [("a", 1, "complete")]
    assert len(collect_due(firm.db, NOW + timedelta(minutes=10))) == 2, "and every lease was given back"


def test_a_worker_that_ends_leaves_a_slow_system_to_the_next(firm: Firm, site: Site):
    gate = threading.Event()
    site.answer = lambda asked: (gate.wait(30), {"data": []})[1]
    firm.add("http", site.url, allow_private=True, streams={"runs": RUNS})
    hands = Hands(1, slow_after=0.1, most=2)
    collect_due(firm.db, NOW, hands=hands)
    comes_true(lambda: len(site.asked) == 1)
    hands.end(0.1)
    assert firm.rows("holder IS NULL", "ops.lease") == [(True,)]
    gate.set()
    comes_true(lambda: firm.rows("outcome, error_kind", "ops.poll") == [("partial", "ended")])
    hands.end(10)


def test_the_lease_of_a_slow_system_is_kept_while_it_answers(
    firm: Firm, site: Site, monkeypatch: pytest.MonkeyPatch
):
    gate = threading.Event()
    site.answer = lambda asked: (gate.wait(30), {"data": [run("1")]})[1]
    firm.add("http", site.url, allow_private=True, streams={"runs": RUNS})
    monkeypatch.setattr(lease, "RENEW_AFTER", 0.0)
    hands = Hands(1, slow_after=0.1, most=2)
    collect_due(firm.db, NOW, hands=hands)
    comes_true(lambda: len(site.asked) == 1)
    firm._change("UPDATE ops.lease SET until = clock_timestamp() + interval '1 second'")
    collect_due(firm.db, NOW, hands=hands)
    assert firm.rows("until > clock_timestamp() + interval '5 minutes'", "ops.lease") == [(True,)]
    gate.set()
    comes_true(lambda: firm.rows("outcome, rows_new", "ops.poll") == [("complete", 1)])
    hands.end(10)
