"""Commands about service levels: sla show, sla whatif, sla terms import and export."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from app import configuration, terms_file
from app.changed import imported
from app.cli.ground import CustomerEntry, database, find_customer, now
from app.cli.output import AsJson, answer, answer_json, refuse, say
from app.cli.reading import AsOf, instant_named, period_of
from app.cli.sla_lines import compared, line, outlook, owed, percent, replayed, words
from app.terms_named import refer_there
from app.yaml_file import EstateError
from metrics.moment import moment
from metrics.sla import whatif
from metrics.sla.evaluate import evaluate
from metrics.sla.evaluation import Evaluation, plain
from metrics.sla.gather import gather
from metrics.sla.statement import StatementError
from metrics.sla.terms import Terms, TermsError
from metrics.sla.window import Subject, in_force, month_of, months_before, on_day
from sql.database import viewer

sla = typer.Typer(help="Service levels: what was agreed and whether it was kept.", no_args_is_help=True)
terms = typer.Typer(help="Terms as OpenSLO v1.", no_args_is_help=True)
sla.add_typer(terms, name="terms")

CustomerKey = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's key.")]
TermsFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="An OpenSLO v1 file, or terms as an estate file has them.")
]


@sla.command("show")
def sla_show(
    customer: CustomerKey,
    period: Annotated[str, typer.Option("--period", help="A month: 2026-10.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Every objective of a month with its verdict, and what is owed."""
    with database() as db:
        entry = find_customer(db, customer)
        span, instant, subject = period_of(period, entry), instant_named(as_of), _subject(entry)
        try:
            first = month_of(span)
        except ValueError as error:
            refuse(str(error))
        with viewer(db, [entry.customer_id], instant, steady=True) as conn:
            agreed = _in_force(conn, entry, first)
            held = evaluate(agreed, gather(conn, subject, agreed, span))
    if as_json:
        answer_json(plain(held))
        return
    answer([line(result) for result in held.objectives], False, "The terms have no objectives.")
    for result in held.objectives:
        for said in outlook(result):
            say(f"{result.key}: {said}")
    for each in held.composites:
        say(f"{each.title}: {words(each.verdict)}{f' ({each.reason})' if each.reason else ''}")
    say(owed(held))


