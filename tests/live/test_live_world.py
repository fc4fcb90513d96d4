"""The truth agrees with what the real servers say when they are asked plainly, and nothing is left after the end."""

import base64
import datetime as dt
import json
import os
import stat
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app import estate_file
from app.live import world as live
from app.live.firms import FIRMS, HARROW, Firm
from app.live.processes import status
from app.live.truth import Truth
from app.live.world import LiveWorld

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]
each_firm = pytest.mark.parametrize("firm", FIRMS, ids=lambda firm: firm.key)
Rest = Callable[..., list[dict[str, Any]]]


def instant(value: dict[str, Any]) -> dt.datetime:
    """A date-time as Tryton writes it."""
    names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    year, month, day, hour, minute, second, micro = (value[name] for name in names)
    return dt.datetime(year, month, day, hour, minute, second, micro, tzinfo=dt.UTC)


def decimal(value: dict[str, Any]) -> Decimal:
    """A number as Tryton writes it."""
    return Decimal(value["decimal"])


@each_firm
def test_the_crm_has_won_what_the_truth_says(played: LiveWorld, rest: Rest, firm: Firm) -> None:
    fields = ("number", "amount", "currency.code", "description")
    rows = rest(firm.crm, "sale.opportunity", *fields, domain=[["state", "=", "won"]])
    there = {
        (row["number"], row["description"], decimal(row["amount"]), row["currency"]["code"]) for row in rows
    }
    told = Truth(played.truth_path, firm.key).won()
    assert there == {(deal.number, deal.name, deal.amount, deal.currency) for deal in told}


@each_firm
def test_deals_without_project_are_those_for_which_the_psa_has_none(
    played: LiveWorld, rest: Rest, firm: Firm
) -> None:
    truth = Truth(played.truth_path, firm.key)
    rows = rest(firm.psa, "project.work", "comment", "name", domain=[["type", "=", "project"]])
    keys = {row["comment"] for row in rows}
    by_hand = {event["opportunity"] for event in truth.projects_without_key()}
    missing = {
        deal.number for deal in truth.won() if f"crm:{deal.number}" not in keys and deal.number not in by_hand
    }
    assert {deal.number for deal in truth.won_without_project()} == missing


@each_firm
def test_seconds_from_won_to_project_are_those_of_history_and_creation(
    played: LiveWorld, rest: Rest, firm: Firm
) -> None:
    truth = Truth(played.truth_path, firm.key)
    keyless = {event["opportunity"] for event in truth.projects_without_key()}
    made: dict[str, dt.datetime] = {}
    for row in rest(firm.psa, "project.work", "comment", "create_date", domain=[["type", "=", "project"]]):
        created = instant(row["create_date"])
        made[row["comment"]] = min(created, made.get(row["comment"], created))
    expected = {}
    for row in rest(firm.crm, "sale.opportunity", "number", domain=[["state", "=", "won"]]):
        if f"crm:{row['number']}" in made:
            won = first_won(played, firm.crm, row["id"])
            expected[row["number"]] = (made[f"crm:{row['number']}"] - won).total_seconds()
    told = {key: value for key, value in truth.seconds_to_project().items() if key not in keyless}
    assert told == expected


def first_won(world: LiveWorld, database: str, opportunity: int) -> dt.datetime:
    """The oldest revision in the history at which the opportunity was won."""
    key = world.key_file(database, "collector").read_text().strip()
    headers = {"Authorization": f"Bearer {key}"}
    url = f"{world.tryton_url}/{database}/rest/model/sale.opportunity"
    revisions = httpx.post(
        f"{url}/history_revisions", json={"ids": [opportunity]}, headers=headers, timeout=60
    )
    for revision, *_ in reversed(revisions.json()):
        context = base64.urlsafe_b64encode(json.dumps({"_datetime": revision}).encode()).decode()
        then = {**headers, "X-Tryton-Context": context}
        if httpx.get(f"{url}/{opportunity}?f=state", headers=then, timeout=60).json()["state"] == "won":
            return instant(revision)
    raise AssertionError(f"opportunity {opportunity} was never won")


