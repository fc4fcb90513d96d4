"""Curves from added up ages beside those of lifelines: late entries, ties, money as weight."""

import json
import subprocess
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from metrics import ages
from metrics.period import Period
from tests.metrics.builders import a_customer, at, insert, system_of

FIRST = date(2025, 10, 1)
SINCE, LAST = date(2026, 1, 15), date(2026, 10, 31)
PIECES = 300


def _pieces(seed: int) -> list[tuple[date, date | None, Decimal]]:
    """The days of approval and of the bill, and the amount: many on the same day, some before the period, some still open."""
    random = Random(seed)
    made = []
    for _ in range(PIECES):
        began = FIRST + timedelta(days=random.randint(0, 395))
        ended = began + timedelta(days=random.randint(0, 90)) if random.random() < 0.8 else None
        made.append((began, ended, Decimal(random.randint(1, 500_000)) / 100))
    # somebody is there from the first day to the last, so that no set at risk runs empty half way
    return [*made, (SINCE, None, Decimal(1))]


def _watched(pieces, *, money: bool) -> dict[str, list[float]]:
    """What was under observation in the period, in days from 1: an end on the day of the approval is one."""
    case: dict[str, list[float]] = {"t": [], "ended": [], "entry": [], "weight": []}
    for began, ended, amount in pieces:
        if began > LAST or (ended is not None and ended < SINCE):
            continue
        closed = ended is not None and ended <= LAST
        case["t"].append((min(ended or LAST, LAST) - began).days + 1)
        case["ended"].append(int(closed))
        case["entry"].append(max(0, (SINCE - began).days + 0.5) if began < SINCE else 0)
        case["weight"].append(float(amount) if money else 1.0)
    return case


def _put(conn, kind: str, pieces) -> int:
    """A customer at whom the clock of a kind began and ended for every piece on these days, at noon."""
    customer = a_customer(conn)
    system = system_of(conn, customer)
    for n, (began, ended, amount) in enumerate(pieces):
        noon, end = at(f"{began} 12:00"), at(f"{ended} 12:00") if ended else "infinity"
        is_bill = kind == ages.WORK
        insert(
            conn,
            "kpi.work",
            customer_id=customer,
            system_id=system,
            item_type="time_entry",
            item_id=f"T-{n}",
            worked_on=began - timedelta(days=kind == "timesheet_lag"),  # from the day after on
            hours=1,
            amount=amount,
            currency="USD",
            value_basis="exact",
            opens_at=noon - timedelta(days=1),
            submitted_at=end if kind == "timesheet_lag" else noon,
            approved_at=noon if is_bill else end,
            is_approval_unknown=False,
            leaves_at="infinity",
            settled_at=end,
            phase=["billed"] if is_bill and ended else [],
            phase_from=[end] if is_bill and ended else [],
            phase_to=["infinity"] if is_bill and ended else [],
            phase_share=[1] if is_bill and ended else [],
            phase_invoice=["I"] if is_bill and ended else [],
        )
    ages.add_up(conn, customer, kind, everything=True)
    held = conn.execute(
        text("SELECT sum(n) FROM kpi.age_cell WHERE customer_id = :customer AND project = ''"),
        {"customer": customer},
    )
    assert held.scalar_one() == len(pieces)
    return customer


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_curves_are_the_same(conn, as_viewer, oracle_python: Path) -> None:
    """The clocks of work: whichever it is, the same days make the same curve."""
    pieces = _pieces(seed=16)
    customers = {kind: _put(conn, kind, pieces) for kind in (ages.WORK, "timesheet_lag", "approval_lag")}
    cases = {None: _watched(pieces, money=False), "USD": _watched(pieces, money=True)}
    done = subprocess.run(
        [oracle_python, Path(__file__).parent / "lifelines_answers.py"],
        input=json.dumps(list(cases.values())),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    period = Period.parse(f"{SINCE}..{LAST + timedelta(days=1)}", "UTC", at("2026-11-20"))
    for kind, customer in customers.items():
        with as_viewer([customer]) as reader:
            ours = ages.curve(reader, kind, [customer], period, as_of=at("2026-11-20"))
        assert Counter(row["currency"] for row in ours)[None] > 50
        for currency, answer in zip(cases, json.loads(done.stdout), strict=True):
            theirs = dict(answer["curve"])
            for row in ours:
                if row["currency"] == currency:
                    # theirs lists the times of ends and entries; between them the curve is flat
                    known = max(when for when in theirs if when <= row["age_days"] + 1)
                    assert row["open"] == pytest.approx(theirs[known], abs=1e-9), (kind, row)
