"""The ways a mail can leave: through a mail server, or as a file that an operator reads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

import aiosmtplib

from stepwell.settings import Settings

TIMEOUT_SECONDS = 20
PERMANENT = 500  # from here on a server's code means that it will not change its mind


class Undeliverable(Exception):
    """This recipient can never be served; the message says why."""


class PutOff(Exception):
    """It may work later. `for_all`: nobody else can be served now either."""

    def __init__(self, reason: str, *, for_all: bool) -> None:
        super().__init__(reason)
        self.for_all = for_all


class Post(Protocol):
    """Takes mails, one at a time."""

    async def hand_over(self, message: EmailMessage) -> None:
        """Returns when somebody else has taken the mail on. Raises Undeliverable or PutOff."""


@asynccontextmanager
async def open_post(settings: Settings) -> AsyncIterator[Post]:
    """The way that the settings name, open for a while. Raises PutOff when it cannot be opened."""
    if settings.smtp_host is None:
        yield Folder(settings.data_dir / "mail")
        return
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        use_tls=settings.smtp_tls == "tls",
        start_tls=settings.smtp_tls == "starttls",
        username=settings.smtp_user,
        password=settings.smtp_password,
        timeout=TIMEOUT_SECONDS,
    )
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        raise PutOff(f"The mail server cannot be used: {said_by(error)}", for_all=True) from None
    try:
        yield MailServer(client)
    finally:
        await _leave(client)


async def _leave(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit()
    except (aiosmtplib.SMTPException, OSError):
        client.close()


class Folder:
    """Every mail is a file, named like its Message-ID: one that is sent again replaces itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def hand_over(self, message: EmailMessage) -> None:
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        try:
            await asyncio.to_thread(self._write, f"{name}.eml", message.as_bytes())
        except OSError as error:
            reason = f"The folder {self._folder} cannot be written to: {error.strerror}"
            raise PutOff(reason, for_all=True) from None

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{name}"
        with open(draft, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(content)
        draft.replace(self._folder / name)


class MailServer:
    """One connection to a mail server, which sends what it takes on."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client

    async def hand_over(self, message: EmailMessage) -> None:
        try:
            await self._client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _judged(error.recipients[0]) from None
        except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as error:
            raise _judged(error) from None
        except (aiosmtplib.SMTPNotSupported, ValueError) as error:  # an address it cannot bear
            raise Undeliverable(said_by(error)) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise PutOff(f"The mail server cannot be used: {said_by(error)}", for_all=True) from None


def _judged(error: aiosmtplib.SMTPResponseException) -> Undeliverable | PutOff:
    said = said_by(error)
    return Undeliverable(said) if error.code >= PERMANENT else PutOff(said, for_all=False)


def said_by(error: Exception) -> str:
    """What a mail server or the system said, for the log of mails."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__
