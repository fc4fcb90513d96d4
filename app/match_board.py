"""The page Matches in HTML: pairs of records that wait for a word, with what they differ in, and what people have said."""

from __future__ import annotations

from collections.abc import Sequence

from app import agreement, markup
from app.data import Row
from app.markup import Column
from app.match_acts import SHOWN, button
from app.view import View
from app.wording import Words, plural
from metrics.matches import OF_RELATION, Word, compared
from metrics.matching import FACT

RULE_WORDS = {
    "key": "One names the other, and the name is not unique",
    "account_and_time": "Same account, made about the day of the win",
    "code": "Same code",
    "tax_id": "Same tax number",
    "domain": "Same web domain",
    "name": "Same name",
    "person": "Said by a person",
}
"""The rules of metrics.matching in words; tests/app/test_matches_page.py asks for all."""
_KINDS = {
    "project": "Deal and project",
    "account": "Account",
    "invoice": "Invoice",
    "resource": "Employee",
}


def answer(waiting: Sequence[Row]) -> tuple[str, str, str]:
    """Whether anything waits for a word, and what that does to the figures."""
    if not waiting:
        return (
            "ok",
            "No pair of records waits for a word.",
            "What figures count on is proved by a rule or a person.",
        )
    total = waiting[0]["total"]
    says = f"{total} {plural(total, 'pair')} of records may belong together."
    means = "Figures take a suggestion as unknown: neither done nor missing, until somebody says which it is."
    return "risk", says, means


def waiting(rows: Sequence[Row], view: View) -> str:
    """The suggestions, the surest first, each with a yes and a no."""
    columns = (
        Column("Records", "first"),
        Column("What they say"),
        Column("Why", "wide"),
        Column("Your word"),
    )
    lines = [
        (
            _pair(row),
            _fields(row, view.words),
            _why(row, view.words),
            _act("together", row, "Same") + " " + _act("apart", row, "Not the same"),
        )
        for row in rows
    ]
    return _part("Suggested", columns, lines, rows, view, "Nothing is suggested.")


def decided(rows: Sequence[Row], view: View) -> str:
    """What people have said, the latest first, each with a way back."""
    columns = (
        Column("Records", "first"),
        Column("Said"),
        Column("What they say", "wide"),
        Column("Your word"),
    )
    ordered = sorted(rows, key=lambda row: row["since"], reverse=True)
    lines = [
        (
            _pair(row),
            _said(row, view.words),
            _fields(row, view.words),
            _act("undecided", row, "Take back"),
        )
        for row in ordered
    ]
    return _part("Said by people", columns, lines, rows, view, "Nobody has said anything yet.")


def _part(
    title: str,
    columns: Sequence[Column],
    lines: Sequence[Sequence[str]],
    rows: Sequence[Row],
    view: View,
    nothing: str,
) -> str:
    total = sum({row["state"]: row["total"] for row in rows}.values())
    remark = f"the first {SHOWN} of {view.words.count(total)}" if total > len(rows) else ""
    table = markup.table(columns, lines, title, of_rows=True) if lines else markup.todo([], nothing)
    return markup.section(title, table, remark)


def _pair(row: Row) -> str:
    kind = _KINDS[OF_RELATION[row["relation"]]]
    ends = "".join(
        markup.two_lines(
            row[f"{side}_label"] or row[f"{side}_id"], f"{row[f'{side}_system']}: {row[f'{side}_id']}"
        )
        for side in ("left", "right")
    )
    return f'<span class="sub">{markup.e(kind)}</span>{ends}'


def _fields(row: Row, words: Words) -> str:
    left, right = row["left_fields"], row["right_fields"]
    if left is None or right is None:
        return markup.chip("one of the two is gone", "unknown")
    names = [field.name for field in compared(row["relation"])]
    return agreement.beside(left, right, row["differing"] or {}, names, words)


def _why(row: Row, words: Words) -> str:
    many = row["rivals"] or 0
    rivals = (
        markup.chip(f"{many} {plural(many, 'rival')}", "info", "other suggestions for one of the two")
        if many
        else ""
    )
    sure = f"confidence {words.count(row['confidence'])}; proof begins at {words.count(FACT)}"
    return f"{markup.two_lines(RULE_WORDS.get(row['rule'] or '', row['rule'] or ''), sure, '')} {rivals}"


def _said(row: Row, words: Words) -> str:
    word = markup.status("ok", "Same") if row["state"] == "manual" else markup.status("info", "Not the same")
    since = words.instant(row["since"], with_zone=False)
    return f'{word}<span class="sub breaks">{markup.e(row["decided_by"])}, {markup.e(since)}</span>'


def _act(word: Word, row: Row, label: str) -> str:
    ends = f"{row['left_label'] or row['left_id']} and {row['right_label'] or row['right_id']}"
    return markup.opens(button(word, row), f"{label}: {ends}", markup.e(label), "act")
