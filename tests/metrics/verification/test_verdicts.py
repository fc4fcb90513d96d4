"""What the log claims is held against what both systems hold, record by record."""

from tests.metrics.business.conftest import at


def test_a_record_that_the_target_holds_as_it_should_is_confirmed(world) -> None:
    world.carried("1")
    world.read_all()
    world.look()
    assert world.verdicts() == {"o1": "confirmed"}


def test_a_target_that_is_gone_is_missing(world) -> None:
    world.carried("1", deleted_at=at("2026-06-20"))
    world.read_all()
    world.look()
    assert world.verdicts() == {"o1": "missing"}
