"""The link in an alert: looking does nothing, the button works once, and only for its alert, its addressee and its host."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from app.alerts import links
from app.auth.acknowledge import AcknowledgeRoutes
from app.auth.guard import SessionGuard
from app.auth.sessions import Sessions
from app.brand_middleware import BrandMiddleware
from app.brands import Brands
from app.settings import Settings
from tests.app.asgi import TestClient


@pytest.fixture
def client(house):
    """Browsers at the partner's host, or at another one, of an application guarded like the real one."""

    def make(host: str | None = None) -> TestClient:
        settings = Settings()
        brands = Brands(house.db, settings)
        app = Starlette(
            routes=AcknowledgeRoutes(house.db).routes(),
            middleware=[
                Middleware(BrandMiddleware, brands=brands),
                Middleware(SessionGuard, sessions=Sessions(house.db, settings), brands=brands),
            ],
        )
        return TestClient(
            app, base_url=f"http://{host or house.partner + '.example'}", follow_redirects=False
        )

    return make


@pytest.fixture
def told(house):
    """A customer with an alert that was told at this very moment; the way in its link."""
    house.now = datetime.now(UTC)
    house.channel("chief")
    house.rule(escalate=[{"after": "30m", "calendar": None, "to": ["chief"]}])
    house.exception(house.customer(), title="<b>The CRM</b> says no")
    house.tick()
    return _path(house, 0)


def _path(house, number: int) -> str:
    link = house.endpoint.taken[number][2]["data"]["acknowledge"]
    start = f"https://{house.partner}.example"
    assert link.startswith(f"{start}/auth/acknowledge/")
    return link.removeprefix(start)


def _csrf(page) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


def _press(browser, path: str):
    return browser.post(path, data={"csrf": _csrf(browser.get(path))})


def test_looking_at_a_link_acknowledges_nothing(house, client, told) -> None:
    browser = client()
    for _ in range(3):
        page = browser.get(told)
        assert page.status_code == 200
    assert "&lt;b&gt;The CRM&lt;/b&gt; says no" in page.text
    assert "Northwind Connect" in page.text
    assert browser.post(told, data={}).status_code == 403  # whatever presses without the page
    assert house.run("SELECT acknowledged_at FROM ops.alert")[0].acknowledged_at is None


def test_the_button_acknowledges_and_nobody_else_is_called(house, client, told) -> None:
    page = _press(client(), told)
    assert (page.status_code, "Thank you" in page.text) == (200, True)
    assert house.run("SELECT acknowledged_by FROM ops.alert")[0].acknowledged_by == "hook"
    house.tick(minutes=31)
    assert house.endpoint.kinds == ["fired"]


def test_a_browser_may_say_where_the_form_came_from_and_another_site_is_refused(house, client, told) -> None:
    browser = client()
    page = browser.get(told)
    # with no-referrer a browser sends "Origin: null", and its own form would be refused
    assert page.headers["referrer-policy"] == "same-origin"
    csrf = {"csrf": _csrf(page)}
    for origin in ("null", "https://evil.example"):
        assert browser.post(told, data=csrf, headers={"origin": origin}).status_code == 403
    own = f"http://{house.partner}.example"
    assert browser.post(told, data=csrf, headers={"origin": own}).status_code == 200


def test_a_used_link_is_refused(house, client, told) -> None:
    page = client().get(told)
    browser = client()
    _press(browser, told)
    again = client()
    again.cookies = browser.cookies
    replayed = browser.post(told, data={"csrf": browser.cookies.get("csrf")})
    assert replayed.status_code == 410
    assert "This link has been used." in replayed.text
    assert client().get(told).status_code == 410
    assert page.status_code == 200


def test_of_two_who_press_at_once_one_wins(house, told) -> None:
    token = told.rpartition("/")[2]
    partner = house.run("SELECT partner_id FROM ops.partner WHERE key = :key", key=house.partner)[
        0
    ].partner_id
    now = datetime.now(UTC)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: links.use(house.db, token, {partner}, now), range(2)))
    assert sorted(one.trouble != "" for one in done) == [False, True]


def test_a_link_ends_after_three_days_and_with_its_alert(house, told) -> None:
    token = told.rpartition("/")[2]
    assert links.find(house.db, token, house.now + timedelta(days=2, hours=23)).trouble == ""
    assert "three days" in links.find(house.db, token, house.now + timedelta(days=3, seconds=1)).trouble
    house.run("UPDATE ops.exception SET closed_at = now(), state = 'verified_closed'")
    house.tick(minutes=1)
    assert "closed meanwhile" in links.find(house.db, token, house.now).trouble


def test_a_link_leads_nowhere_at_another_customer_another_host_or_by_guessing(house, client, told) -> None:
    other = house.customer("borealis")
    own, _, secret = told.rpartition("/")[2].partition(".")
    for token in (
        f"{other}.{secret}",
        f"{own}.{'A' * 43}",
        f"{own}.{secret}x",
        secret,
        f"0.{secret}",
        f"{own}.{secret[:-1]}'",
    ):
        assert links.find(house.db, token, house.now) is None
        assert client().get(f"/auth/acknowledge/{token}").status_code == 404
    house.run(
        "INSERT INTO ops.partner (key, name, hosts, time_zone, locale) VALUES (:key, :key, ARRAY[:host], 'UTC', 'en-GB')",
        key=f"{house.partner}-other",
        host=f"{house.partner}.other",
    )
    elsewhere = client(f"{house.partner}.other")
    assert elsewhere.get(told).status_code == 404
    assert "CRM" not in elsewhere.get(told).text
    browser = client()
    browser.get(told)
    assert links.use(house.db, told.rpartition("/")[2], {-1}, house.now).trouble == ""
    assert house.run("SELECT acknowledged_at FROM ops.alert")[0].acknowledged_at is None


def test_only_the_hash_of_a_link_is_kept(house, told) -> None:
    secret = told.rpartition(".")[2]
    for table in ("alert_link", "alert_message", "alert"):
        assert secret not in str(house.run(f"SELECT to_jsonb(t) AS said FROM ops.{table} t"))


def test_who_is_known_by_the_address_stands_in_the_history_of_the_exception(house) -> None:
    house.now = datetime.now(UTC)
    house.channel("desk", "mail", to=["sam@northwind.example", "kim@northwind.example"])
    house.rule(channels=["desk"])
    house.exception(house.customer())
    house.run(
        "INSERT INTO ops.person (partner_id, email, name, role, all_customers) SELECT partner_id, 'sam@northwind.example', 'Sam',"
        " 'partner_support', true FROM ops.partner WHERE key = :key",
        key=house.partner,
    )
    house.tick()
    mails = {mail["To"]: mail.get_content() for mail in house.box.messages}
    token = re.search(r"/auth/acknowledge/(\S+)", mails["sam@northwind.example"])[1]
    other = re.search(r"/auth/acknowledge/(\S+)", mails["kim@northwind.example"])[1]
    assert token != other
    partner = house.run("SELECT partner_id FROM ops.partner WHERE key = :key", key=house.partner)[
        0
    ].partner_id
    links.use(house.db, token, {partner}, house.now)
    (event,) = house.run(
        "SELECT actor, kind, note FROM ops.exception_event WHERE kind = 'noted' AND actor = 'sam@northwind.example'"
    )
    assert event.note == "Acknowledged the alert."
    assert (
        links.find(house.db, other, house.now).trouble == "sam@northwind.example has acknowledged it already."
    )
