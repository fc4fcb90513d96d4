"""What the log claims is held against what both systems hold, record by record."""

from datetime import timedelta

import pytest

from tests.metrics.business.conftest import at
from tests.metrics.verification.conftest import WON

pytestmark = pytest.mark.slow


def found(world, **read) -> dict[str, str]:
    world.read_all(**read)
    world.look()
    return world.verdicts()


def test_a_record_that_the_target_holds_as_it_should_is_confirmed(world) -> None:
    world.carried("1")
    assert found(world) == {"o1": "confirmed"}


def test_a_target_that_is_gone_is_missing(world) -> None:
    world.carried("1", deleted_at=at("2026-06-20"))
    world.deal("2")
    world.written("2", target_key="p2")  # it says so, and there never was one
    assert found(world) == {"o1": "missing", "o2": "missing"}
    rows = world.behind("verified_success").set_index("source_key")
    assert rows["broken_at"]["o1"] == at("2026-06-20")  # since it is gone
    assert rows["broken_at"]["o2"] == WON + timedelta(minutes=1)  # since it was claimed


def test_a_silent_loss_is_found_without_a_target_that_the_log_names(world) -> None:
    """As a flow run of an orchestrator tells it: completed, a key in its parameters, and no word of what it wrote."""
    for number in ("00012", "00013"):
        world.deal(number)
        world.written(number, object_type=None, object_key=f"OPP-{number}", target_key=None)
    world.made("00012", opportunity_key="crm:OPP-00012")
    assert found(world) == {"OPP-00012": "confirmed", "OPP-00013": "missing"}


def test_a_target_in_which_an_agreed_field_differs_is_different(world) -> None:
    world.carried("1", budget_amount=900, source_updated_at=at("2026-06-25"))
    world.carried("2", currency="EUR")
    world.carried("3", budget_amount=1000.004)  # within the tolerance
    world.carried("4", budget_amount=None)  # a target that holds no amount cannot differ in it
    assert found(world) == {"o1": "different", "o2": "different", "o3": "confirmed", "o4": "confirmed"}
    rows = world.behind("verified_success").set_index("source_key")
    assert (rows["differing"]["o1"], rows["differing"]["o2"]) == (
        "amount: 1000.0000, 900.0000",
        "currency: USD, EUR",
    )


def test_a_source_that_changed_later_is_stale_once_its_promise_has_passed(world) -> None:
    for number, hour in (("1", "06:00"), ("2", "08:00")):
        world.carried(number)
        changed = at(f"2026-07-10 {hour}")
        world.change("biz.opportunity", f"o{number}", amount=1200, source_updated_at=changed)
    # four hours are promised, and all was read up to eleven o'clock
    assert found(world) == {"o1": "stale", "o2": "not_checked not_read"}
    world.look(now=at("2026-07-10 11:00"))
    assert world.verdicts()["o2"] == "not_checked pending"


def test_a_promise_in_office_hours_is_followed_in_office_hours(world) -> None:
    calendar = world.office_hours("2026-06-01", 60)
    other = world.flow("opportunity_to_project", 4, runs_system_id=world.ipaas_id, calendar_id=calendar)
    world.deal("1")
    world.written("1", target_key="p1", flow_id=other)
    world.made("1")
    changed = at("2026-07-03 15:00")  # a Friday: the promise is used up on Monday at eleven
    world.change("biz.opportunity", "o1", amount=1200, source_updated_at=changed)
    assert found(world, opportunity=at("2026-07-06 10:59")) == {"o1": "not_checked not_read"}
    assert found(world, opportunity=at("2026-07-06 11:00")) == {"o1": "stale"}


def test_two_targets_for_one_source_are_a_duplicate(world) -> None:
    world.carried("1")
    second = world.made("1", source_id="p1b", created_at=at("2026-06-04"))
    assert found(world) == {"o1": "duplicate"}
    (row,) = world.behind("verified_success").to_dict("records")
    assert (row["target_id"], row["other_ids"], row["broken_at"]) == ("p1", second, at("2026-06-04"))


