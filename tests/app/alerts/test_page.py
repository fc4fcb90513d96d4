"""The page Alerts: what the partner's people read and do there, and what nobody of a customer ever does."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from app import house as houses
from app.alerts import acts
from app.auth.sessions import Session
from app.settings import Settings
from sql.database import viewer
from tests.app.alerts.conftest import NOW, House
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of

pytestmark = pytest.mark.slow

_ROWS = """
INSERT INTO ops.alert_channel (partner_id, key, document, changed_at)
SELECT p.partner_id, c.key, CAST(c.document AS jsonb), now() FROM ops.partner p, (VALUES
  ('desk', '{"kind": "mail", "to": ["desk@northwind.example"], "hours": {"calendar": "office", "urgent": 1}}'),
  ('daily', '{"kind": "mail", "to": ["kim@northwind.example"], "digest": {"at": "08:00", "only": true, "over": "customers"}}'),
  ('chat', '{"kind": "slack", "secret": "env:SLACK_ADDRESS"}'), ('page', '{"kind": "page"}')) c (key, document) WHERE p.key = 'northwind';
INSERT INTO ops.alert_rule (partner_id, key, document, changed_at)
SELECT partner_id, 'severe', CAST('{"severity": {"at_least": 2}, "customers": [], "workflows": [], "channels": ["desk", "page"],
  "escalate": [{"after": "30m", "to": ["chat"]}]}' AS jsonb), now() FROM ops.partner WHERE key = 'northwind';
INSERT INTO ops.staff_digest (partner_id, channel, addressee, day, since, until, not_before, state, error)
SELECT p.partner_id, 'daily', 'kim@northwind.example', CAST(:now AS date), :now, :now, :now, 'dead', 'kim is nobody of the partner' FROM ops.partner p
WHERE p.key IN ('northwind', 'helix');
INSERT INTO ops.alert (customer_id, rule, cause, severity, title, opened_at, closed_at, acknowledged_at, acknowledged_by)
SELECT c.customer_id, 'severe', v.cause, v.severity, v.title || ' ' || c.name, CAST(:now AS timestamptz) - interval '2 hours',
  CASE WHEN v.is_over THEN CAST(:now AS timestamptz) - interval '1 hour' END, CASE WHEN v.by IS NOT NULL THEN CAST(:now AS timestamptz) END, v.by
FROM ops.customer c, (VALUES ('a', 1, 'Nobody has this at', false, CAST(NULL AS text)), ('b', 2, 'Sam has this at', false, 'sam@northwind.example'),
  ('c', 2, 'This is over at', true, NULL)) v (cause, severity, title, is_over, by) WHERE c.key IN ('acme', 'borealis', 'aue');
INSERT INTO ops.alert_message (customer_id, message_key, alert_id, kind, channel, addressee, severity, state, not_before, created_at, sent_at, error)
SELECT a.customer_id, a.alert_id || v.state, a.alert_id, v.kind, v.channel, v.channel, 1, v.state, a.opened_at, a.opened_at,
  CASE v.state WHEN 'sent' THEN a.opened_at END, v.error
FROM ops.alert a, (VALUES ('fired', 'page', 'sent', NULL), ('escalated', 'chat', 'held', 'it may have arrived'),
  ('fired', 'desk', 'dead', 'smtp-4.internal.example: 550 no such user')) v (kind, channel, state, error) WHERE a.cause = 'a'
