"""One POST to an address that somebody typed in: never to this machine's surroundings unless the operator says so,
never following a redirect, never waiting long."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
MOST_READ = 64 * 1024
BLOCKED = "blocked by policy"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the operator has said of private and loopback addresses."""

    private: bool = False
    hosts: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: the status of the answer, or why there was none."""

    status: int | None
    error: str | None
    seconds: float

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Blocked(Exception):
    """The address may not be reached from here."""


def post(
    url: str, body: bytes, headers: Mapping[str, str], allowed: Allowed, seconds: float = TOTAL_SECONDS
) -> Outcome:
    """Make one attempt; blocks for about `seconds` at most, so call it in a thread. Raises nothing."""
    started = time.monotonic()
    status, error = None, None
    try:
        status = _posted(urlsplit(url), body, headers, allowed, started + seconds)
    except Blocked:
        error = BLOCKED
    except (OSError, http.client.HTTPException, ValueError) as problem:
        error = f"{type(problem).__name__}: {problem}"[:500]
    return Outcome(status, error, time.monotonic() - started)


def _posted(
    address: SplitResult, body: bytes, headers: Mapping[str, str], allowed: Allowed, until: float
) -> int:
    host = address.hostname
    if address.scheme not in ("http", "https") or not host:
        raise Blocked
    port = address.port or (443 if address.scheme == "https" else 80)
    connected = _connected(host, port, allowed)
    try:
        if address.scheme == "https":
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
        # A limit for each read alone would let whoever answers byte by byte go on for hours.
        cut = threading.Timer(max(until - time.monotonic(), 0), _cut, [connected])
        cut.daemon = True
        cut.start()
        try:
            return _answered(connected, address, body, headers)
        finally:
            cut.cancel()
    finally:
        connected.close()


def _answered(connected: socket.socket, address: SplitResult, body: bytes, headers: Mapping[str, str]) -> int:
    connected.settimeout(None)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    connection.sock = connected
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    connection.request("POST", path, body, dict(headers))
    answer = connection.getresponse()
    read = 0
    while read < MOST_READ and (part := answer.read1(8192)):
        read += len(part)
    return answer.status


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _connected(host: str, port: int, allowed: Allowed) -> socket.socket:
    """A connection to the address that the host's name is resolved to, once, and that may be reached."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, place = found[0]
    if not may_reach(str(place[0]), host, allowed):
        raise Blocked
    connection = socket.socket(family, kind, protocol)
    connection.settimeout(CONNECT_SECONDS)
    try:
        connection.connect(place)
    except BaseException:
        connection.close()
        raise
    return connection


def may_reach(ip: str, host: str, allowed: Allowed) -> bool:
    """Whether requests may go to this address: link-local ones, where clouds keep their secrets, never; other
    addresses that are not public only if private ones, or this host, are allowed."""
    address = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    is_public = address.is_global and not address.is_reserved
    return is_public or allowed.private or host.lower() in allowed.hosts
