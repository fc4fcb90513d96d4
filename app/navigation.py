"""The pages there are: their names, addresses and who sees them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.scope import Scope

_PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class Page:
    """One page; `slug` is its address, and the first page is also at /."""

    slug: str
    title: str
    icon: str
    one_customer: bool = True
    by_month: bool = True
    for_partner: bool = False
    for_staff: bool = False

    @property
    def file(self) -> Path:
        """The script that draws it."""
        return _PAGES / f"{self.slug.replace('-', '_')}.py"


PAGES: tuple[Page, ...] = (
    Page("overview", "Overview", ":material/insights:"),
    Page("portfolio", "Portfolio", ":material/view_list:", one_customer=False, for_partner=True),
    Page("flows", "Flows", ":material/sync_alt:"),
    Page("review", "Review", ":material/fact_check:"),
    Page("business-impact", "Business impact", ":material/payments:"),
    Page("exceptions", "Exceptions", ":material/inbox:", one_customer=False, by_month=False),
    Page("incidents", "Incidents", ":material/hub:", one_customer=False, by_month=False, for_partner=True),
    Page("alerts", "Alerts", ":material/notifications:", one_customer=False, by_month=False, for_staff=True),
    Page("matches", "Matches", ":material/join_inner:", by_month=False, for_staff=True),
    Page("freshness", "Freshness", ":material/verified:", one_customer=False, by_month=False),
    Page("rules", "Rules", ":material/rule:", by_month=False, for_staff=True),
    Page("definitions", "Definitions", ":material/menu_book:", one_customer=False, by_month=False),
)


def pages_for(scope: Scope) -> tuple[Page, ...]:
    """The pages that a person sees: what compares customers is for the partner's people who have several.

    What tells of the partner's own work is for all of the partner's people and nobody else.
    """
    many = not scope.is_customer and len(scope.customer_ids) > 1
    return tuple(
        page
        for page in PAGES
        if (many or not page.for_partner) and not (page.for_staff and scope.is_customer)
    )


ADDRESSES = frozenset({"/", *(f"/{page.slug}" for page in PAGES)})
