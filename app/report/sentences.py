"""Five plain sentences over a month, made from its statement and nothing else; every number in them is one that opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from app.report.said import Body, Said
from app.report.spoken import CREDIT, SETTLED, VERDICTS, Number, Sentence, joined, plain
from app.target import Target
from app.wording import plural

WAITING = ("proposed", "disputed")


def sentences(said: Said) -> tuple[str, ...]:
    """The five as text."""
    return tuple(map(plain, spoken(said)))


def spoken(said: Said) -> tuple[Sentence, ...]:
    """What was kept, what was missed, what cannot be told, what was left out, what is owed: always five, in this order."""
    return _kept(said), _missed(said), _not_proven(said), _left_out(said), _owed(said)


def _kept(said: Said) -> Sentence:
    month = said.words.month(said.body["period"]["name"])
    number = counted(said, "")
    if not number:
        return (f"Nothing was agreed for {month} that could be kept or missed.",)
    told = [
        (_number(said, VERDICTS, key, counted(said, key)), f" {word}")
        for key, word in (("missed", "missed"), ("not_proven", "not proven"))
        if counted(said, key)
    ]
    met, whole = (_number(said, VERDICTS, key, counted(said, key)) for key in ("met", ""))
    were = _were(1 if number == 1 else counted(said, "met"))
    rest = ("; ", *joined(" and ", told)) if told else ()
    return f"In {month}, ", met, " of ", whole, f" {plural(number, 'objective')} {were} met", *rest, "."


def counted(said: Said, verdict: str) -> int:
    """How many objectives have a verdict; "": how many there are."""
    evaluation = said.body["evaluation"]
    return int(evaluation[verdict]) if verdict else len(evaluation["objectives"])


def _missed(said: Said) -> Sentence:
    found = _with(said, "missed")
    if not found:
        return ("No objective was missed.",)
    told: list[Sentence] = [
        (f"{each['title']} stood at ", said.spoken(each), ", agreed was ", said.spoken(each, "target"))
        for each in found
    ]
    return "Missed: ", *joined("; ", told), "."


def _not_proven(said: Said) -> Sentence:
    found = _with(said, "not_proven")
    if not found:
        return ("Every objective could be decided from what was read.",)
    told: list[Sentence] = [(f"{each['title']} (", *said.doubt(each), ")") for each in found]
    return "Not proven, and so neither met nor missed: ", *joined("; ", told), "."


def _left_out(said: Said) -> Sentence:
    accepted, waiting = (len(to_leave_out(said, states)) for states in (("accepted",), WAITING))
    still: Sentence = ()
    if waiting:
        counts = "counts" if waiting == 1 else "count"
        number = _number(said, SETTLED, "waiting", waiting)
        still = " ", number, f" {_were(waiting)} proposed and not agreed, and {counts} in full."
    if not accepted:
        return "Nothing was left out by agreement.", *still
    number = _number(said, SETTLED, "accepted", accepted)
    return number, f" {plural(accepted, 'event')} {_were(accepted)} left out by agreement.", *still


def to_leave_out(said: Said, states: Sequence[str]) -> Mapping[tuple[str, str], Sequence[tuple[Body, Body]]]:
    """What stands so of all that somebody wants left out: by its key and state, the objectives it is about with what it takes of each."""
    found: dict[tuple[str, str], list[tuple[Body, Body]]] = {}
    for objective in said.body["evaluation"]["objectives"]:
        for each in objective["excluded"]:
            if each["state"] in states:
                found.setdefault((each["key"], each["state"]), []).append((objective, each))
    return found


def owed(said: Said) -> str:
    """What the month costs, as money where a fee is agreed, else as a share of the fee."""
    return plain(_owed(said))


def _owed(said: Said) -> Sentence:
    credits = said.body["evaluation"]["credits"]
    least, most, whole, part, fee = (
        Number(credit(said, which), Target(CREDIT, None, which))
        for which in ("least", "most", "owed", "share", "fee")
    )
    if credits["owed"] is None:
        return "The credit is not decided yet: between ", least, " and ", most, "."
    if credits["owed"] == 0:
        return ("No credit is owed.",)
    if credits["fee"] is None:
        return "A credit of ", whole, " is owed."
    return "A credit of ", whole, " is owed, which is ", part, " of the month's fee of ", fee, "."


def credit(said: Said, which: str) -> str:
    """What is `owed`, at `least` or at `most`: as money where a fee is agreed, else as a share of it. Its `share`, and the `fee`."""
    credits = said.body["evaluation"]["credits"]
    if which == "fee":
        return said.money(credits["fee"], credits["currency"])
    name = "owed" if which == "share" else which
    if credits[name] is None:
        return "not decided"
    if which != "share" and credits[f"{name}_amount"] is not None:
        return said.money(credits[f"{name}_amount"], credits["currency"])
    part = said.words.promise(of_millionths(credits[name]))
    return part if which == "share" else f"{part} of the fee"


def of_millionths(millionths: int) -> Decimal:
    """A share that is kept in millionths."""
    return Decimal(millionths) / 10**6


def _number(said: Said, card: str, part: str, number: int) -> Number:
    return Number(said.words.count(number), Target(card, None, part))


def _with(said: Said, verdict: str) -> Sequence[Body]:
    return [each for each in said.body["evaluation"]["objectives"] if each["verdict"] == verdict]


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
