"""Slack, Teams and PagerDuty as they take it: forms, marks made inert, one incident for one alert, and no secret in an error."""

import json

import pytest

CHAT = {"slack": "SLACK_ADDRESS", "teams": "TEAMS_ADDRESS"}


@pytest.fixture
def ways(house, monkeypatch):
    """A channel of each kind at the endpoint; addresses and keys are secrets."""
    for kind, name in CHAT.items():
        monkeypatch.setenv(name, house.endpoint.url(f"/{kind}/T0K3N-of-{kind}"))
        house.channel(kind, kind, secret=f"env:{name}")
    monkeypatch.setenv("PAGER_KEY", "R0UT1NG-KEY")
    house.channel("pagerduty", "pagerduty", secret="env:PAGER_KEY", url=house.endpoint.url("/pager"))
    return house


def _at(house, path: str) -> list[dict]:
    return [body for where, _, body in house.endpoint.taken if where.startswith(path)]


def test_slack_takes_blocks_in_which_nothing_is_a_link_but_ours(ways) -> None:
    ways.rule(channels=["slack"])
    ways.exception(ways.customer(), title="<!channel> *bold* <https://evil.example|here>")
    ways.tick()
    (said,) = _at(ways, "/slack")
    assert "&lt;!channel&gt;" in said["text"]
    assert "<" not in json.dumps(said["blocks"])
    buttons = said["blocks"][2]["elements"]
    assert [button["text"]["text"] for button in buttons] == ["Look", "Acknowledge"]
    assert buttons[0]["url"].startswith(f"https://{ways.partner}.example/exceptions?open=")
    assert said["blocks"][-1]["elements"][0]["text"] == "Northwind Connect"


def test_teams_takes_a_card_that_shows_what_was_written(ways) -> None:
    ways.rule(channels=["teams"])
    ways.exception(ways.customer(), title="[here](https://evil.example) **now**")
    ways.tick()
    (said,) = _at(ways, "/teams")
    (attachment,) = said["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert card["body"][0]["text"].endswith(r"\[here\](https://evil.example) \*\*now\*\*")
    assert [action["title"] for action in card["actions"]] == ["Look", "Acknowledge"]


def test_pagerduty_keeps_one_incident_for_one_alert_from_trigger_to_resolve(ways) -> None:
    ways.rule(channels=["pagerduty"])
    exception = ways.exception(ways.customer(), severity=2)
    ways.tick()
    ways.run("UPDATE ops.exception SET severity = 1 WHERE exception_id = :own", own=exception)
    ways.tick(minutes=1)
    own = ways.run("SELECT a.customer_id, a.alert_id FROM ops.alert a")[0]
    from app.alerts import links
    from sql.database import scope

    with ways.db.engine("triage").begin() as conn:
        scope(conn, [own.customer_id])
        assert links.acknowledge(conn, own.customer_id, own.alert_id, "sam@northwind.example", ways.now)
    ways.tick(minutes=1)
    ways.close(exception)
    ways.tick(minutes=1)
    said = _at(ways, "/pager")
    assert [one["event_action"] for one in said] == ["trigger", "trigger", "acknowledge", "resolve"]
    assert len({one["dedup_key"] for one in said}) == 1
    assert [one["payload"]["severity"] for one in said[:2]] == ["error", "critical"]
    assert {one["routing_key"] for one in said} == {"R0UT1NG-KEY"}
    assert said[0]["client"] == "Northwind Connect"


@pytest.mark.parametrize("kind", CHAT)
def test_what_may_have_arrived_in_a_chat_says_so_when_it_is_sent_again(ways, kind) -> None:
    ways.rule(channels=[kind])
    ways.exception(ways.customer())
    from app.alerts import book

    book.look(ways.db, ways.now)
    courier = ways.courier("the one that dies")
    customer = ways.run("SELECT customer_id FROM ops.alert")[0].customer_id
    assert courier._claim(customer) is not None
    ways.tick(seconds=91)
    (said,) = _at(ways, f"/{kind}")
    assert "it is not known whether the first one arrived" in json.dumps(said)


def test_an_answer_that_refused_leaves_no_doubt(ways) -> None:
    ways.rule(channels=["slack"])
    ways.exception(ways.customer())
    ways.endpoint.answers = [(503, {})]
    ways.tick()
    ways.tick(minutes=2)
    (said,) = _at(ways, "/slack")
    assert "not known whether" not in json.dumps(said)


def test_no_secret_stands_in_a_dead_letter(ways, caplog) -> None:
    ways.rule(channels=["slack", "teams", "pagerduty"])
    ways.exception(ways.customer())
    ways.endpoint.answers = [(404, {})] * 3
    ways.tick()
    dead = ways.messages("dead")
    assert len(dead) == 3
    told = str([message.error for message in dead]) + caplog.text
    assert "T0K3N" not in told
    assert "R0UT1NG" not in told


def test_a_secret_that_is_missing_is_tried_again_and_named(ways, monkeypatch) -> None:
    ways.rule(channels=["slack"])
    ways.exception(ways.customer())
    monkeypatch.delenv("SLACK_ADDRESS")
    ways.tick()
    (message,) = ways.messages("waiting")
    assert message.error == "environment variable SLACK_ADDRESS is not set"
    monkeypatch.setenv("SLACK_ADDRESS", ways.endpoint.url("/slack"))
    ways.tick(minutes=2)
    assert len(_at(ways, "/slack")) == 1


def test_no_message_names_a_supplier(ways) -> None:
    ways.channel("desk", "mail", to=["desk@northwind.example"])
    ways.rule(channels=["hook", "slack", "teams", "pagerduty", "desk"])
    ways.exception(ways.customer())
    ways.tick()
    said = [json.dumps([headers, body]) for _, headers, body in ways.endpoint.taken]
    said += [mail.as_string() for mail in ways.box.messages]
    assert len(said) == 5
    for one in said:
        assert "Northwind Connect" in one
        for word in ("throughline", "streamlit", "httpx", "python"):
            assert word not in one.lower()
