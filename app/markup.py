"""Pieces of HTML that pages are made of. Everything that comes from data is escaped here; colours are names of app.css."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape, unescape

STATUS_WORDS = {
    "ok": "Met",
    "risk": "At risk",
    "breach": "Missed",
    "unknown": "Not proven",
    "info": "Too few to judge",
}


def e(value: object) -> str:
    """Text, safe inside HTML and inside quoted attributes."""
    return escape(str(value), quote=True)


def sheet(*parts: str, kind: str = "") -> str:
    """The frame that app.css styles."""
    return f'<div class="sheet {kind}">{"".join(parts)}</div>'


def sign(state: str) -> str:
    """The shape of a state; its word stands beside it, so readers of the screen skip it."""
    return f'<span class="sign {e(state)}" aria-hidden="true"></span>' if state else ""


def status(state: str, word: str | None = None) -> str:
    """Shape and word of a state; nothing for no state."""
    if not state:
        return '<span class="muted">–</span>'
    return f'<span class="status {e(state)}">{sign(state)}{e(word or STATUS_WORDS[state])}</span>'


def chip(text: str, state: str = "", hint: str = "") -> str:
    """A small remark, coloured by state."""
    title = f' title="{e(hint)}"' if hint else ""
    return f'<span class="chip {e(state)}"{title}>{e(text)}</span>' if text else ""


def opens(target: str, label: str, content: str, kind: str = "figure") -> str:
    """A figure that opens its card: a real button, so keyboard and screen reader find it."""
    return f'<button type="button" class="{e(kind)}" data-open="{e(target)}" aria-label="{e(label)}">{content}</button>'


def head(title: str, under: str, *chips: str) -> str:
    """The title of a page and the line under it."""
    return f'<div class="head"><h1>{e(title)}</h1><p>{e(under)} {"".join(chips)}</p></div>'


def verdict(state: str, says: str, because: str = "") -> str:
    """The answer of the page in one sentence, and the reason in another."""
    return answered(state, e(says), e(because))


def answered(state: str, says: str, because: str) -> str:
    """The same of sentences that are already HTML: numbers in them may open their cards."""
    more = f"<p>{because}</p>" if because else ""
    return (
        f'<div class="verdict {e(state)}" role="status"><b>{sign(state)}<span>{says}</span></b>{more}</div>'
    )


def banner(state: str, text: str) -> str:
    """A line across the page that something is not as it should be."""
    return f'<div class="banner {e(state)}" role="status">{sign(state)}<span>{e(text)}</span></div>'


def screen(state: str, title: str, *lines: str) -> str:
    """What stands instead of figures when there are none."""
    text = "".join(f"<p>{e(line)}</p>" for line in lines if line)
    return f'<div class="screen {e(state)}" role="status">{sign(state)}<b>{e(title)}</b>{text}</div>'


@dataclass(frozen=True)
class Tile:
    """One number of the first row. `value` may have several lines: one for each currency."""

    target: str
    name: str
    values: tuple[str, ...]
    state: str = ""
    word: str = ""
    notes: tuple[str, ...] = ()
    spark: str = ""


def tile(it: Tile) -> str:
    """A tile that opens its figure's card."""
    long = " long" if len(it.values) > 1 or max(map(len, it.values)) > 11 else ""
    values = "".join(f'<div class="value{long}">{e(value)}</div>' for value in it.values)
    mark = f'<span class="status {e(it.state)} small">{sign(it.state)}{e(it.word)}</span>' if it.state else ""
    spark = f'<div class="spark">{it.spark}</div>' if it.spark else '<div class="nothing"></div>'
    inside = (
        f'<div class="name"><span>{e(it.name)}</span>{mark}</div><div>{values}</div>'
        f'<div class="notes">{"".join(it.notes)}</div>{spark}'
    )
    notes = (" ".join(re.sub(r"<[^>]*>", " ", note).split()) for note in it.notes)
    said = ", ".join(part for part in (*it.values, *map(unescape, notes)) if part)
    return opens(it.target, f"{it.name}: {said}. How it is counted", inside, "tile")


def tiles(all_tiles: Iterable[Tile]) -> str:
    """A row of tiles; two in a row on a phone."""
    made = [tile(one) for one in all_tiles]
    return f'<div class="tiles n{len(made)}">{"".join(made)}</div>'


