"""Commands that read other systems: check, collect, refresh, quarantine, run."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app import worker
from app.cli.ground import database, find_customer, now
from app.cli.output import AsJson, answer, answer_json, refuse, say, trouble
from collectors import quarantine as held_back
from collectors.check import check
from collectors.ledger import Poll
from collectors.system import load_systems
from collectors.work import collect_due
from metrics.refresh import refresh
from sql.database import Database

CustomerKey = Annotated[
    str | None,
    typer.Option("--customer", help="Only this customer: acme, or northwind/acme where two have the key."),
]
SystemKey = Annotated[str | None, typer.Option("--system", help="Only this system.")]


def check_systems(
    system: Annotated[str | None, typer.Argument(help="The system's key; all when left out.")] = None,
    customer: CustomerKey = None,
    as_json: AsJson = False,
) -> None:
    """Reach a system, prove the rights, and show what its first page becomes."""
    with database() as db:
        found = load_systems(db, _customer_id(db, customer), system)
        if not found:
            refuse(
                f"there is no system '{system or ''}'{f' at {customer}' if customer else ''}; see throughline export"
            )
    results = [check(entry) for entry in found]
    if as_json:
        answer_json([result.as_dict() for result in results])
    else:
        for result in results:
            for line in result.lines():
                say(line)
    if not all(result.ok for result in results):
        raise typer.Exit(1)


def collect(customer: CustomerKey = None, system: SystemKey = None, as_json: AsJson = False) -> None:
    """Read what is due, once, and print the ledger rows."""
    with database() as db:
        own = _customer_id(db, customer)
        if (customer or system) and not load_systems(db, own, system):
            refuse(f"nothing matches customer '{customer or '*'}' and system '{system or '*'}'")
        progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} streams"), TimeElapsedColumn(),
            transient=True, disable=as_json,
        )  # fmt: skip
        with progress:
            task = progress.add_task("Collecting", total=None)

            def step(poll: Poll) -> None:
                progress.update(task, advance=1, description=f"{poll.customer}/{poll.system} {poll.stream}")

            polls = collect_due(db, now(), own, system, on_poll=step)
    rows = [_ledger_row(poll) for poll in polls]
    answer(rows, as_json, "Nothing is due.")
    bad = [poll for poll in polls if poll.outcome in ("failed", "partial")]
    if bad and not as_json:
        trouble(f"{len(bad)} of {len(polls)} polls found trouble.")
    if bad:
        raise typer.Exit(1)


def _ledger_row(poll: Poll) -> dict[str, Any]:
    names = (
        "customer",
        "system",
        "stream",
        "outcome",
        "pages",
        "new",
        "changed",
        "unchanged",
        "deleted",
        "quarantined",
    )
    return {name: getattr(poll, name) for name in names} | {"error": poll.error}


def refresh_figures(as_json: AsJson = False) -> None:
    """Count again what changed, match records, open and clear exceptions."""
    with database() as db:
        done = refresh(db, now())
    answer([asdict(done)], as_json, "Nothing changed.")


def run(
    port: Annotated[int, typer.Option(help="Loopback port of /healthz and /metrics; 0 picks one.")] = 0,
) -> None:
    """Collect and refresh on schedule until interrupted; any number of workers may run."""
    with database() as db:
        worker.run(db, port, say)


quarantine = typer.Typer(help="Records that could not be read.", no_args_is_help=True)


@quarantine.command("list")
def quarantine_list(customer: CustomerKey = None, system: SystemKey = None, as_json: AsJson = False) -> None:
    """The records that are held, oldest first."""
    with database() as db:
        rows = [_held_row(entry) for entry in held_back.held(db, _customer_id(db, customer), system)]
    answer(rows, as_json, "Nothing is held.")


@quarantine.command("show")
def quarantine_show(
    quarantine_id: Annotated[int, typer.Argument(help="Its number, from the list.")], as_json: AsJson = False
) -> None:
    """One held record with its whole payload."""
    with database() as db:
        entry = _held(db, quarantine_id)
    if as_json:
        answer_json(_held_row(entry) | {"payload": entry.text})
        return
    for key, value in _held_row(entry).items():
        say(f"{key}: {value}")
    say(entry.text)


@quarantine.command("replay")
def quarantine_replay(
    customer: CustomerKey = None, system: SystemKey = None, as_json: AsJson = False
) -> None:
    """Map the held records again, after the mapping was mended."""
    with database() as db:
        done = held_back.replay(db, now(), _customer_id(db, customer), system)
    answer([asdict(done)], as_json, "Nothing is held.")


@quarantine.command("drop")
def quarantine_drop(
    quarantine_id: Annotated[int, typer.Argument(help="Its number, from the list.")],
    because: Annotated[str, typer.Option("--because", help="Why; it is kept with your name.")],
    as_json: AsJson = False,
) -> None:
    """Let go of a record that will never be read: mended in its file, or of no use."""
    if not because.strip():
        refuse("--because: say why; it is what the audit tells")
    actor = f"command line ({getpass.getuser()})"
    with database() as db:
        entry = _held(db, quarantine_id)
        if not held_back.drop(db, entry, actor, because.strip(), now()):
            refuse(f"record {quarantine_id} is not held any more")
    answer([_held_row(entry) | {"dropped": because.strip()}], as_json, "Nothing is held.")


def _customer_id(db: Database, key: str | None) -> int | None:
    return find_customer(db, key).customer_id if key else None


def _held(db: Database, quarantine_id: int) -> held_back.HeldRecord:
    entry = next((one for one in held_back.held(db) if one.quarantine_id == quarantine_id), None)
    return entry or refuse(f"there is no held record {quarantine_id}; see throughline quarantine list")


def _held_row(entry: held_back.HeldRecord) -> dict[str, Any]:
    names = (
        "quarantine_id",
        "customer",
        "system",
        "stream",
        "record_key",
        "field",
        "reason",
        "place",
        "times_seen",
        "last_seen_at",
    )
    return {name: getattr(entry, name) for name in names}
