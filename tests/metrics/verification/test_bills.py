"""What the log says of bills: that work went onto a line, and that the status of an invoice came back to the CRM."""

import pytest

from tests.metrics.business.conftest import at
from tests.metrics.verification.conftest import WON

LATER = at("2026-11-01")


@pytest.fixture
def bills(world):
    """A flow that bills work of the PSA in the PSA."""
    return world.flow("time_to_invoice", 2, from_system_id=world.system_id, runs_system_id=world.ipaas_id)


def test_time_is_verified_by_the_line_that_it_says_or_that_a_link_says(world, bills) -> None:
    world.line("I1", source_id="L1")
    world.entry(source_id="t1", invoice_line_ref="L1")
    world.link("L1", world.entry(source_id="t2"), share=0.5)
    world.link("L2", "t2", share=0.5, valid_from=WON)
    world.line("I1", source_id="L2")
    world.entry(source_id="t3")
    world.link("L1", world.entry(source_id="t4"), method="inferred")  # ours, and no proof
    world.entry(source_id="t5", invoice_line_ref="gone")
    for entry in ("t1", "t2", "t3", "t4", "t5"):
        world.written(entry, object_type="time_entry", object_key=entry, flow_id=bills)
    world.look()
    assert world.verdicts() == {
        "t1": "confirmed", "t2": "confirmed", "t3": "not_checked no_key", "t4": "not_checked no_key", "t5": "missing",
    }  # fmt: skip


def test_a_link_that_comes_later_confirms_it(world, bills) -> None:
    world.line("I1", source_id="L1")
    world.entry(source_id="t1")
    world.written("t1", object_type="time_entry", object_key="t1", flow_id=bills)
    world.look()
    assert world.verdicts() == {"t1": "not_checked no_key"}
    world.link("L1", "t1", last_seen_at=LATER)
    world.look(since=LATER)
    assert world.verdicts() == {"t1": "confirmed"}


def test_a_line_that_the_log_names_and_nobody_has_is_missing(world, bills) -> None:
    world.line("I1", source_id="L1")
    world.entry(source_id="t1")
    world.written("t1", object_type="time_entry", object_key="t1", target_key="L9", flow_id=bills)
    world.look()
    assert world.verdicts() == {"t1": "missing"}


def test_a_log_that_names_the_project_does_not_tell_which_lines_it_wrote(world, bills) -> None:
    world.line("I1", source_id="L1")
    world.project(WON, source_id="p1", number="PRJ-1")
    world.written("1", object_type=None, object_key="PRJ-1", flow_id=bills)
    world.look()
    assert world.verdicts() == {"PRJ-1": "not_checked no_rule"}


@pytest.fixture
def status(world):
    """A flow that tells the CRM what became of the PSA's invoices, some of them."""
    flow = world.flow(
        "invoice_status_to_crm", 4, from_system_id=world.system_id, to_system_id=world.crm_id, runs_system_id=world.ipaas_id,
    )  # fmt: skip
    for number, state in (("1", "posted"), ("2", "paid"), ("3", "posted"), ("4", "paid")):
        world.invoice(state, WON, source_id=f"i{number}", number=f"INV-{number}", source_updated_at=WON)
    return flow


def told(world, flow: int, number: str, object_type: str, target: str | None) -> None:
    world.written(
        number, object_type=object_type, object_key=f"INV-{number}", target_key=target, flow_id=flow
    )


def test_a_status_in_words_stands_on_the_deal_that_the_log_names(world, status) -> None:
    says = {"1": "INV-1 posted 100.00 USD", "2": "Inv-2  posted", "3": None, "4": "see INV-4: not PAID"}
    for number, words in says.items():
        world.deal(number, reference=words)
        told(world, status, number, "invoice_status", f"OPP-{number}")
    world.deal("6")
    world.look()
    rows = world.behind("verified_success")
    found = {(row.source_key, row.target_id): row.outcome for row in rows.itertuples()}
    assert found == {
        ("INV-1", "o1"): "confirmed",
        ("INV-2", "o2"): "different",
        ("INV-3", "o3"): "different",
        ("INV-4", "o4"): "different",  # "INV-4:" is another word
    }
    # the sixth deal was there before: nobody has to claim it
    assert rows.set_index("source_key")["differing"]["INV-3"] == "status: INV-3 posted, "


def test_a_status_that_stands_there_is_confirmed_until_the_invoice_moves_on(world, status) -> None:
    world.deal("1", reference="INV-1 posted 100.00 USD")
    told(world, status, "1", "invoice_status", "OPP-1")
    world.look()
    assert world.verdicts() == {"INV-1": "confirmed"}
    moved = at("2026-06-05 10:00")
    world.change("biz.invoice", "i1", state="paid", source_updated_at=moved, last_seen_at=LATER)
    world.look(since=LATER)
    assert world.verdicts() == {"INV-1": "stale"}


def test_where_the_crm_holds_invoices_their_standing_is_compared(world, status) -> None:
    for number, state in (("1", "sent"), ("2", "posted"), ("3", "unknown")):
        world.invoice(
            state, WON, source_id=f"c{number}", number=f"INV-{number}", system_id=world.crm_id, net=7,
            source_updated_at=WON,
        )  # fmt: skip
    for number in ("1", "2", "3", "4"):
        told(world, status, number, "invoice", None)
    world.look()
    # issued is issued, however it is called, and amounts are not asked; a standing that is not told proves nothing
    assert world.verdicts() == {
        "INV-1": "confirmed", "INV-2": "different", "INV-3": "not_checked no_value", "INV-4": "missing",
    }  # fmt: skip
    assert world.figure("verified_success").detail["no_value"] == 1
