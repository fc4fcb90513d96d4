"""The rules that open exceptions, as they are where nobody sets them otherwise: what each finds, how bad it is, and what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of detection.

    key       as exceptions carry it
    severity  1 urgent to 4 minor; None: as bad as the promise that is broken says
    money     what is at risk, in words
    owner     who gets it, in words; an e-mail address in the estate gives it to somebody
    runbook   what to do, in Markdown
    enabled   whether it holds for a customer that says nothing of it
    days      its threshold, where it has one
    is_check  whether it is a rule of the house (metric C11), looked at record by record
    untold    what a try over the past cannot tell of it; empty: it is judged as it stood then
    """

    key: str
    title: str
    sentence: str
    severity: int | None
    money: str
    runbook: str
    owner: str = "nobody until somebody takes it"
    enabled: bool = True
    days: int | None = None
    is_check: bool = False
    untold: str = ""


_PER_RUN = "the amount that the transaction carries, where the run tells it; else unknown"
_WORK = (
    "the worth of the work at its rate; estimated where the task's rate is used, unknown where there is none"
)
_RECORD = "the record's amount"
_AS_NOW = "Records are looked at as they stand now: what was in trouble and was mended since is not told."


def _check(key: str, title: str, sentence: str, money: str, runbook: str, severity: int = 3) -> Rule:
    return Rule(
        key=key, title=title, sentence=sentence, severity=severity, money=money, runbook=runbook, is_check=True,
        untold=_AS_NOW,
    )  # fmt: skip


