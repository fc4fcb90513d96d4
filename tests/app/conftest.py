"""What tests of the app share: a database with two partners, one with a small world in it, and a running server."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
import typer.testing
from argon2 import PasswordHasher
from streamlit.components.v2 import manifest_scanner

from app import house
from app.auth import passwords
from app.house import House
from app.settings import Settings
from app.view import View
from sql.database import Database
from tests.app import world as worlds
from tests.app.drawing import Draw, drawer, html_of
from tests.app.world import World
from tests.conftest import copied, copy_of, once

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Placed:
    """A database with people in it."""

    db: Database
    world: World


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords hashed with little work: what is tested is what becomes of them, not argon2."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def packages_seen_once() -> Iterator[None]:
    """All installed packages are searched for components before a page is drawn: once, not for each of hundreds."""
    with pytest.MonkeyPatch.context() as patch:
        scan = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session", autouse=True)
def commands_built_once() -> Iterator[None]:
    """The tree of all commands is built anew for each that a test runs: a tenth of a second, once and not hundreds of times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.testing._get_command))
        yield


@pytest.fixture(scope="session")
def portal(template: Database, now: datetime) -> Iterator[Placed]:
    """Two partners with customers and people, and nothing to see."""
    with copied(template) as db:
        yield Placed(db, worlds.partners(db, now))


@pytest.fixture
def own_portal(template: Database, now: datetime) -> Iterator[Placed]:
    """The same for one test alone, which may change its people."""
    with copied(template) as db:
        yield Placed(db, worlds.partners(db, now))


@pytest.fixture(scope="session")
def seeded(template: Database, scratch: Path, now: datetime) -> Iterator[Placed]:
    """The small world, counted as of the tests' instant: made once, and copied for each worker."""

    def make() -> tuple[str, World]:
        db = copy_of(template)
        made = worlds.world(db, now, months=3)
        db.dispose()
        return db.name, made

    name, made = once(scratch, "seeded", make)
    with copied(Database(server=template.server, name=name)) as db:
        yield Placed(db, made)


@pytest.fixture(scope="session")
def empty_house(portal: Placed) -> House:
    """A house over the two partners."""
    return house.build(portal.db, Settings())


@pytest.fixture
def moment(now: datetime) -> datetime:
    """A minute after the world was counted."""
    return now + timedelta(minutes=1)


@pytest.fixture
def draw(seeded: Placed, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Draw]:
    """Draws a page over the small world; keyword arguments replace readers of app.data."""
    house.open_house(house.build(seeded.db, Settings()))
    st.cache_data.clear()
    st.cache_resource.clear()
    yield drawer(seeded.world, moment, monkeypatch)
    st.cache_data.clear()


@pytest.fixture(scope="session")
def _pages() -> dict[str, tuple[str, View]]:
    return {}


@pytest.fixture
def drawn(draw: Draw, _pages: dict[str, tuple[str, View]]) -> Callable[[str], tuple[str, View]]:
    """A page as the partner's manager sees it, and what was looked at: drawn once for all that is read of it."""

    def once(slug: str) -> tuple[str, View]:
        if slug not in _pages:
            test = draw(slug)
            _pages[slug] = html_of(test), test.session_state["what is looked at"]
        return _pages[slug]

    return once


@dataclass(frozen=True)
class Served:
    """A running server: `port` on 127.0.0.1, and who may sign in."""

    port: int
    world: World
    db: Database
    signed_in: dict[tuple[str, str], Any] = field(default_factory=dict)
    """The cookies of a partner's role that has signed in."""

    def url(self, partner: str, path: str = "/") -> str:
        return f"http://{partner}.localhost:{self.port}{path}"


@pytest.fixture(scope="session")
def served(seeded: Placed, now: datetime) -> Iterator[Served]:
    """The real server in a process of its own, over the small world, at the tests' instant."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert seeded.db.server is not None
    given = {
        "home": str(seeded.db.server.home.path),
        "name": seeded.db.name,
        "port": port,
        "now": now.isoformat(),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.app.serving", json.dumps(given)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    _wait_for(port, process)
    yield Served(port, seeded.world, seeded.db)
    process.terminate()
    process.communicate(timeout=20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if process.poll() is not None:
            assert process.stdout is not None
            pytest.fail(f"the server ended: {process.stdout.read().decode()[-3000:]}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server did not answer within a minute")
