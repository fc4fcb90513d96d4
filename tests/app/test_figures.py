"""Every number on every page can be opened, and what opens adds up to it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser
from io import BytesIO

import pandas as pd
import pytest

from app import behind, card, data, house, review_reads, summary
from app.cli import reading
from app.judge import judge, share_within
from app.listed import OF
from app.lists import LISTS
from app.navigation import PAGES
from app.target import read_target
from app.view import View
from app.wording import Words
from metrics.catalogue import METRICS
from metrics.sla.evaluate import evaluate
from metrics.sla.gather import gather
from metrics.sla.window import in_force, month_of
from sql.database import viewer
from tests.app.drawing import Draw, html_of
from tests.app.percentages import bare, bare_in
from tests.app.test_judge import a_figure

pytestmark = pytest.mark.slow

Drawn = Callable[[str], tuple[str, View]]
SLUGS = [page.slug for page in PAGES]
LEAST = {
    "overview": (15, 14), "flows": (20, 20), "business-impact": (14, 13), "exceptions": (35, 12), "freshness": (60, 50),
    "incidents": (2, 0), "rules": (40, 40), "alerts": (8, 8), "review": (4, 4), "portfolio": (8, 0), "definitions": (0, 0), "matches": (0, 0),
}  # fmt: skip
"""How many numbers stand on each page, and how many open there; those of the portfolio lead to the page where they do."""
_VOID = {"br", "img", "hr", "input", "path", "line", "circle", "rect", "polyline"}


@dataclass
class _Element:
    name: str
    given: dict[str, str]
    text: str = ""
    inside: list["_Element"] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        return set(self.given.get("class", "").split())


class _Numbers(HTMLParser):
    """Finds what stands where numbers stand and can neither be opened nor followed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[_Element] = []
        self.shut: list[str] = []
        self.seen = 0

    @property
    def cannot_be_opened(self) -> list[str]:
        return [said for said in self.shut if not EVERY.fullmatch(said.removeprefix("cell: "))]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = _Element(tag, {name: value or "" for name, value in attrs})
        for outer in self.open:
            outer.inside.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        element = self.open.pop()
        assert element.name == tag, (element, tag)
        place = self._place(element)
        if not place or not re.search(r"\d", element.text):
            return
        self.seen += 1
        around = [*self.open, element, *element.inside]
        opens = any("data-open" in one.given or (one.name == "a" and one.given.get("href")) for one in around)
        is_row = any("of-rows" in one.kinds or one.given.get("role") == "option" for one in around)
        if not opens and not is_row:
            self.shut.append(f"{place}: {element.text.strip()}")

    def _place(self, element: _Element) -> str:
        if element.name == "td" and "n" in element.kinds:
            return "cell"
        if element.name == "b" and any("facts" in outer.kinds for outer in self.open):
            return "" if _is_day(element.text) else "fact"
        return next((kind for kind in ("value", "much", "share", "v") if kind in element.kinds), "")


def _is_day(text: str) -> bool:
    return re.fullmatch(r"(\d+ )?[A-Z][a-z]+( \d+,)? \d{4}", text.strip()) is not None


EVERY = re.compile(
    r"\d+ (min|h|s)( \d+ s)?|1 h"
)  # how often a stream is read follows from the reads beside it


@pytest.mark.parametrize("slug", SLUGS)
def test_every_number_opens_into_rows_that_add_up(drawn: Drawn, slug: str) -> None:
    html, view = drawn(slug)
    assert next(page.title for page in PAGES if page.slug == slug) in html
    numbers = _read(html)
    assert numbers.cannot_be_opened == []
    seen, opening = LEAST.get(slug, (1, 1))
    assert numbers.seen >= seen  # a page that came out empty proves nothing
    assert len(_opening(html)) >= opening
    assert _cards_amiss(view, html) == []


@pytest.mark.parametrize(
    "slug", ["overview", "flows", "business-impact", "review", "exceptions", "freshness"]
)
def test_a_customer_can_open_every_number_too(draw: Draw, slug: str) -> None:
    test = draw(slug, "customer_executive")
    html, view = html_of(test), test.session_state["what is looked at"]
    numbers = _read(html)
    assert numbers.seen >= 3
    assert numbers.cannot_be_opened == []
    assert bare_in(html) == []
    assert _cards_amiss(view, html) == []


def test_every_definition_tells_formula_source_version_and_what_changed(drawn: Drawn) -> None:
    html, _ = drawn("definitions")
    for metric in METRICS:
        (article,) = re.findall(rf'<article class="def" id="{metric.key}">.*?</article>', html, re.DOTALL)
        said = " ".join(_plain(article).split())
        told = [metric.formula, metric.population, metric.source, f"version {metric.version}", metric.owner]
        told += [
            each
            for change in metric.changes
            for each in (change.what, change.why, f"since {change.since.day}")
        ]
        assert [each for each in told if " ".join(each.split()) not in said] == [], metric.key


def test_every_metric_adds_up_on_its_card_and_in_its_file(draw: Draw) -> None:
    view = draw("definitions").session_state["what is looked at"]
    amiss = []
    for metric in METRICS:
        found = data.card(view.one, data.Asked(metric.key, view.period), view.as_of)
        read_back = pd.read_csv(
            BytesIO(behind.csv(found.rows)), dtype=dict.fromkeys(("currency", "amount"), str)
        )
        told = [
            behind.adds_up(view.words, figure, rows)
            for figure in found.figures
            for rows in (found.rows, read_back)
        ]
        amiss += [f"{metric.id}: {said}" for said, fits in told if not fits]
        lines = [str(reading.line(figure, view.words)["figure"]) for figure in found.figures]
        alone = [
            *bare_in("".join(card.told(view, list(found.figures)))),
            *(each for said in lines for each in bare(said)),
        ]
        amiss += [f"{metric.id}: {each}, without what it is a share of" for each in alone]
    assert amiss == []