"""


@pytest.fixture(scope="module")
def told(seeded: Placed) -> Iterator[Placed]:
    """The small world with three alerts at each customer and what became of their messages; gone afterwards."""
    with seeded.db.engine("owner").begin() as conn:
        for statement in _ROWS.split(";"):
            asked = {"now": NOW} if ":now" in statement else {}
            conn.execute(text(statement), asked)
    yield seeded
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(
            text("TRUNCATE ops.staff_digest, ops.alert_message, ops.alert, ops.alert_rule, ops.alert_channel")
        )


def test_staff_read_what_is_open_who_has_it_and_what_did_not_arrive(draw: Draw, told: Placed) -> None:
    page = draw("alerts", "partner_support")
    html = html_of(page)
    for words in (
        "2 open alerts are in nobody",  # of two customers; the others are taken
        "2 messages could not be delivered",
        "Nobody has this at Acme Consulting",
        "Urgent · Acme Consulting · severe",
        "sam@northwind.example",
        "550 no such user",
        "It arrived",
        "Over in the last 30 days: 2",
        "Mail to desk@northwind.example; in the hours of office, severity 1 at any hour",
        "A cause in the queue has severity 2 or worse.",
        "then chat after 30 min",
        "only a digest at 08:00 over all customers that each sees",
        "Digest not delivered",
        "kim is nobody of the partner",
    ):
        assert words in html
    assert "Aue" not in html  # another partner's
    assert "SLACK_ADDRESS" not in html
    assert html.count('data-open="take|') == 2
    assert "Send a test" not in [button.label for button in page.button]


def test_whoever_may_test_channels_has_the_button_and_one_customer_can_be_looked_at(
    draw: Draw, told: Placed
) -> None:
    page = draw("alerts", "partner_manager")
    assert "Send a test" in [button.label for button in page.button]
    next(box for box in page.selectbox if box.label == "Customer").select("borealis").run()
    html = html_of(page)
    assert "Nobody has this at Borealis Advisory" in html
    assert "Nobody has this at Acme" not in html


def test_a_customer_has_no_such_page(draw: Draw, told: Placed) -> None:
    html = html_of(draw("alerts", "customer_executive"))
    for words in ("Nobody has this at", "desk@northwind.example", "550 no such user"):
        assert words not in html


@pytest.mark.parametrize("table", ["alert", "alert_message"])
def test_only_the_partner_s_own_people_read_alerts_whatever_a_page_asks(told: Placed, table: str) -> None:
    acme = told.world.customers["acme"]
    counted = text(f"SELECT count(*) FROM ops.{table}")
    with viewer(told.db, [acme], staff=True) as conn:
        assert conn.execute(counted).scalar_one() == 3
    with viewer(told.db, [acme]) as conn:
        assert conn.execute(counted).scalar_one() == 0


@pytest.fixture
def pressed(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, str]]:
    """Lets somebody press a button of the page, and answers what the page would say."""
    houses.open_house(houses.build(house.db, Settings()))
    said: dict[str, tuple[str, str]] = {}
    monkeypatch.setattr(acts.st, "session_state", said)

    def press(
        act: Callable[..., None], *given: object, role: str = "partner_manager", sees: tuple[int, ...]
    ) -> tuple[str, str]:
        partner = house.run("SELECT partner_id FROM ops.partner WHERE key = :key", key=house.partner)[0][0]
        person = Session(
            b"x", 1, partner, "Sam", "sam@northwind.example", role, "password", True, sees, NOW, NOW
        )
        monkeypatch.setattr(acts, "current_user", lambda: person)
        said.clear()
        act(*given)
        return said.get(acts.SAID, ("", ""))

    return press


def test_an_alert_is_taken_from_the_page_once(house: House, pressed) -> None:
    own = house.customer()
    house.rule(escalate=[{"after": "30m", "to": ["hook"]}])
    house.exception(own)
    house.tick()
    (number,) = house.run("SELECT alert_id FROM ops.alert WHERE customer_id = :own", own=own)[0]
    button = f"take|{own}|{number}"
    assert pressed(acts.by_button, button, sees=(own + 1,)) == ("risk", "This is not yours to do.")
    assert pressed(acts.by_button, button, sees=(own,), role="customer_executive")[0] == "risk"
    assert pressed(acts.by_button, button, sees=(own,), role="partner_support")[0] == "ok"
    assert pressed(acts.by_button, button, sees=(own,)) == ("risk", "Somebody has it already, or it is over.")
    house.tick(hours=1)
    assert house.endpoint.kinds == ["fired"]  # nobody else is called


def test_a_channel_is_tested_from_the_page_through_the_outbox_and_it_stands_in_the_audit(
    house: House, pressed
) -> None:
    own = house.customer()
    assert pressed(acts.test, own, "hook", sees=(own,), role="partner_support")[0] == "risk"
    assert pressed(acts.test, own, "no such", sees=(own,))[0] == "risk"
    assert house.messages("waiting") == []
    assert pressed(acts.test, own, "hook", sees=(own,))[0] == "ok"
    house.now = house.messages("waiting")[0].not_before
    house.courier().round()
    assert house.endpoint.kinds == ["test"]
    assert house.endpoint.titles == ["Test of a channel"]
    audit = house.run(
        "SELECT actor, detail ->> 'channel' FROM ops.audit WHERE action = 'alerts.test' AND subject = :own",
        own=str(own),
    )
    assert audit == [("sam@northwind.example", "hook")]


def test_what_could_not_be_delivered_is_sent_again_when_a_person_says_so(house: House, pressed) -> None:
    own = house.customer()
    house.rule()
    house.exception(own)
    house.endpoint.answers.append((410, {}))
    house.tick()
    (dead,) = house.messages("dead")
    button = f"{own}|{dead.message_id}"
    assert pressed(acts.by_button, f"arrived|{button}", sees=(own,)) == ("risk", "It is not stuck any more.")
    assert pressed(acts.by_button, f"again|{button}", sees=(own,))[0] == "ok"
    house.now = house.messages("waiting")[0].not_before
    house.courier().round()
    assert house.endpoint.kinds == ["fired"]
    assert pressed(acts.by_button, f"again|{button}", sees=(own,)) == ("risk", "It is not stuck any more.")


@pytest.mark.parametrize("said", ["", "take", "take|x|1", "close|1|2", "take|1|2;", "A1||"])
def test_what_a_browser_makes_up_does_nothing(pressed, said: str) -> None:
    assert pressed(acts.by_button, said, sees=(1,)) == ("", "")


def test_the_page_is_a_channel_that_needs_nobody(house: House) -> None:
    house.channel("page", "page")
    own = house.customer()
    house.rule(channels=["page"])
    for _ in range(25):
        house.exception(own)
    house.tick()
    assert len(house.messages("sent")) == 25  # no storm limit: a page shows all of them
    assert house.messages("waiting") == []
