"""The real server over HTTP: what it lets through, what it says about itself, and where it refuses to start."""

import http.client
import re
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from app.auth.people import PersonError, add_person, list_people, seed_demo_people
from app.server import check_start
from app.settings import Settings, SettingsError, is_loopback, read_settings
from tests.app.conftest import Placed, Served

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


def ask(
    served: Served, path: str, host: str = "northwind.localhost", body: str | None = None, **headers: str
) -> Answer:
    """One request; Python may not resolve *.localhost, so the name travels in the header."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        connection.request("POST" if body else "GET", path, body, {"Host": host, **headers})
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()


def signed_in(served: Served, partner: str = "northwind", role: str = "partner_manager") -> str:
    """The cookie header of a person who has signed in."""
    email, password = served.world.person(partner, role)
    host = f"{partner}.localhost"
    csrf = re.search(r'name="csrf" value="([^"]+)"', ask(served, "/auth/login", host).text)
    assert csrf is not None
    form = urlencode({"csrf": csrf[1], "provider": "password", "email": email, "password": password})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrf={csrf[1]}"}
    answer = ask(served, "/auth/login", host, form, **headers)
    assert answer.status == 303, answer.text
    cookies = [value for name, value in answer.headers if name == "set-cookie"]
    return next(cookie for cookie in cookies if cookie.startswith("session=")).split(";")[0]


@pytest.mark.parametrize(("partner", "name"), [("northwind", "Northwind Connect"), ("helix", "Helix Ops")])
def test_the_page_carries_the_partners_name_and_colours_from_its_first_byte(
    served: Served, partner: str, name: str
) -> None:
    answer = ask(served, "/", f"{partner}.localhost", Cookie=signed_in(served, partner))
    html = answer.text
    assert answer.status == 200
    assert f"<title>{name}</title>" in html
    assert ("#14121c" in html) is (partner == "helix")
    assert not re.search(r"throughline|streamlit", html, re.IGNORECASE)
    assert "script-src 'self' blob:" in str(answer.header("content-security-policy"))
    assert "<script>" not in html


def test_the_theme_waits_for_the_frontend(served: Served) -> None:
    script = ask(served, "/brand/theme.js", "helix.localhost").text
    assert "LIGHT_THEME" in script
    assert "#ff8a3d" in script


def test_an_unknown_host_is_served_nothing(served: Served) -> None:
    for path in ("/", "/auth/login", "/brand/theme.css", "/static/x"):
        assert ask(served, path, "evil.example").status == 421


def test_an_unknown_page_is_a_branded_not_found(served: Served) -> None:
    mine = signed_in(served)
    for path in ("/wp-admin", "/auth/", "/auth/login/x", "/healthz/x", "/metricsx", "/favicon.txt"):
        answer = ask(served, path, Cookie=mine)
        assert answer.status == 404, path
        assert "Northwind Connect" in answer.text
        assert not re.search(r"throughline|streamlit", answer.text, re.IGNORECASE), path


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/agent/openapi.json", "/_stcore/agent/interact", "/_stcore/metrics", "/_stcore/script-health-check",
        "/_stcore/upload_file/x/y", "/flows/_stcore/health", "/flows/_stcore/host-config", "/index.html", "/oauth2callback",
        "/static/../../etc/passwd", "/static/index.html", "/app/static/x", "/manifest.json",
    ],
)  # fmt: skip
def test_what_the_product_does_not_use_is_shut(served: Served, path: str) -> None:
    assert ask(served, path, Cookie=signed_in(served)).status in (400, 404)


def test_the_frontend_is_told_not_to_open_dialogs_of_its_own(served: Served) -> None:
    assert b'"blockErrorDialogs":true' in ask(served, "/_stcore/host-config", Cookie=signed_in(served)).body


def test_static_files_travel_compressed_and_are_kept(served: Served) -> None:
    html = ask(served, "/", Cookie=signed_in(served)).text
    path = re.search(r'src="(/static/js/index[^"]+)"', html)
    assert path is not None
    answer = ask(served, path[1], **{"Accept-Encoding": "gzip"})
    assert answer.header("content-encoding") == "gzip"
    assert "immutable" in str(answer.header("cache-control"))
    plain = ask(served, path[1])
    assert plain.header("content-encoding") == ""
    assert len(answer.body) < len(plain.body) / 2


def test_no_answer_names_the_software_behind_it(served: Served) -> None:
    mine = signed_in(served)
    for path in ("/", "/auth/login", "/healthz", "/favicon.png", "/_stcore/health", "/_stcore/host-config"):
        answer = ask(served, path, Cookie=mine)
        assert answer.status in (200, 303), path
        assert not re.search(r"uvicorn|streamlit|throughline|starlette", str(answer.headers).lower()), path


def test_health_is_told_to_anybody(served: Served) -> None:
    answer = ask(served, "/healthz", "any.example")
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')


def test_figures_of_the_server_are_for_this_machine_only(served: Served) -> None:
    mine = ask(served, "/metrics", f"127.0.0.1:{served.port}")
    assert mine.status == 200
    assert b"portal_up 1.0" in mine.body
    assert ask(served, "/metrics", "sla.example").status == 404
    assert (
        ask(served, "/metrics", f"127.0.0.1:{served.port}", **{"X-Forwarded-For": "203.0.113.9"}).status
        == 404
    )


def test_the_favicon_is_the_partners(served: Served) -> None:
    assert b"#0f766e" in ask(served, "/favicon.png").body
    assert b"#ff8a3d" in ask(served, "/favicon.png", "helix.localhost").body


def test_fonts_come_from_here(served: Served) -> None:
    css = ask(served, "/brand/theme.css").text
    for path in re.findall(r"url\((/brand/fonts/[^)]+)\)", css):
        assert ask(served, path).status == 200
    assert "http" not in css.replace("http://www.w3.org/2000/svg", "")


def test_demo_people_are_not_served_to_other_machines(portal: Placed) -> None:
    with pytest.raises(SettingsError, match="demo people"):
        check_start(portal.db, Settings(host="0.0.0.0"))
    check_start(portal.db, Settings(host="0.0.0.0", allow_demo_people=True))
    check_start(portal.db, Settings(host="127.0.0.1"))


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.8.8.8", True), ("0.0.0.0", False), ("10.0.0.3", False),
     ("sla.example", False), ("127.0.0.1.evil.example", False)],
)  # fmt: skip
def test_what_is_this_machine_is_known(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    "environment",
    [{"THROUGHLINE_IDLE_MINUTES": "0"}, {"THROUGHLINE_SESSION_HOURS": "soon"}, {"THROUGHLINE_COOKIE_SECRET": "short"}, {"THROUGHLINE_HTTPS": "yes"}],
)  # fmt: skip
def test_a_wrong_setting_is_refused_by_name(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(environment))):
        read_settings(environment=environment)


def test_the_cookie_secret_is_not_shown() -> None:
    secret = "s" * 40
    assert secret not in repr(read_settings(environment={"THROUGHLINE_COOKIE_SECRET": secret}))


def test_demo_people_have_three_roles_and_passwords_of_their_own(portal: Placed) -> None:
    people = portal.world.people["northwind"]
    assert [role for _, _, role in people] == ["partner_manager", "partner_support", "customer_executive"]
    assert len({password for _, password, _ in people}) == 3


def test_passwords_are_stored_as_argon2id(portal: Placed) -> None:
    from sqlalchemy import text

    with portal.db.engine("owner").begin() as conn:
        hashes = conn.execute(text("SELECT password_hash FROM ops.person")).scalars().all()
    assert hashes
    assert all(value.startswith("$argon2id$") for value in hashes)


def test_seeding_again_changes_the_passwords(own_portal: Placed) -> None:
    before = seed_demo_people(own_portal.db, "helix")
    after = seed_demo_people(own_portal.db, "helix")
    assert [email for email, _, _ in before] == [email for email, _, _ in after]
    assert not {password for _, password, _ in before} & {password for _, password, _ in after}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"email": "nobody"}, "no e-mail"),
        ({"role": "king"}, "no role"),
        ({"role": "customer_executive"}, "at least one"),
        ({"customers": ["nowhere"]}, "no customer 'nowhere'"),
        ({"customers": ["aue"]}, "no customer 'aue'"),  # it exists, at another partner
        ({"partner": "nobody"}, "no partner"),
    ],
)
def test_a_person_that_cannot_be_added_is_refused_in_one_line(
    portal: Placed, given: dict[str, object], said: str
) -> None:
    usual: dict[str, object] = {
        "partner": "northwind",
        "email": "x@northwind.example",
        "name": "X",
        "role": "partner_support",
    }
    with pytest.raises(PersonError, match=said):
        add_person(portal.db, **{**usual, **given})  # type: ignore[arg-type]
    assert "x@northwind.example" not in {person.email for person in list_people(portal.db)}


def test_a_partners_person_may_be_limited_to_customers(own_portal: Placed) -> None:
    db = own_portal.db
    add_person(db, "northwind", "Limited@Northwind.example", "L", "partner_support", ["borealis"])
    person = next(p for p in list_people(db, "northwind") if p.email == "limited@northwind.example")
    assert (person.customers, person.all_customers) == (("borealis",), False)
