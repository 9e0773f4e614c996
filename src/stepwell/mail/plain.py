"""What the HTML of a mail says, as plain text for programs and people that show no HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre", "hr"}
)
LINES = frozenset({"div", "tr", "br", "dt", "dd", "section"})
UNSHOWN = frozenset({"style", "script", "title"})


def plain_of(html: str) -> str:
    """The text with its paragraphs, list items and rows on lines of their own; a link's address stands behind it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(reader.pieces))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._unshown = 0
        self._link: tuple[str, int] | None = (
            None  # the address of the link that is open, and where its text starts
        )
        self._cells = 0  # of the present row so far

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSHOWN:
            self._unshown += 1
        elif tag in PARAGRAPHS:
            self.pieces.append("\n\n")
        elif tag == "li":
            self.pieces.append("\n- ")
        elif tag in ("td", "th"):
            self.pieces.append(" | " if self._cells else "")
            self._cells += 1
        elif tag in LINES:
            self._cells = 0
            self.pieces.append("\n")
        elif tag == "a":
            self._link = dict(attrs).get("href") or "", len(self.pieces)

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSHOWN:
            self._unshown = max(0, self._unshown - 1)
        elif tag in PARAGRAPHS:
            self.pieces.append("\n\n")
        elif tag == "div":
            self.pieces.append("\n")
        elif tag == "a" and self._link is not None:
            address, start = self._link
            self._link = None
            if address and address.removeprefix("mailto:") != "".join(self.pieces[start:]).strip():
                self.pieces.append(f" <{address}>")

    def handle_data(self, data: str) -> None:
        if not self._unshown:
            self.pieces.append(re.sub(r"\s+", " ", data))
