"""The five sentences of a month: every number in them is one that opens, on the page, in the pack and in the presentation alike."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import escape
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import data, present, review_reads
from app.lists import LISTS
from app.report import pdf
from app.report.content import Pack, content
from app.report.sentences import sentences, spoken
from app.report.spoken import OBJECTIVE, Number, Sentence, plain
from app.wording import Words
from metrics.sla.facts import Count
from metrics.sla.responsibility import propose, say
from metrics.sla.statement import Statement
from sql.database import scope, transaction
from tests.app.conftest import Placed
from tests.app.drawing import html_of
from tests.app.report.months import NORTHWIND, OUT, empty, full, month, not_proven
from tests.app.report.test_pdf import read
from tests.app.test_review_page import press, review_page, settled
from tests.metrics.sla.given import held, seen, success, terms

pytestmark = pytest.mark.slow

__all__ = ["review_page", "settled"]
MONTHS = {"usual": month, "full": full, "empty": empty, "not proven": not_proven}


def numbers(found: tuple[Sentence, ...]) -> list[Number]:
    return [each for sentence in found for each in sentence if isinstance(each, Number)]


@pytest.mark.parametrize("name", MONTHS)
def test_no_number_of_the_sentences_is_without_a_figure(name: str) -> None:
    statement: Statement = MONTHS[name]()
    said = Pack(statement, NORTHWIND).said
    names = [said.words.month("2026-10"), *(each["title"] for each in said.body["evaluation"]["objectives"])]
    words = "".join(each for sentence in spoken(said) for each in sentence if isinstance(each, str))
    for each in names:
        words = words.replace(each, "")
    assert re.findall(r"\d", words) == []
    assert len(numbers(spoken(said))) >= (1 if name == "empty" else 2)


@pytest.mark.parametrize("name", [*MONTHS, "settled", "not decided"])
def test_numbers_of_the_whole_month_open_what_they_are_counted_from(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = (MONTHS | {"settled": with_a_word, "not decided": undecided})[name]()
    found = review_reads.Review(dict(statement.body), (statement,))
    monkeypatch.setattr(review_reads, "parties", lambda view: None)
    monkeypatch.setattr(review_reads, "review", lambda *asked: found)
    monkeypatch.setattr(review_reads, "today", lambda *asked: None)
    words = Words("en-GB", "Europe/Berlin")
    view: Any = SimpleNamespace(words=words, scope=None, period=None, as_of=None)
    opened = []
    for each in numbers(spoken(found.said(words))):
        card = LISTS[each.target.key][1](view, each.target)
        assert card.value in each.text
        assert card.more["Today"] == "nothing is agreed that can be read"
        if each.target.key != OBJECTIVE:
            assert card.fits
            opened.append(f"{each.target.key} {each.target.part}".strip())
    assert set(opened) >= {"verdicts", *EXPECTED.get(name, ())}


EXPECTED = {
    "usual": ("settled waiting", "credit owed", "credit share", "credit fee"),
    "settled": ("settled waiting", "settled accepted"),
    "not decided": ("credit least", "credit most"),
}


def with_a_word() -> Statement:
    """A month of which one thing is left out of two promises, and another waits."""
    agreed = replace(OUT, key="exclusion 2", state="accepted")
    both = seen(Count(113, 120), excluded=(OUT, agreed))
    terms_ = terms(success(99), success(90, key="again"))
    return month(held(terms_, success=both, again=both))


def undecided() -> Statement:
    costly = success(99, credits=[{"below": 99, "percent": 10}])
    return month(held(terms(costly), success=seen(Count(980, 990, 10))))


def cards(page: AppTest) -> dict[str, tuple[str, Any]]:
    """What each number of the sentences says, and the card that it opens; the same target twice says the same."""
    view = page.session_state["what is looked at"]
    found = review_reads.review(view.scope, review_reads.parties(view), view.period, view.as_of)
    return {
        str(each.target): (each.text, LISTS[each.target.key][1](view, each.target))
        for each in numbers(spoken(found.said(view.words)))
    }


def test_every_number_opens_a_card_that_says_it_and_once_sealed_what_it_is_today(
    review_page: Any, seeded: Placed
) -> None:
    page = review_page("partner_manager")
    html = html_of(page)
    found = cards(page)
    assert len(found) > 2
    for target, (told, card) in found.items():
        assert f'data-open="{escape(target)}"' in html
        assert card.value in told
        assert card.fits
        assert "Sealed" not in card.more
    view = page.session_state["what is looked at"]
    asked = data.Asked("A1", view.period)
    (figure,) = data.figures(view.one, (asked,), view.as_of)[asked]
    assert found["objective||sync"][0] == f"{view.words.value(figure)} ({view.words.of(figure)})"

    page = press(page, "Seal the month")
    before = cards(page)
    assert before["verdicts||missed"][0] == "1"
    for told, card in before.values():
        assert card.more["Sealed"].startswith(f"{told}, on ")
        assert card.more["Today"] == "the same"
    known = review_reads.review(view.scope, review_reads.parties(view), view.period, view.as_of)
    against = [each["item"] for each in known.missed if each["objective"] == "sync"]
    own, now = view.customer.customer_id, datetime.now(UTC)
    with transaction(seeded.db, "triage", steady=False) as conn:
        scope(conn, [own])
        number = propose(conn, own, known.allowed[0], "partner", "ada", now, "no project code", against)
        say(conn, own, number, "accepted", "customer", "cy", now, "right")
    review_reads.forget()
    after = cards(page)
    assert {target: told for target, (told, _) in after.items()} == {
        target: told for target, (told, _) in before.items()
    }
    assert all(card.value in told for told, card in after.values())
    today = {target: card.more["Today"] for target, (_, card) in after.items()}
    assert today["objective||sync"] == "100.0% (919 of 919)"
    assert (today["verdicts||missed"], today["verdicts||"]) == ("0", "the same")


@pytest.mark.parametrize("name", MONTHS)
def test_the_pack_and_the_presentation_say_the_sentences_of_the_page(name: str) -> None:
    pack = Pack(MONTHS[name](), NORTHWIND)
    told = sentences(pack.said)
    assert told == content(pack).sentences == tuple(plain(each) for each in spoken(pack.said))
    paper, screens = read(pdf.draw(pack)), shown(pack)
    text = re.sub("</?button[^>]*>", "", screens)
    assert [each for each in told if each not in paper or escape(each) not in text] == []


@pytest.mark.parametrize("name", MONTHS)
def test_the_numbers_of_a_presentation_open_their_cards(name: str) -> None:
    pack = Pack(MONTHS[name](), NORTHWIND)
    opened = set(re.findall('data-open="([^"]+)"', shown(pack)))
    assert {str(each.target) for each in numbers(spoken(pack.said))} <= opened
    body = pack.statement.body
    assert {f"objective||{each['key']}" for each in body["evaluation"]["objectives"]} <= opened
    assert ("against||" in opened) == bool(body["missed"])
    assert {target.split("|")[0] for target in opened} <= LISTS.keys()


def shown(pack: Pack) -> str:
    """The screens of a presentation of the month."""
    body = dict(pack.statement.body)
    customer = SimpleNamespace(customer_id=7, name="Acme")
    view: Any = SimpleNamespace(words=pack.said.words, customer=customer, month="2026-10", is_running=False)
    return present.screens(review_reads.Review(body), view, date(2026, 11, 5))
