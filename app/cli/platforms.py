"""The platforms that can be asked to retry a run, wired to the systems of the estate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.retrying import Answer
from collectors import retry
from collectors.system import System, load_systems
from metrics.triage.retry import Candidate
from sql.database import Database


class EstatePlatforms:
    """Platforms as the estate describes them: address, secret and switch are read when they are needed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def barred(self, chosen: Candidate) -> str | None:
        """As app.retrying.Platforms."""
        system = self._system(chosen)
        return retry.switched_off(system) if system else "its system is no longer in use"

    def steps(self, chosen: Candidate) -> Sequence[str]:
        """As app.retrying.Platforms."""
        return retry.steps(chosen.kind, chosen.run_id, chosen.workflow_name)

    def ask(self, chosen: Candidate, key: str, now: datetime) -> Answer:
        """As app.retrying.Platforms."""
        system = self._system(chosen)
        if system is None:
            return Answer("refused", "its system is no longer in use", None)
        asked = retry.retry(system, chosen.run_id or "", key, now)
        return Answer(asked.state, asked.said, asked.new_run_id)

    def _system(self, chosen: Candidate) -> System | None:
        for system in load_systems(self._db, chosen.customer_id, chosen.system):
            if system.system_id == chosen.system_id:
                return system
        return None
