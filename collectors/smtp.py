"""Hands a message to a partner's mail server: over TLS, signed in by a secret's reference, within a time, with one line for an error."""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Literal

import httpx
from sqlalchemy import text

from collectors.guard import is_private
from collectors.redact import redact
from collectors.secrets import resolve
from collectors.stream import SourceError
from sql import query

if TYPE_CHECKING:
    from sql.database import Database

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True)
class Server:
    """Where mail goes out. `secret` is a reference (env:NAME, file:PATH); without a user nobody signs in."""

    host: str
    port: int = 587
    security: Security = "starttls"
    user: str | None = None
    secret: str | None = None
    allow_private: bool = False
    timeout: float = 20

    def __post_init__(self) -> None:
        """Raises ValueError for a password that would travel in the clear."""
        if self.user and self.security == "none":
            raise ValueError(
                "whoever signs in to a mail server does so over TLS: security is starttls or tls"
            )

    @property
    def label(self) -> str:
        """How a person calls it."""
        return f"mail server {self.host}:{self.port}"


class MailRefused(SourceError):
    """The server did not take the message; `permanent`: sending the same again does not help."""


def post(db: "Database", partner_id: int, message: EmailMessage) -> Mapping[str, str]:
    """Send it through the server of a partner, as `send` does. Raises MailRefused for a partner that has none."""
    with db.engine("collector").connect() as conn:
        mail = (
            conn.execute(text(query("ops/mail_servers")), {"partner_id": partner_id}).scalars(1).one_or_none()
        )
    if mail is None:
        raise MailRefused(
            "no mail server is given: write partner.mail in the estate", permanent=True, kind="mail"
        )
    names = ("host", "port", "security", "user", "secret", "allow_private")
    return send(message, Server(**{name: mail[name] for name in names}))


def send(message: EmailMessage, server: Server) -> Mapping[str, str]:
    """Send it once to everybody it names; answers whom the server refused, with its word, and is empty when all were taken.

    A connection that breaks before the server has answered leaves open whether it took the message: sending again then
    needs the same Message-ID. Raises MailRefused when nobody was taken, SecretError for a secret that cannot be had.
    """
    password = resolve(server.secret) if server.secret else ""
    try:
        refused = _delivered(message, server, password)
    except smtplib.SMTPRecipientsRefused as error:
        permanent = all(code >= 500 for code, _ in error.recipients.values())
        raise _refused(server, "; ".join(_words(error.recipients).values()), password, permanent) from None
    except smtplib.SMTPResponseException as error:
        said = f"{error.smtp_code} {_text(error.smtp_error)}"
        raise _refused(server, said, password, permanent=error.smtp_code >= 500) from None
    except smtplib.SMTPNotSupportedError as error:
        raise _refused(server, str(error), password, permanent=True) from None
    except ssl.SSLCertVerificationError as error:
        raise _refused(server, f"its certificate: {error.verify_message}", password, permanent=True) from None
    except (smtplib.SMTPException, OSError) as error:
        raise _refused(server, str(error) or type(error).__name__, password, permanent=False) from None
    return {address: redact(said, [password]) for address, said in _words(refused).items()}


def _delivered(message: EmailMessage, server: Server, password: str) -> Mapping[str, tuple[int, bytes]]:
    connection = _Connection(server, _sender_domain(message))
    try:
        if server.security == "starttls":
            connection.starttls(context=httpx.create_ssl_context())
        if server.user:
            connection.login(server.user, password)
        refused = connection.send_message(message)
        # It is taken: how the goodbye goes changes nothing, and must not have it sent again.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            connection.quit()
        return refused
    finally:
        connection.close()


class _Connection(smtplib.SMTP):
    """smtplib's own, to an address that was looked at, and with TLS from the first byte where the server wants that."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        # The name of this machine is nobody's business; smtplib would tell it.
        super().__init__(server.host, server.port, local_hostname=name, timeout=server.timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._server.allow_private and any(is_private(address) for address in addresses):
            said = f"{host} is a private address; say mail.allow_private: true if that is meant"
            raise MailRefused(said, permanent=True, kind="address")
        trouble: OSError | None = None
        for address in addresses:
            try:
                plain = socket.create_connection((address, port), timeout)
            except OSError as error:
                trouble = error
                continue
            if self._server.security != "tls":
                return plain
            return httpx.create_ssl_context().wrap_socket(plain, server_hostname=host)
        raise trouble or OSError("the name has no address")


def _sender_domain(message: EmailMessage) -> str:
    return str(message["From"].addresses[0].domain) or "localhost"


def _refused(server: Server, said: str, password: str, permanent: bool) -> MailRefused:
    line = redact(f"{server.label}: {said}", [password])
    return MailRefused(line, permanent=permanent, kind="mail")


def _words(recipients: Mapping[str, tuple[int, bytes]]) -> dict[str, str]:
    return {address: f"{address}: {code} {_text(said)}" for address, (code, said) in recipients.items()}


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
