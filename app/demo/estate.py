"""The demo's estate files: two partners, their customers, systems, flows, calendars and terms, as apply reads them."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from app.demo.cast import HOUR, PARTNERS, Brand, Cast, Flow
from app.demo.clock import start_of
from app.demo.reading import systems
from app.demo.service_desk import BUDGET_HOURS, TASK_HOURS
from app.demo.shape_runs import workflow_name

TIERS = {
    "excellent": ("gold", 2400), "slow-billing": ("gold", 2600), "silent": ("gold", 2900), "outage": ("silver", 1700),
    "new": ("silver", 1500), "month-end": ("gold", 2300), "stale": ("bronze", 950), "duplicates": ("silver", 1800),
    "scheduler": ("silver", 1400), "data-quality": ("bronze", 1200),
}  # fmt: skip
TARGETS = {"gold": 99.5, "silver": 99.0, "bronze": 98.0}
NAMES = {
    "won-to-project": "Won opportunity to project", "approved-time": "Approved time to billing",
    "milestone-to-invoice": "Milestone to invoice", "invoice-status": "Invoice status to CRM",
    "accounts": "Account master data", "expenses": "Expenses to billing", "employees": "Employee master data",
}  # fmt: skip


def write(folder: Path, port: int, now: datetime, casts: list[Cast]) -> tuple[Path, ...]:
    """Writes one estate file a partner below folder/estate, with its logo beside it; answers their paths."""
    home = folder / "estate"
    played = {cast.key: cast for cast in casts}
    (home / "brand").mkdir(parents=True, exist_ok=True)
    paths = []
    for brand in PARTNERS:
        logo = f"brand/{brand.key}.svg"
        shutil.copyfile(Path(__file__).parent / logo, home / logo)
        document = {
            "partner": _partner(brand, logo),
            "fx": _rates(brand, now),
            # the demo's budgets are what the deal was worth, and nobody agreed them with the people who work
            "rules": [{"key": "project_over_budget", "enabled": False}],
            "customers": [
                _customer(played[cast.key], folder, port, now)
                for cast in brand.customers
                if cast.key in played
            ],
            "alerts": _alerts(brand),
        }
        path = home / f"{brand.key}.yaml"
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
        path.write_text(
            f"# Written by the demo: invented firms, people and figures.\n{text}", encoding="utf-8"
        )
        paths.append(path)
    return tuple(paths)


def _partner(brand: Brand, logo: str) -> dict[str, Any]:
    return {
        "key": brand.key,
        "name": brand.name,
        "hosts": [brand.host],
        "time_zone": brand.zone,
        "locale": brand.locale,
        "brand": {
            "name": brand.product,
            "logo": logo,
            "primary": brand.primary,
            "mode": brand.mode,
            "font": brand.font,
            **dict(brand.extra),
            "footer": brand.footer,
        },
    }


def _alerts(brand: Brand) -> dict[str, Any]:
    """Rules of every kind, told on the page Alerts: a demo has nobody to write to."""
    currency = {"northwind": "USD", "helix": "EUR"}[brand.key]
    page = {"customers": [], "channels": ["page"]}
    scheduled = sorted({flow.workflow for cast in brand.customers for flow in cast.flows if flow.every})
    return {
        "channels": [{"key": "page", "kind": "page"}],
        "rules": [
            {"key": "money-held-back", "value": {"above": "100000", "currency": currency}, **page},
            {"key": "dear-cause", "severity": {"at_least": 2, "value": "25000", "currency": currency}, **page},
            {"key": "budget-burning", "burn": {"calls": "page"}, **page},
            {"key": "overdue-work", "deadline": {"due_within": "2h", "overdue": 5}, **page},
            {"key": "nothing-runs", "silence": {"runs": "1d"}, **page, "workflows": scheduled},
            {"key": "not-read", "silence": {"freshness": "1d"}, **page},
        ],
    }  # fmt: skip


def _rates(brand: Brand, now: datetime) -> list[dict[str, Any]]:
    """Invented closing rates, one a month and currency, in the partner's own currency."""
    base = "GBP" if brand.key == "northwind" else "EUR"
    levels = {"GBP": {"USD": Decimal("0.7800"), "EUR": Decimal("0.8500")}, "EUR": {"USD": Decimal("0.9200"), "GBP": Decimal("1.1750")}}  # fmt: skip
    rates = []
    for month in range(13, -1, -1):
        on = start_of(month, now)
        for currency, level in levels[base].items():
            rate = level + Decimal((on.month * 7 + len(currency + base) * 3) % 11 - 5) / 1000
            rates.append({"on": on, "currency": currency, "base": base, "rate": str(rate), "source": "demo"})
    return rates


