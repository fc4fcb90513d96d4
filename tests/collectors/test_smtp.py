"""Messages handed to a real mail server on loopback: over TLS, signed in, refused, broken off, and never with another's line in them."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import text

from app.mail import Attachment, Mail, Mailbox, MailError
from collectors.secrets import SecretError
from collectors.smtp import MailRefused, Server, post, send
from sql.database import Database
from tests.collectors.mailbox import PASSWORD, Box, certificate, mailbox

AT = datetime(2026, 11, 4, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def plain() -> Iterator[Box]:
    with mailbox() as box:
        yield box


@pytest.fixture(autouse=True)
def kind(request: pytest.FixtureRequest) -> None:
    if "plain" in request.fixturenames:
        box = request.getfixturevalue("plain")
        box.refuses, box.data_answer, box.quit_answer = {}, "250 taken", "221 bye"
        box.messages.clear()
        box.envelopes.clear()


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificate"), "localhost")


def _server(box: Box, **said: object) -> Server:
    given = {"host": "127.0.0.1", "port": box.port, "security": "none", "allow_private": True, "timeout": 5}
    return Server(**(given | said))  # type: ignore[arg-type]


def _mail(**said: object) -> Mail:
    given: dict[str, object] = {
        "sender": Mailbox("reviews@northwind.example", "Northwind Connect"),
        "to": (Mailbox("mira@acme.example", "Mira Acme"),),
        "subject": "Service review October 2026",
        "text": "Hello.\n",
        "message_id": "<review-7-2026-10-draft@northwind.example>",
        "at": AT,
    }
    return Mail(**(given | said))  # type: ignore[arg-type]


def test_a_message_arrives_as_it_was_meant(plain: Box) -> None:
    mail = _mail(
        sender=Mailbox("reviews@northwind.example", "Žižkov, Søn & Co"),
        to=(Mailbox("mira@acme.example", "مراجعة الخدمة"), Mailbox("jo@bücher.example", 'Jo "the one"; Doe')),
        subject="Überprüfung 2026-10: " + "sehr lang, " * 20 + "Ende",
        text="Zahlen: ¥ 1.000 – gut\n",
        html="<p>Zahlen: ¥ 1.000 – gut</p>",
        attachments=(Attachment("Prüfung März.pdf", "application/pdf", b"%PDF-1.7\r\n\x00\xff"),),
        headers={"Auto-Submitted": "auto-generated"},
    )
    assert send(mail.message(), _server(plain)) == {}
    (got,) = plain.messages
    assert [(a.display_name, a.addr_spec) for a in got["From"].addresses] == [
        ("Žižkov, Søn & Co", "reviews@northwind.example")
    ]
    assert [(a.display_name, a.addr_spec) for a in got["To"].addresses] == [
        ("مراجعة الخدمة", "mira@acme.example"),
        ('Jo "the one"; Doe', "jo@xn--bcher-kva.example"),
    ]
    assert (got["Subject"], got["Message-ID"]) == (mail.subject, mail.message_id)
    assert got["Date"].datetime == AT
    assert got["Auto-Submitted"] == "auto-generated"
    assert got.get_body(("plain",)).get_content().replace("\r\n", "\n") == mail.text
    assert got.get_body(("html",)).get_content().strip() == mail.html
    (file,) = got.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        "Prüfung März.pdf", "application/pdf", b"%PDF-1.7\r\n\x00\xff",
    )  # fmt: skip
    assert plain.envelopes == [
        ("reviews@northwind.example", ["mira@acme.example", "jo@xn--bcher-kva.example"])
    ]
    assert plain.greeted_as == "northwind.example"  # not the name of this machine


LINE = "Mira\r\nBcc: eve@evil.example"


@pytest.mark.parametrize(
    "said",
    [
        {"subject": LINE},
        {"subject": "a\u2028b"},
        {"to": (Mailbox("mira@acme.example", LINE),)},
        {"to": (Mailbox("mira@acme.example\r\nBcc: eve@evil.example"),)},
        {"to": (Mailbox("mira@acme.example, eve@evil.example"),)},
        {"to": (Mailbox("eve@evil.example@acme.example"),)},
        {"to": (Mailbox("mira"),)},
        {"to": (Mailbox("mira@acme..example"),)},
        {"to": ()},
        {"sender": Mailbox("a@b.example", LINE)},
        {"message_id": "<a@b.example>\r\nBcc: eve@evil.example"},
        {"message_id": "no-id"},
        {"headers": {"X-Note": LINE}},
        {"headers": {"X-Note\r\nBcc": "eve@evil.example"}},
        {"headers": {"Bcc": "eve@evil.example"}},
        {"attachments": (Attachment("a.pdf\r\nX-Evil: 1", "application/pdf", b""),)},
    ],
)
def test_nobody_can_add_a_line_or_a_reader(said: dict[str, object]) -> None:
    with pytest.raises(MailError) as caught:
        _mail(**said).message()
    assert "\n" not in str(caught.value)


def test_a_repeat_is_known_by_its_id(plain: Box) -> None:
    long = f"<review-{'x' * 60}-2026-10@{'very-' * 10}long.example>"
    for _ in range(2):
        send(_mail(message_id=long).message(), _server(plain))
    assert [got["Message-ID"] for got in plain.messages] == [long, long]


def test_some_who_are_refused_do_not_keep_it_from_the_others(plain: Box) -> None:
    plain.refuses = {"gone@acme.example": "550 nobody here"}
    both = (Mailbox("mira@acme.example"), Mailbox("gone@acme.example"))
    refused = send(_mail(to=both).message(), _server(plain))
    assert refused == {"gone@acme.example": "gone@acme.example: 550 nobody here"}
    assert [to for _, to in plain.envelopes] == [["mira@acme.example"]]


@pytest.mark.parametrize(("answer", "permanent"), [("550 nobody here", True), ("451 come back later", False)])
def test_nobody_taken_is_an_error_that_says_whether_to_come_back(
    plain: Box, answer: str, permanent: bool
) -> None:
    plain.refuses = {"mira@acme.example": answer}
    with pytest.raises(
        MailRefused, match=f"mail server 127.0.0.1:{plain.port}: mira@acme.example: {answer}"
    ) as caught:
        send(_mail().message(), _server(plain))
    assert caught.value.permanent is permanent


def test_a_message_that_is_refused_at_the_end_says_so(plain: Box) -> None:
    plain.data_answer = "552 too large"
    with pytest.raises(MailRefused, match="552 too large") as caught:
        send(_mail().message(), _server(plain))
    assert caught.value.permanent


def test_a_bad_goodbye_does_not_make_a_taken_message_untaken(plain: Box) -> None:
    plain.quit_answer = "421 in a hurry"
    assert send(_mail().message(), _server(plain)) == {}
    assert len(plain.messages) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # TLS began with the first byte
@pytest.mark.parametrize(("security", "tls"), [("starttls", False), ("tls", True)])
def test_signing_in_goes_over_tls_with_a_secret_by_reference(
    pem: Path, security: str, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    monkeypatch.setenv("NORTHWIND_MAIL", PASSWORD)
    with mailbox(pem, tls=tls) as box:
        signed = _server(
            box, host="localhost", security=security, user="northwind", secret="env:NORTHWIND_MAIL"
        )
        assert send(_mail().message(), signed) == {}
        assert (box.users, len(box.messages)) == (["northwind"], 1)
        monkeypatch.setenv("NORTHWIND_MAIL", "wrong but long")
        with pytest.raises(MailRefused, match="535") as caught:
            send(_mail().message(), signed)
        assert caught.value.permanent
        assert "wrong but long" not in str(caught.value)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(MailRefused, match="its certificate"):
            send(_mail().message(), signed)
    assert len(box.messages) == 1


def test_a_password_never_travels_in_the_clear(plain: Box) -> None:
    with pytest.raises(ValueError, match="over TLS"):
        _server(plain, user="northwind", secret="env:NORTHWIND_MAIL")
    with pytest.raises(MailRefused, match="STARTTLS"):  # a server that cannot is not spoken to without
        send(_mail().message(), _server(plain, security="starttls"))
    assert plain.messages == []


def test_a_secret_that_is_not_there_is_one_line(plain: Box) -> None:
    with pytest.raises(SecretError, match="environment variable NOT_SET_ANYWHERE is not set"):
        send(_mail().message(), _server(plain, security="starttls", secret="env:NOT_SET_ANYWHERE"))


def test_a_private_address_is_refused_unless_that_is_meant(plain: Box) -> None:
    with pytest.raises(MailRefused, match=r"private address; say mail\.allow_private: true"):
        send(_mail().message(), _server(plain, allow_private=False))


def test_a_server_that_is_not_there_is_one_line(plain: Box) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(MailRefused, match=rf"^mail server 127\.0\.0\.1:{port}: .*refused") as caught:
        send(_mail().message(), _server(plain, port=port))
    assert not caught.value.permanent


def test_a_server_that_never_answers_costs_its_time_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quiet = Server("127.0.0.1", silent.getsockname()[1], "none", allow_private=True, timeout=0.3)
        with pytest.raises(MailRefused, match="timed out") as caught:
            send(_mail().message(), quiet)
    assert not caught.value.permanent


def test_a_connection_that_breaks_leaves_it_open() -> None:
    def answer(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        connection.sendall(b"220 here\r\n")
        connection.recv(1000)
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        broken = Server("127.0.0.1", listening.getsockname()[1], "none", allow_private=True, timeout=5)
        with pytest.raises(MailRefused) as caught:
            send(_mail().message(), broken)
        thread.join(5)
    assert not caught.value.permanent


def test_a_message_names_no_program() -> None:
    message: EmailMessage = _mail().message()
    assert {name.lower() for name in message} == {
        "from", "to", "subject", "date", "message-id", "content-type", "content-transfer-encoding", "mime-version",
    }  # fmt: skip


def test_a_partners_mail_goes_through_its_own_server_or_nowhere(
    plain: Box, module_database: Database
) -> None:
    settings = {"host": "127.0.0.1", "port": plain.port, "security": "none", "sender": "a@b.example"}
    settings |= {"user": None, "secret": None, "allow_private": True}
    with module_database.engine("owner").begin() as conn:
        put = text(
            "INSERT INTO ops.partner (key, name, time_zone, locale, mail) VALUES (:key, :key, 'UTC', 'en-GB', :mail) RETURNING partner_id"
        )
        ids = [
            conn.execute(put, {"key": key, "mail": mail}).scalar_one()
            for key, mail in (("with", json.dumps(settings)), ("without", None))
        ]
    assert post(module_database, ids[0], _mail().message()) == {}
    assert len(plain.messages) == 1
    with pytest.raises(MailRefused, match=r"write partner\.mail in the estate"):
        post(module_database, ids[1], _mail().message())
