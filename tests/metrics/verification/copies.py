"""Records that two systems have to hold alike, written, changed and deleted at random."""

from random import Random

from sqlalchemy import text

from tests.metrics.verification.test_workflow_records import SOURCES


class Copies:
    """People, and records of some kinds that have a number: found by it or by an address, which change hands."""

    def __init__(self, world, chance: Random, kinds: tuple[str, ...]) -> None:
        self.world, self.chance, self.kinds = world, chance, kinds
        world.flow("employee_master_data", 1, runs_system_id=world.ipaas_id)
        for kind in kinds:
            world.flow(f"{kind}_to_erp", 1, runs_system_id=world.ipaas_id)

    def act(self, now) -> None:
        pick = self.chance.choice
        kind = pick(["resource", *self.kinds])
        if kind == "resource":
            facts = {
                "name": "X",
                "email": pick([None, "a@x.example", "b@x.example"]),
                "employee_no": self._number("E"),
            }
        else:
            facts = SOURCES[kind] | {"number": self._number(kind)}
            facts |= (
                {"name": pick(["X", "Y"])}
                if kind == "support_ticket"
                else {"amount": pick([900, 900, 800, None])}
            )
        own = {
            "customer_id": self.world.customer_id,
            "system_id": pick([self.world.crm_id, self.world.system_id]),
        }
        row = own | {"source_id": f"{kind}{self.chance.randrange(5)}", "first_seen_at": now} | facts
        row |= {"deleted_at": pick([None, None, None, now]), "last_seen_at": now}
        sets = ", ".join(f"{name} = excluded.{name}" for name in (*facts, "deleted_at", "last_seen_at"))
        self.world.conn.execute(
            text(
                f"INSERT INTO biz.{kind} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"
                f" ON CONFLICT (customer_id, system_id, source_id) DO UPDATE SET {sets}"
            ),
            row,
        )

    def _number(self, of: str) -> str | None:
        return self.chance.choice([None, f"{of}-1", f"{of}-2", f"{of}-3"])
