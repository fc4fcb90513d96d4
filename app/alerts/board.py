"""The page Alerts in HTML: what is open and who has it, what did not arrive, and the rules and channels in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app import lists_alerts, markup, severities
from app.alerts import told_rule
from app.alerts.estate import Channel
from app.alerts.reads import SHOWN, InForce
from app.markup import Column, Fact
from app.target import Target
from app.view import View
from app.wording import NOTHING, plural

Row = Mapping[str, Any]
_TESTS = {
    "sent": ("ok", "Test arrived"),
    "waiting": ("info", "Test on its way"),
    "sending": ("info", "Test on its way"),
    "dead": ("breach", "Test failed"),
    "held": ("unknown", "Test in doubt"),
}

_DIGESTS = {
    "sent": ("ok", "Digest sent"),
    "dropped": ("ok", "Nothing to tell"),
    "waiting": ("info", "Digest on its way"),
    "sending": ("info", "Digest on its way"),
    "dead": ("breach", "Digest not delivered"),
}
_OTHERS = {
    "digest": "Digest",
    "storm": "Summary of an hour",
    "test": "Test of a channel",
    "mention": "A note names somebody",
}


def answer(found: Row, has_rules: bool) -> tuple[str, str, str]:
    """Whether somebody has what is open, and whether what was said arrived."""
    wrong = found["dead"] + found["held"]
    failed = ""
    if found["dead"]:
        failed = f"{found['dead']} {plural(found['dead'], 'message')} could not be delivered."
    if found["held"]:
        failed += f" {found['held']} may have arrived or not: look, and say which."
    if not has_rules:
        return (
            "unknown",
            "No rule says when to tell somebody.",
            "Rules and channels stand in the estate, under alerts.",
        )
    if found["nobody"]:
        many = found["nobody"]
        says = f"{many} open {plural(many, 'alert')} {plural(many, 'is', 'are')} in nobody's hands."
        return "breach" if wrong else "risk", says, failed.strip()
    says = (
        f"Somebody has each of the {found['open']} open {plural(found['open'], 'alert')}."
        if found["open"]
        else "No alert is open."
    )
    return "breach" if wrong else "ok", says, failed.strip()


def facts(found: Row, view: View, whose: str) -> str:
    """The numbers of the page, each opening what it counts; what is counted in time is of the last 30 days."""
    count = view.words.count
    return markup.facts(
        Fact(name, count(found[key]), str(Target(lists_alerts.KEY, key, whose)))
        for key, (name, _) in lists_alerts.FACTS.items()
    )


def open_alerts(rows: Sequence[Row], view: View) -> str:
    """The open alerts; each leads to what it tells of, and can be taken."""
    columns = (
        Column("Alert", "first"),
        Column("Since", "wide"),
        Column("Told through", "wide"),
        Column("Who has it"),
    )
    return markup.section(
        "Open", _table(columns, [_open(row, view) for row in rows], "No alert is open."), _of(rows, view)
    )


def _open(row: Row, view: View) -> tuple[str, ...]:
    state, word = severities.sign_of(row["severity"]), severities.WORDS[row["severity"]]
    about = f"{word} · {row['customer']} · {row['rule']}"
    title = f'<a href="{markup.e(_where(row))}" target="_self">{markup.e(row["title"])}</a>'
    return (
        f'<span class="cellname">{markup.sign(state)} {title}</span><span class="sub">{markup.e(about)}</span>',
        markup.e(view.words.instant(row["opened_at"], with_zone=False)),
        _through(row),
        _hands(row, view),
    )


def _where(row: Row) -> str:
    if row["exception_id"] is not None:
        return f"/exceptions?open={row['customer_id']}-{row['exception_id']}"
    return str(row["path"] or "/exceptions")


def _through(row: Row) -> str:
    said = ", ".join(row["channels"] or ()) or NOTHING
    marks = markup.chip("escalated", "risk") if row["is_escalated"] else ""
    marks += markup.chip(f"{row['waiting']} waiting", "info") if row["waiting"] else ""
    marks += markup.chip(f"{row['stuck']} not delivered", "breach") if row["stuck"] else ""
    return f"{markup.e(said)} {marks}"


def _hands(row: Row, view: View) -> str:
    if row["acknowledged_at"] is not None:
        since = view.words.instant(row["acknowledged_at"], with_zone=False)
        return f'<span class="breaks">{markup.e(row["acknowledged_by"])}</span><span class="sub">{markup.e(since)}</span>'
    if row["is_taken"]:
        return markup.two_lines(
            row["owner"] or "In work in the queue", "by the queue" if row["owner"] else "", ""
        )
    return _button("take", row["customer_id"], row["alert_id"], "Acknowledge", row["title"])


def _button(verb: str, customer_id: int, number: int, label: str, of: str) -> str:
    return markup.opens(f"{verb}|{customer_id}|{number}", f"{label}: {of}", markup.e(label), "act")


def stuck(rows: Sequence[Row], view: View) -> str:
    """Messages that need a person; empty when there are none."""
    if not rows:
        return ""
    columns = (Column("Message", "first"), Column("To", "wide"), Column("Why"), Column("What to do"))
    title = "Not delivered, or not known"
    return markup.section(title, _table(columns, [_stuck(row, view) for row in rows], ""), _of(rows, view))


def _stuck(row: Row, view: View) -> tuple[str, ...]:
    said = str(row["title"] or _OTHERS.get(row["kind"], row["kind"]))
    since = view.words.instant(row["created_at"], with_zone=False)
    todo = _button("again", row["customer_id"], row["message_id"], "Send again", said)
    state = markup.status("breach", "Not delivered")
    if row["state"] == "held":
        state = markup.status("unknown", "In doubt")
        todo = _button("arrived", row["customer_id"], row["message_id"], "It arrived", said) + " " + todo
    return (
        markup.two_lines(said, f"{row['customer']} · {row['kind']} · {since}"),
        markup.two_lines(row["addressee"], row["channel"] if row["addressee"] != row["channel"] else "", ""),
        f'{state}<span class="sub">{markup.e(row["error"] or "")}</span>',
        todo,
    )


def closed(rows: Sequence[Row], view: View) -> str:
    """What is over, folded away."""
    columns = (
        Column("Alert", "first"),
        Column("Opened", "wide"),
        Column("Over"),
        Column("Who had it", "wide"),
    )
    lines = [
        (
            markup.two_lines(row["title"], f"{row['customer']} · {row['rule']}"),
            markup.e(view.words.instant(row["opened_at"], with_zone=False)),
            markup.e(view.words.instant(row["closed_at"], with_zone=False)),
            markup.e(row["acknowledged_by"] or row["owner"] or NOTHING),
        )
        for row in rows
    ]
    total = view.words.count(rows[0]["total"] if rows else 0)
    return markup.folded(
        f"Over in the last 30 days: {total}",
        _table(columns, lines, "Nothing was closed in the last 30 days."),
    )


def channels(known: Sequence[Channel], told: Mapping[str, Row], digests: Sequence[Row], view: View) -> str:
    """The channels in force, each with its last delivery and its last test."""
    columns = (Column("Channel", "first"), Column("Sent", "n wide"), Column("Last delivery"), Column("State"))
    lines = [
        _channel(
            channel, told.get(channel.key), [row for row in digests if row["channel"] == channel.key], view
        )
        for channel in known
    ]
    return markup.section(
        "Channels",
        _table(columns, lines, "There is no channel; the estate names them under alerts."),
        "30 days",
    )


def _channel(channel: Channel, row: Row | None, digests: Sequence[Row], view: View) -> tuple[str, ...]:
    name = f'<div class="breaks">{markup.two_lines(channel.key, told_rule.channel_said(channel))}</div>'
    daily = "".join(_digest(each, view) for each in digests)
    if row is None:
        return (
            name,
            NOTHING,
            '<span class="muted">nothing yet</span>',
            f'<div class="breaks">{daily}</div>' if daily else '<span class="muted">never tried</span>',
        )
    state = markup.status("ok", "Delivers") if row["last_sent_at"] else markup.status("info", "On its way")
    if row["stuck"] or row["last_error"]:
        state = markup.status(
            "breach" if row["stuck"] else "risk",
            f"{row['stuck']} not delivered" if row["stuck"] else "Tried again",
        )
    said = f'<span class="sub">{markup.e(row["last_error"])}</span>' if row["last_error"] else ""
    if row["last_test_state"] in _TESTS:
        mark, word = _TESTS[row["last_test_state"]]
        at = view.words.instant(row["last_test_at"], with_zone=False)
        said += f'<span class="sub">{markup.status(mark, word)} {markup.e(at)}</span>'
    last = (
        markup.e(view.words.instant(row["last_sent_at"], with_zone=False)) if row["last_sent_at"] else NOTHING
    )
    return name, view.words.count(row["sent"]), last, f'<div class="breaks">{state}{said}{daily}</div>'


def _digest(row: Row, view: View) -> str:
    """How the last digest over customers of one addressee stands."""
    mark, word = _DIGESTS[row["state"]]
    said = markup.status(mark, word) + markup.e(f" {row['addressee']}, {view.words.day(row['day'])}")
    return f'<span class="sub">{said}{markup.e(": " + row["error"] if row["error"] else "")}</span>'


def rules(known: Sequence[InForce], found: Mapping[str, Row], view: View) -> str:
    """The rules in force: what fires them, for whom, who is told, and what they found."""
    columns = (
        Column("Rule", "first"),
        Column("Tells", "wide"),
        Column("Open", "n"),
        Column("Opened in 30 days", "n wide"),
        Column("Last", "wide"),
    )
    lines = [_rule(each, found.get(each.rule.key), view) for each in known]
    return markup.section(
        "Rules", _table(columns, lines, "No rule is in force; the estate names them under alerts.")
    )


def _rule(each: InForce, row: Row | None, view: View) -> tuple[str, ...]:
    words, rule = view.words, each.rule
    whom = each.customers[0] if len(each.customers) == 1 else f"{len(each.customers)} customers"
    flows = f" · {', '.join(name.replace('_', ' ') for name in rule.workflows)}" if rule.workflows else ""
    then = told_rule.next_said(rule, words)
    return (
        f'{markup.two_lines(rule.key, told_rule.rule_said(rule, words))}<span class="sub">{markup.e(whom + flows)}</span>',
        markup.two_lines(", ".join(rule.channels), f"then {then}" if then else "", ""),
        words.count(row["open"] if row else 0),
        words.count(row["opened"] if row else 0),
        markup.e(words.instant(row["last_opened_at"], with_zone=False)) if row else NOTHING,
    )


def _table(columns: Sequence[Column], lines: Sequence[Sequence[str]], nothing: str) -> str:
    if not lines:
        return f'<p class="muted">{markup.sign("ok")} {markup.e(nothing)}</p>'
    return markup.table(columns, lines, of_rows=True)


def _of(rows: Sequence[Row], view: View) -> str:
    total = rows[0]["total"] if rows else 0
    return f"the first {SHOWN} of {view.words.count(total)}" if total > len(rows) else ""