def test_a_duration_of_which_nothing_is_known_adds_up_in_what_nobody_can_say() -> None:
    figure = a_figure("C2", None, None, unknown=1, sample=0)
    row = {
        "currency": "GBP",
        "in_numerator": False,
        "in_denominator": False,
        "is_unknown": True,
        "value": None,
    }
    said = behind.adds_up(Words("en-GB", "UTC"), figure, pd.DataFrame([row]))
    assert said == ("1 row without a known value, as in the figure.", True)


def test_what_a_page_draws_says_what_its_figures_say(draw: Draw) -> None:
    view = draw("definitions").session_state["what is looked at"]
    asked = view.one, view.period, view.as_of
    bill, unbilled = data.Asked("C4", view.period), data.Asked("C7", view.period)
    found = data.figures(view.one, (bill, unbilled), view.as_of)
    assert all(found.values())
    for figure in found[bill]:
        drawn = [row for row in data.billing_curve(*asked) if row["currency"] == figure.currency]
        for days in (7, 14, 30):
            reached = max((row["billed"] for row in drawn if row["age_days"] <= days), default=0)
            assert reached == pytest.approx(figure.detail[f"within_{days}_days"])
    for figure in found[unbilled]:
        moved = [row["close"] for row in data.unbilled_movement(*asked) if row["currency"] == figure.currency]
        assert moved == [figure.value]


def _read(html: str) -> _Numbers:
    numbers = _Numbers()
    numbers.feed(html)
    return numbers


def _opening(html: str) -> list[tuple[str, str]]:
    """What can be opened on a page, and what it says there."""
    found = re.findall(r'data-open="([^"]+)"[^>]*>(.*?)</button>', html, re.DOTALL)
    return [(text, _plain(shown)) for text, shown in found]


def _cards_amiss(view: View, html: str) -> list[str]:
    return [said for text, shown in _opening(html) for said in _amiss(view, text, shown)]


def _amiss(view: View, text: str, shown: str) -> list[str]:
    """What is wrong with the card of a figure: rows that do not add up, or another value than the page's."""
    target = read_target(unescape(text))
    if target.key in LISTS:
        it = LISTS[target.key][1](view, target)
        said = [] if it.fits else [f"{text}: {it.summed} but {it.figure}"]
        value = it.value
        said += [
            f"{text}: {each}, without what it is a share of"
            for each in bare(f"{it.value} {it.more.get(OF, '')} {it.summed}")
        ]
        return said + (
            [] if value in shown or shown.strip("− ") == value else [f"{text}: {value}, but {shown}"]
        )
    found = data.card(view.one, data.Asked(target.key, view.period, target.by), view.as_of)
    figures = [figure for figure in found.figures if figure.part == target.part]
    rows = behind.of_part(found.rows, target, view.period.time_zone)
    assert rows is not None, f"{text}: its rows do not tell the part"
    said = [] if figures else [f"{text}: no figure"]
    said += [
        f"{text}: {each}, without what it is a share of"
        for each in bare_in("".join(card.told(view, figures)))
    ]
    values = [view.words.value(figure) for figure in figures]
    used = [card.promised(view, figure) for figure in figures] if shown.strip().endswith("used") else []
    told = any(value in shown for value in values) or any(shown.split(maxsplit=1)[0] in line for line in used)
    said += [] if told else [f"{text}: {values}, but {shown}"]
    for figure in figures:
        adding, fits = behind.adds_up(view.words, figure, rows)
        said += (
            []
            if fits
            else [f"{text} {figure.currency}: {adding} but {figure.numerator} of {figure.denominator}"]
        )
    return said


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html))


def test_a_list_that_changed_meanwhile_says_so(draw: Draw) -> None:
    test = draw("exceptions")
    view = test.session_state["what is looked at"]
    it = LISTS["queue"][1](view, read_target("queue|open|"))
    assert it.fits
    changed = type(it)(**{**vars(it), "figure": (it.added[0] + 1,)})
    assert not changed.fits


def test_a_promise_is_judged_alike_on_every_page(drawn: Drawn) -> None:
    """What Overview, Flows and Portfolio say of a promise, and what the review and its pack say, at one instant."""
    _, view = drawn("definitions")
    alike = {"met": "ok", "missed": "breach", "not_proven": "unknown"}
    seen = 0
    for customer in view.customers:
        own = replace(view, customer=customer)
        for month in own.months(2):
            period = own.period_of(month)
            with viewer(house.current().db, [customer.customer_id], own.as_of) as conn:
                terms = in_force(conn, customer.customer_id, month_of(period))
                assert terms is not None
                held = evaluate(terms, gather(conn, review_reads.subject(customer), terms, period))
            targets = summary.promises(own)
            for result in held.objectives:
                asked = data.Asked(result.metric, period)
                (figure, *_) = data.figures(own.one, (asked,), own.as_of)[asked]
                judged, target = judge(figure, targets[result.metric]), targets[result.metric]
                share = (
                    figure.value if target.within_days is None else share_within(figure, target.within_days)
                )
                assert share == pytest.approx((result.agreed.value or 0) / 1e6, abs=1e-6)
                assert judged.state == alike[result.verdict], (
                    customer.key,
                    month,
                    result.key,
                    judged,
                    result.reason,
                )
                seen += 1
    assert seen == 8