@dataclass(frozen=True)
class Column:
    """A column: `kind` is "" or "n" for numbers, `narrow-hide` and `wide` leave it out on small screens."""

    title: str
    kind: str = ""


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    caption: str = "",
    total: Sequence[str] = (),
    *,
    of_rows: bool = False,
) -> str:
    """A table of cells that are already HTML. `of_rows`: its lines are what a figure counts, and open into nothing more."""
    heads = "".join(f'<th scope="col" class="{e(column.kind)}">{e(column.title)}</th>' for column in columns)

    def line(cells: Sequence[str], kind: str = "") -> str:
        inside = "".join(
            f'<td class="{e(column.kind)}">{cell}</td>' for column, cell in zip(columns, cells, strict=True)
        )
        return f'<tr class="{kind}">{inside}</tr>'

    body = "".join(line(cells) for cells in rows) + (line(total, "total") if total else "")
    label = f' aria-label="{e(caption)}"' if caption else ""
    kind = ' class="of-rows"' if of_rows else ""
    return f'<div class="scroll"><table{kind}{label}><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def section(title: str, content: str, remark: str = "") -> str:
    """A part of a page under its heading."""
    small = f"<small>{e(remark)}</small>" if remark else ""
    return f"<section><h2>{e(title)}{small}</h2>{content}</section>"


def folded(title: str, content: str) -> str:
    """Something that is opened when it is wanted."""
    return f"<details><summary>{e(title)}</summary>{content}</details>"


def long_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    shown: int,
    rest: str,
    caption: str,
    *,
    of_rows: bool = False,
) -> str:
    """A table of which the first `shown` lines stand open and the others behind `rest`, which is told how many; a few more are not worth it."""
    if len(rows) <= shown + 2:
        return table(columns, rows, caption, of_rows=of_rows)
    more = table(columns, rows[shown:], f"More {caption[:1].lower()}{caption[1:]}", of_rows=of_rows)
    return table(columns, rows[:shown], caption, of_rows=of_rows) + folded(
        rest.format(len(rows) - shown), more
    )


def two_lines(first: str, second: str, kind: str = "cellname") -> str:
    """A cell with a name and a remark under it."""
    under = f'<span class="sub">{e(second)}</span>' if second else ""
    return f'<span class="{e(kind)}">{e(first)}</span>{under}'


def bar(share: float | None, state: str = "") -> str:
    """A share as a bar; nothing when it is unknown. The number stands beside it."""
    if share is None:
        return '<span class="muted">–</span>'
    width = max(0.0, min(1.0, share)) * 100
    return f'<span class="bar {e(state)}" aria-hidden="true"><i style="width:{width:.1f}%"></i></span>'


@dataclass(frozen=True)
class Todo:
    """Something that needs somebody, by name and with what it is worth."""

    state: str
    what: str
    why: str
    much: str = ""
    link: str = ""
    target: str = ""


def whole(items: Iterable[Todo], longest: int) -> str:
    """A box to tick for titles as they were written, where one is longer than `longest` characters and may be cut; else nothing."""
    if all(len(item.what) <= longest for item in items):
        return ""
    return '<label class="whole small muted"><input type="checkbox"> Whole titles</label>'


def todo(items: Sequence[Todo], nothing: str) -> str:
    """The list of what needs attention, or the sentence that says there is nothing; style cuts what is longer than its lines."""
    if not items:
        return f'<p class="muted">{sign("ok")} {e(nothing)}</p>'

    def line(item: Todo) -> str:
        said = e(item.what)
        name = f'<a href="{e(item.link)}" target="_self" title="{said}">{said}</a>' if item.link else said
        much = (
            opens(item.target, f"{item.what}: {item.much}. What it consists of", e(item.much))
            if item.target
            else e(item.much)
        )
        return (
            f'<li>{sign(item.state)}<span class="what">{name}</span><span class="much">{much}</span>'
            f'<span class="why">{e(item.why)}</span></li>'
        )

    return f'<ul class="todo">{"".join(line(item) for item in items)}</ul>'


@dataclass(frozen=True)
class Fact:
    """A name and a value; with a target, the value opens its card."""

    name: str
    value: str
    target: str = ""


def facts(them: Iterable[Fact]) -> str:
    """Names and values side by side."""

    def value(it: Fact) -> str:
        said = f"{it.name}: {it.value}. What it consists of"
        return opens(it.target, said, e(it.value)) if it.target else e(it.value)

    inside = "".join(f"<div><span>{e(it.name)}</span><b>{value(it)}</b></div>" for it in them)
    return f'<div class="facts">{inside}</div>'


def listing(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of terms and what they are; the values are already HTML."""
    return "<dl>" + "".join(f"<dt>{e(name)}</dt><dd>{value}</dd>" for name, value in pairs if value) + "</dl>"


def foot(left: str, right: str) -> str:
    """The line under every page."""
    return f'<div class="foot"><span>{e(left)}</span><span class="trust">{right}</span></div>'
