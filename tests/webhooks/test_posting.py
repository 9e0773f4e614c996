"""One attempt: what counts as sent, what is refused, and that it ends."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from stepwell.webhooks.posting import BLOCKED, TOTAL_SECONDS, Allowed, may_reach, post
from tests.webhooks.receiver import Receiver

LOCAL = Allowed(private=True)
NOTHING = Allowed()


@pytest.mark.parametrize("status", [200, 204, 299])
def test_every_2xx_is_sent(receiver: Receiver, status: int) -> None:
    receiver.status = status
    outcome = post(receiver.url(), b"{}", {"X-Mine": "yes"}, LOCAL)
    assert (outcome.ok, outcome.status, outcome.error) == (True, status, None)
    assert receiver.next().headers["X-Mine"] == "yes"


@pytest.mark.rule("G-111")
@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_everything_else_has_failed_and_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    receiver.status, receiver.location = status, receiver.url("/elsewhere")
    outcome = post(receiver.url(), b"{}", {}, LOCAL)
    assert (outcome.ok, outcome.status) == (False, status)
    assert receiver.next().path == "/hook"
    assert receiver.received.empty()


def test_nobody_there_is_a_failure_and_no_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outcome = post(f"http://127.0.0.1:{port}/", b"{}", {}, LOCAL)
    assert (outcome.ok, outcome.status) == (False, None)
    assert outcome.error is not None


@pytest.mark.parametrize(
    "url", ["http://nowhere.invalid/", "http://[::1", "ftp://127.0.0.1/", "http://", "http://a:b/"]
)
def test_no_address_ends_in_an_error(url: str) -> None:
    assert post(url, b"{}", {}, LOCAL).ok is False


def test_an_answer_that_never_ends_is_left() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        started = time.monotonic()
        outcome = post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {}, LOCAL, seconds=0.3)
        assert outcome.ok is False
        assert time.monotonic() - started < TOTAL_SECONDS


@pytest.mark.rule("G-113")
def test_private_addresses_are_refused_unless_the_operator_allows_them(receiver: Receiver) -> None:
    assert post(receiver.url(), b"{}", {}, NOTHING).error == BLOCKED
    assert receiver.received.empty()
    assert post(receiver.url(), b"{}", {}, Allowed(hosts={"127.0.0.1"})).ok
    named = f"http://localhost:{receiver.port}/"
    assert post(named, b"{}", {}, NOTHING).error == BLOCKED
    assert post(named, b"{}", {}, Allowed(hosts={"other.example"})).error == BLOCKED


@pytest.mark.rule("G-113")
@pytest.mark.parametrize(
    ("ip", "public", "private"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("10.1.2.3", False, True),
        ("192.168.0.1", False, True),
        ("172.16.0.1", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("100.64.0.1", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
    ],
)
def test_which_addresses_may_be_reached(ip: str, public: bool, private: bool) -> None:
    assert may_reach(ip, "hook.example", NOTHING) is public
    assert may_reach(ip, "hook.example", LOCAL) is private
    assert may_reach(ip, "Hook.example", Allowed(hosts={"hook.example"})) is private


def test_an_answer_byte_by_byte_is_cut_off() -> None:
    with socket.socket() as slow:
        slow.bind(("127.0.0.1", 0))
        slow.listen(1)
        over = threading.Event()

        def drip() -> None:
            caller, _ = slow.accept()
            with caller, contextlib.suppress(OSError):
                while not over.wait(0.05):
                    caller.sendall(b"H")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        started = time.monotonic()
        outcome = post(f"http://127.0.0.1:{slow.getsockname()[1]}/", b"{}", {}, LOCAL, seconds=0.5)
        over.set()
        assert outcome.ok is False
        assert time.monotonic() - started < TOTAL_SECONDS
