"""Plays a compressed business period of the firms against the live systems and writes down the truth."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

from app.live import plan
from app.live.environments import Progress, quiet
from app.live.firms import FIRMS, Firm
from app.live.people import People
from app.live.plan import Deal
from app.live.record import Record
from app.live.syncs import Case, Syncs
from app.live.world import LiveWorld

WAIT_SECONDS = 4  # how long the run that waits for finance may take before it is timed out
PAUSE_SECONDS = 1.5  # between two acts at speed 1
_TICK_FATES = ("plain", "plain", "retried", "lost", "plain", "never")


class FirmDriver:
    """One firm: its people, its integration, and how its deals stand."""

    def __init__(self, world: LiveWorld, firm: Firm, record: Record, speed: float | None) -> None:
        """Sign everybody in and start the processes that run flows. `speed` None plays without pauses."""
        self.world, self.firm, self.speed = world, firm, speed
        self.plan = plan.make(firm, world.size)
        self.dice = random.Random(f"{plan.SEED}:{firm.key}:acts")
        self.people = People(firm, world.tryton, record)
        doomed = any(deal.fate == "killed" for deal in self.plan.deals)
        self.syncs = Syncs(world, firm, self.people, doomed)
        self.cases: list[Case] = []
        self.ticks = 0

    def close(self) -> None:
        """Stop the processes that run flows and sign out."""
        self.syncs.close()
        self.people.close()

    def pause(self) -> None:
        """A little time between two acts."""
        if self.speed:
            time.sleep(PAUSE_SECONDS / self.speed)

    def play(self, progress: Progress) -> None:
        """The whole plan: sell, deliver, bill, correct."""
        self.people.set_up(self.plan, plan.EMPLOYEES[self.world.size])
        self.cases = [self.open(deal) for deal in self.plan.deals]
        self.work_without_deal()
        progress(f"{self.firm.key}: {len(self.cases)} opportunities opened")
        for case in self.cases:
            self.pause()
            self.decide(case)
        progress(f"{self.firm.key}: {len(self.cases)} deals decided")
        for case in self.cases:
            self.pause()
            self.bill(case)
        for case in self.cases:
            self.correct(case)
        self.syncs.note_project(self.people.make_stranger(self.plan.deals[0]), None, "person")
        progress(f"{self.firm.key}: billed and corrected")

    def open(self, deal: Deal) -> Case:
        """A new opportunity."""
        opportunity, number = self.people.open_deal(deal)
        return Case(deal, opportunity, number)

    # -- sell and deliver ----------------------------------------------------------------------------------------

    def decide(self, case: Case) -> None:
        """Win, lose, cancel or leave one deal; for a won one, whatever its fate brings about."""
        deal = case.deal
        if deal.outcome in ("lost", "cancelled"):
            self.people.close_deal(case.opportunity, case.number, deal.outcome)
        if deal.outcome != "won":
            return
        case.won_at = self.people.win(deal, case.opportunity, case.number)
        self.hand_over(case)
        if deal.account.psa_name and not deal.account.psa_has_code:
            self.people.merge_duplicates(deal.account)
        if case.project is not None and deal.billing:
            self.work(case.project, self.plan.lines_a_project)

    def hand_over(self, case: Case) -> None:
        """From won to project, by the fate of the deal (plan.py lists them)."""
        deal, sync = case.deal, self.syncs.project_run
        match deal.fate:
            case "plain" | "refused":
                sync(case)
            case "express" | "lost":
                sync(case, lane="express")
            case "retried":
                self.syncs.expire_sessions()
                sync(case)
            case "timed_out":
                sync(case, wait=True, options={"timeout_seconds": WAIT_SECONDS, "retries": 0})
            case "killed":
                self.syncs.killed_run(case)
            case "recovered":
                sync(case)
                self.pause()
                self.people.add_product("LEGACY")
                sync(case)
            case "twice":
                sync(case)
                self.pause()
                name = f"{deal.description} (copy)"
                second = self.people.make_project(deal, f"crm:{case.number}", name)
                self.syncs.note_project(second, case, "person")
            case "by_hand":
                name = f"{deal.account.name.upper()} - {deal.theme}"
                case.project = self.people.make_project(deal, None, name)
                self.syncs.note_project(case.project, case, "person")
            case "altered" | "retyped":
                sync(case)
                self.pause()
                if case.project is not None:
                    name = f"{deal.description} II" if deal.fate == "altered" else deal.description.upper()
                    self.people.rename_project(case.project, name)
            case "deleted":
                sync(case)
                self.pause()
                if case.project is not None:
                    self.people.delete_project(case.project)
                case.project = None
            case "never":
                """The event is lost before anything ran: nothing to see on the platform."""

    def work_without_deal(self) -> None:
        """A project that sales never heard of, with time on it, for a party that the CRM's code does not find."""
        deal = next(deal for deal in self.plan.deals if deal.fate == "plain")
        account = next(item for item in self.plan.accounts if item.psa_name and not item.psa_has_code)
        made = self.people.make_project(replace(deal, account=account, theme="goodwill"), None)
        self.syncs.note_project(made, None, "person")
        self.work(made, 2)

    def work(self, project: int, count: int) -> None:
        """`count` entries of several people on one project, in timesheets of at most three."""
        tasks = self.people.tasks(project)
        for first in range(0, count, 3):
            employee = self.dice.randrange(100)
            rows = [
                (employee, self.dice.randrange(1, 21), self.dice.choice(plan.MINUTES), position)
                for position in range(min(3, count - first))
            ]
            self.people.enter_time(tasks, rows)
            self.pause()

    # -- bill and correct ----------------------------------------------------------------------------------------

    def bill(self, case: Case) -> None:
        """One billing round of one project, as its plan says."""
        billing = case.deal.billing
        if case.project is None or billing in (None, "unbilled"):
            return
        post = billing not in ("draft", "draft_deleted", "validated")
        lane = "express" if billing == "silent" else "checked"
        for invoice in self.syncs.invoice_run(case.project, "1", post, lane):
            self.pause()
            match billing:
                case "paid":
                    self.people.pay(invoice)
                case "part_paid":
                    self.people.pay(invoice, Decimal("0.4"))
                case "credited":
                    self.people.credit(invoice)
                case "draft_deleted":
                    self.people.delete_invoice(invoice)
                case "validated":
                    self.people.psa.button("account.invoice", "validate_invoice", invoice)
            if billing in ("paid", "posted", "part_paid", "credited"):
                self.syncs.status_run(case, invoice)
                case.told = invoice

    def correct(self, case: Case) -> None:
        """Late entries, entries taken back, and statuses in the CRM that nothing follows up: written over, or paid since."""
        if case.told is not None and case.deal.billing == "posted":
            if case.deal.fate == "twice":
                self.people.write_over(case.opportunity, case.number)
            else:
                self.people.pay(case.told)
        if case.project is not None and case.deal.billing == "paid":
            self.work(case.project, 2)
        if case.project is not None and case.deal.billing == "unbilled":
            self.people.delete_time(self.people.open_time(case.project)[:2])

    def tick(self) -> str:
        """One more piece of business while the world serves; what it was, in a few words."""
        self.ticks += 1
        models = [deal for deal in self.plan.deals if deal.fate in ("plain", "express")]
        model = models[self.ticks % len(models)]
        fate = _TICK_FATES[self.ticks % len(_TICK_FATES)]
        deal = replace(
            model,
            index=len(self.cases),
            theme=f"{model.theme} {len(self.cases)}",
            lines=(model.lines[0], ("KIT", 2)) if fate == "lost" else model.lines,
            fate=fate,
            billing="posted" if self.ticks % 3 else "unbilled",
        )
        case = self.open(deal)
        self.cases.append(case)
        self.decide(case)
        self.bill(case)
        return f"{self.firm.key}: {case.number} {deal.description} won"


