"""What tests of facts share: terms held against what the database has, as the customer's viewer sees it."""

import pytest

from metrics.period import Period
from metrics.sla.evaluate import evaluate
from metrics.sla.gather import gather
from metrics.sla.window import Subject
from tests.metrics.builders import at

LATER = at("2026-11-20")


@pytest.fixture
def held(conn, as_viewer):
    """The evaluation of a customer's month under some terms."""

    def ask(customer, agreed, month="2026-10", as_of=LATER, zone="UTC"):
        with as_viewer([customer], as_of) as reader:
            period = Period.parse(month, zone, as_of)
            return evaluate(agreed, gather(reader, Subject(customer, "acme", zone), agreed, period))

    return ask
