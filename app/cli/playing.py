"""Plays an estate: starts its sources, applies it, collects everything with a progress bar, keeps it alive, serves."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
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
from app.demo.world import DemoWorld, build, reopen
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


def demo_world(folder: Path, at: datetime, size: float, progress: Progress) -> DemoWorld:
    """The demo's sources: those of the last start where there are any, else written anew."""
    with suppress(FileNotFoundError, ValueError, KeyError):
        found = reopen(folder)
        if found.size == size:
            return found
    task = progress.add_task("Writing the sources", total=None)

    def step(name: str, done: int, of: int) -> None:
        progress.update(task, completed=done, total=of, description=f"Writing the sources of {name}")

    return build(folder, at, size=size, progress=step)


def collect_everything(
    db: Database, progress: Progress, at: datetime, customer_id: int | None = None, system: str | None = None
) -> list[Poll]:
    """Read every stream once as of an instant, a bar step each; several systems in as many processes as there are cores."""
    systems = load_systems(db, customer_id, system)
    total = sum(_streams(entry) for entry in systems)
    task = progress.add_task("Collecting", total=total)
    read: list[Poll] = []

    def step(poll: Poll) -> None:
        read.append(poll)
        progress.update(
            task, advance=1, description=f"Collecting {poll.customer}/{poll.system} {poll.stream}"
        )

    if len(systems) == 1:
        collect_due(db, at, customer_id, system, everything=True, on_poll=step)
    else:
        for polls in _collected_apart(systems, at):
            for poll in polls:
                step(poll)
    rows = sum(poll.new + poll.changed for poll in read)
    progress.update(task, completed=total, description=f"Collected {rows:,} rows in {len(read)} streams")
    return read


def _collected_apart(systems: Sequence[System], at: datetime) -> Iterator[list[Poll]]:
    """The polls of each system, as it is done: reading a history keeps a core busy, and a process uses one core."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(4, os.cpu_count() or 1), context, _end_with, (os.getpid(),))
    longest_first = sorted(systems, key=lambda entry: entry.role != "ipaas")
    try:
        for done in as_completed(
            [pool.submit(_collect, entry.customer_id, entry.key, at) for entry in longest_first]
        ):
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with(parent: int) -> None:
    end_with(parent, signal.SIGTERM)()


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
