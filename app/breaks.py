"""How long breaks between two systems last, by kind of record: those that are open by age, those that healed by how long it took."""

from __future__ import annotations

from collections.abc import Sequence

from app import markup
from app.data import Asked
from app.flow_rows import by_part
from app.markup import Column
from app.target import Target
from app.view import View
from app.wording import Words, is_not_reached
from metrics.figure import Figure

METRIC, KEY = "C10b", "break_time_to_heal"
_COLUMNS = (
    Column("Records", "first"),
    Column("Healed within", "n"),
    Column("Open, by age"),
    Column("Healed, by how long it took", "wide"),
)
_BANDS = (
    ("1d", "up to a day"),
    ("7d", "up to a week"),
    ("30d", "up to 30 days"),
    ("older", "longer than 30 days"),
)


def question(view: View) -> Asked:
    """What the section is made of."""
    return Asked(KEY, view.period, "object")


def section(found: Sequence[Figure], words: Words) -> str:
    """A line for each kind of record that was broken at some time of the month; empty where none was."""
    lines = [line(figure, words) for figure in by_part(found).values() if figure.sample]
    if not lines:
        return ""
    return markup.section(
        "How long breaks last",
        markup.table(_COLUMNS, lines, "How long breaks last"),
        "open at some time of the month",
    )


def line(figure: Figure, words: Words) -> tuple[str, ...]:
    """One kind of record: half of its breaks heal within how long, and what lies behind that."""
    name = figure.part.replace("_", " ").capitalize() + "s"
    half, healed = words.value(figure), f"{words.count(figure.numerator)} of {words.count(figure.sample)}"
    said, below = f"half of the breaks heal within {half}", f"half of them; {healed} healed"
    if is_not_reached(figure):
        said, below = f"the healing of half of the breaks is {half} so far", f"so far {healed} healed"
    otherwise = figure.detail["ended_otherwise"]
    under = f"{words.count(otherwise)} ended otherwise" if otherwise else ""
    opened = markup.opens(
        str(Target(METRIC, "object", figure.part)),
        f"{name}: {said}",
        markup.e(half),
    )
    return (
        markup.two_lines(name, under),
        f'{opened}<span class="sub">{markup.e(below)}</span>',
        _by_band(figure, "open", "ok", "None is open", words),
        _by_band(figure, "healed", "", "", words),
    )


def _by_band(figure: Figure, which: str, state: str, none: str, words: Words) -> str:
    counted = ((figure.detail[f"{which}_{band}"], said) for band, said in _BANDS)
    told = ", ".join(f"{words.count(number)} {said}" for number, said in counted if number)
    return markup.e(told) if told else markup.status(state, none)
