"""The portfolio says of each customer what its own pages say, and only to those who have several."""

import re
from dataclasses import replace

import pytest

from app import portfolio, queue_reads, summary
from app.data import Asked
from app.navigation import pages_for
from app.scope import Scope
from tests.app.drawing import Draw, html_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("role", "customers", "expected"),
    [
        ("partner_manager", (1, 2), True),
        ("partner_support", (1, 2), True),
        ("partner_manager", (1,), False),
        ("customer_executive", (1,), False),
        ("customer_finance", (1, 2), False),
    ],
)
def test_only_partners_with_several_customers_compare_them(
    role: str, customers: tuple[int, ...], expected: bool
) -> None:
    slugs = [page.slug for page in pages_for(Scope(1, customers, role, 1))]
    assert ("portfolio" in slugs) == expected


def test_every_customer_stands_in_it_as_on_its_own_pages(draw: Draw) -> None:
    test = draw("portfolio")
    view = test.session_state["what is looked at"]
    found = portfolio.standings(view)
    assert {it.customer.key for it in found} == {customer.key for customer in view.customers}
    for it in found:
        own = replace(view, customer=it.customer)
        proof = Asked("V1", own.period)
        answers, targets = summary.answers(own, summary.KEYS, proof), summary.promises(own)
        (verified, *_) = answers[proof]
        assert it.verified is not None
        assert (it.verified.numerator, it.verified.detail) == (verified.numerator, verified.detail)
        sync = summary.measure(own, "A1", answers, targets)
        assert it.sync is not None
        assert sync.main is not None
        assert (it.sync.numerator, it.sync.denominator) == (sync.main.numerator, sync.main.denominator)
        assert it.judged == sync.judged
        unbilled = summary.measure(own, "C7", answers, targets)
        assert {f.currency: f.value for f in it.unbilled} == {
            f.currency: f.value for f in summary.money_of(unbilled.figures)
        }
        late = summary.measure(own, "C1", answers, targets).main
        assert (it.deals and it.deals.value, it.deals and it.deals.unknown) == (
            late and late.value,
            late and late.unknown,
        )
        alone = own.scope.only(it.customer.customer_id)
        (waiting, *_) = queue_reads.exception_counts(alone, own.as_of)
        assert it.open == waiting["open"]
        past = [figure.numerator for figure in it.months if figure is not None][-6:]
        assert past == [figures[0].numerator for figures in sync.history if figures][-len(past) :]


def test_the_worst_come_first_and_each_leads_to_its_own_pages(draw: Draw) -> None:
    test = draw("portfolio")
    html, view = html_of(test), test.session_state["what is looked at"]
    states = [it.judged.state for it in portfolio.standings(view)]
    order = ["breach", "risk", "unknown", "info", "ok", ""]
    assert states == sorted(states, key=order.index)
    for customer in view.customers:
        address = f"/overview?customer={customer.key}&amp;month={view.month}"
        assert f'<a href="{address}"' in html
    assert re.search(r'class="verdict (ok|breach|unknown)"', html)


def test_a_missed_promise_is_named(draw: Draw) -> None:
    found = portfolio.standings(draw("portfolio").session_state["what is looked at"])
    missed = [replace(it, judged=replace(it.judged, state="breach")) for it in found[:1]]
    kept = [replace(it, judged=replace(it.judged, state="ok")) for it in found[1:]]
    state, says, _ = portfolio.answer(missed + kept)
    assert state == "breach"
    assert missed[0].customer.name in says
    assert portfolio.answer(kept)[0] == "ok"
