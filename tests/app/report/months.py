"""Months that packs are drawn from in tests: evaluated by the real terms, without a database."""

from datetime import UTC, date, datetime
from typing import Any

from app.branding import Brand
from metrics.catalogue import by_key
from metrics.sla import statement
from metrics.sla.evaluation import plain
from metrics.sla.facts import Count, Exclusion
from metrics.sla.review import Action, ReviewNotes, Signature
from metrics.sla.statement import Statement
from tests.metrics.sla.given import held, seen, success, terms

NORTHWIND = Brand(1, "northwind", "Northwind Integrations", primary="#0b6e69", footer="northwind.example")
HELIX = Brand(2, "helix", "Helix", primary="#ff8a3d", mode="dark", font="Plus Jakarta Sans", locale="de-DE")
SEALED = {"at": datetime(2026, 11, 3, 9, tzinfo=UTC), "by": "P. Artner"}
LATENCY = {"key": "latency", "metric": "transaction_latency", "target": 95, "threshold": "15m"}


def figure(key: str, value: str | None, **more: Any) -> dict[str, Any]:
    metric = by_key(key)
    parts = {"numerator": None, "denominator": None, "unknown": 0, "currency": None}
    parts |= {"sample": None, "coverage": None, "low": None, "high": None, **more}
    currency = parts["currency"]
    named = f"{key} {currency}" if currency else key
    return {
        "key": named, "id": metric.id, "definition_version": metric.version, "unit": metric.unit, "value": value, **parts
    }  # fmt: skip


def missed(number: int = 0, label: str = "Deal 1042", party: str | None = None) -> dict[str, Any]:
    return {
        "key": f"success deals {number}", "objective": "success", "flow": "deals", "item": f"item-{number}",
        "label": label, "at": datetime(2026, 10, 5, 12, tzinfo=UTC), "outcome": "F", "count": [0, 1, 0],
        "party": party, "evidence": "ticket 71" if party else None, "decided_by": "P. Artner" if party else None,
    }  # fmt: skip


def month(
    evaluation: Any = None,
    *,
    customer: str = "Acme Consulting",
    items: list[dict[str, Any]] | None = None,
    figures: list[dict[str, Any]] | None = None,
    sealed: bool = True,
    zone: str = "Europe/Berlin",
    **more: Any,
) -> Statement:
    """A month with 117 of 120, agreed 99 %, and whatever a test gives instead."""
    rows = [missed(n, f"Deal {n}", ("customer_data", None, "partner")[n]) for n in range(3)]
    body = {
        "customer": {"key": "acme", "name": customer},
        "partner": {"key": "northwind", "name": "Northwind Integrations"},
        "period": {
            "name": "2026-10", "from": datetime(2026, 9, 30, 22, tzinfo=UTC), "to": datetime(2026, 10, 31, 23, tzinfo=UTC), "time_zone": zone,
        },
        "evaluation": evaluation or usual(),
        "figures": figures if figures is not None else usual_figures(),
        "missed": items if items is not None else rows,
        "agreed": [],
        "calendars": [],
        "version": int(sealed),
    }  # fmt: skip
    return statement.of(plain(body | ({"sealed": SEALED} if sealed else {}) | more))


def usual(currency: str = "EUR", fee: float | str = 4200, credit: float = 10) -> Any:
    return held(
        terms(
            success(99, title="Sync success", credits=[{"below": 99, "percent": credit}]),
            LATENCY | {"title": "Transactions within 15 minutes"},
            success(90, key="projects", title="Projects set up"),
            fee={"amount": fee, "currency": currency},
            credits={"cap": 50},
        ),
        success=seen(Count(113, 120), excluded=(OUT,)),
        latency=seen(Count(941, 1000)),
        projects=seen(Count(9, 10, 3)),
    )


def cause(
    number: int,
    title: str,
    records: int,
    open: int,
    amount: str | None,
    currency: str | None,
    flow: str | None = None,
) -> dict[str, Any]:
    """One exception of a month's context."""
    key = f"exception {number}" + (f" {currency}" if currency else "")
    return {
        "key": key, "title": title, "rule": "run_failed", "flow": flow, "currency": currency, "records": records, "open": open, "amount": amount,
    }  # fmt: skip


OUT = Exclusion(key="exclusion 1", reason="customer_change", state="proposed", count=Count(0, 2), why="")


