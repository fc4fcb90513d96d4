"""Who is named in a note is told by mail, once, through the outbox, and nobody who does not see the customer."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from app.alerts import mentions
from metrics.triage.act import Actor, Target, act, desk
from tests.app.alerts.conftest import House


@pytest.fixture
def named(house: House):
    """Writes a note that names people, as Sam; the partner's people are Sam, Kim and Lee, who sees nothing."""
    own = house.customer()
    partner = house.run("SELECT partner_id FROM ops.partner WHERE key = :key", key=house.partner)[0][0]
    people = {}
    for name, sees in (("Sam", True), ("Kim", True), ("Lee", False)):
        email = f"{name.lower()}@{house.partner}.example"
        people[name] = house.run(
            "INSERT INTO ops.person (partner_id, email, name, role, all_customers)"
            " VALUES (:partner, :email, :name, 'partner_support', :sees) RETURNING person_id",
            partner=partner, email=email, name=f"{name} Okoye", sees=sees,
        )[0][0]  # fmt: skip
    exception = house.exception(own, title="No project for a won deal")

    def note(words: str, by: str = "Sam") -> int:
        actor = Actor(people[by], f"{by.lower()}@{house.partner}.example")
        with desk(house.db, [own]) as conn:
            act(conn, actor, Target(own, exception), "note", house.now, note=words)
        return own

    yield note
    house.run("DELETE FROM ops.exception_event WHERE customer_id = :own", own=own)


def _sent(house: House) -> list[tuple[str, str]]:
    said: list[EmailMessage] = house.box.messages
    return [(str(each["To"]), str(each["Subject"])) for each in said]


def test_whoever_is_named_in_a_note_gets_one_mail_that_leads_there(house: House, named) -> None:
    own = named(f"Look at this, @kim@{house.partner}.example: the vendor never answers")
    for _ in range(3):
        house.later(minutes=1)
        mentions.look(house.db, house.now)
        house.courier().round()
    assert _sent(house) == [
        (f"kim@{house.partner}.example", "Acme: Sam Okoye names you in a note: No project for a won deal")
    ]
    text = house.box.messages[0].get_content()
    assert "the vendor never answers" in text
    assert f"https://{house.partner}.example/exceptions?open={own}-" in text
    assert "acknowledge" not in text.lower()


def test_a_worker_that_dies_after_the_note_leaves_nobody_untold(house: House, named) -> None:
    own = named(f"@kim@{house.partner}.example please")
    mentions.look(house.db, house.now)
    assert house.courier("the one that dies")._claim(own) is not None
    house.later(seconds=91)
    house.courier().round()
    assert len(_sent(house)) == 1


def test_whoever_names_themselves_or_has_acted_since_is_told_nothing(house: House, named) -> None:
    named(f"I look at it, @sam@{house.partner}.example")
    named(f"@kim@{house.partner}.example please")
    named("Done.", by="Kim")
    assert mentions.look(house.db, house.now) == 0


def test_an_old_note_is_no_news(house: House, named) -> None:
    named(f"@kim@{house.partner}.example please")
    assert mentions.look(house.db, house.now + timedelta(days=1, minutes=1)) == 0


def test_a_partner_without_a_mail_server_tells_nobody(house: House, named) -> None:
    named(f"@kim@{house.partner}.example please")
    house.run("UPDATE ops.partner SET mail = NULL WHERE key = :key", key=house.partner)
    assert mentions.look(house.db, house.now) == 0


def test_whoever_sees_the_customer_no_more_is_not_told(house: House, named) -> None:
    named(f"@kim@{house.partner}.example please")
    house.run(
        "UPDATE ops.person SET all_customers = false WHERE email = :kim", kim=f"kim@{house.partner}.example"
    )
    assert mentions.look(house.db, house.now) == 0
