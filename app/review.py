"""How the review of a month is drawn: what it says of every promise, with the reason beside each miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app import markup, review_proof
from app.markup import Column, Fact
from app.report.outcomes import of_missed
from app.report.said import KINDS, STATES, Said
from app.report.sentences import of_millionths, spoken
from app.report.spoken import OBJECTIVE, Number, Sentence
from app.review_reads import Review
from app.target import Target
from app.view import View
from app.wording import NOTHING, plural
from metrics.sla.restate import Cause

COLUMNS = (
    Column("Promise", "first"),
    Column("Verdict"),
    Column("Agreed", "n"),
    Column("Target", "wide nowrap"),
    Column("If the unknown were bad, good", "wide"),
    Column("Left out", "n wide"),
    Column("Why", "wide"),
)
TOGETHER = (
    Column("Taken together", "first"),
    Column("Verdict"),
    Column("Agreed", "n"),
    Column("Target", "wide"),
    Column("Why", "wide"),
)
MISSED = (
    Column("What", "first"),
    Column("Came due"),
    Column("What became of it"),
    Column("Promise", "wide"),
    Column("Whose doing", "wide"),
)
OPEN = 8
"""How many of what counted against a month stand open: who presents it scrolls past no wall."""
_RULES = {"all_of": "all of them", "worst_of": "the worst of them"}


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


def answer(said: Said) -> tuple[str, str, str]:
    """The state of the month and its five sentences, as the review pack says them: the first, and the other four. Every number in
    them opens its card."""
    verdicts = {each["verdict"] for each in said.body["evaluation"]["objectives"]}
    first, *rest = map(opening, spoken(said))
    worst = next((each for each in ("missed", "not_proven") if each in verdicts), "met")
    return STATES[worst] if verdicts else "info", first, " ".join(rest)


def opening(sentence: Sentence) -> str:
    """A sentence as HTML, in which every number opens its card."""
    return "".join(
        markup.opens(str(each.target), f"{each.text}. What it consists of", markup.e(each.text))
        if isinstance(each, Number)
        else markup.e(each)
        for each in sentence
    )


def objectives(it: Review, view: View) -> str:
    """The table of all promises; each number opens into its items. A column in which nothing stands is left out."""
    said = it.said(view.words)
    asked = {each.get("key"): each for each in said.body["evaluation"]["terms"].get("objectives", ())}
    lines = [
        _objective(each, asked.get(each["key"], {}), said, review_proof.cell(it, each, said))
        for each in it.objectives
    ]
    kept = [n for n in range(len(COLUMNS)) if any(line[n] for line in lines)]
    rows = [[line[n] for n in kept] for line in lines]
    return markup.table([COLUMNS[n] for n in kept], rows, "Promises")


def together(said: Said) -> str:
    """Promises that are made of others, with the members for which one is missed or not proven; nothing where there are none."""
    evaluation = said.body["evaluation"]
    titles = {each["key"]: each["title"] for each in evaluation["objectives"]}
    rows = [
        (
            markup.two_lines(it["title"], f"{_RULES[it['rule']]}: {_titled(it['members'], titles)}"),
            markup.status(STATES[it["verdict"]]),
            markup.e(said.worst(it) if it["value"] is not None else NOTHING),
            markup.e(
                f"at least {said.words.promise(of_millionths(it['target']))}"
                if it["target"] is not None
                else ""
            ),
            markup.e(_titled(it["reason"].split(", ") if it["reason"] else (), titles)),
        )
        for it in evaluation["composites"]
    ]
    return markup.table(TOGETHER, rows, "Taken together", of_rows=True) if rows else ""


def _titled(keys: Sequence[str], titles: Mapping[str, str]) -> str:
    return ", ".join(titles.get(key, key) for key in keys)


def _objective(it: Mapping[str, Any], asked: Mapping[str, Any], said: Said, verified: str) -> tuple[str, ...]:
    shown = said.value(it, it["agreed"]["value"])
    counted = said.counted(it["agreed"])
    under = f'<span class="sub">{markup.e(counted)}</span>' if counted else ""
    target = str(Target(OBJECTIVE, None, it["key"]))
    opened = markup.opens(target, f"{it['title']}: {shown}. What it consists of", markup.e(shown))
    within = f"within {asked['within_days']} days" if asked.get("within_days") else ""
    return (
        markup.two_lines(
            it["title"], within or (f"within {asked['threshold']}" if asked.get("threshold") else "")
        ),
        markup.status(STATES[it["verdict"]]),
        opened + under + verified,
        markup.e(said.target(it)),
        markup.e(said.bounds(it, it["agreed"])),
        _left_out(it, said),
        markup.e(reason(it, said)),
    )


def _left_out(it: Mapping[str, Any], said: Said) -> str:
    """How many items left by agreement, the gross value with them, and the net value without what is only proposed."""
    words = said.words
    out = sum(each["count"]["n"] for each in it["excluded"] if each["state"] == "accepted")
    to_settle = sum(1 for each in it["excluded"] if each["state"] in ("proposed", "disputed"))
    parts = []
    if out:
        named = str(Target(OBJECTIVE, "out", it["key"]))
        parts.append(markup.opens(named, f"{out} left out", markup.e(words.count(out))))
        parts.append(_sub(f"gross {said.stood(it, it['gross'])}"))
    if to_settle:
        parts.append(_sub(f"{to_settle} to settle"))
    if it["net"]["value"] != it["agreed"]["value"]:
        parts.append(_sub(f"net {said.stood(it, it['net'])}"))
    return "".join(parts)


def _sub(text: str) -> str:
    return f'<span class="sub">{markup.e(text)}</span>'


def reason(it: Mapping[str, Any], said: Said) -> str:
    """The reason beside each miss, as the pack has it; of a running window, what it still bears."""
    if because := said.because(it):
        return because[:1].upper() + because[1:]
    if it["forecast"] and it["forecast"]["lost_on"]:
        lost = datetime.fromisoformat(it["forecast"]["lost_on"]).date()
        return f"At this rate it is lost on {said.words.day(lost)}"
    if it["budget"] and not it["is_final"]:
        return f"{said.words.count(max(0, it['budget']['left']))} more may fail"
    return ""


def missed(it: Review, view: View, limit: int = 50, names: Mapping[str, str] | None = None) -> str:
    """What counts against the promises of a month, the first few open; `names` are those of flows by key."""
    words = view.words
    titles = {each["key"]: each["title"] for each in it.objectives}
    said = it.said(words)

    def line(each: Mapping[str, Any]) -> tuple[str, ...]:
        at = datetime.fromisoformat(each["at"]) if isinstance(each["at"], str) else each["at"]
        doing = said.party(each["party"])
        shown = "; ".join(part for part in (each["evidence"], each["decided_by"]) if part)
        what, flow = each["label"] or each["item"], each["flow"] or ""
        called = (names or {}).get(flow, flow)
        return (
            markup.two_lines(called, "") if what == flow else markup.two_lines(what, called),
            markup.e(words.instant(at, with_zone=False)),
            markup.e(of_missed(each)),
            markup.e(titles.get(each["objective"], each["objective"])),
            markup.two_lines(doing, shown, ""),
        )

    lines = [line(each) for each in it.missed[:limit]]
    return markup.long_table(MISSED, lines, OPEN, "{} more of them", "Missed", of_rows=True)


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
        parts.append(markup.section(KINDS[cause.kind].capitalize(), f"<ul>{said}</ul>{table}"))
    return "".join(parts)


def _short(said: Any) -> str:
    text = NOTHING if said is None else str(said)
    return text if len(text) <= 60 else f"{text[:59]}…"


def facts(said: Said) -> str:
    """How the terms are called, and since when they hold."""
    terms, words = said.body["evaluation"]["terms"], said.words
    pairs = [Fact("Tier", str(terms.get("tier") or NOTHING).capitalize())]
    pairs.append(Fact("Terms since", words.day(datetime.fromisoformat(str(terms["valid_from"])).date())))
    return markup.facts(pairs)
