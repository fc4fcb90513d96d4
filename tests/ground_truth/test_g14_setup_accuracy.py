"""G14: perfect means perfect in everything: each component scores 1 or 0 (SCOR, perfect order), and rates are not multiplied."""

from math import prod

import pytest
from sqlalchemy import text

from sql import query
from tests.metrics.builders import a_customer, a_system, at

# how many of 2,000 projects lack a field: pass rates of 99.95, 99.2, 96, 99 and 99.8 %
LACKING = {"account_ref": 1, "contract_ref": 16, "billing_method": 80, "budget_amount": 20, "starts_on": 4}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("the same projects fail several checks", 0.96),
        ("every project fails one check only", 1 - sum(LACKING.values()) / 2000),
    ],
)
def test_the_joint_rule_is_not_the_product_of_the_rates(conn, as_viewer, where, expected) -> None:
    customer = a_customer(conn)
    system = a_system(conn, customer, "psa", "psa")
    conn.execute(
        text(
            "INSERT INTO biz.account (customer_id, system_id, source_id, name, first_seen_at, last_seen_at)"
            " VALUES (:customer, :system, 'A', 'Alder', now(), now())"
        ),
        {"customer": customer, "system": system},
    )
    first, fields = 0, []
    for field, lacking in LACKING.items():
        value = {"account_ref": "'A'", "budget_amount": "100", "starts_on": "DATE '2026-06-01'"}.get(
            field, "'x'"
        )
        fields.append(f"CASE WHEN n <= {first} OR n > {first + lacking} THEN {value} END")
        first += 0 if where.startswith("the same") else lacking
    conn.execute(
        text(
            f"INSERT INTO biz.project (customer_id, system_id, source_id, {', '.join(LACKING)}, currency, created_at,"
            " source_updated_at, first_seen_at, last_seen_at)"
            f" SELECT :customer, :system, 'P' || n, {', '.join(fields)}, 'USD', :made, :made, :made, :made"
            " FROM generate_series(1, 2000) n"
        ),
        {"customer": customer, "system": system, "made": at("2026-06-08 10:00")},
    )
    asked = {
        "customer_ids": [customer],
        "since": at("2026-06-01"),
        "until": at("2026-07-01"),
        "as_of": at("2026-06-30"),
    }
    with as_viewer([customer]) as reader:

        def ask(by: str | None) -> dict[str, float]:
            statement = text(query("viewer/project_setup_accuracy"))
            found = reader.execute(statement, asked | {"by": by}).mappings()
            return {row["part"]: row["value"] for row in found if row["currency"] is None}

        rates = ask("check")
        assert ask(None)[""] == pytest.approx(expected)
    assert rates == pytest.approx(
        {
            "customer": 0.9995,
            "contract": 0.992,
            "billing method": 0.96,
            "budget": 0.99,
            "dates": 0.998,
            "currency": 1,
        }
    )
    assert round(prod(rates.values()), 4) == 0.9404  # what multiplying would have said of either
