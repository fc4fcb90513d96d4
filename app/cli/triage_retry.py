"""queue retry: asks the platform to run again what failed, where that is switched on and safe; else says what to do by hand."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli import ground
from app.cli.output import AsJson, answer, answer_json, refuse, say
from app.cli.triage_desk import As, TriageDesk, seated
from collectors import retry as platform
from collectors.system import System, load_systems
from metrics.triage.act import NotFound
from metrics.triage.retry import Candidate, begin, candidates, end


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
    told: list[dict[str, Any]] = []
    begun: list[tuple[Candidate, System]] = []
    with seated(who, working=True) as desk:
        for each in _chosen(desk, number, record):
            system = _system(desk, each)
            said = _plan(each, system)
            if said["done"] is None and not plan and not begin(desk.conn, desk.actor, each, ground.now()):
                said |= {"done": False, "why": "somebody has begun it this moment"}
            elif said["done"] is None and not plan and system is not None:
                begun.append((each, system))
            told.append(said)
    for each, system in begun:  # what was begun is written down before anything is sent
        key = f"retry {each.attempt} of {each.subject_id}, exception {number}"
        asked = platform.retry(system, each.run_id or "", key, ground.now())
        with seated(who, working=True) as desk:
            end(desk.conn, desk.actor, each, asked.state, asked.new_run_id, asked.said, ground.now())
        said = next(entry for entry in told if entry["record"] == each.subject_id)
        said |= {"done": asked.state == "accepted", "answer": asked.state, "new run": asked.new_run_id}
        said["why"] = asked.said or said["why"]
    _say(told, plan, as_json)


def _chosen(desk: TriageDesk, number: int, record: list[str] | None) -> list[Candidate]:
    try:
        found = candidates(desk.conn, desk.target(number))
    except NotFound as error:
        refuse(str(error))
    if missing := sorted(set(record or ()) - {each.subject_id for each in found}):
        refuse(
            f"--record: '{missing[0]}' is no open transaction of exception {number}; see throughline queue show"
        )
    return [each for each in found if not record or each.subject_id in record]


def _system(desk: TriageDesk, chosen: Candidate) -> System | None:
    for system in load_systems(desk.db, None, chosen.system):
        if (system.customer_id, system.system_id) == (chosen.customer_id, chosen.system_id):
            return system
    return None


def _plan(chosen: Candidate, system: System | None) -> dict[str, Any]:
    """What would be done about one transaction: `done` None, it may be asked for; False, it is not, and why."""
    why = chosen.barred
    by_hand: list[str] = []
    if why is None:
        why = platform.switched_off(system) if system else "its system is no longer in use"
        by_hand = platform.steps(chosen.kind, chosen.run_id, chosen.workflow_name) if why else []
    return {
        "record": chosen.subject_id,
        "run": chosen.run_id,
        "attempt": chosen.attempt,
        "advice": chosen.advice,
        "done": None if why is None else False,
        "answer": None,
        "new run": None,
        "why": why or chosen.why,
        "steps": by_hand,
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
