"""The demo world: builds the sources, starts what has to be served, and lets new things happen."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from app.demo import estate, stores, truth
from app.demo import tick as ticking
from app.demo.cast import CUSTOMERS, UNREADABLE_DAYS, Cast, shrink
from app.demo.clock import instant
from app.demo.simulate import simulate

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Stage:
    """One step of the first collection: collect this as if it were `now`; customer and system None: everything."""

    now: datetime
    customer: str | None = None
    system: str | None = None


@dataclass
class DemoWorld:
    """The folder of a world and what is known about it. `now`: when it was built; `seen`: the present of this start."""

    folder: Path
    now: datetime
    seed: int
    size: float
    seen: datetime
    rows: dict[str, dict[str, dict[str, int]]] = field(
        default_factory=dict
    )  # customer → system → table → records

    @property
    def casts(self) -> list[Cast]:
        """The customers of this world, as large as they are here."""
        return [shrink(cast, self.size) for cast in CUSTOMERS if cast.key in self.rows]

    @property
    def sources(self) -> Path:
        """Where the customers' systems lie."""
        return self.folder / "sources"

    @property
    def truth(self) -> dict[str, Any]:
        """What really happened up to `now`, by customer: see app/demo/truth.py."""
        return dict(json.loads((self.folder / "truth.json").read_text(encoding="utf-8")))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The collection at a start, in order: one customer's run log was readable until two days ago, then all there is.

        Call `enter` before each. A world that was collected once has only the last of them.
        """
        stale = [
            cast.key
            for cast in self.casts
            if cast.story == "stale" and not stores.platform(self.sources, cast.key).get("key_withdrawn")
        ]
        until = self.now - timedelta(days=UNREADABLE_DAYS)
        return (*(Stage(until, key, "ipaas") for key in stale), Stage(self.seen))

    def enter(self, stage: Stage) -> None:
        """Puts the sources into the state that they had at a stage: at the last, one customer's key is withdrawn."""
        for cast in self.casts:
            if cast.story == "stale":
                early = stage.customer == cast.key
                shown = int(instant(stage.now).astype("i8")) if early else None
                stores.set_platform(self.sources, cast.key, shown_until=shown, key_withdrawn=not early)


def build(
    folder: Path,
    now: datetime,
    seed: int = 7,
    size: float = 1.0,
    progress: Progress | None = None,
    only: Collection[str] | None = None,
    pool: Executor | None = None,
) -> DemoWorld:
    """Writes the sources, keys and truth of a world; the same seed, size and moment give the same sources.

    `progress` hears (customer, done, of). `size` below 1 makes everything smaller but the history and the stories;
    `only` names the customers that are wanted, for tests. In a `pool` they are played side by side.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    folder = folder.resolve()
    casts = [shrink(cast, size) for cast in CUSTOMERS if only is None or cast.key in only]
    told: dict[str, Any] = {}
    world = DemoWorld(folder, now, seed, size, now)
    for cast, answer in _play(casts, folder, now, seed, pool):
        told[cast.key] = answer["truth"]
        world.rows[cast.key] = answer["rows"]
        if progress:
            progress(cast.name, len(told), len(casts))
    ordered = {cast.key: told[cast.key] for cast in casts}
    about = {"now": now.isoformat(), "seed": seed, "size": size, "rows": world.rows}
    (folder / "truth.json").write_text(json.dumps(ordered, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "world.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
    world.enter(world.stages[0])
    return world


def reopen(folder: Path, now: datetime | None = None) -> DemoWorld:
    """The world that an earlier `build` wrote, with everything that has happened since, up to `now` (None: the clock's).

    Raises FileNotFoundError when there is none.
    """
    about = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    built = datetime.fromisoformat(about["now"])
    seen = now or datetime.now(UTC)
    world = DemoWorld(folder.resolve(), built, about["seed"], about["size"], seen, about["rows"])
    tick(world, seen)
    return world


def tick(world: DemoWorld, now: datetime) -> dict[str, int]:
    """Lets everything happen that happens up to `now`; answers how many runs, entries, wins and bills there were."""
    total: dict[str, int] = {}
    for cast in world.casts:
        for kind, count in ticking.customer(cast, world.sources, now, world.seed).items():
            total[kind] = total.get(kind, 0) + count
    return total


def _play(
    casts: list[Cast], folder: Path, now: datetime, seed: int, pool: Executor | None
) -> Iterator[tuple[Cast, dict[str, Any]]]:
    if pool is None:
        yield from ((cast, _customer(cast, folder, now, seed)) for cast in casts)
        return
    waiting = {cast: pool.submit(_customer, cast, folder, now, seed) for cast in casts}
    for cast, answer in waiting.items():
        yield cast, answer.result()


def _customer(cast: Cast, folder: Path, now: datetime, seed: int) -> dict[str, Any]:
    # everything leaves the frames as Python's own text: kept as such it need not be made anew each time
    with pd.option_context("mode.string_storage", "python"):
        played = simulate(cast, now, seed)
        written = stores.write(played, folder / "sources")
        stores.write_secrets(cast, folder / "secrets")
        ticking.prepare(played, folder / "sources")
        return {"truth": truth.of(played), "rows": {one.system: dict(one.rows) for one in written}}


@dataclass(frozen=True)
class Running:
    """What was started for a world: the estate files, and the port of the served systems."""

    world: DemoWorld
    estates: tuple[Path, ...]
    port: int
    server: subprocess.Popen[str]

    def stop(self) -> None:
        """Ends the server; harmless when it has ended."""
        if self.server.stdin and not self.server.stdin.closed:
            self.server.stdin.close()
        try:
            self.server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        if self.server.stdout:
            self.server.stdout.close()


def start(world: DemoWorld, port: int = 0) -> Running:
    """Serves the systems that are read over HTTP on loopback, and writes the estate files that name them.

    The server ends with the program that started it, even when that is killed.
    """
    command = [sys.executable, "-m", "app.demo.sources", str(world.folder), str(port)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    line = server.stdout.readline()
    if not line.strip().isdigit():
        server.kill()
        raise RuntimeError("the demo's source systems did not start")
    used = int(line)
    return Running(world, estate.write(world.folder, used, world.now, world.casts), used, server)


@contextmanager
def running(world: DemoWorld, port: int = 0) -> Iterator[Running]:
    """`start`, and `stop` at the end."""
    started = start(world, port)
    try:
        yield started
    finally:
        started.stop()
