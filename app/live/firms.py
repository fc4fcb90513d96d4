"""The two firms whose business is played: who they are, in which databases, and what each side sells."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Product:
    """One product code, as each side knows it; `psa_price` None means that the PSA has it without a price."""

    code: str
    name: str
    crm_price: Decimal
    psa_price: Decimal | None = None
    in_psa: bool = True
    psa_type: str = "service"
    has_account: bool = True


@dataclass(frozen=True)
class Firm:
    """One customer of one partner: a sales company in a CRM database, a delivery company in a PSA database."""

    key: str
    name: str
    partner: str
    crm: str
    psa: str
    currency: str
    time_zone: str
    country: str
    products: tuple[Product, ...]

    def price(self, code: str) -> Decimal | None:
        """The PSA's hourly list price of a product code; None when it has none."""
        return next(item.psa_price for item in self.products if item.code == code)


def _catalogue(factor: str) -> tuple[Product, ...]:
    """Products whose hourly prices are multiples of 0.20: a tenth or a quarter of an hour is whole cents or 5 mills.

    Time is entered in steps of six or fifteen minutes (driver.py picks steps that give whole cents), so that no figure
    depends on whether somebody rounds by line, by task or by invoice.
    """
    scale = Decimal(factor)

    def at(price: str) -> Decimal:
        return (Decimal(price) * scale / Decimal("0.20")).to_integral_value() * Decimal("0.20")

    return (
        Product("DISC", "Discovery", at("150"), at("118.40")),
        Product("BUILD", "Build", at("190"), at("165.00")),
        Product("SENIOR", "Senior advice", at("240"), at("212.60")),
        Product("MANAGE", "Project management", at("280"), at("268.80")),
        Product("PREP", "Preparation", at("60"), None),
        Product("ADVICE", "Tax advice", at("260"), at("231.00"), has_account=False),
        Product("KIT", "Onsite kit", at("900"), at("640.00"), psa_type="goods"),
        Product("LEGACY", "Legacy support", at("130"), in_psa=False),
    )


HARROW = Firm(
    key="harrow",
    name="Harrow & Pike",
    partner="northwind",
    crm="crm",
    psa="psa",
    currency="USD",
    time_zone="America/New_York",
    country="US-NY",
    products=_catalogue("1"),
)
LINDQVIST = Firm(
    key="lindqvist",
    name="Lindqvist Beratung",
    partner="helix",
    crm="crm_eu",
    psa="psa_eu",
    currency="EUR",
    time_zone="Europe/Berlin",
    country="DE-BY",
    products=_catalogue("0.8"),
)
FIRMS = (HARROW, LINDQVIST)


def setup_databases(firm: Firm) -> list[dict[str, Any]]:
    """What `tryton_setup.py` has to know to configure the firm's two databases."""
    shared = {"currency": firm.currency, "time_zone": firm.time_zone}
    crm_products = [_setup_product(item, item.crm_price) for item in firm.products]
    psa_products = [_setup_product(item, item.psa_price, psa=True) for item in firm.products if item.in_psa]
    crm = {"name": firm.crm, "role": "crm", "company": f"{firm.name} Sales", "products": crm_products}
    psa = {"name": firm.psa, "role": "psa", "company": f"{firm.name} Delivery", "products": psa_products}
    return [{**crm, **shared}, {**psa, **shared}]


def _setup_product(item: Product, price: Decimal | None, psa: bool = False) -> dict[str, Any]:
    goods = psa and item.psa_type == "goods"
    return {
        "code": item.code,
        "name": item.name,
        "price": None if price is None else str(price),
        "type": item.psa_type if psa else "service",
        "unit": "u" if goods else "h",
        "account": item.has_account if psa else True,
    }
