"""The live world: real Tryton and real Prefect servers on loopback, started, driven and stopped together."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.live import environments, prefect, tryton
from app.live.environments import Progress, quiet
from app.live.estate import estate
from app.live.firms import FIRMS, HARROW


@dataclass
class LiveWorld:
    """All that somebody needs who reads from, writes to or judges the live systems."""

    folder: Path
    tryton: tryton.TrytonWorld
    prefects: dict[str, prefect.PrefectWorld]
    size: str
    _in_use: IO[str]

    @property
    def tryton_url(self) -> str:
        """Address of the Tryton server; a database's name is the first part of every path."""
        return self.tryton.url

    @property
    def prefect_urls(self) -> dict[str, str]:
        """Address of each firm's Prefect server, without `/api`."""
        return {key: server.url for key, server in self.prefects.items()}

    crm_db, psa_db = HARROW.crm, HARROW.psa

    @property
    def truth_path(self) -> Path:
        """The record of what was done, JSON lines (truth.py reads it)."""
        return self.folder / "truth.jsonl"

    @property
    def estate_path(self) -> Path:
        """The estate file that connects the product to this world."""
        return self.folder / "estate.yaml"

    @property
    def keys(self) -> dict[tuple[str, str], str]:
        """REST keys by (database, login); logins are `collector` and `nobody` (a user without rights)."""
        return self.tryton.keys

    def key_file(self, database: str, login: str) -> Path:
        """The file that holds a REST key, readable by this user only."""
        return self.folder / "keys" / f"{database}-{login}"

    def stop(self, keep_files: bool = False) -> None:
        """End all servers, and remove the folder unless it is to be kept."""
        with ThreadPoolExecutor(len(self.prefects) + 1) as pool:
            list(pool.map(lambda server: server.stop(), [*self.prefects.values(), self.tryton]))
        self._in_use.close()
        if not keep_files:
            shutil.rmtree(self.folder, ignore_errors=True)


def start(cache: Path | None = None, size: str = "small", progress: Progress = quiet) -> LiveWorld:
    """Start every server and write keys and estate into a new folder under the cache. The caller must stop it."""
    if cache is not None:
        os.environ["THROUGHLINE_CACHE"] = str(cache)
    tryton.template(progress)  # the slow, once-only steps first and alone: they use both cores
    environments.ensure(prefect.NAME, progress)
    folder, in_use = _new_folder()
    with ThreadPoolExecutor(1 + len(FIRMS)) as pool:
        business = pool.submit(tryton.start, folder / "tryton", progress)
        platforms = {
            firm.key: pool.submit(
                prefect.start, folder / f"prefect-{firm.key}", f"prefect-{firm.key}", progress
            )
            for firm in FIRMS
        }
    jobs: list[Future[Any]] = [business, *platforms.values()]
    if failed := [error for job in jobs if (error := job.exception())]:
        for job in jobs:
            if job.exception() is None:
                job.result().stop()
        raise failed[0]
    world = LiveWorld(
        folder, business.result(), {key: job.result() for key, job in platforms.items()}, size, in_use
    )
    (folder / "keys").mkdir(mode=0o700)
    for (database, login), key in world.keys.items():
        path = world.key_file(database, login)
        path.touch(mode=0o600)
        path.write_text(key + "\n")
    integration = folder / "keys" / "integration"
    integration.touch(mode=0o600)
    integration.write_text(world.tryton.passwords["integration"] + "\n")
    world.estate_path.write_text(estate(world))
    return world


def _new_folder() -> tuple[Path, IO[str]]:
    """A new folder with a lock that lives as long as we do; folders that a killed process left behind are removed."""
    worlds = environments.cache_folder() / "worlds"
    worlds.mkdir(parents=True, exist_ok=True, mode=0o700)
    with environments.held(worlds / ".lock"):
        for old in worlds.glob("live-*"):
            with contextlib.suppress(OSError), (old / "in-use").open("a") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(old, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix="live-", dir=worlds))
        in_use = (folder / "in-use").open("w")
        fcntl.flock(in_use, fcntl.LOCK_EX)
    return folder, in_use


@contextmanager
def running(
    cache: Path | None = None, size: str = "small", progress: Progress = quiet
) -> Iterator[LiveWorld]:
    """A started world that is stopped and removed at the end."""
    world = start(cache, size, progress)
    try:
        yield world
    finally:
        world.stop()


def main() -> None:
    """`python -m app.live.world`: start, print where everything is, stay until interrupted."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--size", default="small", choices=("small", "large"))
    parser.add_argument("--keep", action="store_true", help="stay up until interrupted")
    parser.add_argument("--speed", type=float, help="1 pauses between acts; without it there are no pauses")
    parser.add_argument(
        "--tick", type=float, help="with --keep: one more piece of business every so many seconds"
    )
    options = parser.parse_args()
    begun, ended = time.monotonic(), threading.Event()

    def progress(message: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {message}", flush=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    from app.live.driver import drive  # the driver needs the world's class

    with running(size=options.size, progress=progress) as world:
        print(f"folder    {world.folder}\nestate    {world.estate_path}\ntruth     {world.truth_path}")
        print(f"tryton    {world.tryton_url}  databases {', '.join(sorted({db for db, _ in world.keys}))}")
        for key, url in world.prefect_urls.items():
            print(f"prefect   {url}  of {key}")
        for database, login in world.keys:
            print(f"key       {database:7} {login:10} {world.key_file(database, login)}")
        driver = drive(world, options.speed, progress)
        if options.keep:
            progress("up; interrupt to stop")
            while not ended.wait(options.tick or None):
                progress(driver.tick())
        driver.close()


if __name__ == "__main__":
    main()
