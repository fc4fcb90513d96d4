"""G2: SLI and error budget, from the Google SRE Workbook, chapter 2 (sre.google/workbook/implementing-slos)."""

from decimal import Decimal
from fractions import Fraction

import pytest

from metrics.proportions import meets, ratio, truncate_toward_worse
from metrics.sla.budget import allowed as allowed_of
from metrics.sla.words import MILLION

GOOD, VALID = 3_557_865, 3_663_253


def test_the_share_of_good_events():
    assert ratio(GOOD, VALID) == pytest.approx(0.97123, abs=5e-6)
    assert truncate_toward_worse(Fraction(GOOD, VALID) * 100, 3, "higher") == Decimal("97.123")


@pytest.mark.parametrize(("target", "allowed"), [("0.97", 109_897), ("0.99", 36_632)])
def test_the_failures_a_target_allows_are_rounded_down(target, allowed):
    assert allowed_of(VALID, int(Decimal(target) * MILLION)) == allowed
    assert meets(VALID - allowed, VALID, Decimal(target), "higher")
    assert not meets(VALID - allowed - 1, VALID, Decimal(target), "higher")
