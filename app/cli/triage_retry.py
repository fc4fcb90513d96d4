"""queue retry: asks the platform to run again what failed, where that is switched on and safe; else says what to do by hand."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli import ground
from app.cli.output import AsJson, answer, answer_json, refuse, say
from app.cli.platforms import EstatePlatforms
from app.cli.triage_desk import As, seated
from app.retrying import Planned, carry_out, planned
from metrics.triage.act import NotFound


def retry(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The exception's number.")],
    record: Annotated[
        list[str] | None, typer.Option("--record", help="Only this transaction; repeat for more.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would be asked for.")] = False,
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """Retry its failed runs through the platform's API, each once; exit code 1 when one of them was not accepted.

    Off unless the system's entry says options: {retry: true}. What the target holds already, may hold twice, or, of money,
    nobody can tell, is never sent.
    """
    if who is None:
        refuse("who acts? --as sam@northwind.example (or THROUGHLINE_AS)")
    with seated(who, working=True) as desk:
        platforms = EstatePlatforms(desk.db)
        try:
            target = desk.target(number)
            found = planned(desk.conn, target, platforms)
        except NotFound as error:
            refuse(str(error))
        if missing := sorted(set(record or ()) - {each.chosen.subject_id for each in found}):
            refuse(
                f"--record: '{missing[0]}' is no open transaction of exception {number}; see throughline queue show"
            )
        if not plan:
            found = carry_out(
                desk.db, desk.customer_ids, desk.actor, target, platforms, ground.now(), record or None
            )
    _say([_line(each) for each in found if not record or each.chosen.subject_id in record], plan, as_json)


def _line(each: Planned) -> dict[str, Any]:
    """What is said of one transaction: `done` None, it may be asked for; False, it was not done, and why."""
    chosen, answered = each.chosen, each.answer
    done = (answered.state == "accepted") if answered else None if each.why is None else False
    return {
        "record": chosen.subject_id,
        "run": chosen.run_id,
        "attempt": chosen.attempt,
        "advice": chosen.advice,
        "done": done,
        "answer": answered.state if answered else None,
        "new run": answered.new_run_id if answered else None,
        "why": (answered.said if answered else each.why) or chosen.why,
        "steps": list(each.steps),
    }


def _say(told: list[dict[str, Any]], plan: bool, as_json: bool) -> None:
    if as_json:
        answer_json(told)
    else:
        rows = [{name: value for name, value in each.items() if name != "steps"} for each in told]
        answer(rows, False, "It holds no open run: there is nothing to retry.")
        for each in told:
            if each["steps"]:
                say(f"By hand, for {each['record']}:")
                for place, step in enumerate(each["steps"], 1):
                    say(f"  {place}. {step}")
    if (
        not told
        or any(each["done"] is False for each in told)
        or (not plan and not all(e["done"] for e in told))
    ):
        raise typer.Exit(1)
