"""One live world for all tests that need it: started, driven, and gone at the end."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.live import world as live
from app.live.driver import Driver
from app.live.world import LiveWorld

PAGE = 1000
READS_LATE = "tests/live/test_agreement.py"
"""It reads when the last promise of the estate has run out, two minutes after the last act: what others ask meanwhile takes no time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What reads late comes after the last test of a world that is played already; whoever writes to that world comes after it."""
    late = [item for item in items if item.nodeid.startswith(READS_LATE)]
    here = [item for item in items if item.nodeid.startswith("tests/live/") and item not in late]
    if not late or not here:
        return
    writes = [item for item in here if "test_retry.py" in item.nodeid]
    place = items.index(next(item for item in items if item in here or item in late))
    rest = [item for item in items if item not in here and item not in late]
    items[:] = [*rest[:place], *(item for item in here if item not in writes), *late, *writes, *rest[place:]]


@pytest.fixture(scope="session")
def played() -> Iterator[LiveWorld]:
    """A world in which the small plan has been played to its end, and then a little more happened."""
    with live.running(size="small") as world:
        driver = Driver(world)
        driver.play()
        for _ in range(2):
            driver.tick()
        driver.close()
        yield world


@pytest.fixture
def rest(played: LiveWorld) -> Callable[..., list[dict[str, Any]]]:
    """Plain reading of Tryton's REST interface with a collector's key: all records of a model."""

    def read(
        database: str, model: str, *fields: str, domain: list[Any] | None = None
    ) -> list[dict[str, Any]]:
        key = played.key_file(database, "collector").read_text().strip()
        packed = base64.urlsafe_b64encode(json.dumps(domain or []).encode()).decode()
        params: list[tuple[str, str | int | float | bool | None]] = [
            ("d", packed),
            ("s", str(PAGE)),
            *(("f", field) for field in fields),
        ]
        answer = httpx.get(
            f"{played.tryton_url}/{database}/rest/model/{model}",
            params=params,
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()
        assert len(rows) < PAGE
        return rows

    return read
