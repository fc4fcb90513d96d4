"""People metrics: is time handed in and approved, is any missing, and how much of what people could work is billable?"""

from functools import partial

from metrics.metric import Metric

_metric = partial(Metric, version=1, owner="Service delivery")

PEOPLE: tuple[Metric, ...] = (
    _metric(
        id="C9",
        key="timesheet_lag",
        title="Timesheet lag",
        sentence="How long it takes until a day's work is handed in.",
        formula="median of (handed in − end of the day of the work), Kaplan–Meier: what is not handed in yet is counted in; in a "
        "currency: weighted by value",
        unit="seconds",
        better="lower",
        population="Billable time entries that were not handed in at some time of the period. Handed in on the day counts 0. Written off, "
        "deleted or made non-billable is another way to end. Time that nobody typed in is told by missing timesheets.",
        attribution="all that was under observation in the period, older ones from its first day on",
        source="Kaplan & Meier 1958; metrics catalogue C9 and 4.1",
        streams=("time_entry",),
        by=("account", "project", "system"),
        combine="each",
    ),
    _metric(
        id="C9b",
        key="approval_lag",
        title="Approval lag",
        sentence="How long handed-in time waits for its approval.",
        formula="median of (approved − handed in), Kaplan–Meier: what still waits is counted in; in a currency: weighted by value",
        unit="seconds",
        better="lower",
        population="Billable time entries that were handed in and waited at some time of the period. Written off, deleted or made "
        "non-billable is another way to end. Unknown: entries of a system that approves nothing or does not tell.",
        attribution="all that was under observation in the period, older ones from its first day on",
        source="Kaplan & Meier 1958; metrics catalogue C9 and 4.1",
        streams=("time_entry",),
        by=("account", "project", "system"),
        combine="each",
    ),
    _metric(
        id="C9c",
        key="missing_timesheets",
        title="Missing timesheets",
        sentence="Of the days on which people should have worked, the share for which nobody has entered anything.",
        formula="person-days without a time entry a week later ÷ person-days expected: working days of the contract less public holidays and "
        "approved leave",
        unit="ratio",
        better="lower",
        population="Everybody with contract hours in a system that holds time, joiners and leavers by the day; a person known to two systems by "
        "one employee number once. Any entry counts, billable or not. Days younger than a week are not judged yet. Unknown: a day without "
        "an entry where nobody tells of leave, or of a part-timer whose working days nobody tells.",
        attribution="the day",
        source="metrics catalogue C9",
        streams=("resource", "time_entry", "leave"),
        by=("system", "day"),
    ),
    _metric(
        id="C14",
        owner="Finance",
        key="billable_utilization",
        title="Billable utilization",
        sentence="Of the hours that people could have worked, the share that was worked, approved and can be billed.",
        formula="Σ approved billable hours ÷ Σ capacity hours, gross: contract hours of working days, public holidays left out; "
        "beside it, net: of capacity less approved leave",
        unit="ratio",
        better="higher",
        population="Everybody with contract hours in a system that holds time; part time by contract, joiners and leavers by the day. "
        "Roles are not read, so nobody is left out for them. Provisional until ten days after the period. Unknown: a "
        "person without contract hours, or gone since nobody knows when; such people are on neither side.",
        attribution="day of the work",
        source="metrics catalogue C14; TSIA names no standard method, so the variant is printed",
        streams=("resource", "time_entry", "leave"),
        by=("system",),
        rows_add="value",
        rows_in="hours",
    ),
)
