"""What people are told about their own access: invitations, links, roles, work that they take over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from stepwell.db.pool import Tenant
from stepwell.http.call import Call
from stepwell.mail.outbox import NewMail, Recipient, queue_mails

HOUSE = """
    SELECT house.name, sender.email,
           concat_ws(' ', nullif(sender.first_name, ''), nullif(sender.last_name, ''))
      FROM organizations house LEFT JOIN people sender
        ON sender.organization_id = house.organization_id AND sender.id = %(user_id)s
     WHERE house.organization_id = %(organization_id)s
"""


class Letters:
    """Writes in the name of whoever acts; a mail goes out if the transaction commits."""

    def __init__(self, call: Call, tenant: Tenant, at: datetime) -> None:
        self._call = call
        self._tenant = tenant
        self._at = at

    async def invite(self, to: Recipient, link: str, message: str | None) -> None:
        """Ask somebody to become a member; the link is good until another one is sent."""
        house, _, sender = await self._house()
        intro = f"{escape(sender or house)} invites you to join {escape(house)}."
        quoted = [f"<blockquote>{escape(message).replace(chr(10), '<br>')}</blockquote>"] if message else []
        button = _button(link, f"Join {house}")
        await self._queue("invited_to_join", f"Join {house}", [f"<p>{intro}</p>", *quoted, button], to)

    async def send_guest_link(self, to: Recipient, link: str) -> None:
        """Send a guest the link to all tasks."""
        house, _, _ = await self._house()
        text = f"<p>This is your own link to your tasks at {escape(house)}. Please do not pass it on.</p>"
        await self._queue("guest_link", f"Your tasks at {house}", [text, _button(link, "See my tasks")], to)

    async def tell_role(self, to: Recipient, old: str, new: str) -> None:
        house, _, _ = await self._house()
        text = f"<p>Your role at {escape(house)} is now {new}. It was {old}.</p>"
        await self._queue("role_changed", f"Your role at {house}", [text], to)

    async def tell_profile(self, to: Recipient, fields: Sequence[str]) -> None:
        house, _, _ = await self._house()
        changed = ", ".join(name.replace("_", " ") for name in fields)
        text = f"<p>Your profile at {escape(house)} was changed: {escape(changed)}.</p>"
        await self._queue("profile_changed", "Your profile was changed", [text], to)

    async def tell_active_again(self, to: Recipient) -> None:
        house, _, _ = await self._house()
        text = f"<p>You are an active member of {escape(house)} again.</p>"
        await self._queue("member_active_again", f"Welcome back to {house}", [text], to)

    async def tell_taken_over(self, to: Recipient, before: str, counts: Sequence[str]) -> None:
        house, _, _ = await self._house()
        text = f"<p>You have taken over from {escape(before)} at {escape(house)}: {', '.join(counts)}.</p>"
        await self._queue("work_reassigned", f"You take over from {before}", [text], to)

    async def _house(self) -> tuple[str, str | None, str]:
        name, address, sender = await self._tenant.fetch_one(HOUSE, {"user_id": self._call.member.user_id})
        return str(name), address, str(sender or "")

    async def _queue(self, kind: str, subject: str, parts: Sequence[str], to: Recipient) -> None:
        house, address, _ = await self._house()
        mail = NewMail(
            kind=kind,
            subject=subject,
            body="\n".join(parts),
            sender_name=house,
            reply_to=address,
            recipients=[to],
        )
        await queue_mails(self._tenant, [mail], self._call.services.settings.mail_from, self._at)


def _button(link: str, label: str) -> str:
    return f'<p><a href="{escape(link)}">{escape(label)}</a></p>'
