"""Draws pages for tests as they are served, and reads what stands on them."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app import data, house, main
from app.auth.sessions import Session
from app.navigation import PAGES
from tests.app.world import World

SCRIPT = Path(main.__file__).parent / "entry" / "script.py"
Draw = Callable[..., AppTest]


def session_of(world: World, role: str, partner: str = "northwind") -> Session:
    """A signed-in person of a role."""
    of = world.customers
    everything = {"northwind": (of["acme"], of["borealis"]), "helix": (of["aue"],)}[partner]
    number = 1 if partner == "helix" else 2  # partners by key
    seen = datetime.fromisoformat("2026-11-20T14:00:00+00:00")
    mine = everything[:1] if role.startswith("customer") else everything
    partner_id = next(b.partner_id for b in house.current().brands.all() if b.key == partner)
    return Session(
        b"x" * 32, number, partner_id, "Morgan Reyes", "m@x.example", role, "password", True, mine, seen, seen
    )


def drawer(world: World, moment: datetime, patch: pytest.MonkeyPatch) -> Draw:
    """Draws a page of the open house; keyword arguments replace readers of app.data."""

    def run(slug: str, role: str = "partner_manager", partner: str = "northwind", **readers: Any) -> AppTest:
        patch.setattr(data, "now", lambda: moment)
        patch.setattr(main, "current_user", lambda: session_of(world, role, partner))
        for name, reader in readers.items():
            patch.setattr(data, name, reader)
        page = next(page for page in PAGES if page.slug == slug)
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        if page is not PAGES[0]:
            test._page_hash = calc_hash(page.slug)  # switch_page knows pages by their files' names only
        return test.run()

    return run


def html_of(test: AppTest) -> str:
    """All HTML that a page shows: plain pieces, and panels whose figures can be opened."""
    pieces = []
    for element in _walk(test.main):
        if element.type == "html":
            pieces.append(element.proto.body)
        elif element.type == "bidi_component":
            said = json.loads(element.proto.json)
            pieces += [said.get("html", ""), *said.get("rows", ())]
    return "\n".join(pieces)


def _walk(block: Any) -> Iterator[Any]:
    for child in getattr(block, "children", {}).values():
        yield child
        yield from _walk(child)
