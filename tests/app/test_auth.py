"""Sign-in over HTTP: by host, by password, with sessions that the server keeps and can end."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from app import brand_assets, house
from app.auth import user
from app.auth.failures import MOST_BY_EMAIL
from app.auth.guard import SessionGuard
from app.auth.password_provider import PasswordProvider
from app.auth.routes import AuthRoutes
from app.auth.sessions import sha256_of
from app.brand_middleware import BrandMiddleware
from app.house import House
from tests.app.asgi import TestClient
from tests.app.conftest import Placed

PAGE = {"accept": "text/html"}
NORTHWIND, HELIX = "http://northwind.localhost", "http://helix.localhost"
SOCKET = "ws://northwind.localhost/ws"
Client = Callable[..., TestClient]


async def echo(request: Request) -> JSONResponse:
    state = request.scope["state"]
    headers = [name.decode() for name, _ in request.scope["headers"]]
    session = state["session"]
    return JSONResponse({"brand": state["brand"].key, "customers": session.customer_ids, "headers": headers})


async def talk(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json({"session": websocket.headers.get("x-portal-session")})
    with suppress(WebSocketDisconnect):
        while True:
            await websocket.receive_bytes()
            await websocket.send_json({"heard": True})


@pytest.fixture
def client(empty_house: House) -> Client:
    """Clients of an application that is guarded like the real one."""
    auth = AuthRoutes(empty_house.sessions, (PasswordProvider(empty_house.db),))
    app = Starlette(
        routes=[
            *auth.routes(),
            *brand_assets.routes(),
            Route("/", echo),
            Route("/media/x", echo),
            WebSocketRoute("/ws", talk),
        ],
        middleware=[
            Middleware(BrandMiddleware, brands=empty_house.brands),
            Middleware(SessionGuard, sessions=empty_house.sessions, brands=empty_house.brands),
        ],
    )
    with empty_house.db.engine("owner").begin() as conn:
        conn.execute(text("DELETE FROM ops.sign_in_failure"))
    return lambda base=NORTHWIND: TestClient(app, base_url=base, follow_redirects=False)


def csrf_of(client: TestClient) -> str:
    page = client.get("/auth/login")
    assert page.status_code == 200, page.text
    return page.text.split('name="csrf" value="')[1].split('"')[0]


def sign_in(client: TestClient, email: str, password: str) -> int:
    form = {"csrf": csrf_of(client), "provider": "password", "email": email, "password": password}
    return client.post("/auth/login", data=form).status_code


@pytest.fixture
def manager(client: Client, portal: Placed) -> TestClient:
    """A signed-in account manager of Northwind."""
    signed_in = client()
    assert sign_in(signed_in, *portal.world.person("northwind", "partner_manager")) == 303
    return signed_in


def test_an_unknown_host_is_refused(client: Client) -> None:
    assert client("http://evil.example").get("/", headers=PAGE).status_code == 421


def test_a_request_with_two_hosts_is_refused(client: Client) -> None:
    answer = client().get("/", headers=[("host", "northwind.localhost"), ("host", "helix.localhost")])
    assert answer.status_code == 421


def test_a_page_without_a_session_leads_to_the_sign_in(client: Client) -> None:
    answer = client().get("/", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/login")


def test_where_one_wanted_to_go_is_remembered(client: Client, portal: Placed) -> None:
    asking = client()
    assert (
        asking.get("/?month=2026-10", headers=PAGE).headers["location"]
        == "/auth/login?next=%2F%3Fmonth%3D2026-10"
    )
    asking.get("/auth/login?next=%2F%3Fmonth%3D2026-10")
    email, password = portal.world.person("northwind", "partner_support")
    form = {"provider": "password", "email": email, "password": password, "csrf": asking.cookies["csrf"]}
    assert asking.post("/auth/login", data=form).headers["location"] == "/?month=2026-10"


@pytest.mark.parametrize(
    "next_", ["https://evil.example", "//evil.example", "/\\evil.example", "/auth/logout", "x"]
)
def test_nobody_is_led_to_another_site(manager: TestClient, next_: str) -> None:
    answer = manager.get("/auth/login", params={"next": next_})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_file_without_a_session_is_refused(client: Client) -> None:
    assert client().get("/media/x").status_code == 401


def test_the_sign_in_page_carries_the_partners_name_and_no_other(client: Client) -> None:
    page = client().get("/auth/login").text
    assert "<title>Sign in · Northwind Connect</title>" in page
    for forbidden in ("Throughline", "Streamlit", "Helix", "streamlit"):
        assert forbidden not in page


def test_every_answer_has_its_security_headers(client: Client) -> None:
    for path in ("/auth/login", "/", "/brand/icon.svg"):
        headers = client().get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in client().get("/auth/login").headers["content-security-policy"]


def test_signing_in_shows_the_customers_of_the_partner(manager: TestClient, portal: Placed) -> None:
    seen = manager.get("/").json()
    of = portal.world.customers
    assert seen["brand"] == "northwind"
    assert seen["customers"] == sorted([of["acme"], of["borealis"]])


def test_an_executive_sees_one_customer(client: Client, portal: Placed) -> None:
    executive = client()
    sign_in(executive, *portal.world.person("northwind", "customer_executive"))
    assert executive.get("/").json()["customers"] == [portal.world.customers["acme"]]


def test_the_cookie_is_for_the_server_only(client: Client, portal: Placed) -> None:
    asking = client()
    email, password = portal.world.person("northwind", "partner_manager")
    form = {"csrf": csrf_of(asking), "provider": "password", "email": email, "password": password}
    cookie = next(
        c
        for c in asking.post("/auth/login", data=form).headers.get_list("set-cookie")
        if c.startswith("session=")
    )
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Domain" not in cookie


def test_over_tls_the_cookie_is_tied_to_its_host(client: Client, portal: Placed) -> None:
    asking = client("https://northwind.localhost")
    email, password = portal.world.person("northwind", "partner_manager")
    form = {"csrf": csrf_of(asking), "provider": "password", "email": email, "password": password}
    answer = asking.post("/auth/login", data=form)
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-session="))
    assert "Secure" in cookie
    assert "strict-transport-security" in answer.headers


def test_the_table_never_holds_the_token(manager: TestClient, portal: Placed) -> None:
    token = manager.cookies["session"]
    with portal.db.engine("owner").begin() as conn:
        stored = conn.execute(text("SELECT token_sha256 FROM ops.session")).scalars().all()
    assert sha256_of(token) in [bytes(value) for value in stored]
    assert token.encode() not in [bytes(value) for value in stored]


@pytest.mark.parametrize("password", ["", "wrong", "a" * 2000])
def test_a_wrong_password_is_refused(client: Client, portal: Placed, password: str) -> None:
    email, _ = portal.world.person("northwind", "partner_manager")
    assert sign_in(client(), email, password) == 401


def test_the_refusal_does_not_say_who_exists(client: Client, portal: Placed) -> None:
    email, _ = portal.world.person("northwind", "partner_manager")
    pages = []
    for who in (email, "nobody@northwind.example"):
        asking = client()
        form = {"csrf": csrf_of(asking), "provider": "password", "email": who, "password": "wrong"}
        pages.append(asking.post("/auth/login", data=form).text.split('name="csrf"')[0])
    assert pages[0] == pages[1]


def test_a_person_of_one_partner_cannot_sign_in_at_another(client: Client, portal: Placed) -> None:
    assert sign_in(client(HELIX), *portal.world.person("northwind", "partner_manager")) == 401


def test_five_failures_close_the_door_even_for_the_right_password(client: Client, portal: Placed) -> None:
    email, password = portal.world.person("northwind", "partner_manager")
    statuses = [sign_in(client(), email, "wrong") for _ in range(MOST_BY_EMAIL)]
    assert statuses == [401] * MOST_BY_EMAIL
    assert sign_in(client(), email, password) == 429


def test_a_form_from_elsewhere_is_refused(client: Client, portal: Placed) -> None:
    email, password = portal.world.person("northwind", "partner_manager")
    asking = client()
    csrf_of(asking)
    form = {"csrf": "guessed", "provider": "password", "email": email, "password": password}
    assert asking.post("/auth/login", data=form).status_code == 403


def test_a_form_sent_by_another_site_is_refused(client: Client, portal: Placed) -> None:
    email, password = portal.world.person("northwind", "partner_manager")
    asking = client()
    form = {"csrf": csrf_of(asking), "provider": "password", "email": email, "password": password}
    assert (
        asking.post("/auth/login", data=form, headers={"origin": "https://evil.example"}).status_code == 403
    )


def test_a_way_to_sign_in_that_does_not_exist_is_refused(client: Client) -> None:
    asking = client()
    assert asking.post("/auth/login", data={"csrf": csrf_of(asking), "provider": "magic"}).status_code == 400


def test_a_session_does_not_work_on_another_partners_host(manager: TestClient, client: Client) -> None:
    thief = client(HELIX)
    thief.cookies.set("session", manager.cookies["session"])
    assert thief.get("/", headers=PAGE).headers["location"] == "/auth/login"


def test_headers_that_only_the_guard_may_set_are_taken_out(manager: TestClient) -> None:
    seen = manager.get("/", headers={"x-portal-session": "00", "X-Portal-Role": "partner_owner"}).json()
    assert not [name for name in seen["headers"] if name.startswith("x-portal-")]


def test_signing_out_ends_the_session_in_the_table(manager: TestClient) -> None:
    token = manager.cookies["session"]
    assert (
        manager.get("/auth/logout", headers={"sec-fetch-site": "same-origin"}).headers["location"]
        == "/auth/login"
    )
    manager.cookies.set("session", token)
    assert manager.get("/auth/session").status_code == 401


def test_a_link_from_another_site_signs_nobody_out(manager: TestClient) -> None:
    page = manager.get("/auth/logout", headers={"sec-fetch-site": "cross-site"})
    assert page.status_code == 200
    assert manager.get("/auth/session").status_code == 204
    token = page.text.split('name="csrf" value="')[1].split('"')[0]
    assert manager.post("/auth/logout", data={"csrf": token}).status_code == 303
    assert manager.get("/auth/session").status_code == 401


def test_asking_whether_one_is_signed_in_keeps_nobody_signed_in(
    manager: TestClient, portal: Placed, empty_house: House
) -> None:
    token = sha256_of(manager.cookies["session"])
    almost = datetime.now(UTC) - empty_house.settings.idle + timedelta(minutes=1)
    _seen(portal, token, almost)
    assert manager.get("/auth/session").status_code == 204
    assert _last_seen(portal, token) == almost
    assert manager.get("/", headers=PAGE).status_code == 200
    assert _last_seen(portal, token) > almost


def test_an_idle_session_ends(manager: TestClient, portal: Placed, empty_house: House) -> None:
    _seen(portal, sha256_of(manager.cookies["session"]), datetime.now(UTC) - empty_house.settings.idle)
    assert manager.get("/", headers=PAGE).status_code == 303


def test_no_session_lasts_for_ever(manager: TestClient, portal: Placed) -> None:
    with portal.db.engine("owner").begin() as conn:
        conn.execute(text("UPDATE ops.session SET expires_at = now() - interval '1 second'"))
    assert manager.get("/", headers=PAGE).status_code == 303


def test_a_disabled_person_is_out_at_once(client: Client, portal: Placed) -> None:
    email, password = portal.world.person("helix", "partner_support")
    signed_in = client(HELIX)
    assert sign_in(signed_in, email, password) == 303
    with portal.db.engine("owner").begin() as conn:
        conn.execute(text("UPDATE ops.person SET disabled_at = now() WHERE email = :email"), {"email": email})
    assert signed_in.get("/", headers=PAGE).status_code == 303
    assert sign_in(client(HELIX), email, password) == 401


def test_an_act_and_the_page_after_it_ask_once_who_is_looking(
    manager: TestClient, client: Client, portal: Placed, empty_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = client()
    assert sign_in(other, *portal.world.person("northwind", "partner_support")) == 303
    asked, clock = [], [100.0]

    def session(*wanted: object) -> object:
        asked.append(wanted)
        return empty_house.session(*wanted)

    def at(tab: TestClient, seconds: float) -> str:
        clock[0] = 100 + seconds
        told = {"x-portal-session": sha256_of(tab.cookies["session"]).hex(), "host": "northwind.localhost"}
        page.context = SimpleNamespace(headers=told)
        return getattr(user.current_user(), "role", "nobody")

    page = SimpleNamespace(session_state={})
    monkeypatch.setattr(user, "st", page)
    monkeypatch.setattr(user, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(house, "current", lambda: SimpleNamespace(session=session))
    assert (at(manager, 0), at(manager, 0.5), len(asked)) == ("partner_manager", "partner_manager", 1)
    assert (at(other, 0.6), len(asked)) == ("partner_support", 2)
    token = manager.cookies["session"]
    manager.get("/auth/logout", headers={"sec-fetch-site": "same-origin"})
    manager.cookies.set("session", token)
    assert (at(manager, 0.7), len(asked)) == ("nobody", 3)
    assert (at(other, 0.8), at(other, 2), len(asked)) == ("partner_support", "partner_support", 4)


def test_a_websocket_without_a_session_is_closed(client: Client) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, client().websocket_connect(SOCKET):
        pass
    assert closed.value.code == 4401


def test_a_websocket_on_an_unknown_host_is_closed(client: Client) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, client().websocket_connect("ws://evil.example/ws"):
        pass
    assert closed.value.code == 1008


def test_the_websocket_is_told_whose_session_it_is(manager: TestClient) -> None:
    with manager.websocket_connect(SOCKET, headers={"x-portal-session": "forged"}) as socket:
        assert socket.receive_json() == {"session": sha256_of(manager.cookies["session"]).hex()}


def test_a_session_that_is_ended_cuts_the_websocket_at_the_next_click(
    manager: TestClient, empty_house: House
) -> None:
    with manager.websocket_connect(SOCKET) as socket:
        socket.receive_json()
        socket.send_bytes(b"")
        assert socket.receive_json() == {"heard": True}
        empty_house.sessions.end(sha256_of(manager.cookies["session"]))
        socket.send_bytes(b"")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4401


@pytest.mark.parametrize(("automatic", "counts"), [(True, False), (False, True)])
def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(
    manager: TestClient, portal: Placed, automatic: bool, counts: bool
) -> None:
    message = BackMsg()
    message.rerun_script.is_auto_rerun = automatic
    token, before = sha256_of(manager.cookies["session"]), datetime.now(UTC) - timedelta(minutes=5)
    with manager.websocket_connect(SOCKET) as socket:
        socket.receive_json()
        _seen(portal, token, before)
        socket.send_bytes(message.SerializeToString())
        socket.receive_json()
    assert (_last_seen(portal, token) > before) is counts


def test_a_mode_is_remembered_and_nothing_else_is_accepted(client: Client) -> None:
    asking = client()
    answer = asking.get("/auth/mode", params={"to": "dark", "next": "/flows"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/flows")
    assert "color-scheme:dark" in asking.get("/brand/theme.css").text
    assert asking.get("/auth/mode", params={"to": "blink"}).status_code == 400


def test_a_server_of_this_machine_only_answers_to_localhost_without_a_brand(
    client: Client, portal: Placed
) -> None:
    asking = client("http://127.0.0.1")
    page = asking.get("/auth/login").text
    assert "Service portal" in page
    assert sign_in(asking, *portal.world.person("helix", "partner_manager")) == 303
    assert asking.get("/").json()["brand"] == "helix"


def test_a_logo_may_not_run_anything(client: Client) -> None:
    policy = client().get("/brand/logo.svg").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy


def _seen(portal: Placed, token: bytes, at: datetime) -> None:
    with portal.db.engine("owner").begin() as conn:
        conn.execute(
            text("UPDATE ops.session SET seen_at = :at WHERE token_sha256 = :token"),
            {"at": at, "token": token},
        )


def _last_seen(portal: Placed, token: bytes) -> datetime:
    with portal.db.engine("owner").begin() as conn:
        found = conn.execute(
            text("SELECT seen_at FROM ops.session WHERE token_sha256 = :token"), {"token": token}
        )
        seen: datetime = found.scalar_one()
    return seen
