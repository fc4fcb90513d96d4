"""The pages there are: their names, addresses and who sees them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class Page:
    """One page; `slug` is its address, and the first page is also at /."""

    slug: str
    title: str
    icon: str
    one_customer: bool = True
    by_month: bool = True

    @property
    def file(self) -> Path:
        """The script that draws it."""
        return _PAGES / f"{self.slug.replace('-', '_')}.py"


PAGES: tuple[Page, ...] = (
    Page("overview", "Overview", ":material/insights:"),
    Page("flows", "Flows", ":material/sync_alt:"),
    Page("business-impact", "Business impact", ":material/payments:"),
    Page("exceptions", "Exceptions", ":material/inbox:", one_customer=False, by_month=False),
    Page("freshness", "Freshness", ":material/verified:", one_customer=False, by_month=False),
    Page("definitions", "Definitions", ":material/menu_book:", one_customer=False, by_month=False),
)
ADDRESSES = frozenset({"/", *(f"/{page.slug}" for page in PAGES)})
