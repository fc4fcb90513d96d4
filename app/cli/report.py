"""The command report: a month's review pack as a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import text

import sql
from app.branding import Brand, brand_from_row
from app.cli.ground import CustomerEntry, database, find_customer
from app.cli.output import refuse, say
from app.cli.reading import period_of
from app.cli.settling_desk import parties_of
from app.report.content import Pack
from app.report.file import Format, Paper, drawn
from app.report.made import pack_of
from metrics.period import Period
from sql.database import Database, viewer


def report(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's key.")],
    period: Annotated[str, typer.Option("--period", help="A month: 2026-10.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    format_: Annotated[Format, typer.Option("--format", help="What to write.")] = "pdf",
    paper: Annotated[Paper, typer.Option("--paper", help="The paper of a PDF.")] = "a4",
    commentary: Annotated[
        Path | None,
        typer.Option(
            "--commentary",
            help="A text file instead of the month's commentary; blank lines divide paragraphs.",
        ),
    ] = None,
) -> None:
    """Write the review pack of a month: of its newest sealed statement, or a preliminary one where none is sealed."""
    try:
        added = commentary.read_text(encoding="utf-8") if commentary else ""
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"--commentary: {commentary} cannot be read: {error}")
    with database() as db:
        entry = find_customer(db, customer)
        pack = _pack(db, entry, period_of(period, entry), format_)
    if commentary is not None:
        pack = replace(pack, commentary=added)
    try:
        out.write_bytes(drawn(pack, format_, paper))
    except OSError as error:
        refuse(f"--out: {out} cannot be written: {error}")
    version = pack.statement.body["version"]
    say(
        f"{out}: {f'version {version}, sealed' if version else 'preliminary'}, SHA-256 {pack.statement.sha256}"
    )


def _pack(db: Database, entry: CustomerEntry, period: Period, format_: Format) -> Pack:
    brand = _brand(db, entry)
    try:
        with viewer(db, [entry.customer_id], steady=True) as conn:
            return pack_of(conn, parties_of(entry), period, brand, entry.locale, format_=format_)
    except ValueError as error:  # no month, no terms, terms that cannot be read, a statement that was changed
        refuse(f"{entry.key}: {error}")


def _brand(db: Database, entry: CustomerEntry) -> Brand:
    with db.engine("portal").begin() as conn:
        rows = conn.execute(text(sql.query("portal/partners"))).mappings().all()
    return next(brand_from_row(dict(row)) for row in rows if row["partner_id"] == entry.partner_id)