@sla.command("whatif")
def sla_whatif(
    customer: CustomerKey,
    file: Annotated[
        Path, typer.Option("--terms", help="The proposed terms; several are tiers to choose from.")
    ],
    months: Annotated[int, typer.Option("--months", min=1, max=120, help="How many past months.")] = 13,
    until: Annotated[str | None, typer.Option("--until", help="The last month; the last whole one.")] = None,
    items: Annotated[int, typer.Option("--items", min=0, help="List at most so many missed items.")] = 20,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Past months held against proposed terms: attainment, credits, what would be missed, and which tier would hold."""
    proposed = _load(file)
    with database() as db:
        entry = find_customer(db, customer)
        subject, instant = _subject(entry), instant_named(as_of)
        memory: whatif.Memory = {}
        with viewer(db, [entry.customer_id], instant, steady=True) as conn:
            _refer(conn, entry, proposed, file)
            firsts = months_before(_last_month(until, entry, moment(conn).instant), months)
            try:
                replays = [whatif.replay(conn, subject, each, firsts, memory=memory) for each in proposed]
                agreed = whatif.as_agreed(conn, subject, firsts, memory=memory)
            except TermsError as error:
                refuse(f"the terms in force cannot be read: {error}")
            except StatementError as error:
                refuse(str(error))
            listed = [whatif.missed_items(conn, subject, each, items) for each in replays]
    advice = whatif.advise(replays)
    tier = None if advice.terms is None else _name(advice.terms)
    if as_json:
        answer_json(
            {
                "customer": entry.key,
                "proposals": [replayed(each, missed) for each, missed in zip(replays, listed, strict=True)],
                "as_agreed": [None if held is None else plain(held) for held in agreed.values()],
                "advice": {"tier": tier, "why": advice.why},
            }
        )
        return
    for each, missed in zip(replays, listed, strict=True):
        _say_replay(each, agreed, missed)
    say(f"Advice: {tier or 'none'}, {advice.why}.")


def _say_replay(
    replay: whatif.Replay, agreed: dict[date, Evaluation | None], missed: list[whatif.Missed]
) -> None:
    """One set of terms: each promise of each month beside what was agreed, how often it was kept, and what it costs."""
    say(f"{_name(replay.terms)}:")
    rows = [
        compared(result, was, held)
        for was, held in zip(agreed.values(), replay.months, strict=True)
        for result in held.objectives
    ]
    answer(rows, False, "The terms have no objectives.")
    for told in replay.attainments():
        best = told.attainable
        reach = "" if best is None else f"; {percent(best)} % was reached in every proven month"
        say(f"{told.key}: met {told.met}, missed {told.missed}, not proven {told.not_proven}{reach}")
    if replay.most_owed is not None and replay.terms.fee is not None:
        between = "" if replay.least_owed == replay.most_owed else f" to {replay.most_owed}"
        say(f"Credits: {replay.least_owed}{between} {replay.terms.fee.currency}")
    if missed:
        answer([dict(vars(it)) for it in missed], False, "")


@terms.command("import")
def terms_import(
    file: TermsFile,
    customer: Annotated[str, typer.Option("--customer", help="The customer's key.")],
    valid_from: Annotated[
        str | None, typer.Option("--valid-from", help="From when they hold, where the file does not say.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would change.")] = False,
) -> None:
    """Write terms for a customer; those from other dates stay, and a file that says what it said before does not undo them."""
    read = _load(file, valid_from)
    since = [each.valid_from for each in read]
    if twice := sorted({day for day in since if since.count(day) > 1}):
        refuse(f"{file}: two sets of terms begin on {twice[0]}; give each a day of its own")
    with database() as db, db.engine("owner").begin() as conn:
        configuration.alone(conn)
        entry = find_customer(db, customer)
        _refer(conn, entry, read, file)
        found, _ = configuration.current(conn)
        changes = []
        for each in read:
            path = (entry.partner_key, entry.key, each.valid_from.isoformat())
            change = imported(found, path, json.loads(json.dumps(each.document())))
            changes += [change] if change else []
        if not plan:
            configuration.apply(conn, changes, now(), actor=f"command line ({getpass.getuser()})")
    for change in changes:
        say(change.line())
    done = "would change" if plan else "changed"
    say(
        f"{len(changes)} {'thing' if len(changes) == 1 else 'things'} {done}."
        if changes
        else "Nothing differs."
    )


@terms.command("export")
def terms_export(
    customer: CustomerKey,
    on: Annotated[str | None, typer.Option("--on", help="A day; the terms in force on it. Today.")] = None,
) -> None:
    """Write the terms in force as OpenSLO v1 to the standard output."""
    with database() as db:
        entry = find_customer(db, customer)
        zone = ZoneInfo(entry.time_zone)
        try:
            day = now().astimezone(zone).date() if on is None else date.fromisoformat(on)
        except ValueError:
            refuse(f"--on: '{on}' is no day; write it like 2026-10-31")
        with viewer(db, [entry.customer_id]) as conn:
            agreed = _read(conn, entry, on_day, day)
    typer.echo(terms_file.dump(agreed, entry.key, entry.time_zone), nl=False)


def _refer(conn: Connection, entry: CustomerEntry, proposed: list[Terms], file: Path) -> None:
    try:
        refer_there(conn, entry.customer_id, proposed, str(file))
    except EstateError as error:
        refuse(str(error))


def _name(agreed: Terms) -> str:
    return agreed.tier or f"terms of {agreed.valid_from}"


def _subject(entry: CustomerEntry) -> Subject:
    return Subject(entry.customer_id, entry.key, entry.time_zone)


def _in_force(conn: Connection, entry: CustomerEntry, first: date) -> Terms:
    return _read(conn, entry, in_force, first)


def _read(
    conn: Connection, entry: CustomerEntry, ask: Callable[[Connection, int, date], Terms | None], day: date
) -> Terms:
    try:
        agreed = ask(conn, entry.customer_id, day)
    except TermsError as error:
        refuse(f"the terms of {entry.key} cannot be read: {error}; mend the estate file and apply it again")
    if agreed is None:
        when = f"{day:%Y-%m}" if ask is in_force else f"{day}"
        refuse(f"no terms are agreed for {entry.key} in {when}; give them in its estate file")
    return agreed


def _last_month(until: str | None, entry: CustomerEntry, instant: datetime) -> date:
    if until is None:
        today = instant.astimezone(ZoneInfo(entry.time_zone)).date()
        return months_before(today.replace(day=1), 2)[0]
    try:
        return month_of(period_of(until, entry))
    except ValueError as error:
        refuse(f"--until: {error}")


def _load(file: Path, valid_from: str | None = None) -> list[Terms]:
    try:
        return terms_file.load(file, valid_from)
    except EstateError as error:
        refuse(str(error))
