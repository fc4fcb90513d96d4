"""What is known of the objectives in their windows: whole numbers only, so that a verdict never rests on a rounding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Count:
    """So many of so many, and so many more of which nobody can tell.

    k  the good ones, or of what is better when lower: the bad ones; of a plain count: the count itself
    n  all that were judged, k among them
    """

    k: int = 0
    n: int = 0
    unknown: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.k + other.k, self.n + other.n, self.unknown + other.unknown)

    def __sub__(self, other: "Count") -> "Count":
        """Without what is left out: it leaves both sides."""
        return Count(self.k - other.k, self.n - other.n, self.unknown - other.unknown)


@dataclass(frozen=True)
class Measured:
    """A value that is no count of items: in millionths of its unit (of one, of a second); None: not reached, or nothing."""

    micro: int | None
    sample: int
    unknown: int = 0
    low_micro: int | None = None
    high_micro: int | None = None


@dataclass(frozen=True)
class Day:
    """The items that came due on a local day of the window."""

    day: date
    count: Count


@dataclass(frozen=True)
class Stretch:
    """What became known to be bad, or either, in the last so many seconds."""

    seconds: int
    bad: int
    valid: int


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """One thing to be left out: which, whose doing, where it stands, how much it takes, and why it does not count.

    state    accepted, proposed, disputed, or refused: not allowed by the terms, announced too late, beyond the cap
    seconds  of service time, for maintenance
    """

    key: str
    reason: str
    state: str
    count: Count
    seconds: int = 0
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """All that is known of one objective in its window, as of an instant.

    since, until     the window as agreed, half open; `seconds` is what there is of agreed service time in it
    count            gross: nothing left out; None for what is measured
    slices           for the methods by slices: one for each slice of service time that is over; `agreed` and `net`
                     the same without what was left out
    excluded         everything anybody wants left out; the accepted leaves the agreed figure, the proposed the net one too
    covered, total   seconds of the window so far, and those of them in which everything was read; None: never read
    pending          items that are not decidable yet
    days             what came due by day, for the forecast
    expected         how many items the whole window usually has; None: nobody knows
    stretches        the last minutes, hours and days, by when it became known; begun: items of the last 30 days
    """

    since: datetime
    until: datetime
    seconds: int
    count: Count | None = None
    measured: Measured | None = None
    slices: tuple[Count, ...] = ()
    slices_agreed: tuple[Count, ...] | None = None
    slices_net: tuple[Count, ...] | None = None
    excluded: tuple[Exclusion, ...] = ()
    covered: int | None = None
    total: int | None = None
    pending: int = 0
    days: tuple[Day, ...] = ()
    expected: int | None = None
    stretches: tuple[Stretch, ...] = ()
    begun: int | None = None

    def left_out(self, *states: str) -> Count:
        """What exclusions in these states take together."""
        return sum((each.count for each in self.excluded if each.state in states), Count())


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a customer in a period, as of an instant: by the key of each objective."""

    customer: str
    period: str
    time_zone: str
    as_of: datetime
    objectives: Mapping[str, Seen] = field(default_factory=dict)
