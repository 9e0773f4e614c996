"""What tests about people share: fresh addresses, who joins, and the mails that were written."""

from __future__ import annotations

import re
import secrets
from uuid import UUID

import psycopg

from stepwell.organizations.setup import enter
from tests.conftest import Client


def address(first: str = "mo") -> str:
    """An address that nobody has."""
    return f"{first}.{secrets.token_hex(4)}@supplier.example"


def mails_to(database: str, client: Client, email: str) -> list[tuple[str, str, str]]:
    """Kind, subject and text of what was written to an address, the oldest first."""
    with psycopg.connect(database) as owner:
        enter(owner, UUID(client.organization_id))
        return owner.execute(
            "SELECT mail.kind, mail.subject, mail.body FROM mails mail JOIN mail_recipients one"
            " ON one.organization_id = mail.organization_id AND one.mail_id = mail.id"
            " WHERE one.email = %s ORDER BY mail.created_at, mail.id",
            [email],
        ).fetchall()


def link_in(body: str) -> str:
    """The address of the one link in a mail."""
    found = re.search(r'href="([^"]+)"', body)
    assert found is not None, body
    return found[1]
