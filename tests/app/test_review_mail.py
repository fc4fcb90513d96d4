"""The review by mail: on its day, to whom it is for, once, whatever happens in between; over a real mail server."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from pypdf import PdfReader
from sqlalchemy import text
from typer.testing import CliRunner

from app import review_post, worker
from app.cli import cli, review_mail
from app.mail import NotTaken
from app.report import letter
from app.report.file import drawn
from app.report.verify import verify
from app.review_post import IN_HAND, Sent, send_due
from metrics import apart
from metrics.calendars import materialise
from metrics.catalogue import by_key
from metrics.moment import Moment
from metrics.period import Period
from metrics.sla import draft, seal
from metrics.sla.draft import Parties
from metrics.sla.window import Subject
from sql.database import Database, scope
from tests.app import world as worlds
from tests.collectors.mailbox import Box, mailbox

pytestmark = pytest.mark.slow

DAY = datetime(2026, 11, 4, 13, 0, tzinfo=UTC)  # the third business day of November, 08:00 in New York
TERMS = {
    "valid_from": "2026-01-01",
    "tier": "gold",
    "objectives": [{"key": "sync", "metric": "sync_success_rate", "target": 99.0}],
}
REVIEW = {
    "business_day": 3,
    "at": "08:00",
    "calendar": None,
    "to_partner": [],
    "to_customer": ["Mira Acme <mira@acme.example>"],
}
OTHERS = ("Borealis", "borealis", "Stadtwerke", "aue", "Helix")


@dataclass
class Post:
    """The world that a test sends from: two partners, of whom one customer's reviews are sent, and a mail server."""

    db: Database
    box: Box
    customers: Mapping[str, int]

    def send(self, at: datetime = DAY, **more: Any) -> list[Sent]:
        return send_due(self.db, worker.poster(self.db), at, **more)

    def told(self) -> list[tuple[str, str, list[str]]]:
        """Subject, Message-ID and readers of each mail that came in."""
        return [
            (got["Subject"], got["Message-ID"], to)
            for got, (_, to) in zip(self.box.messages, self.box.envelopes, strict=True)
        ]

    def review(self, key: str = "acme", **said: Any) -> None:
        self.write(
            "UPDATE ops.customer SET review = :review WHERE customer_id = :own",
            own=self.customers[key],
            review=json.dumps(REVIEW | said),
        )

    def write(self, statement: str, **given: Any) -> None:
        with self.db.engine("owner").begin() as conn:
            conn.execute(text(statement), given)

    def seal(self, at: datetime, key: str = "acme", month: str = "2026-10") -> None:
        own, zone = self.customers[key], "America/New_York"
        parties = Parties(Subject(own, key, zone), "Acme Consulting", "northwind", "Northwind Connect")
        with self.db.engine("triage").begin() as conn:
            scope(conn, [own])
            seal.seal(conn, parties, Period.parse(month, zone, at), "manager@northwind.example", at)

    def target(self, target: float) -> None:
        terms = json.dumps(TERMS | {"objectives": [TERMS["objectives"][0] | {"target": target}]})  # type: ignore[index]
        self.write(
            "UPDATE ops.terms SET document = :terms WHERE customer_id = :own",
            own=self.customers["acme"],
            terms=terms,
        )

    def outbox(self) -> list[tuple[str, int, str, str]]:
        with self.db.engine("owner").connect() as conn:
            rows = conn.execute(
                text(
                    "SELECT period, version, kind, state FROM ops.review_mail ORDER BY customer_id, period, version"
                )
            )
            return [tuple(row) for row in rows]


@pytest.fixture(scope="module")
def sending(module_database: Database, now: datetime) -> Iterator[tuple[Database, Box, Mapping[str, int]]]:
    world = worlds.partners(module_database, now)
    with mailbox() as box:
        settings = {
            "host": "127.0.0.1",
            "port": box.port,
            "security": "none",
            "sender": "reviews@northwind.example",
        }
        settings |= {"user": None, "secret": None, "allow_private": True}
        with module_database.engine("owner").begin() as conn:
            conn.execute(
                text("UPDATE ops.partner SET mail = :mail WHERE key = 'northwind'"),
                {"mail": json.dumps(settings)},
            )
            person = (
                "INSERT INTO ops.person (partner_id, email, name, role, all_customers)"
                " SELECT partner_id, :email, :name, :role, true FROM ops.partner WHERE key = :partner"
            )
            for partner, email, name, role in (
                ("northwind", "ann@northwind.example", "Ann Manager", "partner_manager"),
                ("northwind", "sue@northwind.example", "Sue Support", "partner_support"),
                ("helix", "hal@helix.example", "Hal Manager", "partner_manager"),
            ):
                conn.execute(text(person), {"partner": partner, "email": email, "name": name, "role": role})
        yield module_database, box, world.customers


