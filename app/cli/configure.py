"""Commands that change what is configured: apply, export, systems."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from app import configuration, estate_file
from app.cli.ground import database, now
from app.cli.output import AsJson, answer, answer_json, refuse, say
from app.export import export
from collectors.kinds import KINDS
from collectors.stream import SourceError
from collectors.system import System
from metrics.rules import refused

Files = Annotated[list[Path], typer.Argument(help="Estate files (YAML).")]


def apply_files(
    files: Files,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the database match the estate files."""
    try:
        estates = estate_file.load(files)
    except estate_file.EstateError as error:
        refuse(str(error))
    for estate in estates:
        for customer in estate.customers:
            for system in customer.systems:
                where = f"{estate.partner.key}: customers.{customer.key}.systems.{system.key}"
                if system.kind not in KINDS:
                    refuse(
                        f"{where}.kind: there is no kind '{system.kind}'; kinds are {', '.join(sorted(KINDS))}"
                    )
                described = System(
                    0, 0, system.key, system.role, system.kind, system.url, system.secret, system.options,
                    customer.time_zone, customer.key,
                )  # fmt: skip
                try:
                    KINDS[system.kind].streams(described)
                except SourceError as error:
                    refuse(f"{where}: {error}")
    with database() as db, db.engine("owner").begin() as conn:
        configuration.alone(conn)
        at = now()
        try:
            changes = configuration.plan(conn, estates, at)
        except estate_file.EstateError as error:
            refuse(str(error))
        for change in changes:
            when = (change.after or {}).get("when") if change.kind == "exception_rule" else None
            if when and (said := refused(conn, when)):
                refuse(f"rule {'/'.join(change.path)}: when: {said}")
        if not plan:
            configuration.apply(conn, changes, at, actor=f"command line ({getpass.getuser()})")
    if as_json:
        answer_json(
            [
                {"kind": c.kind, "path": c.path, "action": c.action, "before": c.before, "after": c.after}
                for c in changes
            ]
        )
        return
    for change in changes:
        say(change.line())
    done = "would change" if plan else "changed"
    number = sum(change.action != "keep" for change in changes)
    say(f"{number} {'thing' if number == 1 else 'things'} {done}." if number else "Nothing differs.")


def export_file() -> None:
    """Write the configuration as an estate file to the standard output."""
    with database() as db, db.engine("owner").connect() as conn:
        typer.echo(export(conn), nl=False)


systems = typer.Typer(help="What can be connected.", no_args_is_help=True)


@systems.command("kinds")
def kinds(as_json: AsJson = False) -> None:
    """Every kind of system that can be connected, and how far it was verified."""
    rows = [
        {
            "kind": name,
            "title": kind.title,
            "roles": ", ".join(kind.roles),
            "cursor": kind.strategy,
            "verified": kind.verified,
        }
        for name, kind in sorted(KINDS.items())
    ]
    answer(rows, as_json, "No kinds.")
