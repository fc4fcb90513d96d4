"""Runs the benchmarks: python -m tests.bench [--runs N] [--records N] [--items N] [--only ingest,reading,…]."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from sql.database import Database, open_database
from sql.embedded import wait_until_stopped
from sql.migrate import migrate
from tests.bench import ages, business_time, ingest, packs, parity, portfolio, queue, reading, screen
from tests.bench.timing import REPEATS, Result

PARTS = "ingest,reading,screen,expectations,parity,portfolio,ages,packs,queue"


def main() -> int:
    """Every ratio as one line; exit code 1 when one is on the wrong side of its bound."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5_000_000)
    parser.add_argument("--records", type=int, default=50_000, help="of each side that is reconciled")
    parser.add_argument("--items", type=int, default=100_000, help="whose deadlines are worked out")
    parser.add_argument("--only", default=PARTS)
    parser.add_argument("--out", type=Path, help="also write the table as Markdown")
    chosen = parser.parse_args()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        db = open_database(home=Path(folder))
        try:
            migrate(db)
            for part in chosen.only.split(","):
                print(f"{part}:", flush=True)
                for result in _part(part, db, chosen):
                    mark = "holds" if result.holds else "MISSED"
                    print(
                        f"  {result.ratio:8.2f}  {_bound(result):>12}  {mark:6}  {result.title} ({result.said})",
                        flush=True,
                    )
                    results.append(result)
        finally:
            db.close()
            wait_until_stopped(Path(folder))
    if chosen.out:
        chosen.out.write_text(_markdown(results, chosen.runs), encoding="utf-8")
    return 0 if all(result.holds for result in results) else 1


def _part(part: str, db: Database, chosen: argparse.Namespace) -> Iterator[Result]:
    if part == "ingest":
        customer, system = _one_customer(db)
        assert db.server is not None
        yield from ingest.run(db, customer, system, db.server.dsn("superuser"))
    elif part == "reading":
        _one_customer(db)
        yield from reading.run(db, chosen.runs, lambda line: print(line, flush=True))
    elif part == "screen":
        yield from screen.run(lambda line: print(line, flush=True))
    elif part == "expectations":
        yield from business_time.run(db, *_one_customer(db), chosen.items)
    elif part == "parity":
        _one_customer(db)
        yield from parity.run(db, chosen.records)
    elif part == "ages":
        _one_customer(db)
        yield from ages.run(db, lambda line: print(line, flush=True))
    elif part == "portfolio":
        _one_customer(db)
        yield from portfolio.run(db, lambda line: print(line, flush=True))
    elif part == "packs":
        yield from packs.run(lambda line: print(line, flush=True))
    elif part == "queue":
        yield from queue.run(db, lambda line: print(line, flush=True))
    else:
        sys.exit(f"there is no part '{part}'; parts are {PARTS}")


def _one_customer(db: Database) -> tuple[int, int]:
    with db.engine("owner").begin() as conn:
        for statement in (
            "INSERT INTO ops.partner (key, name, time_zone, locale) VALUES ('p', 'P', 'UTC', 'en-GB') ON CONFLICT DO NOTHING",
            (
                "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)"
                " SELECT partner_id, 'ingest', 'Ingest', 'Europe/London', 'GBP' FROM ops.partner ON CONFLICT DO NOTHING"
            ),
            (
                "INSERT INTO ops.system (customer_id, key, role, kind)"
                " SELECT customer_id, 'runs', 'ipaas', 'sql' FROM ops.customer WHERE key = 'ingest' ON CONFLICT DO NOTHING"
            ),
            (
                "INSERT INTO ops.flow (customer_id, key, name, workflow, runs_system_id, runs_match)"
                " SELECT s.customer_id, 'flow-' || g, 'Flow ' || g, 'bench', s.system_id, 'flow-' || g"
                " FROM ops.system s JOIN ops.customer c ON c.customer_id = s.customer_id AND c.key = 'ingest'"
                " CROSS JOIN generate_series(0, 5) g ON CONFLICT DO NOTHING"
            ),
        ):
            conn.execute(text(statement))
        found = conn.execute(
            text(
                "SELECT s.customer_id, s.system_id FROM ops.system s"
                " JOIN ops.customer c ON c.customer_id = s.customer_id WHERE c.key = 'ingest'"
            )
        ).one()
    return found.customer_id, found.system_id


def _bound(result: Result) -> str:
    if result.at_least is not None:
        return f"at least {result.at_least:g}"
    return f"at most {result.at_most:g}"


def _markdown(results: list[Result], runs: int) -> str:
    when = datetime.now(UTC).date().isoformat()
    lines = [
        "# Benchmarks",
        "",
        (
            f"`make bench`, {when}: {os.cpu_count()} cores, Python {platform.python_version()}, {runs:,} runs, {REPEATS} repeats "
            "after warm ones that are not counted, medians. Read the ratios; the absolute figures are one machine's."
        ),
        "",
        "| what | ratio | bound | holds | medians |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.title} | {r.ratio:.2f} | {_bound(r)} | {'yes' if r.holds else '**no**'} | {r.said} |"
        for r in results
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