def _customer(cast: Cast, folder: Path, port: int, now: datetime) -> dict[str, Any]:
    since = start_of(cast.months, now)
    return {
        "key": cast.key,
        "name": cast.name,
        "time_zone": cast.zone,
        "country": cast.country,
        "currency": cast.currency,
        "billing_cut_off": {"day": "last-business-day", "at": "17:00"},
        "systems": systems(cast, folder, port),
        "flows": [_flow(cast, flow, since) for flow in cast.flows],
        "calendars": [{"key": "office", "hours": {"mon-fri": "09:00-17:00"}, "holidays": cast.country}],
        "lifecycle": [
            {"stage": "implementation", "valid_from": since},
            {"stage": "optimisation", "valid_from": start_of(1, now)},
        ],
        "expectations": _expectations(since) + (_of_the_desk(since) if cast.desk else []),
        "terms": [_terms(cast, since)],
    }


def _expectations(since: date) -> list[dict[str, Any]]:
    """What must follow what; the first two say as much as the promises of their flows, and need no run to be broken."""
    psa = {"from": "psa", "to": "psa", "valid_from": since}
    return [
        {"key": "project-for-won-deal", "rule": "won-to-project", "flow": "won-to-project", "from": "crm", "to": "psa",
         "calendar": "office", "valid_from": since},
        {"key": "trigger-for-milestone", "rule": "milestone-to-trigger", "flow": "milestone-to-invoice",
         "within": {"hours": 16, "calendar": "office"}, **psa},
        {"key": "drafts-issued", "rule": "draft-to-issued", "within": {"business_days": 5, "calendar": "office"}, **psa},
        {"key": "invoices-sent", "rule": "issued-to-sent", "within": {"business_days": 2, "calendar": "office"}, **psa},
    ]  # fmt: skip


def _of_the_desk(since: date) -> list[dict[str, Any]]:
    """What must become of what the service desk hands over; no flow promises it."""
    handed = {"from": "desk", "to": "psa", "valid_from": since}
    return [
        {"key": "tickets-as-tasks", "rule": "support-ticket", "within": {"hours": TASK_HOURS, "calendar": "office"}, **handed},
        {"key": "changes-in-budgets", "rule": "change-order", "within": {"hours": BUDGET_HOURS, "calendar": "office"}, **handed},
    ]  # fmt: skip


def _flow(cast: Cast, flow: Flow, since: date) -> dict[str, Any]:
    def system(role: str) -> str:
        return "psa" if role == "expense" and not cast.claims else role

    deadline: dict[str, Any] = {"minutes": flow.deadline // 60}
    if flow.deadline % HOUR == 0:
        deadline = {"hours": flow.deadline // HOUR}
    if flow.office:
        deadline["calendar"] = "office"
    entry: dict[str, Any] = {
        "key": flow.key,
        "name": NAMES[flow.key],
        "workflow": flow.workflow,
        "from": system(flow.source),
        "to": system(flow.target),
        "runs": {"system": "ipaas", "match": workflow_name(cast.platform, flow.key).partition(" (")[0] + "*"},
        "deadline": deadline,
        "latency": {"seconds": flow.latency},
        "valid_from": since,
    }
    if flow.every:
        entry["every"] = f"{flow.every // 60}m"
    return entry


def _terms(cast: Cast, since: date) -> dict[str, Any]:
    tier, fee = TIERS[cast.story]
    target = TARGETS[tier]
    objectives: list[dict[str, Any]] = [
        {"key": "sync-success", "metric": "sync_success_rate", "target": target, "unit": "percent",
         "window": "calendar-month", "method": "occurrences", "minimum_sample": 20},
        {"key": "transaction-latency", "metric": "transaction_latency", "target": 95, "unit": "percent",
         "window": "calendar-month", "method": "occurrences", "minimum_sample": 20},
        {"key": "time-to-bill", "metric": "time_to_bill", "target": 80, "unit": "percent", "within_days": 30,
         "window": "calendar-month", "minimum_sample": 20},
        {"key": "project-creation", "metric": "failed_project_creations", "target": 0, "unit": "count",
         "window": "calendar-month"},
    ]  # fmt: skip
    return {
        "valid_from": since,
        "tier": tier,
        "fee": {"amount": fee, "currency": cast.currency, "per": "month"},
        "objectives": objectives,
        "exclusions": {
            "allowed": ["maintenance", "customer_data", "customer_change", "saas_vendor"],
            "notice_hours": 72,
            "cap_hours": 8,
        },
        "credits": [{"below": target, "percent": 5}, {"below": target - 1, "percent": 10}],
    }
