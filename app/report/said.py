"""The numbers of a statement as its reader sees them: in the customer's locale, never nicer than they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.report.spoken import OBJECTIVE, Number, Sentence, plain
from app.shares import Share, of_time
from app.target import Target
from app.wording import NOTHING, Words
from metrics.catalogue import METRICS
from metrics.sla.objective import IN_SECONDS
from metrics.sla.responsibility import Side
from metrics.sla.words import MILLION

Body = Mapping[str, Any]

PARTIES = {
    "customer_data": "Customer's data",
    "customer_change": "Change by the customer",
    "saas_vendor": "Software vendor",
    "ipaas": "Integration platform",
    "unknown": "Cannot be told",
    "maintenance": "Maintenance",
}
NOBODY = "Not said yet"
STATES = {"met": "ok", "missed": "breach", "not_proven": "unknown"}
KINDS = {
    "late_data": "late data",
    "calendar": "a changed calendar",
    "terms": "changed terms",
    "definition": "a changed definition",
    "agreement": "what both sides agreed later",
}
EXCLUDED = {
    "accepted": "Left out",
    "proposed": "Proposed",
    "disputed": "Disputed",
    "refused": "Not allowed",
}


@dataclass(frozen=True)
class Said:
    """What is read out of one body, in words."""

    body: Body
    words: Words

    def instant(self, text: str | None) -> str:
        """An instant of the body in the contract's zone."""
        return NOTHING if text is None else self.words.instant(datetime.fromisoformat(text))

    def side(self, side: Side) -> str:
        """A side by its name, as the month is between them."""
        return str(self.body[side]["name"])

    def party(self, party: str | None) -> str:
        """Whose doing: the partner by its name; nobody has said is no party."""
        if party == "partner":
            return self.side("partner")
        return NOBODY if party is None else PARTIES.get(party, party)

    def value(self, objective: Body, micro: int | None, *, promised: bool = False) -> str:
        """Millionths of an objective in its unit; a promise keeps the digits it was made with."""
        if micro is None:
            return NOTHING
        exact = Decimal(micro) / MILLION
        if objective["unit"] == "percent":
            if promised:
                return self.words.promise(exact)
            return self.words.percent(exact, better=objective["better"])
        if objective["unit"] in IN_SECONDS:
            return self.words.duration(float(exact))
        return self.words.count(exact)

    def target(self, objective: Body) -> str:
        """at least 99%, or at most 3."""
        limit = self.value(objective, objective["target"], promised=True)
        return f"at {'most' if objective['better'] == 'lower' else 'least'} {limit}"

    def stood(self, objective: Body, value: Body) -> str:
        """97.5% (117 of 120): a value of an objective (agreed, gross or net) with what it is a share of."""
        is_share = objective["unit"] == "percent" and value["value"] is not None
        return str(Share(self.value(objective, value["value"]), self.counted(value) if is_share else ""))

    def worst(self, composite: Body) -> str:
        """The value of several objectives taken together, which is that of the worst of them, with what that is a share of."""
        members = [
            each for each in self.body["evaluation"]["objectives"] if each["key"] in composite["members"]
        ]
        worst = (each for each in members if each["agreed"]["value"] == composite["value"] is not None)
        return next((self.stood(each, each["agreed"]) for each in worst), NOTHING)

    def counted(self, value: Body) -> str:
        """117 of 120; a measured value has a sample instead."""
        if value["k"] is None:
            return f"of {self.words.count(value['n'])} measured" if value["n"] else ""
        if not value["n"]:
            return ""
        return f"{self.words.count(value['k'])} of {self.words.count(value['n'])}"

    def bounds(self, objective: Body, value: Body) -> str:
        """between 90% and 95% while something is unknown; nothing once all is known."""
        low, high = value["low"], value["high"]
        if low is None or high is None or low == high:
            return ""
        return f"between {self.value(objective, low)} and {self.value(objective, high)}"

    def number(self, objective: Body, which: str | None = None) -> str:
        """One number of an objective: what it stood at, its `target`, what was `read`, how many were `judged`, the `least` that
        are enough, or how many are `unknown`."""
        if which is None:
            return self.stood(objective, objective["agreed"])
        if which == "target":
            return self.target(objective)
        if which == "read":
            coverage = objective["coverage"]
            return of_time(None if coverage is None else Decimal(coverage) / MILLION, self.words)
        if which == "least":
            return self.words.count(objective["minimum_sample"])
        return self.words.count(objective["agreed"]["n" if which == "judged" else which])

    def spoken(self, objective: Body, which: str | None = None) -> Number:
        """The same as a number of a sentence."""
        return Number(self.number(objective, which), Target(OBJECTIVE, which, objective["key"]))

    def doubt(self, objective: Body) -> Sentence:
        """Why an objective is not proven, with the numbers in the reader's locale; nothing for one that is decided."""
        doubt = objective["doubt"]
        if doubt == "unread":
            if objective["coverage"] is None:
                return ("nobody has read what it depends on",)
            return "only ", self.spoken(objective, "read"), " was read"
        if doubt == "nothing":
            return ("nothing came due",)
        if doubt == "sample":
            least = self.spoken(objective, "least")
            return self.spoken(objective, "judged"), " judged, fewer than the agreed ", least
        if doubt == "unknown":
            return self.spoken(objective, "unknown"), " of unknown outcome would decide it"
        return (str(objective["reason"]),)

    def because(self, objective: Body) -> str:
        """Why an objective is not proven, or whose doing what counts against a missed one is; nothing for one that is met."""
        if objective["verdict"] == "not_proven":
            return plain(self.doubt(objective))
        if objective["verdict"] == "met":
            return ""
        own = [each for each in self.body["missed"] if each["objective"] == objective["key"]]
        bad = [each for each in own if not each["count"][2]]
        gross, agreed = objective["gross"], objective["agreed"]
        if agreed["k"] is None:
            return f"measured, {self.counted(agreed)}"
        before, after = (
            each["k"] if objective["better"] == "lower" else each["n"] - each["k"] for each in (gross, agreed)
        )
        if not any(each["party"] for each in bad):
            return f"{self.words.count(after)} counted against it; nobody has said whose doing"
        left = self.words.count(len(bad) - (before - after))
        of = "" if before == after else f", of {self.words.count(len(bad))} before what is left out"
        doing = Counter(self.party(each["party"]) for each in bad)
        parts = ", ".join(f"{party} {self.words.count(number)}" for party, number in doing.most_common())
        return f"{left} counted against it{of}: {parts}"

    def money(self, text: str | None, currency: str | None) -> str:
        """An amount of the body: to the minor unit of its currency, without it where it is whole."""
        if text is None:
            return NOTHING
        amount = Decimal(text)
        said = self.words.money(amount, currency, whole=amount == amount.to_integral_value())
        return re.sub(r"(?<=[A-Z])(?=\d)", "\N{NO-BREAK SPACE}", said)

    def worth(self, exclusion: str, objective: str | None = None) -> str:
        """What the items that an exclusion takes are worth, under one objective or, each once, under all of them; empty where nothing is told."""
        told = [
            each
            for each in (self.body.get("context") or {}).get("left_out", ())
            if (each["exclusion"], each["objective"]) == (exclusion, objective)
        ]
        parts = [self.money(each["amount"], each["currency"]) for each in told if each["currency"]]
        unknown = sum(each["records"] for each in told if not each["currency"])
        return ", ".join([*parts, *([f"{self.words.count(unknown)} of no known value"] if unknown else [])])

    def figure(self, figure: Body) -> str:
        """A figure of the catalogue in its unit, a share with what it is a share of; without a value it says so."""
        value, unit = figure["value"], figure["unit"]
        if value is None:
            return "no data"
        if value == "not reached":
            return str(value)
        exact = Decimal(value)
        if unit == "ratio":
            k, n = figure["numerator"], figure["denominator"]
            if isinstance(k, int) and isinstance(n, int) and n:
                counted = f"{self.words.count(k)} of {self.words.count(n)}"
                return str(Share(self.words.share(k, n, better=self.better(figure)), counted))
            return self.words.percent(exact, better=self.better(figure))
        if unit == "budget":
            return self.words.percent(exact)
        if unit == "seconds":
            return self.words.duration(float(exact))
        if figure["currency"] is not None:
            return self.money(value, figure["currency"])
        return self.words.count(exact) + (" / h" if unit == "per_hour" else "")

    def better(self, figure: Body) -> str:
        """Which way the metric of a figure is better; of one that the catalogue has no more, higher."""
        return next((str(metric.better) for metric in METRICS if metric.id == figure["id"]), "higher")
