"""A mail to one person as the MIME message that goes out. Nothing that people wrote can become a header."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

LONGEST_NAME = 80
LONGEST_LINE = 600  # of what goes into a header: as long as the longest title
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class WordPolicy(EmailPolicy):
    """Writes long headers beyond ASCII by the standard library's older means: the newer ones lose or add blanks."""

    def fold(self, name: str, value: Any) -> str:
        text = str(value)
        if self.utf8 or text.isascii() or name not in ("Subject", "From", "To"):
            folded: str = super().fold(name, value)
            return folded
        header = Header(header_name=name)
        if name == "Subject":
            header.append(text, "utf-8")
        else:
            header.append(value.addresses[0].display_name, "utf-8")
            header.append(f"<{value.addresses[0].addr_spec}>")
        return f"{name}: {header.encode(linesep=self.linesep)}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("utf-8", "surrogateescape")


POLICY = WordPolicy(linesep="\r\n", raise_on_defect=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one person is sent. `message_id` is the same at every attempt; `thread` is that of what belongs together."""

    sender_name: str
    sender: str
    to_name: str
    to: str
    reply_to: str | None
    subject: str
    html: str
    text: str
    message_id: str
    thread: str | None
    at: datetime


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """The text fit for a header: no line ends, no control characters, bounded."""
    shown = (character for character in text if character not in BIDI_CONTROLS)
    clean = "".join(" " if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") else one for one in shown)
    line = " ".join(clean.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def message_of(letter: Letter) -> EmailMessage:
    """The message with both forms of its text. Raises ValueError for an address that no mail can bear."""
    in_ascii = letter.to.rpartition("@")[0].isascii()  # a domain can be written in ASCII, the rest cannot
    message = EmailMessage(policy=POLICY if in_ascii else POLICY.clone(utf8=True))
    message["From"] = _mailbox(letter.sender, letter.sender_name)
    message["To"] = _mailbox(letter.to, letter.to_name)
    if letter.reply_to:
        message["Reply-To"] = _mailbox(letter.reply_to)
    message["Subject"] = one_line(letter.subject) or "(no subject)"
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = letter.message_id
    if letter.thread:
        message["References"] = letter.thread
    message["X-Entity-Ref-ID"] = letter.message_id.strip("<>")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{letter.text}\n", cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


def _mailbox(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    if not local or not domain or not address.isprintable():
        raise ValueError("The address is not one that mail can be sent to.")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("The domain of the address is not one that mail can be sent to.") from None
    return Address(display_name=one_line(name, LONGEST_NAME), username=local, domain=ascii_domain)