def test_a_record_below_another_or_deleted_again_makes_no_duplicate(world) -> None:
    world.carried("1")
    world.made("1", source_id="phase", parent_ref="p1")
    world.made("1", source_id="undone", deleted_at=at("2026-06-05"))
    assert found(world) == {"o1": "confirmed"}


def test_a_record_that_no_run_claims_is_unclaimed_and_no_failure(world) -> None:
    world.carried("1")
    world.project(at("2026-06-05"), source_id="by hand")
    world.project(at("2026-06-01"), source_id="before the first claim")
    world.project(at("2026-06-05"), source_id="phase", parent_ref="p1")
    assert found(world) == {"o1": "confirmed", "by hand": "unclaimed"}
    figure = world.figure("verified_success")
    assert (figure.numerator, figure.denominator, figure.detail["unclaimed"]) == (1, 1, 1)


def test_nothing_is_unclaimed_before_the_runs_have_been_read(world) -> None:
    world.carried("1")
    world.project(at("2026-06-05"), source_id="new")
    assert found(world, run=at("2026-06-05 03:00")) == {"o1": "confirmed", "new": "waiting"}
    assert len(world.behind("verified_success")) == 1
    assert found(world)["new"] == "unclaimed"


def test_where_the_log_names_no_records_nothing_is_unclaimed(world) -> None:
    world.run(WON, system_id=world.ipaas_id, flow_id=world.flow_id, records_in=40, records_ok=40)
    world.project(at("2026-06-05"))
    assert found(world) == {}
    figure = world.figure("verified_success")
    assert (figure.value, figure.denominator, figure.detail["unnamed"]) == (None, 0, 1)


@pytest.mark.parametrize("behind", ["project", "opportunity"])
def test_a_system_that_was_not_read_up_to_the_cut_off_is_not_checked(world, behind) -> None:
    world.carried("1")
    world.deal("2")
    world.written("2", target_key="p2")
    assert set(found(world, **{behind: WON}).values()) == {"not_checked not_read"}
    assert world.figure("verified_success").value is None
    assert found(world) == {"o1": "confirmed", "o2": "missing"}


def test_a_hole_in_what_was_read_hides_a_target_and_proves_nothing(world) -> None:
    world.deal("1")
    world.written("1", target_key="p1")
    for object_, system in (("opportunity", world.crm_id), ("run", world.ipaas_id)):
        world.poll(object_ + "s", at("2026-07-10"), object=object_, system_id=system, window_from=None)
    world.poll("projects", at("2026-06-03"), object="project", window_from=None)
    world.poll("projects", at("2026-07-10"), object="project", window_from=at("2026-07-01"))
    assert found(world, project=at("2026-06-03")) == {"o1": "not_checked not_read"}


def test_what_cannot_be_told_is_not_checked(world) -> None:
    world.carried("1")  # the PSA is a target that is read
    world.written("2", object_type="timesheet", object_key="TS-7")  # no rule says what becomes of it
    verdicts = found(world)
    assert (verdicts["o1"], verdicts["TS-7"]) == ("confirmed", "not_checked no_rule")


def test_a_kind_that_becomes_itself_in_one_system_proves_nothing(world) -> None:
    inside = world.flow("time_to_erp", 2, from_system_id=world.system_id, runs_system_id=world.ipaas_id)
    world.entry(source_id="t1")
    world.written("t1", object_type="time_entry", object_key="t1", flow_id=inside)
    assert found(world) == {"t1": "not_checked no_rule"}


def test_a_link_that_is_no_proof_makes_no_verdict(world) -> None:
    ours = world.account("Alder", code="A-7")
    crm = world.account("Alder", system_id=world.crm_id, code="A-7")
    world.deal("1", account_ref=crm)
    world.written("1")
    world.project(WON + timedelta(hours=1), account_ref=ours)  # of the same account, about then
    assert found(world) == {"o1": "not_checked unsure"}


