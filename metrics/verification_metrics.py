"""Metrics of proof: is what the log claims true, and do two systems hold the same?"""

from datetime import date

from metrics.metric import FIRST, Change, Metric

_DEALS = ("opportunity", "account", "project")
_BOTH = (
    "run",
    "opportunity",
    "account",
    "project",
    "milestone",
    "time_entry",
    "expense",
    "invoice",
    "invoice_line",
)
_AGREED = date(2026, 11, 21)

VERIFICATION: tuple[Metric, ...] = (
    Metric(
        id="V1",  # a group of its own beside A to D: it is counted neither from the log nor from the records alone
        key="verified_success",
        title="Verified success",
        sentence="Of the records that the log says were written, the share that the target holds as it should.",
        formula="confirmed ÷ (confirmed + missing + stale + different + duplicate); claimed: written ÷ (written + refused)",
        unit="ratio",
        better="higher",
        population="Records that a transaction due in the period says it wrote, each once, held against both systems once both were "
        "read past the promised time, in the fields that the flow has agreed on, else the library's. What cannot be checked "
        "is unknown and counts as neither: the log is never the proof. "
        "Records in the target that no run claims are listed beside it. A batch that names no record claims none.",
        attribution="due time",
        source="Ours: product idea I1",
        version=2,
        streams=_BOTH,
        by=("flow", "workflow", "object", "system", "day"),
        owner="Integration operations",
        changes=(
            FIRST,
            Change(
                2,
                _AGREED,
                "Records are compared in the fields that their flow has agreed on; lines that bill work, and the status of an "
                "invoice that went back to the CRM, are verified too.",
                "A project's budget that is added up from its tasks differs from the deal for no reason; and of bills every "
                "claim was taken on trust.",
            ),
        ),
    ),
    Metric(
        id="C10",
        key="record_parity",
        title="Record parity",
        sentence="Of the records that two systems have to hold alike, the share that both hold, with equal values.",
        formula="in both and equal ÷ (equal + different + in the source only + in the target only); in a currency: by value",
        unit="ratio",
        better="higher",
        population="Records of the two kinds that a flow keeps equal, matched by links that are facts, whatever any log says: won deals "
        "and their projects, accounts that have bought, employees, expenses. As of a common cut-off: both sides read past "
        "the promised time. A match that is only suggested, and what was not read so far, is unknown.",
        attribution="when the record came about: won, approved, made",
        source="metrics catalogue C10",
        version=2,
        streams=_DEALS,
        by=("flow", "workflow", "object", "system", "day", "month"),
        owner="Integration operations",
        changes=(
            FIRST,
            Change(
                2,
                _AGREED,
                "Equal means equal in the fields that the flow has agreed on; without an agreement, as before.",
                "What two records must agree in is a matter of the contract, not of the kind alone.",
            ),
        ),
    ),
    Metric(
        id="C10b",
        key="break_time_to_heal",
        title="Time until a break heals",
        sentence="How long two systems do not hold a record alike, until they do again.",
        formula="median of (healed − opened), Kaplan–Meier: breaks that are still open are counted in; in a currency: by value",
        unit="seconds",
        better="lower",
        population="Records as in record parity that were in one system only, or different, at some time of the period. A break opens "
        "when the counterpart was due, vanished, or differed, and heals when both are there and equal; a target that came late was a break "
        "until then. Elapsed time. No longer owed, matched with another record, or agreed otherwise is another way to end. Those that were "
        "there when the two systems were compared the first time are watched from then on.",
        attribution="all under observation in the period, older ones from its first day on",
        source="metrics catalogue C10: break ageing; Kaplan & Meier 1958, Aalen & Johansen 1978",
        version=1,
        streams=_DEALS,
        by=("flow", "workflow", "object", "system"),
        owner="Integration operations",
        combine="each",
    ),
)
