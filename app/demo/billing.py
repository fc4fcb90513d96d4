"""From approved work to money: monthly billing runs, drafts, bills, credits, write-offs and payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from app.demo.cast import Cast
from app.demo.clock import NEVER, Array, Office, local_dates, spans, wall

TAX = {"GB": 20, "DE": 19, "PT": 23, "IN": 18, "US": 0}
NONE = -1


@dataclass(frozen=True)
class Billed:
    """Invoices (position = `invoice` on lines, entries and expenses), their lines and payments; money in cents."""

    invoices: pd.DataFrame
    lines: pd.DataFrame
    payments: pd.DataFrame


class _Book:
    """Invoices as they are written, one list a column."""

    def __init__(self) -> None:
        self.rows: list[tuple[object, ...]] = []

    def add(self, account: int, currency: str, created: np.datetime64, source: str, **more: object) -> int:
        self.rows.append(
            (account, currency, created, source, more.get("deleted_at", NEVER), more.get("credits", NONE))
        )
        return len(self.rows) - 1

    def frame(self) -> pd.DataFrame:
        columns = ["account", "currency", "created_at", "source", "deleted_at", "credits"]
        parts = (
            dict(zip(columns, zip(*self.rows, strict=True), strict=True))
            if self.rows
            else dict.fromkeys(columns, ())
        )
        kinds: dict[str, Any] = {
            "created_at": "M8[ms]",
            "deleted_at": "M8[ms]",
            "currency": object,
            "source": object,
        }
        return pd.DataFrame({name: np.array(part, kinds.get(name, "i8")) for name, part in parts.items()})


def bill(
    cast: Cast, work: pd.DataFrame, entries: pd.DataFrame, expenses: pd.DataFrame, marks: pd.DataFrame,
    drafted: Array, office: Office, since: np.datetime64, now: np.datetime64, rng: np.random.Generator,
) -> Billed:  # fmt: skip
    """Bills a customer's work up to `now`; writes `invoice`, `line`, `linked_at` and write-offs onto what it bills.

    `drafted` says when the flow wrote a draft for each milestone (NaT: it never did).
    """
    book = _Book()
    _write_off(cast, entries, now, rng)
    for frame in (entries, expenses, marks):
        frame["invoice"], frame["linked_at"] = NONE, NEVER
    _monthly(cast, work, entries, expenses, office, since, now, book, rng)
    for position in np.flatnonzero(~np.isnat(drafted)).tolist():
        project = int(marks["project"].to_numpy()[position])
        account = int(work["account"].to_numpy()[project])
        number = book.add(account, str(work["currency"].to_numpy()[project]), drafted[position], "milestone")
        marks.loc[position, ["invoice", "linked_at"]] = [number, drafted[position]]
    invoices = _lead_on(cast, book.frame(), office, now, rng)
    invoices = _credits(cast, invoices, entries, expenses, office, now, rng)
    lines = _copied(_lines(work, entries, expenses, marks), invoices)
    net = np.bincount(lines["invoice"], weights=lines["net"], minlength=len(invoices)).astype("i8")
    credit = invoices["credits"].to_numpy()
    net[credit >= 0] = net[credit[credit >= 0]]
    invoices["net"] = net
    invoices["tax"] = np.rint(net * TAX[cast.country[:2]] / 100).astype("i8")
    invoices["gross"] = invoices["net"] + invoices["tax"]
    payments = _payments(cast, invoices, now, rng)
    _name(cast, invoices)
    return Billed(invoices, lines, payments)


def _write_off(cast: Cast, entries: pd.DataFrame, now: np.datetime64, rng: np.random.Generator) -> None:
    """Marks entries that are written off 25 days after approval, and those that the billing run forgets."""
    luck = rng.random(len(entries))
    billable = (
        entries["billable"].to_numpy()
        & entries["approved_at"].notna().to_numpy()
        & ~entries["rejected"].to_numpy()
    )
    gone = entries["approved_at"].to_numpy() + spans(25 * 86400.0)
    entries["written_off_at"] = np.where(billable & (luck < 0.004) & (gone <= now), gone, NEVER)
    forgotten = 0.012 if cast.story == "slow-billing" else 0.0 if cast.story == "excellent" else 0.0025
    entries["forgotten"] = billable & ((luck < 0.004) | (luck > 1 - forgotten))


def _monthly(
    cast: Cast, work: pd.DataFrame, entries: pd.DataFrame, expenses: pd.DataFrame, office: Office,
    since: np.datetime64, now: np.datetime64, book: _Book, rng: np.random.Generator,
) -> None:  # fmt: skip
    """A billing run after each month: one draft for each account and currency with approved work."""
    account = work["account"].to_numpy()[entries["project"]]
    open_to_bill = (
        entries["billable"].to_numpy() & ~entries["forgotten"].to_numpy() & ~entries["rejected"].to_numpy()
    )
    invoice, linked = entries["invoice"].to_numpy().copy(), entries["linked_at"].to_numpy().copy()
    cost_account = work["account"].to_numpy()[expenses["project"]]
    cost_invoice, cost_linked = expenses["invoice"].to_numpy().copy(), expenses["linked_at"].to_numpy().copy()
    for number, month in enumerate(np.arange(since.astype("M8[M]"), now.astype("M8[M]") + 1)):
        following = month + 1
        run_at = wall(np.array([office.month_day(following, cast.billing.run_on)]), 18 * 3600.0, cast.zone)[0]
        if run_at > now:
            break
        ready = open_to_bill & (invoice == NONE) & (entries["approved_at"].to_numpy() <= run_at)
        ready &= entries["worked_on"].to_numpy() < following.astype("M8[D]")
        if (
            cast.story == "slow-billing"
        ):  # some accounts insist on a purchase order and are billed every third month
            ready &= (account % 4 != 1) | (number % 3 == 2)
        costs = (
            expenses["billable"].to_numpy()
            & (cost_invoice == NONE)
            & (expenses["approved_at"].to_numpy() <= run_at)
        )
        for place, who in enumerate(np.unique(account[ready]).tolist()):
            mine = ready & (account == who)
            currency = str(entries["currency"].to_numpy()[mine][0])
            at = run_at + spans(2.0 * place)
            if rng.random() < 0.012:  # a draft that is thrown away, and written again two days later
                thrown = min(at + spans(1.3 * 86400), now)
                book.add(who, currency, at, "deleted", deleted_at=thrown)
                at = at + spans(2 * 86400.0)
                if at > now:
                    continue
            drawn = book.add(who, currency, at, "monthly")
            invoice[mine], linked[mine] = drawn, at
            spent = costs & (cost_account == who)
            cost_invoice[spent], cost_linked[spent] = drawn, at
    entries["invoice"], entries["linked_at"] = invoice, linked
    expenses["invoice"], expenses["linked_at"] = cost_invoice, cost_linked


def _lead_on(cast: Cast, invoices: pd.DataFrame, office: Office, now: np.datetime64, rng: np.random.Generator) -> pd.DataFrame:  # fmt: skip
    """From draft to posted and sent, in office hours, as far as `now` allows."""
    count, pace = len(invoices), cast.billing
    created = invoices["created_at"].to_numpy()
    stuck = (rng.random(count) < pace.stuck_drafts) & (created > now - spans(70 * 86400.0))
    posted = office.due(
        created + spans(rng.uniform(*pace.post_days, count) * 86400), rng.uniform(300, 9000, count)
    )
    sent = posted + spans(rng.uniform(*pace.send_days, count) * 86400)
    gone = invoices["deleted_at"].notna().to_numpy()
    posted[stuck | gone | (posted > now)] = NEVER
    sent[np.isnat(posted) | (sent > now)] = NEVER
    invoices["posted_at"], invoices["sent_at"], invoices["voided_at"] = posted, sent, NEVER
    return invoices


def _credits(
    cast: Cast, invoices: pd.DataFrame, entries: pd.DataFrame, expenses: pd.DataFrame, office: Office, now: np.datetime64,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Takes two bills back: the first is billed again three days later, the second stays where it is."""
    posted = invoices["posted_at"].to_numpy()
    monthly = (invoices["source"] == "monthly").to_numpy()
    recent = np.flatnonzero(monthly & (posted < now - spans(20 * 86400.0)))
    if cast.story == "excellent" or len(recent) < 4:
        return invoices
    added: list[dict[str, object]] = []
    invoices["rebills"] = NONE
    for again, position in ((True, recent[-len(recent) // 3]), (False, recent[-2])):
        back = posted[position] + spans(rng.uniform(8, 15) * 86400)
        old = invoices.iloc[position]
        invoices.loc[position, "voided_at"] = back
        if np.isnat(invoices["sent_at"].to_numpy()[position]):
            invoices.loc[position, "sent_at"] = posted[position] + spans(3600.0)
        note = {**old, "source": "credit", "created_at": back, "posted_at": back, "sent_at": back, "credits": position,
                "voided_at": NEVER}  # fmt: skip
        added.append(note)
        if again:
            at = back + spans(3 * 86400.0)
            anew = {**note, "source": "rebill", "created_at": at, "posted_at": at + spans(7200.0),
                    "sent_at": at + spans(9000.0), "credits": NONE, "rebills": position}  # fmt: skip
            added.append(anew)
            for frame in (entries, expenses):
                moved = (frame["invoice"] == position).to_numpy()
                frame.loc[moved, "invoice"] = len(invoices) + len(added) - 1
                frame.loc[moved, "linked_at"] = at
    more = pd.DataFrame(added)
    for name in ("created_at", "deleted_at", "posted_at", "sent_at", "voided_at"):
        more[name] = pd.to_datetime(more[name]).astype("datetime64[ms]")
    return pd.concat([invoices, more], ignore_index=True)


def _lines(work: pd.DataFrame, entries: pd.DataFrame, expenses: pd.DataFrame, marks: pd.DataFrame) -> pd.DataFrame:  # fmt: skip
    """One line for each task of time, one for each expense and milestone; writes `line` onto what it bills."""
    parts, first = [], 0
    for kind, frame in (("time", entries), ("expense", expenses), ("milestone", marks)):
        billed = np.flatnonzero((frame["invoice"] >= 0).to_numpy())
        line = np.full(len(frame), NONE)
        if len(billed):
            some = frame.iloc[billed]
            code = some["invoice"].to_numpy() * 10_000_000
            code = code + (some["task"].to_numpy() if kind == "time" else billed)
            codes, which = np.unique(code, return_inverse=True)
            line[billed] = first + which
            one = some.iloc[np.unique(which, return_index=True)[1]]
            minutes = np.bincount(which, some["minutes"]) if kind == "time" else np.full(len(codes), 60)
            price = one["rate"].to_numpy() if kind == "time" else one["amount"].to_numpy()
            parts.append(pd.DataFrame({
                "invoice": one["invoice"].to_numpy(), "project": one["project"].to_numpy(), "kind": kind,
                "task": one["task"].to_numpy() if kind == "time" else NONE, "minutes": minutes.astype("i8"),
                "price": price, "net": (minutes.astype("i8") * price) // 60, "currency": one["currency"].to_numpy(),
                "at": one["linked_at"].to_numpy(),
            }))  # fmt: skip
            first += len(codes)
        frame["line"] = line
    return pd.concat(parts, ignore_index=True)


def _copied(lines: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """A bill that was taken back and billed again keeps its own lines, which bill nothing any more."""
    parts = [lines]
    for anew in np.flatnonzero((invoices["source"] == "rebill").to_numpy()).tolist():
        old = int(invoices["rebills"].to_numpy()[anew])
        parts.append(
            lines[lines["invoice"] == anew].assign(invoice=old, at=invoices["created_at"].to_numpy()[old])
        )
    lines = pd.concat(parts, ignore_index=True)
    lines.insert(0, "id", [str(600_001 + n) for n in range(len(lines))])
    return lines


def _payments(
    cast: Cast, invoices: pd.DataFrame, now: np.datetime64, rng: np.random.Generator
) -> pd.DataFrame:
    """Most bills are paid once and whole, some in two parts, some not at all; writes paid_at, part_paid_at, due_on."""
    count = len(invoices)
    days, luck = rng.uniform(*cast.billing.pay_days, count), rng.random(count)
    sent = invoices["sent_at"].to_numpy()
    paid = sent + spans(days * 86400)
    payable = invoices["voided_at"].isna().to_numpy() & (invoices["credits"] < 0).to_numpy() & (luck > 0.03)
    paid = np.where(payable & (paid <= now), paid, NEVER)
    half = (luck > 0.97) & payable
    part = np.where(half & (sent + spans(days * 43_200) <= now), sent + spans(days * 43_200), NEVER)
    invoices["paid_at"], invoices["part_paid_at"] = paid, part
    invoices["due_on"] = local_dates(invoices["posted_at"].to_numpy(), cast.zone) + 30
    gross = invoices["gross"].to_numpy()
    rows = []
    for column, at in (("part", part), ("rest", paid)):
        here = np.flatnonzero(~np.isnat(at))
        amount = np.where(
            half[here], gross[here] // 2 if column == "part" else gross[here] - gross[here] // 2, gross[here]
        )
        rows.append(pd.DataFrame({"invoice": here, "at": at[here], "amount": amount}))
    payments = pd.concat(rows, ignore_index=True).sort_values(["at", "invoice"], ignore_index=True)
    payments.insert(0, "id", [str(80_001 + n) for n in range(len(payments))])
    payments["paid_on"] = local_dates(payments["at"].to_numpy(), cast.zone)
    payments["currency"] = invoices["currency"].to_numpy()[payments["invoice"]]
    return payments


def _name(cast: Cast, invoices: pd.DataFrame) -> None:
    """Gives identifiers, and numbers to what is posted, in the order of posting; says what state it is in."""
    invoices["id"] = [str(3_001 + n) for n in range(len(invoices))]
    posted = invoices["posted_at"].to_numpy()
    order = np.argsort(posted, kind="stable")
    numbers = np.full(len(invoices), None, dtype=object)
    for place, position in enumerate(order[: int((~np.isnat(posted)).sum())].tolist()):
        numbers[position] = f"INV-{place + 1:05d}"
    invoices["number"] = numbers
    state = np.where(np.isnat(posted), "draft", "posted").astype(object)
    for column, word in (
        ("sent_at", "sent"),
        ("part_paid_at", "part_paid"),
        ("paid_at", "paid"),
        ("voided_at", "credited"),
    ):
        state[invoices[column].notna().to_numpy()] = word
    invoices["state"] = state
