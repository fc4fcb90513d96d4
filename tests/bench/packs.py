"""Review packs: how long fifty that are due in one night take, made and kept as `throughline review send` does, and handed to nobody."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from app.review_post import send_due
from metrics import apart
from sql.database import Database, open_database
from sql.embedded import wait_until_stopped
from tests.bench.timing import Result

ROOT = Path(__file__).parents[2]
NIGHTS = 5
REVIEW = {
    "business_day": 1,
    "at": "00:00",
    "calendar": None,
    "to_partner": ["a@packs.example"],
    "to_customer": [],
}
MAIL = {"host": "127.0.0.1", "port": 25, "security": "none", "sender": "reviews@packs.example"}


def run(say: Callable[[str], None]) -> Iterator[Result]:
    """The processor seconds of fifty packs over the cores they use: the drafts of the demo's customers, five times over the same connections."""
    with tempfile.TemporaryDirectory(prefix="bench-packs-") as folder:
        home = Path(folder) / "home"
        _demo(home)
        with closing(open_database(home=home)) as db:
            customers = _due(db)
            say(f"  {customers} customers of the demo counted")
            nights = []
            for _ in range(NIGHTS):
                _anew(db)
                ours, theirs = time.process_time(), _spent(db)
                _send(db, customers)
                nights.append((time.process_time() - ours, _spent(db) - theirs))
        wait_until_stopped(home)
    each = [f"{ours / customers:.2f} + {theirs / customers:.2f}" for ours, theirs in nights]
    yield Result(
        f"{customers * NIGHTS} review packs with the whole catalogue as PDF, processor seconds over the {apart.AT_ONCE} cores they use",
        sum(map(sum, nights)) / apart.AT_ONCE, None, 60.0,
        f"a pack, ours + the database's: {each[0]} s at first, {each[-1]} s in the end",
    )  # fmt: skip


def _spent(db: Database) -> float:
    """Processor seconds of the server's processes so far, also of those that have ended: what else the machine does is not in them."""
    with db.engine("owner").connect() as conn:
        alive = conn.execute(text("SELECT pid FROM pg_stat_activity")).scalars().all()
    first = _stat(alive[0])
    return sum(_seconds(_stat(pid)[11:13]) for pid in alive) + _seconds(_stat(int(first[1]))[11:15])


def _stat(pid: int) -> list[str]:
    """What Linux tells of a process, from its state on: 1 is its parent, 11 to 14 are the ticks of itself and of its ended children."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()


def _seconds(ticks: list[str]) -> float:
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _demo(home: Path) -> None:
    """The demo's thirteen months in a home of its own."""
    own = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    subprocess.run(
        [sys.executable, "-m", "app.cli", "demo", "--no-serve"],
        cwd=ROOT,
        env=own | {"THROUGHLINE_HOME": str(home)},
        check=True,
        capture_output=True,
    )


def _due(db: Database) -> int:
    """Every customer's review goes out on the first business day; how many there are."""
    with db.engine("owner").begin() as conn:
        conn.execute(text("UPDATE ops.partner SET mail = CAST(:mail AS jsonb)"), {"mail": json.dumps(MAIL)})
        return conn.execute(
            text("UPDATE ops.customer SET review = CAST(:review AS jsonb)"), {"review": json.dumps(REVIEW)}
        ).rowcount


def _send(db: Database, customers: int) -> None:
    now = datetime.now(UTC)
    done = send_due(db, lambda partner_id, message: {}, now.replace(day=max(now.day, 10)))
    assert [each.state for each in done] == ["sent"] * customers, done


def _anew(db: Database) -> None:
    with db.engine("owner").begin() as conn:
        conn.execute(text("TRUNCATE ops.review_mail"))
