"""How the tests are dealt out to several workers: whole worlds, and the dear ones first."""

from collections import Counter
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

COST = {"live": 50, "browser": 100, "slow": 20}
"""What a test with this mark takes, in the time of one without, by rule of thumb."""


def world_of(nodeid: str) -> str:
    """What stays with one worker: a file, or all files that share a live world, a demo or a served browser."""
    file = nodeid.partition("::")[0]
    if file.startswith(("tests/live/", "tests/demo/")):
        return file.split("/")[1]
    return "browser" if file.endswith("_browser.py") else file


def cost_of(item: pytest.Item) -> int:
    """By its dearest mark; 1 without."""
    return next((cost for mark, cost in COST.items() if item.get_closest_marker(mark)), 1)


class ByWorld(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return world_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Not by marks (--dist loadgroup): xdist 3.8 writes them into names that pytest 9.2 no longer reads."""
    config.option.loadscopereorder = (
        False  # xdist begins with the world of most tests, which is seldom a dear one
    )
    return ByWorld(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A worker has the dear worlds first, so that no worker is alone with one at the end."""
    if not hasattr(config, "workerinput"):
        return
    cost: Counter[str] = Counter()
    for item in items:
        cost[world_of(item.nodeid)] += cost_of(item)
    items.sort(key=lambda item: -cost[world_of(item.nodeid)])
