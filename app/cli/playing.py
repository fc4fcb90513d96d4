"""Plays an estate: starts its sources, applies it, collects everything with a progress bar, keeps it alive, serves."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import text

import sql
from app import configuration, estate_file
from app.auth.people import list_people, seed_demo_people
from app.cli.ground import now
from app.cli.output import refuse, say
from app.demo.world import DemoWorld, Stage, build, reopen
from collectors.kinds import KINDS
from collectors.ledger import Poll
from collectors.system import System, load_systems
from collectors.work import collect_due
from metrics.refresh import refresh
from sql.database import Database, open_database
from sql.home import default_home
from sql.processes import end_with

PLAYED = ("northwind", "helix")
TICK_SECONDS = 4.0


@dataclass(frozen=True)
class SignIn:
    """One demo person with the password that was made up for them."""

    partner: str
    email: str
    password: str
    role: str


def refuse_real_data(db: Database) -> None:
    """Ends the command when the database belongs to somebody: a played estate never mixes with real customers."""
    with db.engine("owner").connect() as conn:
        others = {row.path[0] for row in conn.execute(text(sql.query("config/partner")))} - set(PLAYED)
    if others:
        refuse(
            f"this database holds the partner '{min(others)}'; set THROUGHLINE_HOME to a new folder, "
            "or DATABASE_URL to an empty database, and try again"
        )


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """The bar that shows what is being prepared."""
    columns = (TextColumn("{task.description:<44}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield progress


def apply_estate(db: Database, files: list[Path]) -> None:
    """Apply the estate files of a played world."""
    at = now()
    with db.engine("owner").begin() as conn:
        configuration.alone(conn)
        try:
            changes = configuration.plan(conn, estate_file.load(files), at)
        except estate_file.EstateError as error:
            refuse(str(error))
        configuration.apply(conn, changes, at, actor="demo")


@contextmanager
def hands() -> Iterator[Executor]:
    """As many processes as there are cores, four at most; each begins by importing all of this, before there is work."""
    count = min(4, os.cpu_count() or 1)
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, _end_with, (os.getpid(),))
    try:
        for _ in range(count):
            pool.submit(os.getpid)
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with(parent: int) -> None:
    end_with(parent, signal.SIGTERM)()


def demo_world(folder: Path, at: datetime, size: float, progress: Progress, pool: Executor) -> DemoWorld:
    """The demo's sources: those of the last start where there are any, else written anew."""
    with suppress(FileNotFoundError, ValueError, KeyError):
        found = reopen(folder)
        if found.size == size:
            return found
    task = progress.add_task("Writing the sources", total=None)

    def step(name: str, done: int, of: int) -> None:
        progress.update(task, completed=done, total=of, description=f"Writing the sources of {name}")

    return build(folder, at, size=size, progress=step, pool=pool)


def collect_everything(
    db: Database, progress: Progress, pool: Executor, stages: Sequence[Stage], enter: Callable[[Stage], None]
) -> list[Poll]:
    """Read every stream as of the last of these stages, and before that what earlier ones name; a bar step each.

    What an earlier stage names is read stage by stage, `enter` called before each; everything else goes on beside it.
    """
    *early, last = stages
    systems = load_systems(db)
    named = {(stage.customer, stage.system) for stage in early}
    apart = [entry for entry in systems if (entry.customer, entry.key) in named]
    beside = [entry for entry in systems if entry not in apart]

    def of(stage: Stage) -> list[System]:
        if stage is last:
            return apart
        return [entry for entry in apart if (entry.customer, entry.key) == (stage.customer, stage.system)]

    def begin(some: Sequence[System], at: datetime) -> set[Future[list[Poll]]]:
        longest_first = sorted(some, key=lambda entry: entry.role != "ipaas")
        return {pool.submit(_collect, entry.customer_id, entry.key, at) for entry in longest_first}

    total = sum(_streams(entry) for some in (beside, *map(of, stages)) for entry in some)
    task = progress.add_task("Collecting", total=total)
    read: list[Poll] = []
    to_come = deque(stages)
    in_turn: set[Future[list[Poll]]] = set()
    others: set[Future[list[Poll]]] = set()
    while in_turn or others or to_come:
        if not in_turn and to_come:
            enter(stage := to_come.popleft())
            in_turn = begin(of(stage), stage.now)
            if stage is stages[0]:
                others = begin(beside, last.now)
            continue
        done, _ = wait(in_turn | others, return_when=FIRST_COMPLETED)
        in_turn, others = in_turn - done, others - done
        for poll in (poll for each in done for poll in each.result()):
            read.append(poll)
            said = f"Collecting {poll.customer}/{poll.system} {poll.stream}"
            progress.update(task, advance=1, description=said)
    rows = sum(poll.new + poll.changed for poll in read)
    progress.update(task, completed=total, description=f"Collected {rows:,} rows in {len(read)} streams")
    return read


def _collect(customer_id: int, system: str, at: datetime) -> list[Poll]:
    db = open_database()
    try:
        return collect_due(db, at, customer_id, system, everything=True)
    finally:
        db.close()


def _streams(system: System) -> int:
    return len(KINDS[system.kind].streams(system))


def count_everything(db: Database, progress: Progress) -> None:
    """Count, match and detect over all that was read."""
    task = progress.add_task("Counting", total=1)
    refresh(db, now())
    progress.update(task, completed=1, description="Counted, matched, exceptions opened")


def sign_ins(db: Database) -> list[SignIn]:
    """The demo people, made at the first start; their passwords are kept in a file that only its owner can read."""
    kept = default_home() / "demo-sign-ins.json"
    known = {person.email for person in list_people(db) if person.is_demo}
    with suppress(OSError, ValueError, TypeError):
        people = [SignIn(**entry) for entry in json.loads(kept.read_text(encoding="utf-8"))]
        if people and {person.email for person in people} == known:
            return people
    people = [
        SignIn(partner, email, password, role)
        for partner in PLAYED
        for email, password, role in seed_demo_people(db, partner)
    ]
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.unlink(missing_ok=True)
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump([vars(person) for person in people], file, indent=1)
    return people


def introduce(people: list[SignIn], hosts: dict[str, str], port: int) -> None:
    """Print the addresses and who may sign in there."""
    for partner, host in hosts.items():
        say(f"\n  http://{host}:{port}")
        for person in people:
            if person.partner == partner:
                say(f"    {person.email:<44} {person.password:<26} {person.role.replace('_', ' ')}")
    say("\nDemo sign-ins. Connect your identity provider before real data. End with Ctrl-C.\n")


@contextmanager
def working() -> Iterator[int]:
    """A worker in a process of its own, ended with this one, even when this one is killed; its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "run"],
        stdout=subprocess.DEVNULL,
        preexec_fn=end_with(os.getpid(), signal.SIGTERM),  # who starts in the background ignores SIGINT
    )
    try:
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def ticking(tick: Callable[[datetime], Any]) -> Iterator[None]:
    """New events keep arriving at the sources while the dashboards are served."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(TICK_SECONDS):
            tick(now())

    thread = threading.Thread(target=beat, name="sources", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(10)