@each_firm
def test_time_and_its_bills_agree_to_the_microsecond_and_the_cent(
    played: LiveWorld, rest: Rest, firm: Firm
) -> None:
    fields = (
        "duration",
        "create_date",
        "work",
        "invoice_line.invoice.state",
        "invoice_line.invoice.numbered_at",
    )
    tasks = {
        row["timesheet_works"][0]: row["list_price"]
        for row in rest(firm.psa, "project.work", "list_price", "timesheet_works")
        if row["timesheet_works"]
    }
    sums: dict[tuple[str, str], Decimal] = {}
    seconds, unpriced = {}, 0.0
    pools = {"draft": "draft", "validated": "draft", "cancelled": "credited"}
    for row in rest(firm.psa, "timesheet.line", *fields):
        worked, price = row["duration"]["seconds"], tasks[row["work"]]
        bill = row["invoice_line"]["invoice"] if row["invoice_line"] else None
        pool = "none" if bill is None else pools.get(bill["state"])
        if pool is None:
            assert bill is not None
            passed = instant(bill["numbered_at"]) - instant(row["create_date"])
            seconds[row["id"]] = passed.total_seconds()
        elif price is None:
            unpriced += worked / 60
        else:
            value = Decimal(str(worked)) / 3600 * decimal(price)
            key = (pool, firm.currency)
            sums[key] = sums.get(key, Decimal(0)) + value.quantize(Decimal("0.01"))
    truth = Truth(played.truth_path, firm.key)
    assert truth.time_to_bill() == seconds
    assert truth.unbilled() == sums
    assert truth.unpriced_minutes() == unpriced


@each_firm
def test_an_invoice_is_worth_the_time_on_it(played: LiveWorld, rest: Rest, firm: Firm) -> None:
    rows = rest(firm.psa, "account.invoice", "untaxed_amount", domain=[["untaxed_amount", ">=", 0]])
    billed: dict[int, Decimal] = {}
    for line in Truth(played.truth_path, firm.key).lines():
        if line.invoice is not None and line.value is not None:
            billed[line.invoice] = billed.get(line.invoice, Decimal(0)) + line.value
    assert billed == {row["id"]: decimal(row["untaxed_amount"]) for row in rows}


@each_firm
def test_the_platform_ran_what_the_truth_says(played: LiveWorld, firm: Firm) -> None:
    url = f"{played.prefect_urls[firm.key]}/api/flow_runs/filter"
    rows = httpx.post(url, json={"limit": 200}, timeout=60).json()
    there = {
        row["id"]: (
            row["state_type"],
            row["state_name"],
            row["run_count"],
            row["start_time"],
            row["end_time"],
        )
        for row in rows
    }
    told = {
        run.id: (run.state_type, run.state_name, run.attempts, z(run.started_at), z(run.ended_at))
        for run in Truth(played.truth_path, firm.key).runs()
    }
    assert told == there


def z(at: dt.datetime | None) -> str | None:
    """An instant as Prefect writes it."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z") if at else None


def test_every_kind_of_run_is_there(played: LiveWorld) -> None:
    truth = Truth(played.truth_path, HARROW.key)
    assert set(truth.runs_by_outcome()) == {"first_attempt", "after_retry", "partial", "failed", "open"}
    assert {run.state_name for run in truth.runs()} >= {
        "TimedOut",
        "CompletedWithRejects",
        "Running",
        "Failed",
    }
    assert "by_person" in {transaction.outcome for transaction in truth.transactions()}
    lost = {run.flow for run in truth.runs() if run.is_silent_loss}
    assert lost == {"won-to-project", "time-to-invoice"}


def test_every_pool_of_unbilled_time_has_something_in_it(played: LiveWorld) -> None:
    truth = Truth(played.truth_path, HARROW.key)
    assert {pool for pool, _ in truth.unbilled()} == {"none", "draft", "credited"}
    assert truth.unpriced_minutes() > 0
    assert truth.duplicate_projects()
    assert truth.kind("party_merged")


@pytest.mark.parametrize(
    ("login", "expected"), [("collector", 200), ("nobody", 400), ("stranger", 401)], ids=str
)
def test_a_key_opens_what_its_user_may_see(played: LiveWorld, login: str, expected: int) -> None:
    known = login != "stranger"
    key = played.key_file(played.psa_db, login).read_text().strip() if known else "0" * 128
    url = f"{played.tryton_url}/{played.psa_db}/rest/model/account.invoice"
    answer = httpx.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
    assert answer.status_code == expected


def test_the_estate_is_one_that_the_product_reads(played: LiveWorld) -> None:
    estates = estate_file.load([played.estate_path])
    assert [found.partner.name for found in estates] == ["Northwind Integration", "Helix Ops"]
    kinds = [(system.kind, system.role) for found in estates for system in found.customers[0].systems]
    assert kinds == [("tryton", "crm"), ("tryton", "psa"), ("prefect", "ipaas")] * 2


def test_keys_are_files_that_only_their_owner_reads(played: LiveWorld) -> None:
    for path in (played.folder / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_left_after_the_end() -> None:
    with live.running() as world:
        ports = [int(url.rpartition(":")[2]) for url in (world.tryton_url, *world.prefect_urls.values())]
        assert all(status(port, "GET", "/") for port in ports)
        folder = world.folder
    assert [status(port, "GET", "/") for port in ports] == [0, 0, 0]
    assert not os.path.lexists(folder)
