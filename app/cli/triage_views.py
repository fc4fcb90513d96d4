"""Commands for saved views of the queue: queue views, queue save, queue forget; a saved view narrows as `--where saved=NAME`."""

from __future__ import annotations

from typing import Annotated

import typer

from app import saved_views
from app.cli import ground
from app.cli.output import AsJson, answer, refuse, say
from app.cli.triage_desk import VIEWS, As, Order, Where, order_named, person, saved_of
from app.cli.triage_together import queue
from app.saved_views import USUAL, SavedViewError

__all__ = ["queue"]

_PAGE = {
    "customer": ("whose", {}),
    "view": ("view", {each: each for each in VIEWS}),
    "class": ("kind", {each: each for each in ("technical", "business")}),
    "owner": ("owner", {"me": "mine", "nobody": "nobody"}),
    "named": ("owner", {"me": "named"}),
    "find": ("find", {}),
}
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the view is called.")]


@queue.command("views")
def views(who: As = None, as_json: AsJson = False) -> None:
    """Your saved views, and those that your colleagues share."""
    if who is None:
        refuse("who asks? --as sam@northwind.example (or THROUGHLINE_AS)")
    with ground.database() as db:
        found = saved_views.of_person(db, person(db, who)["person_id"])
    rows = [
        {
            "number": each.view_id,
            "name": each.name,
            "filter": " ".join(f"{key}={each.filter[key]}" for key in USUAL if key in each.filter),
            "by": each.by,
            "shared": each.is_shared,
            "address": f"/exceptions?saved={each.view_id}",
        }
        for each in found
    ]
    answer(rows, as_json, "Nothing is saved.")


@queue.command("save")
def save(
    name: Name,
    where: Where = None,
    order: Order = None,
    share: Annotated[bool, typer.Option("--share", help="Your colleagues see it too.")] = False,
    who: As = None,
) -> None:
    """Save a filter and its order under a name, in place of what you had under it."""
    if who is None:
        refuse("who saves? --as sam@northwind.example (or THROUGHLINE_AS)")
    chosen = {"order": order_named(order) or USUAL["order"]}
    for entry in where or []:
        key, _, value = entry.partition("=")
        if key not in _PAGE or not value:
            refuse(f"--where: '{entry}' cannot be saved; a view has {'=…, '.join(_PAGE)}=…")
        field, known = _PAGE[key]
        if known and value not in known:
            refuse(f"--where: a saved view knows {key}={' or '.join(known)}, not '{value}'")
        chosen[field] = known.get(value, value)
    with ground.database() as db:
        own = person(db, who)
        if "whose" in chosen:
            chosen["whose"] = ground.find_customer(db, chosen["whose"], own["customer_ids"]).key
        try:
            number = saved_views.save(db, own["person_id"], name, chosen, share, ground.now())
        except SavedViewError as error:
            refuse(str(error))
    say(f"Saved as {number}: /exceptions?saved={number}")


@queue.command("forget")
def forget(name: Name, who: As = None) -> None:
    """Forget a saved view of your own."""
    if who is None:
        refuse("whose is it? --as sam@northwind.example (or THROUGHLINE_AS)")
    with ground.database() as db:
        own = person(db, who)["person_id"]
        found = saved_of(db, own, name)
        try:
            saved_views.forget(db, own, found.view_id)
        except SavedViewError as error:
            refuse(str(error))
    say(f"“{found.name}” is forgotten.")
