"""Who plays: two partners, ten customers, their flows, and the one story that each customer tells."""

from __future__ import annotations

from dataclasses import dataclass, replace

HOUR, MINUTE = 3600, 60
UNREADABLE_DAYS = 2  # for how long the stale customer's run log has been closed to us


@dataclass(frozen=True)
class Flow:
    """An integration: what sets it off, what was promised, and how long it usually takes (seconds)."""

    key: str
    workflow: str
    source: str
    target: str
    trigger: str  # won, approved, sheet, invoice, milestone; every for scheduled flows
    deadline: int
    latency: int
    median: float
    office: bool = False
    every: int = 0


FLOWS = (
    Flow("won-to-project", "opportunity_to_project", "crm", "psa", "won", 4 * HOUR, 300, 40, office=True),
    Flow("approved-time", "time_to_invoice", "psa", "psa", "approved", 2 * HOUR, 120, 5),
    Flow(
        "milestone-to-invoice",
        "milestone_to_invoice",
        "psa",
        "psa",
        "milestone",
        16 * HOUR,
        900,
        25,
        office=True,
    ),
    Flow("invoice-status", "invoice_status_to_crm", "psa", "crm", "invoice", 8 * HOUR, 600, 14, office=True),
    Flow("accounts", "account_master_data", "crm", "psa", "every", 30 * MINUTE, 300, 11, every=HOUR),
    Flow("expenses", "expense_to_erp", "expense", "psa", "every", HOUR, 600, 28, every=2 * HOUR),
    Flow("employees", "employee_master_data", "hr", "psa", "every", HOUR, 300, 19, every=6 * HOUR),
)


@dataclass(frozen=True)
class Billing:
    """How a customer bills: working day of the run, days until posted, sent and paid, share of drafts that stay."""

    run_on: int = 3
    post_days: tuple[float, float] = (0.2, 2.5)
    send_days: tuple[float, float] = (0.02, 0.8)
    pay_days: tuple[float, float] = (18.0, 42.0)
    stuck_drafts: float = 0.02