LIBRARY: tuple[Rule, ...] = (
    Rule(
        key="run_failed",
        title="Run failed",
        sentence="A transaction failed for good: its automatic retries are used up.",
        severity=3,
        money=_PER_RUN,
        runbook="1. Read the error and where it came from.\n2. Ask for the retry advice (`throughline queue advice`).\n3. Mend the cause,"
        " then retry what is safe to retry.\n4. Claim the fix; the next reading proves it.",
    ),
    Rule(
        key="run_overdue",
        title="Run overdue",
        sentence="A transaction began or was due and was not done by the promised time.",
        severity=3,
        money=_PER_RUN,
        runbook="1. Is the run still going on at the platform?\n2. If it hangs: stop it there, and ask for the retry advice before it is"
        " sent again.\n3. If the platform is behind: say so to the customer, and wait.",
    ),
    Rule(
        key="missed_slot",
        title="Did not run",
        sentence="A flow that runs on a schedule did not run when it was due.",
        severity=3,
        money="unknown: nobody knows what it would have carried",
        runbook="1. Is the schedule switched on, and is the platform up?\n2. Start it by hand: a later run carries what was missed.",
    ),
    Rule(
        key="failed_project_creation",
        title="Won deal without a project",
        sentence="A deal was won and no project was there by the promised time, whether or not a run reported an error.",
        severity=2,
        money="the deal's amount",
        runbook="1. Does a run tell why? It is named under *blocked by*.\n2. Mend what it names (account, product, billing schedule) and"
        " run it again for this deal.\n3. No run at all: look at the trigger in the CRM.\n4. Never create the project by hand beside the"
        " flow without linking it: the next run makes a second one.",
    ),
    Rule(
        key="unmatched_record",
        title="Is it the same record?",
        sentence="A project may belong to a won deal, and nothing proves it.",
        severity=4,
        untold="Pairs that were proven, or that somebody decided on since, are not told: only their last state is kept.",
        money="the deal's amount, estimated: nothing is lost if it is this one",
        runbook="1. Compare both records.\n2. Write the deal's number into the project: then it is proven.",
    ),
    Rule(
        key="expectation_overdue",
        title="Expected and not there",
        sentence="What must follow a business event did not, by its deadline, whether or not anything ran.",
        severity=None,
        money=_RECORD,
        runbook="1. Read what was expected, and by when.\n2. Look for the run that should have done it; none: look at its trigger.\n"
        "3. Mend the cause; it closes by itself when what was expected is there.",
    ),
    Rule(
        key="verification_break",
        title="Claimed and not true",
        sentence="The log says that a record was written, and the target does not hold it as it should.",
        severity=3,
        untold="Of a record only its last verdict is kept: what was put right since is not told; C10b tells how long breaks last.",
        money="the record's amount, or by how much an amount differs; missing and double records are important (2)",
        runbook="1. Compare both records, field by field.\n2. Missing: ask for the retry advice first.\n3. Double: keep the one that is"
        " linked, void the other.\n4. Different: decide which system leads, and mend the mapping.",
    ),
    Rule(
        key="made_by_hand",
        title="Made by hand",
        sentence="The target holds a record of a kind that a flow makes, and no run says that it wrote it: somebody typed it in again.",
        severity=4,
        untold="Of a record only its last verdict is kept: what a run claimed since, or what is gone, is not told.",
        money="unknown: the record is there, and nobody tells what typing it cost",
        runbook="1. Ask who made it, and why the flow was passed by.\n2. Is there a second one that the flow made? Keep the one that is"
        " linked, void the other.\n3. Else link it in the system that leads.",
    ),
    Rule(
        key="missing_time",
        title="Time not entered",
        sentence="Nothing was entered for a day on which somebody should have worked, a week after it; told where leave is read.",
        severity=4,
        untold="Leave counts as it is known now, and time whose system does not tell when it was entered as entered in time.",
        money="unknown: nobody knows what was worked",
        runbook="1. Was it a day off? Then enter the leave.\n2. Ask for the time before the next billing run.",
    ),
    Rule(
        key="unbilled_time",
        title="Approved and not billed",
        sentence="Approved work waits for its bill longer than a monthly billing run can explain.",
        severity=3,
        money=_WORK,
        days=45,
        runbook="1. Is the project held back on purpose? Then place a billing hold with its reason.\n2. Is its billing schedule missing in"
        " the ERP?\n3. Release the work for billing before the next cut-off.",
    ),
    Rule(
        key="record_quarantined",
        title="Record that could not be read",
        sentence="A record of a source could not be mapped and is kept aside, counted beside the figures it is missing from.",
        severity=4,
        money="unknown: it could not be read",
        runbook="1. `throughline quarantine show` tells the field and the reason.\n2. Mend the field map or the record.\n"
        "3. `throughline quarantine replay`.",
    ),
    Rule(
        key="stream_failing",
        title="Source that cannot be read",
        sentence="At least three polls in a row went wrong, and nothing complete was read since.",
        severity=3,
        money="unknown: figures that need it are as old as its last complete reading",
        runbook="1. `throughline check SYSTEM` reaches it and proves its rights.\n2. Renew the secret, or give back the right it names.\n"
        "3. The next poll reads what was missed.",
    ),
    Rule(
        key="stream_stale",
        title="Source that fell behind",
        sentence="No poll failed, and yet a source is behind: none was begun for three times its usual distance (at least half an hour), or what"
        " is read brings nothing new for twice its longest break of five weeks.",
        severity=3,
        money="unknown: figures that need it are as old as its last complete reading; nothing read at all is important (2), nothing new minor (4)",
        runbook="1. *Reading has stopped*: is a worker running (`throughline run`)? The next poll reads what was missed.\n2. *No longer read*: was"
        " the stream taken out of the system's entry? Put it back, or waive this with the reason.\n3. *Brings nothing new*: compare one fresh"
        " record of the source with what was read. Not there: look at the rights, the filter and the cursor (`throughline check SYSTEM`). There"
        " is none: say so and waive it; a quiet source is nobody's fault.",
    ),
    Rule(
        key="unusual_day",
        title="More exceptions than usual, or fewer",
        sentence="On two days of three a flow, or the customer where no flow stands out, had at least five exceptions more or fewer than is"
        " usual on such a day (A14, beyond 4); told when the second is over, closed by a day that is usual again.",
        severity=3,
        untold="Ends of quarters are held against the setting in force, not against the file's. What it would have opened itself holds back no days from"
        " what is usual.",
        money="unknown: each exception of the day tells its own",
        runbook="1. More: open the exceptions of that day; what do they have in common? One cause: work that one.\n2. Fewer: is less being"
        " done, or less being seen? Look at the flow's runs and at *Freshness*.\n3. Is it the new normal? Waive it with the reason: while it is"
        " open, its days are not learned.",
    ),
    _check(
        "project_without_contract", "Project without contract",
        "A project was set up and its contract is not there, or not agreed.", "the project's budget",
        "1. Is the contract still being signed? Stop work that will not be paid.\n2. Link the contract in the PSA.", 2,
    ),
    _check(
        "time_without_project", "Time without project", "Time was logged and names no project.", _WORK,
        "1. Ask who logged it which project it was for.\n2. Set the project; it cannot be billed before.",
    ),
    _check(
        "time_of_an_inactive_person", "Time of an inactive person",
        "Time was logged for somebody on a day before they began or after they left.", _WORK,
        "1. Is the day wrong, or the person's dates?\n2. Mend the one that is.",
    ),
    _check(
        "time_on_a_closed_project", "Time on a closed project",
        "Time was logged on a project after it ended.", _WORK,
        "1. Does the work belong to a later project? Move it.\n2. Else open the project again with the customer's consent.",
    ),
    _check(
        "work_without_a_rate", "Work without a rate", "Work has no rate, so nobody knows what it is worth.", "unknown",
        "1. Set the rate of the task or of the person's role.\n2. Ask why the template had none.",
    ),
    _check(
        "billed_before_it_was_approved", "Billed before it was approved",
        "Work stood on a bill before it was approved.", _WORK,
        "1. Approve it or take it off the bill.\n2. Look at the billing run's filter.", 2,
    ),
    _check(
        "project_over_budget", "Project over budget",
        "The work of a project is worth more, or took longer, than its budget.", "what is above the budget",
        "1. Agree a change with the customer before more is logged.\n2. Raise the budget in both systems.",
    ),
    _check(
        "won_without_customer_or_value", "Won without customer or value",
        "A deal was won and its account, amount or currency is missing: finance cannot bill it.", "the deal's amount",
        "1. Ask the seller for what is missing.\n2. Make the field mandatory for winning a deal.", 2,
    ),
    _check(
        "invoice_without_tax", "Invoice without tax", "An invoice was posted without tax settings.", "the invoice, net",
        "1. Void or correct the invoice before it is paid.\n2. Set the tax of the account or of the item.", 2,
    ),
    _check(
        "work_without_a_billing_code", "Work without a billing code",
        "Work has no billing code, in a system that tells them.", _WORK,
        "1. Set the code of the task.\n2. Ask why the template had none.",
    ),
    _check(
        "invoice_does_not_add_up", "Invoice does not add up",
        "A posted invoice's lines, or its net and tax, do not come to what it says.", "by how much it is off",
        "1. Correct or void the invoice before it is paid.\n2. Look at the mapping of its lines: rounding, discounts, a line left out.", 2,
    ),
    _check(
        "project_set_up_wrong", "Project set up wrong",
        "A business day after it was made a project lacks its customer, billing method, currency, budget, dates, cost centre, manager or"
        " tax code, where its system tells them.", "the project's budget",
        "1. Fill in what is missing before work is logged on it.\n2. Ask why the flow or the template left it out.",
    ),
    _check(
        "account_without_tax_settings", "Account without tax settings",
        "An account was billed and has no tax code.", "unknown",
        "1. Set its tax code in the ERP.\n2. Look at what it was billed without.",
    ),
    _check(
        "cost_centre_differs", "Cost centre differs",
        "A project's cost centre is another one than the ERP's project of the same number has.", "the project's budget",
        "1. Ask finance which is right.\n2. Mend the other, and what was booked on it.",
    ),
    _check(
        "revenue_schedule_outside_the_books", "Revenue schedule outside the books",
        "A revenue schedule is kept outside the system of record.", "what it plans",
        "1. Bring the schedule into the books.\n2. Close the other one.",
    ),
    _check(
        "books_closed_late", "Books closed late", "A period was not closed by its day.", "unknown",
        "1. See what kept it open: work not approved, bills not posted.\n2. Name who releases each.",
    ),
    _check(
        "milestone_billed_by_hand", "Milestone billed by hand",
        "A milestone's line was billed and no milestone is linked to it.", "the line, net",
        "1. Link the milestone to its line.\n2. Ask why the flow was passed by.",
    ),
    _check(
        "duplicate_account", "Duplicate account",
        "Two accounts of a system have the same code or tax number.", "unknown",
        "1. Decide which one stays.\n2. Merge them in the system that leads; links follow.",
    ),
)  # fmt: skip
_BY_KEY = {rule.key: rule for rule in LIBRARY}
CHECKS = tuple(rule.key for rule in LIBRARY if rule.is_check)


def by_key(key: str) -> Rule:
    """The rule of a key. Raises LookupError with the keys there are."""
    if key not in _BY_KEY:
        raise LookupError(f"there is no rule '{key}'; rules are {', '.join(sorted(_BY_KEY))}")
    return _BY_KEY[key]


def untold(rule: str) -> str:
    """What a try over the past cannot tell of a rule, by its name on exceptions; empty when it is judged as it stood then."""
    return _BY_KEY[rule].untold if rule in _BY_KEY else _AS_NOW
