"""A mail as it goes out: whatever people wrote, its headers stay its own and its text is readable."""

from __future__ import annotations

from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepwell.mail.layout import Frame, html_page, text_page
from stepwell.mail.letters import LONGEST_NAME, Letter, message_of, one_line
from stepwell.mail.plain import plain_of
from tests.mail.conftest import address_of, body_of, read

HEADERS = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "References", "X-Entity-Ref-ID",
           "Auto-Submitted", "MIME-Version", "Content-Type"]  # fmt: skip
FRAME = Frame(kind="email_task", organization="Acme & Co", logo=None, recipient="gina@client.example",
              is_copy=False, postal_address="1 Quay, Oslo")  # fmt: skip


def letter(**more: Any) -> Letter:
    plain: dict[str, Any] = {
        "sender_name": "Stan", "sender": "flow@stepwell.example", "to_name": "Gina", "to": "gina@client.example",
        "reply_to": "stan@acme.example", "subject": "Welcome", "html": "<p>Hello</p>", "text": "Hello",
        "message_id": "<1.1@stepwell.example>", "thread": "<task-1@stepwell.example>",
        "at": datetime(2026, 9, 4, 8, tzinfo=UTC),
    }  # fmt: skip
    return Letter(**plain | more)


@given(written=st.text(max_size=700))
def test_nothing_that_people_write_becomes_a_header(written: str) -> None:
    sent = letter(subject=written, sender_name=written, to_name=written, html=f"<p>{len(written)}</p>")
    message = read(message_of(sent).as_bytes())
    assert message.keys() == HEADERS
    assert address_of(message) == "gina@client.example"
    assert [one.addr_spec for one in message["From"].addresses] == ["flow@stepwell.example"]


@given(words=st.lists(st.text(alphabet="aüß安é€", min_size=1, max_size=80), min_size=1, max_size=15))
def test_a_subject_arrives_as_it_was_written(words: list[str]) -> None:
    subject = one_line(" ".join(words))
    assert read(message_of(letter(subject=subject)).as_bytes())["Subject"] == subject


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\x0b", "\u2028", "\x85", "\0"])
def test_a_line_end_in_a_subject_is_a_blank(ending: str) -> None:
    message = read(message_of(letter(subject=f"Welcome{ending}Bcc: otto@other.example")).as_bytes())
    assert message["Subject"] == "Welcome Bcc: otto@other.example"
    assert message["Bcc"] is None


@pytest.mark.rule("P-595")
def test_a_header_is_bounded() -> None:
    assert one_line("a" * 601) == "a" * 599 + "…"
    assert len(one_line("a" * 600)) == 600


@pytest.mark.parametrize(
    "name", ["Zoë Müller", '"Boss", CEO', "a <b@c.example>", "", "安藤", "x" * 500, "Ä b " * 20]
)
def test_a_name_stands_beside_the_address_and_never_for_it(name: str) -> None:
    message = read(message_of(letter(sender_name=name)).as_bytes())
    assert [one.addr_spec for one in message["From"].addresses] == ["flow@stepwell.example"]
    # The parser of addresses adds blanks between the words of a long name; this one does not.
    raw = BytesParser(policy=compat32).parsebytes(message_of(letter(sender_name=name)).as_bytes())["From"]
    assert parseaddr(str(make_header(decode_header(raw))))[0] == one_line(name, LONGEST_NAME)


@pytest.mark.parametrize(
    "address",
    ["o'neil@x.example", 'a"b@x.example', "a,b<c>@x.example", "gina@müller.example", "zoë@x.example"],
)
def test_an_odd_address_is_written_as_mail_wants_it(address: str) -> None:
    message = read(message_of(letter(to=address)).as_bytes())
    assert parsed(address_of(message)) == parsed(address.replace("müller", "xn--mller-kva"))


def parsed(address: str) -> tuple[str, str]:
    """Local part without its quotes, and domain."""
    local, _, domain = address.rpartition("@")
    return local.strip('"').replace('\\"', '"'), domain


@pytest.mark.parametrize("address", ["gina", "@x.example", "gina@", "gina@..", "gi\nna@x.example", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        message_of(letter(to=address))


def test_both_forms_of_the_text_are_there() -> None:
    message = read(message_of(letter(html="<p>Grüße</p>", text="Grüße")).as_bytes())
    assert message.get_content_type() == "multipart/alternative"
    assert body_of(message).strip() == "<p>Grüße</p>"
    assert body_of(message, "plain").strip() == "Grüße"
    assert max(map(len, message_of(letter(text="a" * 5000)).as_bytes().splitlines())) <= 998


@pytest.mark.rule("P-339")
def test_a_mail_without_frame_is_only_what_was_written() -> None:
    page = html_page("Hi", "<p>Hello</p>", None)
    assert "<p>Hello</p>" in page
    assert page.partition("<body")[2].count("<div") == 0
    assert text_page("Hello", None) == "Hello"


def test_the_frame_says_who_sends_and_to_whom() -> None:
    page = html_page("<Hi>", "<p>Hello</p>", FRAME)
    assert "<title>&lt;Hi&gt;</title>" in page
    for said in ("<strong>Acme &amp; Co</strong>", "Email task", "Sent to gina@client.example by Acme &amp; Co.",
                 "1 Quay, Oslo"):  # fmt: skip
        assert said in page
    assert text_page("Hello", FRAME).splitlines()[-2:] == [
        "Sent to gina@client.example by Acme & Co.", "1 Quay, Oslo"]  # fmt: skip


@pytest.mark.rule("P-339")
def test_tables_keep_borders_and_spacing() -> None:
    page = html_page("Hi", "<table><tr><td>a</td></tr></table>", None)
    assert '<table border="1" cellpadding="6" cellspacing="0">' in page


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>lines</p>", "One\n\nTwo\nlines"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<table><tr><th>Item</th><th>Price</th></tr><tr><td>Pen</td><td>2</td></tr></table>",
         "Item | Price\nPen | 2"),
        ('<a href="https://x.example/a?b=1&amp;c=2">here</a>', "here <https://x.example/a?b=1&c=2>"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("<style>p {}</style><div>a</div>\n\n  <div>b</div>", "a\n\nb"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_as_plain_text(html: str, text: str) -> None:
    assert plain_of(html) == text


@given(html=st.text(alphabet="<>/abp li&;=\"'\n!-", max_size=200))
def test_any_html_has_a_plain_text(html: str) -> None:
    plain_of(html)
