"""A CRM, a PSA and the platform between them: deals that become projects, as the log claims it and as it is."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from metrics import matches, matching, parity, verify
from metrics.news import News
from metrics.period import Period
from metrics.read import figures, rows
from sql import query
from tests.metrics.business.conftest import World, at

JUNE = Period.parse("2026-06", "UTC", at("2026-11-20"))
NOW = at("2026-07-10 12:00")
WON = at("2026-06-03 10:00")
LATE = at("2026-07-10 11:00")  # up to when everything has been read


class Bridge(World):
    """Rows in the database of one test; `look()` verifies them."""

    def __init__(self, conn, as_viewer) -> None:
        super().__init__(conn, as_viewer)
        self.without_house_rules()
        self.ipaas_id = self.system("ipaas")
        self.flow_id = self.flow("opportunity_to_project", 4, runs_system_id=self.ipaas_id)

    def read_all(self, moment: datetime = LATE, **but: datetime) -> None:
        """Polls of deals, projects and runs that read everything up to an instant, or to the one named for an object."""
        for object_, system in (
            ("opportunity", self.crm_id),
            ("project", self.system_id),
            ("run", self.ipaas_id),
        ):
            until = but.get(object_, moment)
            self.poll(object_ + "s", until, object=object_, system_id=system, window_from=None)
        self.conn.execute(text(query("kpi/stream_read")))

    def deal(self, deal: str, won_at: datetime = WON, **values) -> str:
        return self.won(
            won_at,
            **{"source_id": f"o{deal}", "number": f"OPP-{deal}", "source_updated_at": won_at} | values,
        )

    def written(self, number: str, due: datetime = WON, **values) -> str:
        """A run that says it made the project of a deal."""
        claim = {"object_type": "opportunity", "object_key": f"o{number}", "flow_id": self.flow_id}
        return self.run(due, **{"system_id": self.ipaas_id} | claim | values)

    def made(self, deal: str, **values) -> str:
        """The project of a deal, made a minute after the win, for the same amount."""
        born = values.pop("created_at", at("2026-06-03 10:01"))
        told = {"source_id": f"p{deal}", "opportunity_key": f"OPP-{deal}", "budget_amount": 1000}
        return self.project(born, **told | {"currency": "USD", "source_updated_at": born} | values)

    def carried(self, number: str, **values) -> None:
        """A deal, the claim and its project, all as it should be."""
        self.deal(number)
        self.written(number, target_key=f"p{number}")
        self.made(number, **values)

    def agree(self, *fields: str | dict[str, object], flow_id: int | None = None) -> None:
        """From now on the records of a flow have to agree in these fields; in none of them: they have to be there."""
        self.conn.execute(
            text(
                "UPDATE ops.flow SET agreed = CAST(:agreed AS jsonb) WHERE customer_id = :c AND flow_id = :f"
            ),
            {"agreed": json.dumps(fields), "c": self.customer_id, "f": flow_id or self.flow_id},
        )

    def look(self, since: datetime | None = None, now: datetime = NOW) -> verify.Verified:
        news = News(self.customer_id, since, 0, ())
        matching.match_customer(self.conn, news, now)
        return verify.verify_customer(self.conn, news, now)

    def decide(self, deal: str, project: str, word: matches.Word, now: datetime) -> None:
        """A person says whether a project is the deal's."""
        two = matches.Pair(
            self.customer_id, "project_of_opportunity", self.crm_id, deal, self.system_id, project
        )
        matches.decide(self.conn, two, word, "jo@example", now)

    def reconcile(self, since: datetime | None = None, now: datetime = NOW) -> parity.Reconciled:
        self.look(since, now)
        return parity.reconcile_customer(self.conn, News(self.customer_id, since, 0, ()), now)

    def cells(self) -> dict[str, str]:
        found = self.conn.execute(
            text(
                "SELECT coalesce(nullif(source_id, ''), target_id), cell FROM kpi.parity WHERE customer_id = :c ORDER BY 1"
            ),
            {"c": self.customer_id},
        )
        return dict(map(tuple, found))

    def verdicts(self) -> dict[str, str]:
        found = self.conn.execute(
            text(
                "SELECT source_key, concat_ws(' ', verdict, reason) FROM kpi.verification WHERE customer_id = :c ORDER BY 1"
            ),
            {"c": self.customer_id},
        )
        return dict(map(tuple, found))

    def figure(self, key: str, period: Period = JUNE, by=None, currency=None, as_of: datetime = NOW):
        with self._as_viewer([self.customer_id], as_of) as reader:
            found = figures(reader, key, [self.customer_id], period, by=by)
        if by is not None:
            return {each.part: each for each in found if each.currency == currency}
        (one,) = [each for each in found if each.currency == currency]
        return one

    def behind(self, key: str, period: Period = JUNE, as_of: datetime = NOW):
        with self._as_viewer([self.customer_id], as_of) as reader:
            return rows(reader, key, [self.customer_id], period)


@pytest.fixture
def world(conn, as_viewer) -> Bridge:
    return Bridge(conn, as_viewer)


MINUTE = timedelta(minutes=1)
