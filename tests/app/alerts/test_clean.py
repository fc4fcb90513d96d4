"""What has been over for long is taken away: with its messages and links, at no other customer, and never while it is open."""

from app.alerts.clean import clean
from tests.app.alerts.conftest import House


def _left(house: House) -> list[int]:
    return [
        house.run(f"SELECT count(*) FROM ops.{table}")[0][0]
        for table in ("alert", "alert_message", "alert_link")
    ]


def test_what_has_been_over_for_longer_than_the_partner_keeps_it_is_taken_away_and_what_is_open_stays(
    house: House,
) -> None:
    house.run("UPDATE ops.partner SET alert_days = 30 WHERE key = :key", key=house.partner)
    house.rule()
    gone, stays = (house.customer(key) for key in ("acme", "borealis"))
    exception = house.exception(gone)
    house.exception(stays)
    house.tick()
    house.close(exception)
    house.tick(minutes=1)
    assert _left(house) == [2, 3, 2]
    house.later(days=29)
    assert clean(house.db, house.now) == 0
    house.later(days=2)
    assert clean(house.db, house.now) == 1
    assert _left(house) == [1, 1, 1]
    assert house.run("SELECT customer_id FROM ops.alert") == [(stays,)]
    assert clean(house.db, house.now) == 0


def test_without_a_word_of_the_partner_it_is_kept_for_400_days_and_digests_go_with_it(house: House) -> None:
    house.channel("daily", digest={"at": "08:00", "calendar": None, "only": True})
    house.rule(channels=["daily"])
    exception = house.exception(house.customer())
    house.tick(days=1)
    assert [each.kind for each in house.messages("sent")] == ["digest"]
    house.close(exception)
    house.tick(minutes=1)
    house.later(days=399)
    assert clean(house.db, house.now) == 0
    house.later(days=2)
    assert clean(house.db, house.now) == 1
    assert _left(house) == [0, 0, 0]
