"""What will happen to one firm: accounts, deals and their fates, drawn once from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from app.live.firms import HARROW, Firm

SEED = 20261121
MINUTES = (15, 30, 45, 60, 75, 90, 120, 150, 180, 240, 6, 18, 36, 54, 72)
EMPLOYEES = {"small": 4, "large": 6}

_STEMS = "Alder Birch Cobalt Dorset Ember Fathom Garnet Harbor Indigo Juniper Kestrel Lumen Meridian Nimbus Orchid Quarry"
_KINDS = ("Logistics", "Energy", "Health", "Foods", "Capital", "Motors", "Media", "Robotics")
_SUFFIXES = ("Inc.", "LLC", "Ltd", "GmbH", "PLC")
_THEMES = ("data platform", "migration", "process review", "training", "support desk", "portal", "reporting")

# Won deals: how the CRM's event reaches the PSA, and what becomes of the project's time.
#   plain      the flow creates the project            retried    the first attempt meets an expired session
#   recovered  fails, a person fixes it, runs again    refused    the PSA refuses the product, the run fails
#   lost       the express lane loses it silently      express    the express lane works
#   timed_out  waits for finance until the time-out    killed     the process dies, the run stays open for ever
#   never      no run at all                           by_hand    no run, a person creates it without the CRM's key
#   twice      a person creates a second one           deleted    created, then deleted by a person
#   altered    created, then renamed by a person       retyped    the same name in other letters, by a person
_SMALL = (
    ("plain", "paid"),
    ("twice", "posted"),
    ("retried", "credited"),
    ("lost", None),
    ("plain", "draft"),
    ("recovered", "rejects"),
    ("refused", None),
    ("express", "draft_deleted"),
    ("by_hand", "refused"),
    ("timed_out", None),
    ("plain", "silent"),
    ("never", None),
    ("deleted", None),
    ("killed", None),
    ("plain", "unbilled"),
    ("altered", None),
    ("retyped", None),
)
_SECOND = (
    ("plain", "paid"),
    ("retried", "posted"),
    ("lost", None),
    ("plain", "draft"),
    ("never", None),
    ("plain", "unbilled"),
    ("altered", None),
    ("deleted", None),
    ("twice", None),
)
_MORE = (
    ("plain", "posted"),
    ("plain", "paid"),
    ("express", "credited"),
    ("plain", "unbilled"),
    ("lost", None),
    ("plain", "validated"),
    ("plain", "part_paid"),
)


@dataclass(frozen=True)
class Account:
    """One account: its name in the CRM, and how the PSA knows it before any flow ran (None: not at all)."""

    index: int
    name: str
    code: str
    psa_name: str | None
    psa_has_code: bool


@dataclass(frozen=True)
class Deal:
    """One opportunity: lines are (product code, hours); `discount` is given when it is won."""

    index: int
    account: Account
    theme: str
    currency: str
    lines: tuple[tuple[str, int], ...]
    outcome: str
    fate: str | None
    billing: str | None
    discount: Decimal

    @property
    def description(self) -> str:
        """What people call it, the same in both systems."""
        return f"{self.account.name} {self.theme}"


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before the first act."""

    accounts: tuple[Account, ...]
    deals: tuple[Deal, ...]
    lines_a_project: int


def make(firm: Firm, size: str, seed: int = SEED) -> Plan:
    """The plan of one firm; the same arguments give the same plan."""
    dice = random.Random(f"{seed}:{firm.key}:{size}")
    fates = list(_SMALL if firm == HARROW else _SECOND)
    if size == "large":
        fates += _MORE
    accounts = _accounts(firm, 12 if size == "large" else 8)
    waiting = next(account for account in reversed(accounts) if account.psa_name is None)
    ready = [account for account in accounts if account is not waiting]
    known = next(account for account in accounts if account.psa_has_code and account.psa_name == account.name)
    special = {"timed_out": waiting, "killed": waiting, "by_hand": known}
    deals: list[Deal] = []
    endings: list[tuple[str, str | None, str | None]] = [("won", fate, billing) for fate, billing in fates]
    lost = {"small": 2, "large": 4}[size] if firm == HARROW else 1
    endings += [("lost", None, None)] * lost + [("cancelled", None, None)]
    endings += [("open", None, None)] * (1 if size == "small" else 3)
    for index, (outcome, fate, billing) in enumerate(endings):
        account = special.get(fate or "", ready[index % len(ready)])
        theme = _THEMES[index % len(_THEMES)]
        foreign = index % 4 == 3
        currency = firm.currency if not foreign else {"USD": "EUR", "EUR": "USD"}[firm.currency]
        discount = Decimal("0.9") if index % 6 == 1 else Decimal(1)
        deal = Deal(
            index, account, theme, currency, _lines(dice, fate, billing), outcome, fate, billing, discount
        )
        deals.append(deal)
    return Plan(tuple(accounts), tuple(deals), 6 if size == "small" else 8)


def _accounts(firm: Firm, count: int) -> list[Account]:
    stems = _STEMS.split()
    shift = 0 if firm == HARROW else 5
    accounts = []
    for index in range(count):
        place = index + shift
        kind, suffix = _KINDS[(place * 3) % len(_KINDS)], _SUFFIXES[place % len(_SUFFIXES)]
        name = f"{stems[place % len(stems)]} {kind} {suffix}"
        typed = (name.upper(), None, name.rsplit(" ", 1)[0], name)[index % 4]  # as accounting wrote it
        accounts.append(Account(index, name, f"ACC-{index + 1:04d}", typed, index % 4 != 2))
    return accounts


def _lines(dice: random.Random, fate: str | None, billing: str | None) -> tuple[tuple[str, int], ...]:
    codes = dice.sample(["DISC", "BUILD", "SENIOR", "MANAGE"], 2)
    if fate in ("refused", "lost"):
        codes[1] = "KIT"
    if fate == "recovered":
        codes[1] = "LEGACY"
    if billing == "rejects":
        codes.append("PREP")
    if billing == "refused":
        codes = ["ADVICE"]
    return tuple((code, dice.randrange(10, 80, 5)) for code in codes)
