"""Several workers and one of them killed: no stream is read twice, and none is forgotten."""

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from collectors import lease
from collectors.collect import collect
from collectors.kinds import streams_of
from collectors.work import collect_due
from sql.embedded import Server

from .conftest import NOW, RUNS, Asked, Firm, Site, run

ROOT = Path(__file__).parents[2]


def connect(firm: Firm, site: Site, *keys: str) -> None:
    """The site as these systems."""
    for key in keys:
        firm.add("http", site.url, key, allow_private=True, streams={"runs": RUNS})
    site.answer = lambda asked: {"data": [run("1"), run("2")]}


def worker(server: Server, firm: Firm) -> subprocess.Popen[str]:
    """A process that is ready to collect when it is told to."""
    command = [sys.executable, str(Path(__file__).with_name("race.py"))]
    made = subprocess.Popen(
        [*command, str(server.home.path), firm.db.name, NOW.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
    )
    assert made.stdout is not None
    assert made.stdout.readline() == "ready\n"
    return made


def said(process: subprocess.Popen[str]) -> list[int]:
    """What a worker reported."""
    out, _ = process.communicate(timeout=120)
    return [int(word) for word in out.split()]


@pytest.mark.slow
def test_two_processes_that_collect_what_is_due_do_the_work_once(firm: Firm, site: Site, server: Server):
    connect(firm, site, "a", "b", "c")
    workers = [worker(server, firm) for _ in range(2)]
    for process in workers:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    reports = [said(process) for process in workers]
    assert [sum(each) for each in zip(*reports, strict=True)] == [3, 6]
    assert len(site.asked) == 3
    assert firm.rows("outcome, rows_new", "ops.poll") == [("complete", 2)] * 3


@pytest.mark.slow
def test_the_poll_of_a_killed_worker_is_called_abandoned_and_made_up_for(
    firm: Firm, site: Site, server: Server
):
    connect(firm, site, "a")
    hang = True

    def answer(asked: Asked) -> object:
        while hang:
            time.sleep(0.02)
        return {"data": [run("1")]}

    site.answer = answer
    process = worker(server, firm)
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    while not site.asked:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    hang = False
    later = NOW + timedelta(minutes=10)
    assert collect_due(firm.db, later) == [], "its lease has not run out yet"
    firm._change("UPDATE ops.lease SET until = clock_timestamp() - interval '1 second'")
    assert [poll.outcome for poll in collect_due(firm.db, later)] == ["complete"]
    assert firm.rows("outcome, error", "ops.poll") == [
        ("abandoned", "its worker did not finish it"),
        ("complete", None),
    ]


def test_a_lease_is_had_by_one_and_given_back(firm: Firm, site: Site):
    connect(firm, site, "a")
    system = firm.system("a")
    first = lease.take(firm.db, system, "runs", "one")
    assert first is not None
    assert lease.take(firm.db, system, "runs", "two") is None
    assert lease.take(firm.db, system, "other", "two") is not None, "another stream is free"
    assert collect_due(firm.db, NOW) == []
    first.release()
    assert [poll.new for poll in collect_due(firm.db, NOW)] == [2]


def test_a_lease_that_ran_out_is_taken_over_and_its_first_holder_stops(firm: Firm, site: Site):
    connect(firm, site, "a")
    system = firm.system("a")
    first = lease.take(firm.db, system, "runs", "one", seconds=0.01)
    assert first is not None
    time.sleep(0.05)
    second = lease.take(firm.db, system, "runs", "two", seconds=60)
    assert second is not None
    (stream,) = streams_of(system)
    poll = collect(firm.db, system, stream, NOW, worker="one", still_ours=first.still_ours)
    assert (poll.outcome, poll.error_kind) == ("partial", "lease")
    first.release()
    assert lease.take(firm.db, system, "runs", "three") is None, "what was lost is not given back"
    assert second.still_ours()


def test_the_same_worker_does_not_read_twice_what_is_not_due(firm: Firm, site: Site):
    connect(firm, site, "a", "b")
    assert len(collect_due(firm.db, NOW)) == 2
    assert collect_due(firm.db, NOW + timedelta(minutes=4)) == []
    assert len(collect_due(firm.db, NOW + timedelta(minutes=5), threads=2)) == 2
    assert len(collect_due(firm.db, NOW + timedelta(minutes=6), everything=True, system="a")) == 1
