"""An HTTP server that keeps what is posted to it."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Received:
    path: str
    headers: Message
    body: Any


@dataclass
class Receiver:
    """`status` and `location` are what it answers; while `hold` is set it answers nothing."""

    port: int = 0
    status: int = 200
    location: str = ""
    hold: threading.Event = field(default_factory=threading.Event)
    received: queue.Queue[Received] = field(default_factory=queue.Queue)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def next(self) -> Received:
        """The next request, which must come soon."""
        return self.received.get(timeout=PATIENCE)


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.put(Received(self.path, self.headers, json.loads(body)))
            if receiver.hold.is_set():
                return
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()
            self.wfile.write(b"thanks")

        def log_message(self, format: str, *args: Any) -> None:
            """It tells nobody."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
