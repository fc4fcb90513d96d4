"""How the command line answers: tables for people, JSON for programs, one clear line for mistakes."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, NoReturn

import typer
from babel.numbers import get_currency_precision
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]

# Into a pipe or a file lines are as long as they must be; only a terminal has a width to fold at.
_out = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 240)
_err = Console(stderr=True, soft_wrap=True)


def plain(value: Any) -> Any:
    """A value as JSON can say it: money as text, instants in ISO form, what is not a number as null."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): plain(said) for key, said in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(said) for said in value]
    if hasattr(value, "item"):
        return plain(value.item())
    return value


def say(line: str) -> None:
    """One line for a person, on the standard output."""
    _out.print(line, markup=False, highlight=False)


def answer_json(value: Any) -> None:
    """One JSON document on the standard output."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False, indent=1))


def answer(rows: Sequence[Mapping[str, Any]], as_json: bool, empty: str) -> None:
    """Rows as a table, or as a JSON list; `empty` is what a person reads when there are none."""
    if as_json:
        answer_json(list(rows))
        return
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in rows[0]:
        numeric = all(isinstance(row[column], int | float | Decimal | None) for row in rows)
        table.add_column(str(column), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    _out.print(table, highlight=False)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S%z")
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple | dict):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(value).replace("[", r"\[")


def money(amount: Any, currency: str | None) -> str | None:
    """USD 1,200.00, JPY 1,200, to the currency's own minor unit; None where the amount or its currency is not known."""
    if amount is None or currency is None:
        return None
    unit = Decimal(1).scaleb(-get_currency_precision(currency))
    return f"{currency} {Decimal(str(amount)).quantize(unit, ROUND_HALF_UP):,f}"


def aside(line: str) -> None:
    """One line for a person beside the answer, on the standard error: what reads the answer does not see it."""
    _err.print(line, markup=False, highlight=False)


def trouble(line: str) -> NoReturn:
    """Ends with exit code 1: the command did its work and found trouble."""
    _err.print(line, markup=False, highlight=False)
    raise typer.Exit(1)


def refuse(line: str) -> NoReturn:
    """Ends with exit code 2: the input cannot be used; the line names the place and the fix."""
    _err.print(line, markup=False, highlight=False)
    raise typer.Exit(2)
