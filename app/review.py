"""How the review of a month is drawn: what it says of every promise, with the reason beside each miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from app import markup
from app.markup import Column, Fact
from app.review_reads import Review
from app.target import Target
from app.view import View
from app.wording import NOTHING, Words, plural
from metrics.sla.restate import Cause

LIST = "objective"
STATES = {"met": "ok", "missed": "breach", "not_proven": "unknown"}
COLUMNS = (
    Column("Promise", "first"),
    Column("Verdict"),
    Column("Agreed", "n"),
    Column("Target", "wide"),
    Column("If the unknown were bad, good", "wide"),
    Column("Left out", "n wide"),
    Column("Why", "wide"),
)
MISSED = (
    Column("What", "first"),
    Column("Came due"),
    Column("What became of it"),
    Column("Promise", "wide"),
    Column("Whose doing", "wide"),
)
PARTIES = {
    "partner": "ours",
    "customer_data": "the customer's data",
    "customer_change": "a change by the customer",
    "saas_vendor": "the vendor of a system",
    "ipaas": "the integration platform",
    "unknown": "nobody knows",
}
CAUSES = {
    "late_data": "Data that came late",
    "calendar": "The calendar was changed",
    "terms": "The terms were changed",
    "definition": "A definition was changed",
    "agreement": "What is left out was changed",
}


def standing(it: Review, view: View) -> tuple[str, str]:
    """The state of the month and one line: running, preliminary, sealed by whom, restated how often."""
    words = view.words
    if not it.sealed:
        return (
            ("info", "The month is running: all of this can still change.")
            if view.is_running
            else ("info", "Preliminary: not sealed yet, late data can still change it.")
        )
    newest = it.sealed[0]
    by, version = newest.body["sealed"]["by"], newest.place[2]
    said = f"Sealed on {words.instant(newest.sealed_at)} by {by}"
    if version > 1:
        said += f", restated {version - 1} {plural(version - 1, 'time')}"
    return "ok", f"{said}. It never changes: {newest.sha256[:12]}…"


def answer(it: Mapping[str, Any], words: Words) -> tuple[str, str, str]:
    """The state of the month, one sentence about its promises, and what is owed."""
    missed = [each["title"] for each in it["objectives"] if each["verdict"] == "missed"]
    doubtful = [each["title"] for each in it["objectives"] if each["verdict"] == "not_proven"]
    count = len(it["objectives"])
    if missed:
        says = f"{len(missed)} of {count} {plural(count, 'promise')} {plural(len(missed), 'is', 'are')} missed: {_names(missed)}."
    elif doubtful:
        says = f"No promise is missed; {_names(doubtful)} {plural(len(doubtful), 'is', 'are')} not proven."
    else:
        says = f"All {count} promises are kept." if count > 1 else "The promise is kept."
    return ("breach" if missed else "unknown" if doubtful else "ok"), says, owed(it["credits"], words)


def _names(titles: Sequence[str]) -> str:
    return ", ".join(titles[:-1]) + (" and " if len(titles) > 1 else "") + titles[-1]


def owed(it: Mapping[str, Any], words: Words) -> str:
    """What is owed of the fee; a range while it is not decided."""
    if it["fee"] is None:
        return "No fee is agreed, so no credit follows."
    fee = words.money(Decimal(it["fee"]), it["currency"], whole=False)
    low, high = (
        words.money(Decimal(it[name]), it["currency"], whole=False)
        for name in ("least_amount", "most_amount")
    )
    if it["owed_amount"] is None:
        return f"Credits are not decided: {low} to {high} of {fee}."
    return f"Credits: {words.money(Decimal(it['owed_amount']), it['currency'], whole=False)} of {fee}."


def value(it: Mapping[str, Any], micro: int | None, words: Words) -> str:
    """A value of an objective in its unit, cut to the worse side."""
    if micro is None:
        return NOTHING
    if it["unit"] == "percent":
        return words.share(micro, 10**6, better=it["better"])
    if it["unit"] == "count":
        return words.count(floor(Fraction(micro, 10**6)))
    return words.duration(micro / 10**6)


def objectives(it: Mapping[str, Any], view: View) -> str:
    """The table of all promises; each number opens into its items. A column in which nothing stands is left out."""
    asked = {each.get("key"): each for each in it["terms"].get("objectives", ())}
    lines = [_objective(each, asked.get(each["key"], {}), view.words) for each in it["objectives"]]
    kept = [n for n in range(len(COLUMNS)) if any(line[n] for line in lines)]
    rows = [[line[n] for n in kept] for line in lines]
    return markup.table([COLUMNS[n] for n in kept], rows, "Promises")


def _objective(it: Mapping[str, Any], asked: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    agreed, gross = it["agreed"], it["gross"]
    shown = value(it, agreed["value"], words)
    counted = (
        ""
        if agreed["k"] is None or not agreed["n"]
        else f"{words.count(agreed['k'])} of {words.count(agreed['n'])}"
    )
    under = f'<span class="sub">{markup.e(counted)}</span>' if counted else ""
    target = str(Target(LIST, None, it["key"]))
    opened = markup.opens(target, f"{it['title']}: {shown}. What it consists of", markup.e(shown))
    bounds = (
        f"{value(it, agreed['low'], words)} to {value(it, agreed['high'], words)}"
        if agreed["unknown"] and agreed["low"] != agreed["high"]
        else ""
    )
    out = sum(each["count"]["n"] for each in it["excluded"] if each["state"] == "accepted")
    to_settle = sum(1 for each in it["excluded"] if each["state"] in ("proposed", "disputed"))
    gone = ""
    if out:
        named = str(Target(LIST, "out", it["key"]))
        before = f'<span class="sub">{markup.e(value(it, gross["value"], words))} with it</span>'
        gone = markup.opens(named, f"{out} left out", markup.e(words.count(out))) + before
    gone += f'<span class="sub">{to_settle} to settle</span>' if to_settle else ""
    within = f"within {asked['within_days']} days" if asked.get("within_days") else ""
    return (
        markup.two_lines(
            it["title"], within or (f"within {asked['threshold']}" if asked.get("threshold") else "")
        ),
        markup.status(STATES[it["verdict"]]),
        opened + under,
        markup.e(f"{'at most' if it['better'] == 'lower' else 'at least'} {value(it, it['target'], words)}"),
        markup.e(bounds),
        gone,
        markup.e(reason(it, words)),
    )


def reason(it: Mapping[str, Any], words: Words) -> str:
    """The reason beside each miss; of a running window, what it still bears."""
    if it["reason"]:
        return str(it["reason"])[:1].upper() + str(it["reason"])[1:]
    if it["verdict"] == "missed" and it["budget"]:
        return (
            f"{words.count(it['budget']['bad'])} failed, {words.count(it['budget']['allowed'])} were allowed"
        )
    if it["verdict"] == "missed" and it["agreed"]["k"] is not None and it["better"] == "higher":
        return f"{words.count(it['agreed']['n'] - it['agreed']['k'])} of {words.count(it['agreed']['n'])} were not done in time"
    if it["verdict"] == "missed" and it["agreed"]["value"] is not None:
        return f"{value(it, it['agreed']['value'], words)} of {value(it, it['target'], words)} that were promised"
    if it["forecast"] and it["forecast"]["lost_on"]:
        return f"At this rate it is lost on {words.day(datetime.fromisoformat(it['forecast']['lost_on']).date())}"
    if it["budget"] and not it["is_final"]:
        return f"{words.count(max(0, it['budget']['left']))} more may fail"
    return ""


def missed(it: Review, view: View, limit: int = 50) -> str:
    """What counts against the promises of a sealed month."""
    words = view.words
    titles = {each["key"]: each["title"] for each in (it.evaluation or {}).get("objectives", ())}

    def line(each: Mapping[str, Any]) -> tuple[str, ...]:
        at = datetime.fromisoformat(each["at"]) if isinstance(each["at"], str) else each["at"]
        doing = PARTIES.get(each["party"] or "", "not said yet")
        evidence = "" if view.scope.is_customer else (each["evidence"] or "")
        return (
            markup.two_lines(each["label"] or each["item"], each["flow"] or ""),
            markup.e(words.instant(at, with_zone=False)),
            markup.e(OUTCOMES.get(each["outcome"], each["outcome"])),
            markup.e(titles.get(each["objective"], each["objective"])),
            markup.two_lines(doing, evidence, ""),
        )

    return markup.table(MISSED, [line(each) for each in it.missed[:limit]], "Missed", of_rows=True)


OUTCOMES = {
    "S1": "done, later than promised",
    "S2": "done after a retry, later than promised",
    "S3": "late, or only after somebody helped",
    "F": "failed",
    "O+": "overdue",
    "M": "never ran",
    "unknown": "nobody can tell",
}


def causes(found: Sequence[Cause]) -> str:
    """Why the sealed month would say something else today, each cause by itself."""
    if not found:
        return f'<p class="muted">{markup.sign("ok")} Nothing: today the month would say what was sealed.</p>'
    parts = []
    for cause in found:
        said = "".join(f"<li>{markup.e(line)}</li>" for line in cause.said)
        rows = [
            (markup.e(each.place), markup.e(_short(each.was)), markup.e(_short(each.now)))
            for each in cause.changes
        ]
        table = (
            markup.table((Column("Where"), Column("Sealed", "n"), Column("Today", "n")), rows, of_rows=True)
            if rows
            else ""
        )
        parts.append(markup.section(CAUSES[cause.kind], f"<ul>{said}</ul>{table}"))
    return "".join(parts)


def _short(said: Any) -> str:
    text = NOTHING if said is None else str(said)
    return text if len(text) <= 60 else f"{text[:59]}…"


def facts(it: Mapping[str, Any], words: Words) -> str:
    """How the terms are called, and since when they hold."""
    terms = it["terms"]
    pairs = [Fact("Tier", str(terms.get("tier") or NOTHING).capitalize())]
    pairs.append(Fact("Terms since", words.day(datetime.fromisoformat(str(terms["valid_from"])).date())))
    return markup.facts(pairs)