class Driver:
    """All firms of a world; they play at the same time, each in its own order."""

    def __init__(self, world: LiveWorld, speed: float | None = None) -> None:
        """Prepare; nothing happens before `play`. `speed` 1 pauses between acts, 2 half as long, None not at all."""
        self._record = Record(world.truth_path)
        with ThreadPoolExecutor(len(FIRMS)) as pool:
            self._firms = list(pool.map(lambda firm: FirmDriver(world, firm, self._record, speed), FIRMS))
        self._ticks = 0

    def play(self, progress: Progress = quiet) -> float:
        """Play the whole plan of every firm; the seconds it took."""
        begun = time.monotonic()
        with ThreadPoolExecutor(len(self._firms)) as pool:
            list(pool.map(lambda firm: firm.play(progress), self._firms))
        return time.monotonic() - begun

    def tick(self) -> str:
        """One more piece of business at the next firm."""
        self._ticks += 1
        return self._firms[self._ticks % len(self._firms)].tick()

    def close(self) -> None:
        """Let go of all systems; the servers stay up."""
        for firm in self._firms:
            firm.close()
        self._record.close()


def drive(world: LiveWorld, speed: float | None = None, progress: Progress = quiet) -> Driver:
    """Play everything that is planned; the driver can `tick()` for as long as the world is up, then `close()`."""
    driver = Driver(world, speed)
    try:
        driver.play(progress)
    except BaseException:
        driver.close()
        raise
    return driver
