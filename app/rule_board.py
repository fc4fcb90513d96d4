"""The page Rules in HTML: what is watched and how, what each rule opened, and what answers what has to be watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app import markup, severities
from app.data import Row
from app.markup import Column
from app.rule_list import Told
from app.rule_names import rule_name
from app.target import Target
from app.view import View
from app.wording import NOTHING, plural
from metrics import unusual
from metrics.answered import EXCEPTIONS, Answer
from metrics.expectation_library import by_key as expectation
from metrics.looks import HOUSE
from metrics.rule_library import CHECKS, untold

SHOWN = 100
_RULES = (
    Column("Rule", "first"),
    Column("Holds"),
    Column("Severity", "narrow-hide"),
    Column("Opened in 90 days", "n"),
    Column("Open", "n"),
    Column("Looked last", "wide"),
)
_WOULD = (Column("Would be opened", "first"), Column("Rule", "wide"), Column("Began"), Column("Records", "n"), Column("At risk", "n"))  # fmt: skip
_WATCHED = (Column(""), Column("Business exception", "first"), Column("Found by"), Column("Not told", "wide"))  # fmt: skip


def answer(rules: Sequence[Told], view: View) -> tuple[str, str, str]:
    """How many rules hold, and which cannot be evaluated."""
    on = sum(bool(each["enabled"] and not each["trouble"]) for each in rules)
    troubled = [each["title"] for each in rules if each["trouble"]]
    says = f"{on} of {len(rules)} rules watch {view.customer.name}."
    if troubled:
        return "risk", says, f"Cannot be evaluated, and opens nothing: {', '.join(troubled)}."
    return (
        "ok",
        says,
        "What a rule looks at, its threshold, owner and runbook are set in the estate, under rules.",
    )


def listed(rules: Sequence[Told], counts: Mapping[str, Row], view: View) -> str:
    """Every rule with what it has done."""
    rows = [_line(each, counts, view) for each in rules]
    return markup.section("Rules", markup.table(_RULES, rows, "Rules"))


def _line(rule: Told, counts: Mapping[str, Row], view: View) -> tuple[str, ...]:
    done = counts.get(rule["rule"])
    last = counts.get(HOUSE if rule["rule"] in CHECKS else rule["rule"])
    is_every_time = rule["rule"] not in (*CHECKS, unusual.RULE) and rule["set"] != "own"
    under = [rule["sentence"], rule["when"], rule["days"] and f"After {rule['days']} days.", rule["trouble"]]
    looked = view.words.instant(last["looked_at"]) if last and last["looked_at"] else NOTHING
    return (
        markup.two_lines(rule["title"], " · ".join(each for each in under if each)),
        _holds(rule),
        markup.e(severities.WORDS.get(rule["severity"], "As promised")),
        _many(rule, "opened", done, view),
        _many(rule, "open", done, view),
        markup.e("at every reading" if is_every_time else looked),
    )


def _many(rule: Told, which: str, done: Row | None, view: View) -> str:
    number = view.words.count(done[which] if done else 0)
    says = {"opened": "opened in 90 days", "open": "open"}[which]
    return markup.opens(
        str(Target("of-rule", which, rule["rule"])), f"{rule['title']}: {number} {says}", markup.e(number)
    )


def _holds(rule: Told) -> str:
    by = {"by the estate": "set by the estate", "own": "your own", "library": ""}[rule["set"]]
    if rule["trouble"]:
        return markup.status("breach", "Cannot look")
    return (
        f"{markup.status('ok', 'On')} {markup.chip(by)}"
        if rule["enabled"]
        else f"{markup.status('info', 'Off')} {markup.chip(by)}"
    )


def off(rules: Sequence[Told]) -> str:
    """The button that tries the rules that are off; nothing when all hold."""
    many = sum(not each["enabled"] for each in rules)
    if not many:
        return ""
    said = f"What would {many} {plural(many, 'rule')} that {plural(many, 'is', 'are')} off have opened?"
    return markup.section("Try", markup.opens("try", said, markup.e(said), "act"), "nothing is written")


def would(rows: Sequence[Row], rules: Sequence[Told], view: View) -> str:
    """What the rules that are off would have opened in 90 days, and what a try cannot tell of them."""
    new = [row for row in rows if row["became"] != "not told"]
    words = {each["title"]: untold(each["rule"]) for each in rules if not each["enabled"]}
    notes = "".join(
        f'<p class="muted">{markup.e(title)}: {markup.e(said)}</p>' for title, said in words.items() if said
    )
    if not new:
        return f'<p class="muted">In 90 days they would have opened nothing.</p>{notes}'
    return would_open(new, {row["rule"]: rule_name(row["rule"]) for row in new}, view) + notes


def would_open(rows: Sequence[Row], names: Mapping[str, str], view: View) -> str:
    """Rows of kpi/detect_try.sql as a table, the first hundred of them, each with the name of its rule."""
    lines = [
        (
            markup.e(row["title"]),
            markup.e(names[row["rule"]]),
            markup.e(view.words.instant(row["opened_at"])),
            markup.e(view.words.count(row["records"])),
            markup.e(
                NOTHING
                if row["amount"] is None or row["currency"] is None
                else view.words.money(row["amount"], row["currency"])
            ),
        )
        for row in rows[:SHOWN]
    ]
    of = f"{view.words.count(len(rows))} in 90 days"
    return markup.section(
        "Would have been opened",
        markup.table(_WOULD, lines, "Would have been opened", of_rows=True),
        f"the first {SHOWN} of {of}" if len(rows) > SHOWN else of,
    )


def watched() -> str:
    """Every business exception that has to be watched, and what finds it."""
    rows = [
        (
            markup.e(each.number),
            markup.e(each.asked),
            markup.e(", ".join(_found_by(each))),
            markup.e(each.missing or NOTHING),
        )
        for each in EXCEPTIONS
    ]
    table = markup.table(_WATCHED, rows, "Business exceptions")
    return markup.folded(f"What finds each of {len(rows)} business exceptions", table)


def _found_by(answer: Answer) -> list[str]:
    rules = [rule_name(rule) for rule in answer.rules]
    checks = [rule_name(check.replace(" ", "_")) for check in answer.checks]
    return rules + checks + [expectation(key).title for key in answer.expectations]