@pytest.fixture
def post(sending: tuple[Database, Box, Mapping[str, int]], monkeypatch: pytest.MonkeyPatch) -> Post:
    """Acme's reviews are sent on the third business day; of the catalogue one figure is told, since all of them take long."""
    db, box, customers = sending
    monkeypatch.setattr(draft, "METRICS", [by_key("A1")])
    box.messages.clear()
    box.envelopes.clear()
    box.refuses, box.data_answer = {}, "250 taken"
    monkeypatch.setattr(
        letter, "drawn", lambda pack, kind: b"%PDF-"
    )  # how it is drawn is another matter: see `packs`
    made = Post(db, box, customers)
    made.write("TRUNCATE ops.review_mail, ops.statement, ops.terms")
    made.write("UPDATE ops.customer SET review = NULL")
    put = "INSERT INTO ops.terms (customer_id, valid_from, tier, document) VALUES (:own, '2026-01-01', 'gold', :terms)"
    for own in customers.values():
        made.write(put, own=own, terms=json.dumps(TERMS))
    made.review()
    return made


@pytest.fixture
def packs(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails carry the packs themselves."""
    monkeypatch.setattr(letter, "drawn", drawn)


def pdf_of(message: EmailMessage) -> bytes:
    (file,) = message.iter_attachments()
    assert file.get_content_type() == "application/pdf"
    return bytes(file.get_content())


def all_of(message: EmailMessage) -> str:
    """All that a reader can see of a mail: headers, both texts, the PDF."""
    bodies = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]  # type: ignore[union-attr]
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf_of(message))).pages]
    return " ".join([*map(str, message.values()), *bodies, *pages])


def test_the_draft_goes_to_the_account_managers_on_its_day_and_once(post: Post, packs: None) -> None:
    assert post.send(DAY - timedelta(minutes=1)) == []
    assert [each.state for each in post.send()] == ["sent"]
    assert post.send() == post.send(DAY + timedelta(days=3)) == []
    assert post.told() == [
        (
            "Draft: Service review October 2026, Acme Consulting",
            "<review.northwind.acme.2026-10.0.draft@northwind.example>",
            ["ann@northwind.example"],
        )
    ]
    (mail,) = post.box.messages
    assert str(mail["From"]) == "Northwind Connect <reviews@northwind.example>"
    said = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Once it is sealed, the pack goes to Mira Acme." in said
    assert "In October 2026, 0 of 1 objective was met; 1 not proven." in said
    assert verify(pdf_of(mail)).body["version"] == 0
    assert post.outbox() == [("2026-10", 0, "draft", "sent")]


def test_what_was_sealed_goes_to_the_customer_and_the_draft_to_nobody_any_more(
    post: Post, packs: None
) -> None:
    post.seal(DAY - timedelta(days=1))
    post.send()
    post.send(DAY + timedelta(days=1))
    assert post.told() == [
        (
            "Service review October 2026, Acme Consulting",
            "<review.northwind.acme.2026-10.1.sealed@northwind.example>",
            ["mira@acme.example"],
        )
    ]
    assert verify(pdf_of(post.box.messages[0])).body["version"] == 1


def test_a_restated_month_is_sent_again_with_its_reasons(post: Post, packs: None) -> None:
    post.seal(DAY)
    post.send()
    post.target(98.0)
    post.seal(DAY + timedelta(days=2))
    post.send(DAY + timedelta(days=2))
    assert [subject for subject, _, _ in post.told()] == [
        "Service review October 2026, Acme Consulting",
        "Restated: Service review October 2026, Acme Consulting",
    ]
    assert "Restates version 1. Because of changed terms" in all_of(post.box.messages[1])


def test_only_the_newest_version_goes_out(post: Post) -> None:
    post.box.data_answer = "451 come back later"
    post.send()  # the draft does not get through before the month is sealed, nor version 1 before version 2
    post.seal(DAY + timedelta(hours=1))
    post.send(DAY + timedelta(hours=1))
    post.target(98.0)
    post.seal(DAY + timedelta(hours=2))
    post.box.data_answer = "250 taken"
    post.send(DAY + timedelta(hours=2))
    post.send(DAY + timedelta(days=1))
    assert [subject for subject, _, _ in post.told()] == [
        "Restated: Service review October 2026, Acme Consulting"
    ]
    assert post.outbox() == [
        ("2026-10", 0, "draft", "overtaken"),
        ("2026-10", 1, "sealed", "overtaken"),
        ("2026-10", 2, "sealed", "sent"),
    ]


def test_a_schedule_that_begins_today_sends_no_old_months(post: Post) -> None:
    post.seal(DAY - timedelta(days=20), month="2026-09")
    post.send(DAY - timedelta(hours=1))
    assert post.told() == []


def test_a_mail_whose_sender_was_killed_goes_out_again_as_the_same_mail(post: Post, tmp_path: Path) -> None:
    assert post.db.server is not None
    given = {"home": str(post.db.server.home.path), "name": post.db.name, "now": DAY.isoformat()}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.killed_sender", json.dumps(given)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    assert (len(post.box.messages), post.outbox()) == (1, [("2026-10", 0, "draft", "waiting")])
    assert post.send(DAY + IN_HAND - timedelta(seconds=1)) == []  # its holder might be alive
    post.target(98.0)  # what the draft would say by now does not matter
    assert [each.state for each in post.send(DAY + IN_HAND)] == ["sent"]
    first, again = post.box.messages
    assert first.as_bytes() == again.as_bytes()
    assert first["Message-ID"] == again["Message-ID"]
    assert post.send(DAY + timedelta(days=1)) == []


def test_a_tick_of_the_worker_sends_what_is_due_by_the_databases_clock(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Behind(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return DAY - timedelta(days=2)

    monkeypatch.setattr(worker, "datetime", Behind)
    monkeypatch.setattr(review_post, "moment", lambda conn: Moment(None, DAY))
    worker.Worker(post.db).reviews()
    assert [to for _, _, to in post.told()] == [["ann@northwind.example"]]


def test_a_mail_is_in_hand_from_the_databases_instant_at_which_it_was_taken(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, told = DAY + timedelta(hours=1), iter([DAY])  # the round begins an hour before its turn comes
    monkeypatch.setattr(review_post, "moment", lambda conn: Moment(None, next(told, taken)))
    until: list[datetime] = []

    def look(partner_id: int, message: EmailMessage) -> Mapping[str, str]:
        with post.db.engine("owner").connect() as conn:
            until.append(conn.execute(text("SELECT next_try_at FROM ops.review_mail")).scalar_one())
        return {}

    assert [each.state for each in send_due(post.db, look)] == ["sent"]
    assert until == [taken + IN_HAND]


def test_a_pack_that_cannot_be_drawn_does_not_keep_the_others(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(pack: Any, kind: str) -> bytes:
        if pack.statement.body["customer"]["key"] == "acme":
            raise RuntimeError("no such glyph")
        return b"%PDF-"

    post.review("borealis")
    monkeypatch.setattr(letter, "drawn", cannot)
    assert [(each.state, each.error) for each in post.send()] == [("waiting", "no such glyph"), ("sent", "")]
    assert [subject for subject, _, _ in post.told()] == [
        "Draft: Service review October 2026, Borealis Advisory"
    ]
    monkeypatch.setattr(letter, "drawn", lambda pack, kind: b"%PDF-")
    assert [each.state for each in post.send(DAY + IN_HAND)] == ["sent"]


def test_two_workers_send_it_once(post: Post) -> None:
    real = worker.poster(post.db)

    def post_beside_another(partner_id: int, message: EmailMessage) -> Mapping[str, str]:
        assert send_due(post.db, real, DAY) == []
        return real(partner_id, message)

    assert len(send_due(post.db, post_beside_another, DAY)) == 1
    assert len(post.box.messages) == 1


@pytest.mark.skipif(apart.AT_ONCE < 2, reason="one processor makes one pack at a time")
def test_the_packs_of_two_customers_are_made_side_by_side(post: Post) -> None:
    post.review("borealis")
    both = threading.Barrier(2, timeout=20)

    def post_together(partner_id: int, message: EmailMessage) -> Mapping[str, str]:
        both.wait()
        return {}

    done = send_due(post.db, post_together, DAY)
    assert [(each.due.reviewed.key, each.state) for each in done] == [("acme", "sent"), ("borealis", "sent")]


def test_a_server_that_is_away_is_asked_again_later_and_later(post: Post) -> None:
    asked: list[datetime] = []

    def away(at: datetime) -> list[Sent]:
        def nobody_there(partner_id: int, message: EmailMessage) -> Mapping[str, str]:
            asked.append(at)
            raise NotTaken("mail server: refused", permanent=False)

        return send_due(post.db, nobody_there, at)

    for minute in range(20):
        away(DAY + timedelta(minutes=minute))
    assert [int((at - DAY).total_seconds() / 60) for at in asked] == [0, 2, 6, 14]
    assert [each.state for each in post.send(DAY + timedelta(hours=1))] == ["sent"]


def test_what_is_refused_for_good_is_given_up_until_somebody_has_put_it_right(post: Post) -> None:
    post.box.refuses = {"ann@northwind.example": "550 nobody here"}
    (told,) = post.send()
    assert (told.state, "550 nobody here" in told.error) == ("given_up", True)
    assert post.send(DAY + timedelta(days=1)) == []
    post.review(to_partner=["Desk <desk@northwind.example>"])
    assert [each.state for each in post.send(DAY + timedelta(days=1), again=True)] == ["sent"]
    assert [to for _, _, to in post.told()] == [["desk@northwind.example"]]


def test_some_who_are_refused_are_named_and_the_others_have_it(post: Post) -> None:
    post.review(to_partner=["a@northwind.example", "gone@northwind.example"])
    post.box.refuses = {"gone@northwind.example": "550 nobody here"}
    (told,) = post.send()
    assert (told.state, told.error) == ("sent", "gone@northwind.example: 550 nobody here")
    assert post.send(DAY + timedelta(days=1)) == []


def test_a_month_without_terms_waits_for_them(post: Post) -> None:
    post.write("DELETE FROM ops.terms WHERE customer_id = :own", own=post.customers["acme"])
    (told,) = post.send()
    assert (told.state, "no terms in force" in told.error) == ("waiting", True)
    assert post.told() == []


def test_a_customer_without_an_address_gets_nothing_and_the_partner_is_told(post: Post) -> None:
    post.review(to_customer=[])
    post.send()
    said = post.box.messages[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Nobody gets the pack once it is sealed: no contact of the customer is given." in said
    post.seal(DAY + timedelta(hours=1))
    assert post.send(DAY + timedelta(hours=2)) == []
    assert len(post.box.messages) == 1


def test_nothing_of_one_customer_stands_in_anothers_mail(post: Post, packs: None) -> None:
    post.review("borealis", to_customer=["bo@borealis.example"])
    post.review("aue", to_customer=["au@aue.example"])
    post.write(
        "UPDATE ops.partner SET mail = jsonb_set(n.mail, '{sender}', '\"ops@helix.example\"') FROM ops.partner n WHERE ops.partner.key = 'helix' AND n.key = 'northwind'"
    )
    assert len(post.send(DAY)) == 3
    by_reader = {
        to[0]: all_of(got)
        for got, (_, to) in zip(post.box.messages, post.box.envelopes, strict=True)
        if "Acme" in str(got["Subject"])
    }
    (acme,) = by_reader.values()
    assert [word for word in OTHERS if word in acme] == []
    (helix,) = [got for got in post.box.messages if "helix" in str(got["From"])]
    assert str(helix["From"]) == "Helix Ops <ops@helix.example>"
    assert [
        word for word in ("Northwind", "northwind", "Acme", "acme", "Borealis") if word in all_of(helix)
    ] == []
    post.write("UPDATE ops.partner SET mail = NULL WHERE key = 'helix'")


def test_nobody_reads_the_name_of_the_supplier(post: Post, packs: None) -> None:
    post.send()
    said = all_of(post.box.messages[0]) + post.box.messages[0].as_string()
    assert "throughline" not in said.lower()
    assert "streamlit" not in said.lower()


@pytest.mark.parametrize(
    ("review", "country", "month", "day"),
    [
        ({"business_day": 3}, None, "2026-10", "2026-11-04T08:00"),
        ({"business_day": 1}, None, "2026-10", "2026-11-02T08:00"),  # the first is a Sunday
        ({"business_day": 1}, "GB-ENG", "2026-12", "2027-01-04T08:00"),  # New Year's Day is a Friday
        ({"business_day": 3}, "GB-ENG", "2026-12", "2027-01-06T08:00"),
        ({"business_day": 23}, None, "2027-01", "2027-02-26T08:00"),  # February has twenty
        ({"business_day": 3, "at": "17:30"}, None, "2026-03", "2026-04-03T17:30"),
        (
            {"business_day": 3, "calendar": "works"},
            None,
            "2026-10",
            "2026-11-04T08:00",
        ),  # Sunday to Thursday, the 2nd closed
    ],
)
def test_the_day_is_the_customers_business_day(
    post: Post, review: dict[str, Any], country: str | None, month: str, day: str
) -> None:
    from metrics.sla.review_day import due_at
    from sql.database import viewer

    own = post.customers["acme"]
    if review.get("calendar"):
        hours = {day: [["09:00", "17:00"]] for day in ("sun", "mon", "tue", "wed", "thu")}
        with post.db.engine("owner").begin() as conn:
            put = "INSERT INTO ops.calendar (customer_id, key, hours, time_zone) VALUES (:own, 'works', :hours, 'America/New_York') RETURNING calendar_id"
            number = conn.execute(text(put), {"own": own, "hours": json.dumps(hours)}).scalar_one()
            closed = "INSERT INTO ops.calendar_holiday (customer_id, calendar_id, held_on, name, source) VALUES (:own, :number, '2026-11-02', 'Stocktaking', 'customer')"
            conn.execute(text(closed), {"own": own, "number": number})
            materialise(conn, own, DAY)
    reviewed = Period.parse(month, "America/New_York", DAY)
    with viewer(post.db, [own]) as conn:
        assert due_at(conn, own, review, reviewed, country).isoformat()[:16] == day


Run = Callable[..., Result]


@pytest.fixture
def run(post: Post, monkeypatch: pytest.MonkeyPatch) -> Run:
    @contextmanager
    def database() -> Iterator[Database]:
        yield post.db

    monkeypatch.setattr(review_mail, "database", database)
    monkeypatch.setattr(review_mail, "now", lambda: DAY)
    monkeypatch.setattr(review_post, "moment", lambda conn: Moment(None, DAY))
    return lambda *words: CliRunner().invoke(cli, ["review", *map(str, words)])


def test_the_command_shows_what_would_go_to_whom_and_sends_only_when_told(post: Post, run: Run) -> None:
    post.review("aue")  # whose partner has no mail server
    due = run("due", "--json")
    assert due.exit_code == 1, due.output
    assert [
        (row["customer"], row["period"], row["kind"], row["to"], row["said"])
        for row in json.loads(due.stdout)
    ] == [
        (
            "helix/aue",
            "2026-10",
            "draft",
            "hal@helix.example",
            "the partner has no mail server: write partner.mail in the estate",
        ),
        ("northwind/acme", "2026-10", "draft", "ann@northwind.example", None),
    ]
    would = run("send", "--json")
    assert [row["customer"] for row in json.loads(would.stdout)] == ["northwind/acme"]
    assert post.told() == []
    sent = run("send", "--yes", "--customer", "acme")
    assert (sent.exit_code, sent.stdout.strip()) == (0, "acme 2026-10 draft: sent to ann@northwind.example")
    assert len(post.told()) == 1
    assert run("send", "--yes").stdout.strip() == "Nothing is due."


def test_the_command_says_what_was_not_taken(post: Post, run: Run) -> None:
    post.box.data_answer = "552 too large"
    sent = run("send", "--yes")
    assert (
        sent.exit_code,
        "acme 2026-10 draft: mail server" in sent.output,
        "552 too large" in sent.output,
    ) == (1, True, True)
