"""Five plain sentences over a month, made from its statement and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.report.said import Body, Said
from app.wording import plural


def sentences(said: Said) -> tuple[str, ...]:
    """What was kept, what was missed, what cannot be told, what was left out, what is owed: always five, in this order."""
    return (_kept(said), _missed(said), _not_proven(said), _left_out(said), owed(said))


def _kept(said: Said) -> str:
    evaluation, words = said.body["evaluation"], said.words
    number = len(evaluation["objectives"])
    month = words.month(said.body["period"]["name"])
    if not number:
        return f"Nothing was agreed for {month} that could be kept or missed."
    counts = [
        f"{words.count(evaluation[key])} {word}"
        for key, word in (("missed", "missed"), ("not_proven", "not proven"))
        if evaluation[key]
    ]
    rest = f"; {' and '.join(counts)}" if counts else ""
    objectives = plural(number, "objective")
    return f"In {month}, {words.count(evaluation['met'])} of {words.count(number)} {objectives} {_were(1 if number == 1 else evaluation['met'])} met{rest}."


def _missed(said: Said) -> str:
    found = _with(said, "missed")
    if not found:
        return "No objective was missed."
    told = [
        f"{each['title']} stood at {said.stood(each, each['agreed'])}, agreed was {said.target(each)}"
        for each in found
    ]
    return f"Missed: {'; '.join(told)}."


def _not_proven(said: Said) -> str:
    found = _with(said, "not_proven")
    if not found:
        return "Every objective could be decided from what was read."
    told = [f"{each['title']} ({said.reason(each)})" for each in found]
    return f"Not proven, and so neither met nor missed: {'; '.join(told)}."


def _left_out(said: Said) -> str:
    words = said.words
    excluded = {
        (each["key"], each["state"]): each
        for objective in said.body["evaluation"]["objectives"]
        for each in objective["excluded"]
    }
    accepted = sum(state == "accepted" for _, state in excluded)
    waiting = sum(state in ("proposed", "disputed") for _, state in excluded)
    still = f" {words.count(waiting)} {_were(waiting)} proposed and not agreed, and {'counts' if waiting == 1 else 'count'} in full."
    if not accepted:
        return f"Nothing was left out by agreement.{still if waiting else ''}"
    done = f"{words.count(accepted)} {plural(accepted, 'event')} {_were(accepted)} left out by agreement."
    return done + (still if waiting else "")


def owed(said: Said) -> str:
    """What the month costs, as money where a fee is agreed, else as a share of the fee."""
    credits, words = said.body["evaluation"]["credits"], said.words
    if credits["owed"] is None:
        least, most = (_amount(said, credits, name) for name in ("least", "most"))
        return f"The credit is not decided yet: between {least} and {most}."
    if credits["owed"] == 0:
        return "No credit is owed."
    if credits["fee"] is None:
        return f"A credit of {_amount(said, credits, 'owed')} is owed."
    part, fee = words.promise(share(credits["owed"])), said.money(credits["fee"], credits["currency"])
    return (
        f"A credit of {_amount(said, credits, 'owed')} is owed, which is {part} of the month's fee of {fee}."
    )


def _amount(said: Said, credits: Body, name: str) -> str:
    if credits[f"{name}_amount"] is not None:
        return said.money(credits[f"{name}_amount"], credits["currency"])
    return f"{said.words.promise(share(credits[name]))} of the fee"


def share(millionths: int) -> Decimal:
    """A share that is kept in millionths."""
    return Decimal(millionths) / 10**6


def _with(said: Said, verdict: str) -> Sequence[Body]:
    return [each for each in said.body["evaluation"]["objectives"] if each["verdict"] == verdict]


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