def test_what_the_log_itself_refuses_is_no_claim(world) -> None:
    world.deal("1")
    world.written("1", status="failed")
    world.carried("2")
    assert found(world) == {"o1": "refused", "o2": "confirmed"}
    figure = world.figure("verified_success")
    assert (figure.denominator, figure.detail["claimed"], figure.detail["claimed_share"]) == (1, 1, 0.5)


def test_a_retry_that_wrote_it_after_all_is_one_claim(world) -> None:
    world.deal("1")
    root = world.written("1", status="failed")
    world.written("1", transaction_key=root, retry_of=root, target_key="p1")
    world.made("1")
    assert found(world) == {"o1": "confirmed"}


def test_the_items_of_a_run_are_its_claims(world) -> None:
    world.carried("1")
    world.carried("2")
    run = world.written("3", object_key="batch")
    for number in ("1", "2"):
        world.put(
            "raw.run_item", customer_id=world.customer_id, system_id=world.ipaas_id, external_id=run, due_at=WON,
            object_type="project", source_key=f"OPP-{number}", target_key=f"p{number}",
            claimed_state="written" if number == "1" else "rejected", first_seen_at=WON, last_seen_at=WON,
        )  # fmt: skip
    verdicts = found(world)
    assert (verdicts["OPP-1"], verdicts["OPP-2"]) == ("confirmed", "refused")
    assert "batch" not in verdicts
    # two runs claim the first deal: it is one record
    assert world.figure("verified_success").denominator == 2


def test_an_account_that_was_merged_lives_on_in_the_other(world) -> None:
    sync = world.flow("account_master_data", 1, runs_system_id=world.ipaas_id)
    world.account("Alder", system_id=world.crm_id, source_id="c1", code="A-1", tax_id="GB 1")
    world.account("Alder", source_id="b1", code="A-1", merged_into_ref="b2")
    world.account("Birch", source_id="b2", code="A-2", tax_id="GB2")
    world.written("c1", object_type="account", object_key="c1", target_key="b1", flow_id=sync)
    assert found(world) == {"c1": "different"}  # in its tax id
    world.change("biz.account", "b2", tax_id="gb-1")
    assert found(world) == {"c1": "confirmed"}


def test_names_are_equal_but_for_their_writing(world) -> None:
    erp = world.system("erp")
    flow = world.flow("project_to_erp", 1, to_system_id=erp, from_system_id=world.system_id, runs_system_id=world.ipaas_id)  # fmt: skip
    for number, name in (("1", "ÉCLAIR & Söhne, GmbH"), ("2", "Birch")):
        world.project(WON, source_id=f"p{number}", number=f"P-{number}", name="Eclair and Sohne")
        world.project(WON, source_id=f"e{number}", number=f"P-{number}", name=name, system_id=erp)
        world.written(number, object_type="project", object_key=f"P-{number}", flow_id=flow)
    assert found(world) == {"P-1": "confirmed", "P-2": "different"}


def test_a_milestone_is_verified_by_the_line_that_it_became(world) -> None:
    bills = world.flow(
        "milestone_to_invoice", 16, from_system_id=world.system_id, runs_system_id=world.ipaas_id
    )
    for name, line in (("m1", "L1"), ("m2", "L2"), ("m3", None)):
        world.record(
            "biz.milestone",
            "M",
            {"amount": 500, "currency": "USD", "completed_at": WON, "invoice_line_ref": line},
            {"source_id": name},
        )
        world.written(name, object_type="milestone", object_key=name, flow_id=bills)
    world.line("I1", source_id="L1", net=500, currency="USD")
    world.line("I2", source_id="L2", net=450, currency="USD")
    assert found(world) == {"m1": "confirmed", "m2": "different", "m3": "missing"}
