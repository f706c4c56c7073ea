"""A Slack on loopback that has its bad moments."""

import json
import re
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import Final

from tests.kafka.settings import free_ports

_ALERT_ID: Final = re.compile(r"alert ([0-9a-z-]+)")


class Slack:
    """Takes messages and keeps the alert ids in them; answers 500, or nobody, when told to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.fails = False
        (self._port,) = free_ports(1)
        self._server: socketserver.ThreadingTCPServer | None = None
        self.open()

    @property
    def settings(self) -> dict[str, object]:
        """The sink that posts here whatever rings."""
        return {
            "type": "slack",
            "webhook_url": f"http://127.0.0.1:{self._port}/services/T0/B0/storm",
            "min_severity": "watch",
            "min_interval": 0,
            "allow_http": True,
            "allow_private": True,
        }

    def open(self) -> None:
        """Be there, on the same port as before."""
        self._server = _Server(("127.0.0.1", self._port), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Be gone: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        slack = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, answer = (500, b"rollup_error") if slack.fails else (200, b"ok")
                if status == 200:
                    slack.told.append(_alert_id(body))
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Nothing: the storm has a log of its own."""

        return Handler


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _alert_id(body: bytes) -> str:
    """The id at the foot of the message."""
    footer = json.loads(body)["blocks"][-1]["elements"][0]["text"]
    found = _ALERT_ID.search(footer)
    assert found is not None, f"no alert id in {footer!r}"
    return found[1]
