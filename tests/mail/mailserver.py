"""A real mail server on this machine, which keeps what it takes on."""

from __future__ import annotations

import queue
import ssl
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from stepwell.settings import Settings
from tests.conftest import free_port

CERTIFICATE = Path(__file__).with_name("localhost.pem")
USER, PASSWORD = "stepwell", "correct horse"


class MailServer:
    """Refuses recipients and texts as it is told to, by address."""

    def __init__(self, *, encrypted: bool = False) -> None:
        self.taken: queue.Queue[tuple[str, EmailMessage]] = queue.Queue()
        self.refusals: dict[str, str] = {}  # by recipient: what it says instead of 250
        self.text_refusals: dict[str, str] = {}
        self.encrypted = encrypted
        more: dict[str, Any] = {}
        if encrypted:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(CERTIFICATE)
            more = {
                "tls_context": context,
                "require_starttls": True,
                "authenticator": _authenticated,
                "auth_required": True,
            }
        self.port = free_port()
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True, **more
        )
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    def settings(self, like: Settings, **more: Any) -> dict[str, Any]:
        """Settings that send through this server."""
        found = {"smtp_host": "localhost", "smtp_port": self.port, "smtp_tls": "none"}
        if self.encrypted:
            found |= {"smtp_tls": "starttls", "smtp_user": USER, "smtp_password": PASSWORD}
        return {**found, "mail_from": like.mail_from, **more}

    def next(self) -> tuple[str, EmailMessage]:
        """The recipient and the text of the mail that was taken first; waits for one."""
        return self.taken.get(timeout=20)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del options
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        for address in envelope.rcpt_tos:
            if address in self.text_refusals:
                return self.text_refusals[address]
            self.taken.put((address, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 Taken"


def _authenticated(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
) -> AuthResult:
    good = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)
