"""Reads what people read, and finds percentages that stand there without what they are a share of."""

import re
from html.parser import HTMLParser

_VOID = {"br", "img", "hr", "input", "path", "line", "circle", "rect", "polyline", "meta"}
_TAKEN_TOGETHER = {"button", "td", "li", "dd", "p", "h1", "h2", "h3", "summary", "title"}
_KINDS = {"verdict", "banner", "screen", "attribute", "prose", "big"}
_NUMBER = r"[\d.,]*\d"
_PERCENT = rf"-?{_NUMBER}\u00a0?%"
_OTHER = re.compile(
    rf"target:? {_PERCENT}|{_PERCENT}(?= promised)|at (?:least|most) {_PERCENT}"  # what was promised
    rf"|between {_PERCENT} and {_PERCENT}"  # the ends within which a share lies
    rf"|{_PERCENT}(?= used| of the time| of the fee| of the month's fee| of all)",  # of an allowance, of time, of money beside it
    re.IGNORECASE,
)
_COUNT = re.compile(rf"\bof [^\s\d]{{0,4}}{_NUMBER}(?!{_NUMBER})(?! ?%)")
_LISTED = re.compile(r"\s*(?:(?:within |in )\d+ d(?:ays)?|by the promised time)[\s,·]*")


def bare(text: str) -> list[str]:
    """Percentages in one piece of text without a count behind them; several in a row share one only as a list of days.

    `97.5% 117 of 120`, `47.5% in 7 d 60.0% in 14 d of 213`. What was promised, bounds, shares of time, of an allowance and of a
    fee are other kinds: they say so.
    """
    rest = _OTHER.sub(" ", re.sub(r"[ \n\t]+", " ", text))
    found = list(re.finditer(_PERCENT, rest))
    without: list[str] = []
    listed: list[str] = []
    for at, one in enumerate(found):
        until = found[at + 1].start() if at + 1 < len(found) else len(rest)
        behind = rest[one.end() : until]
        listed.append(rest[max(0, one.start() - 30) : one.end() + 40])
        if _LISTED.fullmatch(behind) and until < len(rest):
            continue
        without += [] if _COUNT.search(behind) else listed
        listed = []
    return without


def bare_in(html: str) -> list[str]:
    """The same of a page, tile by tile, cell by cell and sentence by sentence, and of what is read out of them."""
    reader = _Pieces()
    reader.feed(html)
    assert not reader.open, [name for name, _, _ in reader.open]
    return [said for piece in reader.pieces for said in bare(piece)]


class _Pieces(HTMLParser):
    """Splits a page into pieces that are read as one: a tile, a cell of a table, a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.open: list[tuple[str, bool, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.pieces.append(given.get("title") or "")
        if given.get("class") == "tile":
            self.pieces.append(given.get("aria-label") or "")
        if tag in _VOID:
            self.pieces.append(given.get("alt") or "")
            self._say(" ")
            return
        is_piece = tag in _TAKEN_TOGETHER or bool(_KINDS & set((given.get("class") or "").split()))
        self.open.append((tag, is_piece, []))

    def handle_data(self, data: str) -> None:
        if not self.open:
            self.pieces.append(data)
        elif self.open[-1][0] not in ("style", "script"):
            self._say(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        name, is_piece, said = self.open.pop()
        assert name == tag, (name, tag)
        inside = any(outer for _, outer, _ in self.open)
        if (is_piece and not inside) or not self.open:
            self.pieces.append(" ".join(said))
        else:
            self._say(" ".join(said))

    def _say(self, text: str) -> None:
        if self.open:
            self.open[-1][2].append(text)
