"""A Slack that keeps what is written, tells it when it is asked, and can break off after it has taken a message."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

TOKEN = "xoxb-a-t0ken"


@dataclass
class Slack:
    """`breaks`: how many more messages are taken without an answer; `refuses`: what a method answers instead."""

    port: int = 0
    written: list[dict[str, Any]] = field(default_factory=list)
    breaks: int = 0
    refuses: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    on_written: Callable[[], None] | None = None

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def answer(self, method: str, raw: bytes, token: str) -> dict[str, Any]:
        self.asked.append(method)
        if token != f"Bearer {TOKEN}":
            return {"ok": False, "error": "invalid_auth"}
        if method in self.refuses:
            return {"ok": False, "error": self.refuses[method]}
        if method == "chat.postMessage":
            self.written.append(json.loads(raw))
            if self.on_written is not None:
                self.on_written()
            return {"ok": True}
        asked = {key: values[0] for key, values in parse_qs(raw.decode()).items()}
        mine = [each for each in self.written if each["channel"] == asked["channel"]]
        if asked.get("include_all_metadata") != "true":
            mine = [{key: value for key, value in each.items() if key != "metadata"} for each in mine]
        # one to a page: whoever reads only the first does not find what it looks for
        place = int(asked.get("cursor") or 0)
        following = str(place + 1) if place + 1 < len(mine) else ""
        return {
            "ok": True,
            "messages": mine[place : place + 1],
            "response_metadata": {"next_cursor": following},
        }


@contextmanager
def slack() -> Iterator[Slack]:
    """One on a free port of this machine."""
    kept = Slack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            method = self.path.rpartition("/")[2]
            said = json.dumps(kept.answer(method, raw, self.headers["authorization"])).encode()
            if method == "chat.postMessage" and kept.breaks:
                kept.breaks -= 1
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_port
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
