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
