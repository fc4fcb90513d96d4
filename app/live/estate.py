"""The estate file of the live world: two partners with one firm each, in the shape of `throughline apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from app.live.firms import FIRMS, Firm

if TYPE_CHECKING:
    from app.live.world import LiveWorld

_PARTNERS: dict[str, dict[str, Any]] = {
    "northwind": {
        "key": "northwind",
        "name": "Northwind Integration",
        "hosts": ["northwind.localhost"],
        "time_zone": "Europe/London",
        "locale": "en-GB",
        "brand": {"name": "Northwind Connect", "primary": "#0f766e"},
    },
    "helix": {
        "key": "helix",
        "name": "Helix Ops",
        "hosts": ["helix.localhost"],
        "time_zone": "Europe/Berlin",
        "locale": "en-GB",
        "brand": {"name": "Helix Ops", "primary": "#7c3aed", "mode": "dark"},
    },
}

# The flows promise minutes, because the business is compressed into minutes (driver.py).
_FLOWS = (
    ("won-to-project", "Won opportunity to project", "opportunity_to_project", "crm", "psa"),
    ("time-to-invoice", "Time to invoice", "time_to_invoice", "psa", "psa"),
    ("invoice-status-to-crm", "Invoice status to CRM", "invoice_status", "psa", "crm"),
)
DEADLINE_MINUTES = 2
# What the two sides must agree in. A project's budget is added up from its tasks, at the PSA's prices and in the books' own
# currency, and need not be what the deal was sold for; its name is the deal's.
_AGREED = {"won-to-project": ["name"]}


def estate(world: LiveWorld) -> str:
    """One YAML document a partner; keys of systems are references to files that only this user can read.

    Tryton does not approve time: an entry counts as approved when it was entered (`approval: entered`). The projects
    of the PSA hold the CRM's key in their comment (`crm:OPP-00012`).
    """
    documents = []
    for key, partner in _PARTNERS.items():
        customers = [_customer(world, firm) for firm in FIRMS if firm.partner == key]
        documents.append({"partner": partner, "customers": customers})
    return yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=110)


def _customer(world: LiveWorld, firm: Firm) -> dict[str, Any]:
    def tryton(role: str, database: str, **options: str) -> dict[str, Any]:
        secret = f"file:{world.key_file(database, 'collector')}"
        entry = {"key": role, "role": role, "kind": "tryton", "url": world.tryton_url, "secret": secret}
        return {**entry, "options": {"database": database, "allow_private": True, **options}}

    return {
        "key": firm.key,
        "name": firm.name,
        "time_zone": firm.time_zone,
        "country": firm.country,
        "currency": firm.currency,
        "systems": [
            tryton("crm", firm.crm),
            tryton("psa", firm.psa, approval="entered"),
            {
                "key": "ipaas",
                "role": "ipaas",
                "kind": "prefect",
                "url": world.prefect_urls[firm.key],
                "options": {"allow_private": True},
            },
        ],
        "flows": [
            {
                "key": key,
                "name": name,
                "workflow": workflow,
                "from": source,
                "to": target,
                "runs": {"system": "ipaas", "match": f"{key}*"},
                "deadline": {"minutes": DEADLINE_MINUTES},
                **({"agreed": _AGREED[key]} if key in _AGREED else {}),
            }
            for key, name, workflow, source, target in _FLOWS
        ],
        # says as much as the flow's promise, and needs no run to be broken
        "expectations": [
            {
                "key": "project-for-won-deal",
                "rule": "won-to-project",
                "flow": "won-to-project",
                "from": "crm",
                "to": "psa",
                "within": {"minutes": DEADLINE_MINUTES},
            }
        ],
    }