@dataclass(frozen=True)
class Cast:
    """One customer: a fictional professional-services firm, its systems' shapes and its story."""

    key: str
    name: str
    story: str  # excellent, slow-billing, silent, outage, new, month-end, stale, duplicates, scheduler, data-quality
    zone: str
    country: str
    currency: str
    platform: str  # bridge, jobs, n8n, prefect, journal
    crm: str  # sql, http, file
    psa: str  # sql, http, file
    second_currency: str | None = None
    language: str = "en"
    months: int = 13
    people: int = 19
    wins: int = 78
    accounts: int = 16
    flaky: float = 0.006  # first attempts that fail for no lasting reason
    bad_data: float = 0.002  # work that cannot succeed until somebody corrects a record
    replay: float = 0.6  # failures that a person runs again
    billing: Billing = Billing()
    accounts_every: int = HOUR
    expenses_every: int = 180 * MINUTE
    employees_every: int = 360 * MINUTE
    claims: bool = False  # expenses live in a tool of their own, which drops files; they are never billed on
    desk: bool = False  # tickets and change orders come from a service desk, as files
    sheets: bool = False  # approved time travels by timesheet instead of by entry

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The flows of this customer."""
        chosen = []
        for flow in FLOWS:
            if flow.key == "accounts":
                flow = replace(flow, every=self.accounts_every)
            if flow.key == "expenses":
                flow = replace(flow, every=self.expenses_every)
            if flow.key == "employees":
                flow = replace(flow, every=self.employees_every)
            if flow.key == "approved-time" and self.sheets:
                flow = replace(flow, trigger="sheet", median=18)
            chosen.append(flow)
        return tuple(chosen)


@dataclass(frozen=True)
class Brand:
    """A partner and how it looks."""

    key: str
    name: str
    product: str
    host: str
    zone: str
    locale: str
    primary: str
    mode: str
    font: str
    extra: tuple[tuple[str, str], ...]
    footer: str
    customers: tuple[Cast, ...]


NORTHWIND = Brand(
    key="northwind",
    name="Northwind Integration",
    product="Northwind Connect",
    host="northwind.localhost",
    zone="Europe/London",
    locale="en-GB",
    primary="#0f766e",
    mode="light",
    font="Inter",
    extra=(("background", "#ffffff"), ("surface", "#f2f7f7"), ("text", "#0f1d1c")),
    footer="Northwind Integration · service desk 09:00–17:30 London time · service@northwind.example",
    customers=(
        Cast("alderquill", "Alderquill Consulting", "excellent", "Europe/London", "GB-ENG", "GBP",
             platform="bridge", crm="http", psa="sql", flaky=0.003, bad_data=0.0002, replay=0.9,
             billing=Billing(run_on=1, post_days=(0.1, 0.9), stuck_drafts=0.0)),
        Cast("brasswater", "Brasswater Engineering Group", "slow-billing", "America/New_York", "US-NY", "USD",
             platform="bridge", crm="sql", psa="sql", people=20,
             billing=Billing(run_on=10, post_days=(6, 19), send_days=(1, 5), pay_days=(35, 75), stuck_drafts=0.22)),
        Cast("cobaltmoor", "Cobaltmoor Digital", "silent", "Europe/London", "GB-ENG", "GBP",
             platform="jobs", crm="http", psa="sql", second_currency="USD", wins=92),
        Cast("dunlark", "Dunlark Analytics", "outage", "Asia/Kolkata", "IN-KA", "USD",
             platform="jobs", crm="sql", psa="sql", people=18, replay=0.75, claims=True),
        Cast("emberlane", "Emberlane Partners", "new", "America/New_York", "US-NY", "USD",
             platform="bridge", crm="http", psa="http", months=3, people=15, wins=22, accounts=10,
             flaky=0.02, bad_data=0.006, accounts_every=30 * MINUTE, claims=True),
    ),
)  # fmt: skip

HELIX = Brand(
    key="helix",
    name="Helix Ops",
    product="Helix Ops",
    host="helix.localhost",
    zone="Europe/Berlin",
    locale="de-DE",
    primary="#ff8a3d",
    mode="dark",
    font="Plus Jakarta Sans",
    extra=(("background", "#12141c"), ("surface", "#1b1e2a"), ("text", "#f2f3f7")),
    footer="Helix Ops · Betrieb 24/7 · betrieb@helix.example",
    customers=(
        Cast("fuchsbrueck", "Fuchsbrück Ingenieure", "month-end", "Europe/Berlin", "DE-BE", "EUR",
             platform="bridge", crm="sql", psa="sql", language="de", desk=True),
        Cast("gruenquell", "Grünquell Beratung", "stale", "Europe/Berlin", "DE-HH", "EUR",
             platform="n8n", crm="http", psa="sql", language="de", people=11, wins=50, accounts=12,
             accounts_every=120 * MINUTE, expenses_every=240 * MINUTE, sheets=True, bad_data=0.006, replay=0.9),
        Cast("hafenlicht", "Hafenlicht Systemhaus", "duplicates", "Europe/Berlin", "DE-HH", "EUR",
             platform="jobs", crm="http", psa="sql", language="de", accounts=18),
        Cast("immergold", "Immergold Architekturdienste", "scheduler", "Europe/Berlin", "DE-BY", "EUR",
             platform="prefect", crm="sql", psa="sql", language="de", people=12, wins=56,
             accounts_every=120 * MINUTE, expenses_every=240 * MINUTE, sheets=True),
        Cast("juniwald", "Juniwald Advisory", "data-quality", "Europe/Lisbon", "PT", "EUR",
             platform="journal", crm="file", psa="file", people=16, wins=64, bad_data=0.004, replay=0.85),
    ),
)  # fmt: skip

PARTNERS = (NORTHWIND, HELIX)
CUSTOMERS = NORTHWIND.customers + HELIX.customers


def shrink(cast: Cast, size: float) -> Cast:
    """The same customer on a smaller stage, for tests: fewer people, wins and slots, the same story."""
    if size >= 1:
        return cast

    def every(usual: int) -> int:
        slots = (15, 30, 60, 120, 180, 240, 360, 720)
        return next((m for m in slots if m * MINUTE * size >= usual), 720) * MINUTE

    return replace(
        cast,
        people=max(3, round(cast.people * size)),
        wins=max(12, round(cast.wins * max(size, 0.25))),
        accounts=max(6, round(cast.accounts * max(size, 0.4))),
        accounts_every=every(cast.accounts_every),
        expenses_every=every(cast.expenses_every),
        employees_every=every(cast.employees_every),
    )
