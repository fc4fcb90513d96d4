"""People metrics: is time handed in and approved, is any missing, how much can be billed, and how much goes into work by hand?"""

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
        by=("account", "project", "practice", "system"),
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
        by=("account", "project", "practice", "system"),
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
        "Roles are not read, so nobody is left out for them. By practice: that of the person, as HR or the time system tells it, not of the project; "
        "capacity is nobody's on a project. Provisional until ten days after the period. Unknown: a "
        "person without contract hours, or gone since nobody knows when; such people are on neither side.",
        attribution="day of the work",
        source="metrics catalogue C14; TSIA names no standard method, so the variant is printed",
        streams=("resource", "time_entry", "leave"),
        by=("practice", "system"),
        rows_add="value",
        rows_in="hours",
    ),
    _metric(
        id="C20",
        key="own_work",
        title="Own work",
        sentence="How many hours the customer's own people spent on manual entry, on rework and on finance work.",
        formula="Σ hours of the time entries whose task, project, project number or billing code bears a name that the settings give to one of "
        "the three (own_work of the customer in the estate)",
        unit="count",
        better="lower",
        population="Time entries worked in the period, billable or not, approved or not. An entry of two kinds counts once in the total and once "
        "in each. Nothing logged under the names is 0 hours. Unknown: a kind that the settings do not name, or all of it where "
        "time is not read.",
        attribution="day of the work",
        source="product: manual effort, error-related rework, finance-team effort",
        streams=("time_entry", "task", "project"),
        by=("kind", "system", "month"),
        rows_add="value",
        rows_in="hours",
    ),
)
