"""Commands for the people who may sign in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from app.auth.people import PersonError, add_person, list_people
from app.cli.ground import database
from app.cli.output import AsJson, answer, answer_json, refuse, say

users = typer.Typer(help="People who may sign in.", no_args_is_help=True)


@users.command("add")
def add(
    email: Annotated[str, typer.Argument(help="The e-mail they sign in with.")],
    partner: Annotated[str, typer.Option("--partner", help="The partner's key.")],
    role: Annotated[str, typer.Option("--role", help="partner_manager, customer_executive, …")],
    name: Annotated[str, typer.Option("--name", help="How they are called.")] = "",
    customer: Annotated[
        list[str] | None, typer.Option("--customer", help="A customer they see; repeat for more.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a person, or give the one with that e-mail a new role and password."""
    with database() as db:
        try:
            person_id, password = add_person(db, partner, email, name, role, customer or ())
        except PersonError as error:
            refuse(str(error))
    if as_json:
        answer_json({"person_id": person_id, "email": email.strip().lower(), "password": password})
        return
    say(f"{email.strip().lower()} may sign in with the password {password} (shown this once).")


@users.command("list")
def show(
    partner: Annotated[str | None, typer.Option("--partner", help="Only this partner's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Everybody who may sign in."""
    with database() as db:
        rows = [
            asdict(person) | {"customers": ", ".join(person.customers)} for person in list_people(db, partner)
        ]
    answer(rows, as_json, "Nobody yet; see throughline users add --help")
