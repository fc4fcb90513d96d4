"""The digest over all customers: one mail to each of the partner's people, about the customers that they see and no other."""

import pytest

from app.alerts import book
from app.alerts.staff_digest import StaffDigests
from app.worker import ways_of
from tests.app.alerts.conftest import House

MORNING = {"at": "08:00", "calendar": None, "only": True, "over": "customers"}


@pytest.fixture
def morning(house: House):
    """Two customers with a cause each, and a digest to Kim, who sees both, and to Lee, who sees the first alone."""
    first, second = (house.customer(key) for key in ("acme", "borealis"))
    partner = house.run("SELECT partner_id FROM ops.partner WHERE key = :key", key=house.partner)[0][0]
    for name, everybody in (("kim", True), ("lee", False)):
        house.run(
            "INSERT INTO ops.person (partner_id, email, name, role, all_customers)"
            " VALUES (:partner, :email, :name, 'partner_manager', :everybody)",
            partner=partner, email=_address(house, name), name=name, everybody=everybody,
        )  # fmt: skip
    house.run(
        "INSERT INTO ops.person_customer (person_id, customer_id) SELECT person_id, :own FROM ops.person WHERE email = :lee",
        own=first, lee=_address(house, "lee"),
    )  # fmt: skip
    house.channel("daily", "mail", to=[_address(house, "kim"), _address(house, "lee")], digest=MORNING)
    house.rule(channels=["daily"])
    house.exception(first, title="The cause at Acme")
    house.exception(second, title="The cause at Borealis")
    book.look(house.db, house.now)
    yield house
    house.run("TRUNCATE ops.staff_digest")


def _address(house: House, name: str) -> str:
    return f"{name}@{house.partner}.example"


def _round(house: House, holder: str = "one"):
    return StaffDigests(house.db, ways_of(house.db), lambda: house.now, holder).round()


def _told(house: House) -> dict[str, str]:
    return {str(each["To"]): f"{each['Subject']}\n{each.get_content()}" for each in house.box.messages}


def test_each_reads_of_the_customers_that_they_see_and_of_no_other(morning: House) -> None:
    assert _round(morning).sent == 2  # 14:20 is after eight
    told = _told(morning)
    kim, lee = (told[_address(morning, name)] for name in ("kim", "lee"))
    assert kim.startswith("2 customers: 2 new, 0 resolved, 0 still open")
    for words in (
        "Acme: 1 new",
        "The cause at Acme",
        "Borealis: 1 new",
        "The cause at Borealis",
        f"https://{morning.partner}.example/alerts",
    ):
        assert words in kim
    assert "The cause at Acme" in lee
    assert "Borealis" not in lee
    assert morning.messages("waiting") == []  # nothing else goes through this channel


def test_it_comes_once_a_day_and_tells_since_the_one_before(morning: House) -> None:
    _round(morning)
    _round(morning)
    assert len(morning.box.messages) == 2
    (exception,) = morning.run("SELECT exception_id FROM ops.alert WHERE title LIKE '%Borealis'")[0]
    morning.box.messages.clear()
    morning.close(exception)
    morning.later(days=1)
    book.look(morning.db, morning.now)
    morning.later(hours=-10)
    assert _round(morning).sent == 0  # before eight
    morning.later(hours=10)
    _round(morning)
    assert _told(morning)[_address(morning, "kim")].startswith("2 customers: 0 new, 1 resolved, 1 still open")


def test_a_morning_with_nothing_to_tell_sends_nothing(morning: House) -> None:
    morning.run("DELETE FROM ops.alert_message")
    morning.run("DELETE FROM ops.alert")
    assert _round(morning).sent == 0
    assert morning.run("SELECT DISTINCT state FROM ops.staff_digest") == [("dropped",)]


def test_who_is_nobody_of_the_partner_s_is_told_nothing_and_that_is_said(morning: House) -> None:
    morning.run(
        "UPDATE ops.person SET role = 'customer_executive' WHERE email = :lee", lee=_address(morning, "lee")
    )
    done = _round(morning)
    assert (done.sent, done.dead) == (1, 1)
    assert list(_told(morning)) == [_address(morning, "kim")]
    (dead,) = morning.run("SELECT addressee, error FROM ops.staff_digest WHERE state = 'dead'")
    assert dead.addressee == _address(morning, "lee")
    assert "is nobody of the partner's people" in dead.error


def test_a_worker_that_dies_while_sending_is_followed_by_one_mail_with_the_same_id(morning: House) -> None:
    dying = StaffDigests(morning.db, ways_of(morning.db), lambda: morning.now, "the one that dies")
    dying._put(dying._ask("staff_channels")[0])
    (claimed,) = dying._ask(
        "staff_digest_claim", at=morning.now, lease_until=morning.now.replace(minute=40), holder=dying.holder
    )
    channel = dying._ask("staff_channels")[0]
    said = dying._said(channel, claimed)
    assert said is not None
    assert _round(morning).sent == 1  # the other one's
    morning.now = morning.now.replace(minute=41)
    assert _round(morning, "the next").sent == 1
    assert len(morning.box.messages) == 2
    assert f"<{said.key}@northwind.example>" in {str(each["Message-ID"]) for each in morning.box.messages}


def test_a_mail_server_that_is_away_is_tried_again(morning: House) -> None:
    morning.box.data_answer = "451 later"
    assert _round(morning).failed == 2
    morning.box.data_answer = "250 taken"
    assert _round(morning).sent == 0
    morning.later(minutes=2)
    assert _round(morning).sent == 2
