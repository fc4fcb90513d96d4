"""Cuts SQL text into statements, because Citus takes only one at a time."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<line>--[^\n]*)
    | (?P<block>/\*)
    | (?P<escaped>(?<![\w$])[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<quoted>'(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*")
    | (?P<dollar>(?<![\w$])\$(?P<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$.*?\$(?P=tag)\$)
    | (?P<open>[(\[])
    | (?P<close>[)\]])
    | (?P<end>;)
    | (?P<broken>['"]|(?<![\w$])\$(?:[A-Za-z_]\w*)?\$)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK = re.compile(r"/\*|\*/")


class Statement(NamedTuple):
    """One statement, without its semicolon and the comments before it."""

    text: str
    line: int

    @property
    def first_line(self) -> str:
        return self.text.splitlines()[0][:100]


def split(text: str) -> Iterator[Statement]:
    """The statements of a file, in order, with the line on which each begins.

    Knows quotes, escapes, dollar quotes, nested comments and parentheses (a rule's statements stay together). Raises
    ValueError, with the line, where a quote or a comment is never closed.
    """
    start, depth, position = 0, 0, 0
    while match := _TOKEN.search(text, position):
        position = match.end()
        kind = match.lastgroup if match.lastgroup != "tag" else "dollar"
        if kind == "block":
            position = _end_of_comment(text, match.start())
        elif kind == "broken":
            raise ValueError(f"line {_line(text, match.start())}: {match.group()} is never closed")
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "end" and depth == 0:
            yield from _statement(text, start, match.start())
            start = position
    yield from _statement(text, start, len(text))


def _statement(text: str, start: int, end: int) -> Iterator[Statement]:
    while start < end:
        if text[start].isspace():
            start += 1
        elif text.startswith("--", start):
            newline = text.find("\n", start, end)
            start = end if newline < 0 else newline
        elif text.startswith("/*", start):
            start = _end_of_comment(text, start)
        else:
            yield Statement(text[start:end].rstrip(), _line(text, start))
            return


def _end_of_comment(text: str, start: int) -> int:
    depth = 0
    for match in _BLOCK.finditer(text, start):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    raise ValueError(f"line {_line(text, start)}: this comment is never closed")


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
