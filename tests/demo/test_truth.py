"""The truth adds up with itself and with what a plain reader finds in the sources."""

from datetime import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from app.demo import world
from app.demo.cast import CUSTOMERS
from app.demo.clock import Office, instant
from app.demo.outcomes import CLASSES

pytestmark = pytest.mark.slow

BY_SQL = [cast.key for cast in CUSTOMERS if cast.psa == "sql"]


def _table(made: world.DemoWorld, customer: str, system: str, name: str) -> pd.DataFrame:
    engine = sa.create_engine(f"sqlite:///{made.sources / customer / f'{system}.db'}", poolclass=sa.NullPool)
    frame = pd.read_sql_table(name, engine)
    engine.dispose()
    return frame


@pytest.mark.parametrize("customer", BY_SQL)
def test_unbilled_work_is_what_the_psa_shows_entry_by_entry(small: world.DemoWorld, customer: str) -> None:
    entries = _table(small, customer, "psa", "time_entries")
    entries = entries[~entries["id"].isin(["900001", "900002"]) & (entries["billable"] == 1)]
    lines = _table(small, customer, "psa", "invoice_lines").set_index("id")["invoice_id"]
    invoices = _table(small, customer, "psa", "invoices").set_index("id")
    found: dict[tuple[str, str], list[Decimal]] = {}
    pieces = entries.assign(
        worth=[Decimal(m) * Decimal(r) / 60 for m, r in zip(entries["minutes"], entries["rate"], strict=True)]
    )
    claims = next(cast for cast in CUSTOMERS if cast.key == customer).claims
    if not claims:
        costs = _table(small, customer, "psa", "expenses")
        costs = costs[costs["billable"] == 1].assign(
            worth=lambda f: [Decimal(a) for a in f["amount"]], written_off_at=None
        )
        pieces = pd.concat([pieces, costs], ignore_index=True)
    for piece in pieces.itertuples():
        invoice = (
            invoices.loc[lines[piece.invoice_line_id]] if isinstance(piece.invoice_line_id, str) else None
        )
        if isinstance(piece.written_off_at, str):
            pool = "written_off"
        elif piece.state != "approved":
            pool = "submitted_unapproved" if piece.state == "submitted" else "unsubmitted"
        elif invoice is None:
            pool = "no_invoice"
        elif invoice["state"] == "draft":
            pool = "draft"
        elif invoice["state"] == "credited":
            pool = "cancelled_or_credited"
        else:
            continue
        found.setdefault((pool, piece.currency), []).append(piece.worth)
    told = {
        (pool, currency): cell
        for pool, cells in small.truth[customer]["unbilled"].items()
        for currency, cell in cells.items()
    }
    assert {key: (sum(worth), len(worth)) for key, worth in found.items()} == {
        key: (Decimal(cell["amount"]), cell["pieces"]) for key, cell in told.items()
    }


@pytest.mark.parametrize("customer", BY_SQL)
def test_an_invoice_is_the_sum_of_its_lines(small: world.DemoWorld, customer: str) -> None:
    lines = _table(small, customer, "psa", "invoice_lines")
    net = lines.assign(net=lines["net"].map(Decimal)).groupby("invoice_id")["net"].sum()
    invoices = _table(small, customer, "psa", "invoices").set_index("id")
    standing = invoices[(invoices["kind"] == "invoice") & invoices["deleted_at"].isna()]
    assert {key: Decimal(value) for key, value in standing["net"].items()} == {key: net.get(key, Decimal(0)) for key in standing.index}  # fmt: skip
    assert (
        standing["net"].map(Decimal) + standing["tax"].map(Decimal) == standing["gross"].map(Decimal)
    ).all()


def test_every_transaction_has_one_class_and_the_months_hold_them_all(small: world.DemoWorld) -> None:
    for cast in small.casts:
        flows = small.truth[cast.key]["runs"]
        assert set(flows) == {flow.key for flow in cast.flows}
        for flow in cast.flows:
            total = sum(month[name] for month in flows[flow.key].values() for name in CLASSES)
            if flow.every:
                began, until = (
                    instant(datetime.fromisoformat(small.truth[cast.key][name]))
                    for name in ("since", "runs_known_until")
                )
                slots = len(np.arange(began, until, np.timedelta64(flow.every, "s")))
                assert 0 <= total - slots <= 10  # replays that their platform shows as runs of their own
            else:
                assert total > 0


def test_good_customers_are_good_and_the_stories_show(small: world.DemoWorld) -> None:
    def share(customer: str) -> float:
        months = [month for flow in small.truth[customer]["runs"].values() for month in flow.values()]
        good = sum(month["S1"] + month["S2"] for month in months)
        return good / sum(month[name] for month in months for name in ("S1", "S2", "S3", "F", "O+", "M"))

    shares = {cast.key: share(cast.key) for cast in small.casts}
    assert shares["alderquill"] > 0.999
    assert min(shares.values()) > 0.95
    assert shares["alderquill"] == max(shares.values())


def test_slow_billing_is_slow_by_weeks(small: world.DemoWorld) -> None:
    def days(customer: str) -> float:
        cells = [cell for month in small.truth[customer]["billed"].values() for cell in month.values()]
        return sum(c["milliseconds"] for c in cells) / sum(c["pieces"] for c in cells) / 86_400_000

    assert days("brasswater") > 2 * days("alderquill")


def test_a_deadline_of_four_office_hours_runs_over_the_weekend_and_the_clock_change() -> None:
    office = Office.of(
        "Europe/London", "GB-ENG", pd.Timestamp("2026-10-01").date(), pd.Timestamp("2026-11-01").date()
    )
    friday = np.array(["2026-10-23T14:30:00"], "M8[ms]")  # 15:30 in London, half past one before closing
    assert office.due(friday, 4 * 3600.0)[0] == np.datetime64(
        "2026-10-26T11:30:00", "ms"
    )  # Monday, now on GMT
    saturday = np.array(["2026-10-24T03:00:00"], "M8[ms]")
    assert office.due(saturday, 4 * 3600.0)[0] == np.datetime64("2026-10-26T13:00:00", "ms")


def test_unreadable_records_are_counted_where_they_lie(small: world.DemoWorld) -> None:
    entries = _table(small, "brasswater", "psa", "time_entries")
    assert small.truth["brasswater"]["quarantined"] == {"time_entries": 2}
    assert entries["worked_on"].isin(["0000-00-00", "2026-02-30"]).sum() == 2
    lines = "".join(
        path.read_text() for path in (small.sources / "dunlark" / "expense").glob("*.csv")
    ).splitlines()
    assert sum('"1,240.50"' in line or '"86,20"' in line or '"2.105,00"' in line for line in lines) == 3
