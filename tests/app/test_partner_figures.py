"""What serving earns and costs stands on the partner's pages and on no customer's."""

import pytest

from app import data
from metrics.catalogue import METRICS
from tests.app.drawing import Draw, html_of

OWN = [metric for metric in METRICS if metric.is_for_partner]


@pytest.mark.parametrize("role", ["customer_executive", "customer_finance"])
def test_a_customer_reads_no_definition_of_it(draw: Draw, role: str) -> None:
    html = html_of(draw("definitions", role))
    assert "sync_success_rate" in html
    assert [metric.key for metric in OWN if metric.key in html or metric.title in html] == []


def test_a_customers_page_cannot_be_made_to_read_it(draw: Draw) -> None:
    view = draw("definitions", "customer_executive").session_state["what is looked at"]
    for metric in OWN:
        with pytest.raises(PermissionError):
            data.card(view.one, data.Asked(metric.key, view.period), view.as_of)
        with pytest.raises(PermissionError):
            data.figures(view.one, (data.Asked(metric.key, view.period),), view.as_of)
