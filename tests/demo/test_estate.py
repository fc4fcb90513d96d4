"""The demo's estate files are what apply reads, and every mapping in them is one that the collectors accept."""

from pathlib import Path

import pytest

from app.demo import world
from app.demo.cast import CUSTOMERS
from app.demo.reading import systems
from app.estate_file import load
from collectors.kinds import streams_of
from collectors.spec import parse_streams
from collectors.system import System

pytestmark = pytest.mark.slow


def test_two_partners_with_five_customers_each_are_read_without_a_word(started: world.Running) -> None:
    estates = load(started.estates)
    assert [(estate.partner.key, len(estate.customers)) for estate in estates] == [
        ("northwind", 5),
        ("helix", 5),
    ]
    northwind, helix = (estate.partner for estate in estates)
    assert (northwind.brand.primary, northwind.brand.font, northwind.brand.mode) == (
        "#0f766e",
        "Inter",
        "light",
    )
    assert (helix.brand.primary, helix.brand.font, helix.brand.mode) == (
        "#ff8a3d",
        "Plus Jakarta Sans",
        "dark",
    )
    assert (northwind.hosts, helix.hosts) == (["northwind.localhost"], ["helix.localhost"])
    assert all(str(partner.brand.logo).startswith("<svg") for partner in (northwind, helix))


def test_no_logo_and_no_name_mentions_the_supplier(started: world.Running) -> None:
    for path in started.estates:
        assert "throughline" not in path.read_text().lower()
    for estate in load(started.estates):
        assert "throughline" not in str(estate.partner.brand.logo).lower()


def test_every_mapping_is_understood(started: world.Running) -> None:
    for estate in load(started.estates):
        for customer in estate.customers:
            for system in customer.systems:
                if system.kind in ("http", "sql", "file"):
                    assert parse_streams(f"{customer.key}/{system.key}", system.kind, system.options)


def test_no_platform_has_deleted_a_run_before_it_was_read(tmp_path: Path) -> None:
    for cast in CUSTOMERS:
        (entry,) = (each for each in systems(cast, tmp_path, 1) if each["key"] == "ipaas")
        system = System(1, 1, "ipaas", "ipaas", entry["kind"], entry["url"], options=entry["options"])
        assert {stream.keeps for stream in streams_of(system)} == {None}


def test_every_secret_is_a_reference_to_a_file_that_is_there(started: world.Running) -> None:
    references = [
        system.secret for estate in load(started.estates) for customer in estate.customers for system in customer.systems
        if system.secret
    ]  # fmt: skip
    assert len(references) == 7
    for reference in references:
        with open(reference.removeprefix("file:")) as file:
            assert len(file.read().strip()) == 48


def test_every_flow_promises_something_and_scheduled_ones_say_how_often(started: world.Running) -> None:
    flows = [
        flow for estate in load(started.estates) for customer in estate.customers for flow in customer.flows
    ]
    assert len(flows) == 7 * len(CUSTOMERS)
    assert {flow.key for flow in flows if flow.every} == {"accounts", "expenses", "employees"}
    assert all(flow.valid_from and flow.latency for flow in flows)
    assert {flow.deadline.calendar for flow in flows if flow.workflow == "opportunity_to_project"} == {
        "office"
    }
