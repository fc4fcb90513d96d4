"""One small demo world for all tests of the demo, and its served systems on loopback."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from app.demo import world


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> world.DemoWorld:
    """A world one twentieth of the size; nobody changes it."""
    return world.build(tmp_path_factory.mktemp("demo"), now, size=0.05)


@pytest.fixture
def own(tmp_path: Path, small: world.DemoWorld) -> world.DemoWorld:
    """A copy of three customers of the small world for one test alone, which may change it."""
    return copy_of(small, tmp_path / "own", ("brasswater", "gruenquell", "juniwald"))


def copy_of(made: world.DemoWorld, folder: Path, customers: tuple[str, ...]) -> world.DemoWorld:
    """Some customers of a world in another folder."""
    for customer in customers:
        shutil.copytree(made.sources / customer, folder / "sources" / customer)
    shutil.copytree(made.folder / "secrets", folder / "secrets")
    for name in ("world.json", "truth.json"):
        shutil.copy(made.folder / name, folder / name)
    rows = {customer: made.rows[customer] for customer in customers}
    about = json.loads((folder / "world.json").read_text()) | {"rows": rows}
    (folder / "world.json").write_text(json.dumps(about))
    return dataclasses.replace(made, folder=folder, rows=rows)


@pytest.fixture(scope="session")
def started(small: world.DemoWorld) -> Iterator[world.Running]:
    """The small world with its server."""
    with world.running(small) as started:
        yield started


@pytest.fixture(scope="session")
def client(started: world.Running) -> Iterator[httpx.Client]:
    """A plain client of the served systems."""
    with httpx.Client(base_url=f"http://127.0.0.1:{started.port}", trust_env=False) as client:
        yield client
