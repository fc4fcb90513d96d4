"""Commands about sealed months: sla seal, sla pending, sla statement, sla verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Connection

from app.cli.ground import CustomerEntry, customers, database, find_customer
from app.cli.output import AsJson, answer, answer_json, refuse, say, trouble
from app.cli.reading import period_of
from app.cli.settling_desk import Who, parties_of, seated
from app.cli.sla import CustomerKey
from metrics.period import Period
from metrics.sla import seal, statement
from metrics.sla.evaluation import plain
from metrics.sla.seal import NotSealableError
from metrics.sla.statement import Statement, StatementError
from sql.database import viewer

Month = Annotated[str, typer.Option("--period", help="A month: 2026-10.")]


def sla_seal(customer: CustomerKey, period: Month, who: Who, as_json: AsJson = False) -> None:
    """Seal a month as it stands; a month that was sealed and would say something else today is restated."""
    with seated(customer, who, steady=True) as seat:
        seat.desk.partner_only("seal a month")
        span, entry = period_of(period, seat.entry), seat.entry
        sealed = seal.seal(seat.desk.conn, parties_of(entry), span, seat.desk.person.email, seat.desk.now)
        seat.desk.note("seal", period=span.label, version=sealed.place[2], sha256=sealed.sha256)
    if as_json:
        answer_json(
            {"customer": entry.key, "period": span.label, "version": sealed.place[2], "sha256": sealed.sha256}
        )
        return
    say(f"Sealed {span.label} of {entry.key} as version {sealed.place[2]}: {sealed.sha256}")


def sla_pending(customer: CustomerKey, period: Month, as_json: AsJson = False) -> None:
    """Why a sealed month would say something else today, cause by cause; exit code 1 when it would."""
    with database() as db:
        entry = find_customer(db, customer)
        span = period_of(period, entry)
        with viewer(db, [entry.customer_id], steady=True) as conn:
            _newest(conn, entry, span)
            try:
                causes = seal.pending(conn, parties_of(entry), span)
            except NotSealableError as error:
                trouble(str(error))
    if as_json:
        answer_json([plain(cause) for cause in causes])
    else:
        rows = [
            {
                "cause": cause.kind,
                "what": "; ".join(cause.said),
                "place": each.place,
                "was": each.was,
                "now": each.now,
            }
            for cause in causes
            for each in cause.changes
        ]
        answer(rows, False, "Nothing: the month says what was sealed.")
    if causes:
        raise typer.Exit(1)


def sla_statement(
    customer: CustomerKey,
    period: Month,
    version: Annotated[int | None, typer.Option("--version", help="Which version; the newest.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write it to this file instead.")] = None,
) -> None:
    """A sealed month as a file that `sla verify` takes: its body and the hash over it."""
    with database() as db:
        entry = find_customer(db, customer)
        span = period_of(period, entry)
        with viewer(db, [entry.customer_id]) as conn:
            sealed = _newest(conn, entry, span, version)
    if out is None:
        typer.echo(sealed.file().decode(), nl=False)
        return
    out.write_bytes(sealed.file())
    say(f"Written to {out}: {entry.key} {span.label} version {sealed.place[2]}, {sealed.sha256}")


def sla_verify(
    file: Annotated[
        Path, typer.Argument(help="A statement that was written or sent, or its review pack as PDF.")
    ],
    as_json: AsJson = False,
) -> None:
    """Whether a statement is what was sealed: its hash is that of its content, and the one that is kept here."""
    try:
        content = file.read_bytes()
        found = _carried(content) if content.startswith(b"%PDF") else statement.read(content)
    except OSError as error:
        refuse(f"{file}: {error.strerror or error}")
    except StatementError as error:
        _not_verified(file, str(error), as_json)
    key, month, version = found.place
    with database() as db:
        own = [each for each in customers(db) if each.key == key]
        kept: list[Statement] = []
        if own:
            with viewer(db, [own[0].customer_id]) as conn:
                kept = [
                    one for one in seal.statements(conn, own[0].customer_id, month) if one.place[2] == version
                ]
    if kept and kept[0].sha256 != found.sha256:
        _not_verified(
            file, f"another content was sealed as version {version} of {month}: {kept[0].sha256}", as_json
        )
    where = "it is kept here" if kept else "it is not kept here, so only its own hash could be checked"
    newest = "" if not kept else f" Sealed {found.body['sealed']['at']} by {found.body['sealed']['by']}."
    if as_json:
        answer_json(
            {
                "verified": True,
                "customer": key,
                "period": month,
                "version": version,
                "sha256": found.sha256,
                "is_kept": bool(kept),
            }
        )
        return
    say(f"Unchanged: {key} {month} version {version}; {where}.{newest}")


def _not_verified(file: Path, why: str, as_json: bool) -> NoReturn:
    if as_json:
        answer_json({"verified": False, "reason": why})
        raise typer.Exit(1)
    trouble(f"{file}: {why}")


def _newest(conn: Connection, entry: CustomerEntry, span: Period, version: int | None = None) -> Statement:
    """The version that is asked for, or the newest; ends the command when there is none."""
    try:
        found = seal.statements(conn, entry.customer_id, span.label)
    except StatementError as error:
        trouble(str(error))
    for one in found:
        if version in (None, one.place[2]):
            return one
    which = "" if version is None else f"version {version} of "
    refuse(f"{which}{span.label} of {entry.key} was never sealed; see throughline sla seal")


def _carried(pdf: bytes) -> Statement:
    from app.report.verify import verify  # what draws packs takes a second to load

    return verify(pdf)