def usual_figures() -> list[dict[str, Any]]:
    return [
        figure("sync_success_rate", "0.941666", numerator=113, denominator=120, unknown=2),
        figure("unbilled_time", "4200", currency="EUR"),
        figure("time_to_bill", "777600.0", sample=12),
        figure("exception_backlog", "1284"),
        figure("project_margin", None),
    ]


CONTEXT = {
    "causes": [
        cause(41, "Rate limit of the target", 8, 2, "18450.5", "EUR", flow="Won deals to projects"),
        cause(42, "رفض النظام الطلب", 3, 3, "480005", "JPY"),
        cause(43, "Account has no number", 1, 0, "1250.505", "KWD"),
        cause(44, "A field is missing", 2, 1, None, None),
    ],
    "out_of_danger": [
        {"key": "run_failed EUR", "rule": "run_failed", "records": 6, "amount": "9925", "currency": "EUR"},
        {"key": "run_failed", "rule": "run_failed", "records": 1, "amount": None, "currency": None},
    ],
    "recovered": [
        {"key": "failed_project_creation EUR", "rule": "failed_project_creation", "records": 3, "unknown": 0, "again": 1, "amount": "8200",
         "currency": "EUR", "reported": "1725"},
        {"key": "run_failed JPY", "rule": "run_failed", "records": 1, "unknown": 0, "again": 0, "amount": "480005", "currency": "JPY",
         "reported": "0"},
        {"key": "run_failed", "rule": "run_failed", "records": 0, "unknown": 2, "again": 0, "amount": None, "currency": None,
         "reported": None},
    ],
    "left_out": [
        {"key": f"exclusion 1 {objective} {currency}", "objective": objective, "exclusion": "exclusion 1", "currency": currency,
         "amount": amount, "records": 1}
        for objective, currency, amount in (("success", "KWD", "1250.5050"), ("success", None, None), (None, "JPY", "480005"))
    ],
    "risks": {
        "month": "2026-11",
        "objectives": [
            {
                "key": "success", "title": "Sync success", "unit": "percent", "better": "higher", "target": 990_000, "verdict": "not_proven",
                "left": 3, "lost_on": "2026-11-24",
                "agreed": {"k": 37, "n": 40, "unknown": 0, "value": 925_000, "low": 925_000, "high": 925_000},
            },
        ],
        "expectations": [{"key": "won-to-project", "pending": 4, "overdue": 2}],
        "value_at_risk": [
            {"key": "no project EUR", "reason": "no project", "records": 2, "unknown": 0, "amount": "27700", "currency": "EUR"},
            {"key": "no draft", "reason": "no draft", "records": 0, "unknown": 1, "amount": None, "currency": None},
        ],
        "cut_off": "2026-11-30T16:00:00Z",
    },
}  # fmt: skip
NOTHING_WRONG = {
    "causes": [], "out_of_danger": [], "recovered": [],
    "risks": {"month": "2026-11", "objectives": [], "expectations": [], "value_at_risk": [], "cut_off": None},
}  # fmt: skip
SAID = datetime(2026, 11, 4, 8, tzinfo=UTC)
NOTES = ReviewNotes(
    (
        Action(
            7,
            2,
            "تحديث الحقل in every system",
            "R. Eader",
            date(2026, 11, 17),
            "open",
            "2026-09",
            True,
            "p@northwind.example",
            SAID,
        ),
        Action(
            8,
            1,
            "Raise the rate limit",
            "P. Artner",
            None,
            "done",
            "2026-10",
            False,
            "p@northwind.example",
            SAID,
        ),
    ),
    signatures=(Signature(1, "partner", "P. Artner", "p@northwind.example", "0" * 64, SAID),),
)
PROPOSED = {
    "key": "exclusion 1", "reason": "customer_change", "metric": None, "state": "proposed", "side": "partner", "actor": "P. Artner",
    "at": datetime(2026, 11, 2, 9, tzinfo=UTC), "comment": "Announced by phone",
}  # fmt: skip


def full(**more: Any) -> Statement:
    """A month that has everything beside its promises."""
    return month(**({"context": CONTEXT, "agreed": [PROPOSED]} | more))


def empty() -> Statement:
    return month(
        held(terms(success(99, title="Sync success")), success=seen(Count())),
        items=[],
        figures=[figure("sync_success_rate", None)],
    )


def not_proven() -> Statement:
    unread = seen(Count(50, 50), covered=27 * 86400, total=31 * 86400)
    return month(held(terms(success(99, title="Sync success")), success=unread), items=[])
