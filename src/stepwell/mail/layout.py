"""The frame around what a mail says: the organization above it, whom it is for below it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

LABELS = {"email_task": "Email task", "task_reminder": "Task reminder"}
"""What kind of mail it is, as a small line above its text."""

# Without borders and spacing a table reads as one long line in many mail programs (P-339).
TABLE = '<table border="1" cellpadding="6" cellspacing="0"'
PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>table {{ border-collapse: collapse }} th, td {{ border: 1px solid #c8ccd0; padding: 6px 10px; text-align: left }}
img {{ max-width: 100% }}</style></head>
<body style="margin: 0; padding: 16px; font-family: sans-serif; font-size: 15px; line-height: 1.5; color: #1d2125">
{content}
</body></html>
"""
FRAME = """<div style="max-width: 640px">
<div style="padding-bottom: 12px; border-bottom: 1px solid #c8ccd0">{head}</div>
<div style="padding: 16px 0">
{body}
</div>
<div style="padding-top: 12px; border-top: 1px solid #c8ccd0; font-size: 12px; color: #5e6770">{foot}</div>
</div>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around the text of a mail for one person."""

    kind: str
    organization: str
    logo: str | None
    recipient: str
    is_copy: bool
    postal_address: str | None

    @property
    def foot(self) -> list[str]:
        """The lines below the text."""
        copy = ["This is your copy of a mail that you sent."] if self.is_copy else []
        to = f"Sent to {self.recipient} by {self.organization}."
        return [*copy, to, *([self.postal_address] if self.postal_address else [])]


def html_page(title: str, body: str, frame: Frame | None) -> str:
    """The whole HTML of a mail; without a frame nothing but the body is to be seen."""
    body = body.replace("<table", TABLE)
    return PAGE.format(title=escape(title), content=body if frame is None else _framed(body, frame))


def text_page(body: str, frame: Frame | None) -> str:
    """The same as plain text."""
    return body if frame is None else "\n".join([body, "", "-- ", *frame.foot])


def _framed(body: str, frame: Frame) -> str:
    name = f"<strong>{escape(frame.organization)}</strong>"
    if frame.logo and frame.logo.startswith(("https://", "http://")):
        name = f'<img src="{escape(frame.logo)}" alt="{escape(frame.organization)}" height="40">'
    label = LABELS.get(frame.kind)
    head = name if label is None else f'{name}<div style="font-size: 12px; color: #5e6770">{label}</div>'
    return FRAME.format(head=head, body=body, foot="<br>".join(map(escape, frame.foot)))
