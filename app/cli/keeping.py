"""Commands that keep an installation well: doctor, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import text

import sql
from app.cli.ground import database, now
from app.cli.output import AsJson, answer, refuse, say
from collectors.kinds import KINDS
from sql.backup import BackupError, backup, restore

File = Annotated[Path, typer.Argument(help="The backup file.")]


def doctor(as_json: AsJson = False) -> None:
    """Say whether everything that must work does: database, partitions, workers, streams."""
    rows: list[dict[str, Any]] = []
    with database() as db:
        with db.engine("owner").connect() as conn:
            rows.append(
                {
                    "what": "database",
                    "ok": True,
                    "said": conn.execute(text(sql.query("config/server"))).scalar_one(),
                }
            )
            for row in conn.execute(text(sql.query("config/health")), {"now": now()}).mappings():
                rows.append({"what": row["what"], "ok": row["ok"], "said": row["said"]})
            unknown = [
                row.kind
                for row in conn.execute(text(sql.query("config/kinds_in_use")))
                if row.kind not in KINDS
            ]
        rows.append(
            {
                "what": "kinds",
                "ok": not unknown,
                "said": f"unknown: {', '.join(unknown)}" if unknown else "all known",
            }
        )
    answer(rows, as_json, "Nothing to say.")
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


def back_up(file: File) -> None:
    """Write the whole database into one file."""
    if file.exists():
        refuse(f"{file} exists; give a new name")
    with database() as db:
        try:
            backup(db, file)
        except BackupError as error:
            refuse(str(error))
    say(f"Written: {file} ({file.stat().st_size / 1e6:.1f} MB)")


def bring_back(file: File) -> None:
    """Read a backup into an empty database."""
    if not file.is_file():
        refuse(f"there is no file {file}")
    with database() as db:
        try:
            restore(db, file)
        except BackupError as error:
            refuse(str(error))
    say("Restored.")
