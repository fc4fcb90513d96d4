"""A mail server on loopback that keeps what it takes, over TLS when it is given a certificate."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

PASSWORD = "correct horse battery"


class Box:
    """What came in, newest last. `refuses` and `answers` say how the server behaves; `on_taken` is called with each message."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.refuses: dict[str, str] = {}
        self.data_answer = "250 taken"
        self.quit_answer = "221 bye"
        self.users: list[str] = []
        self.greeted_as = ""
        self.port = 0

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Any, name: str, replies: list[str]
    ) -> list[str]:
        session.host_name = self.greeted_as = name
        return replies

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.data_answer.startswith("250"):
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return self.data_answer

    async def handle_QUIT(self, server: SMTP, session: Any, envelope: Any) -> str:
        return self.quit_answer


def _authenticated(box: Box) -> Any:
    def check(server: SMTP, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        box.users.append(data.login.decode())
        good = data.password.decode() == PASSWORD
        return AuthResult(
            success=good, handled=False, message=None if good else f"535 not {data.password.decode()}"
        )

    return check


@contextmanager
def mailbox(certificate: Path | None = None, tls: bool = False) -> Iterator[Box]:
    """A server that listens on a free port of 127.0.0.1; with a certificate it wants STARTTLS and a password, or TLS at once."""
    box = Box()
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": _free_port()}
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        options |= {"authenticator": _authenticated(box), "auth_required": True}
        options |= {"ssl_context": context} if tls else {"tls_context": context, "require_starttls": True}
        if tls:
            options["auth_require_tls"] = False  # it does not know that all of it is TLS already
    controller = Controller(box, **options)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def certificate(folder: Path, name: str) -> Path:
    """A certificate for a name, signed by itself, with its key in the same file."""
    file = folder / "mail.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
         "-keyout", folder / "key.pem", "-out", folder / "crt.pem", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    file.write_bytes((folder / "key.pem").read_bytes() + (folder / "crt.pem").read_bytes())
    return file
