"""The line by which a storm cuts a process off."""

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.faults.line import Line


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(100):
            self.request.sendall(data)


@pytest.fixture
def line() -> Iterator[Line]:
    """To a server that says back what it is told."""
    line = Line()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        line.lead_to(f"127.0.0.1:{server.server_address[1]}")
        yield line
        line.close()
        server.shutdown()


def connect(line: Line) -> socket.socket:
    host, _, port = line.address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=5)


def answer(client: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length and (more := client.recv(length - len(found))):
        found += more
    return found


def test_passes_on_in_both_directions(line: Line) -> None:
    with connect(line) as client:
        client.sendall(b"hello")
        assert answer(client, 5) == b"hello"


def test_cut_it_says_nothing_and_mended_it_brings_everything_late_and_in_order(line: Line) -> None:
    with connect(line) as old:
        old.sendall(b"1")
        assert answer(old, 1) == b"1"
        line.cut()
        old.sendall(b"2")
        with connect(line) as new:
            new.sendall(b"new")
            for client in (old, new):
                client.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    client.recv(1)
                client.settimeout(5)
            old.sendall(b"3")
            line.mend()
            assert answer(old, 2) == b"23"
            assert answer(new, 3) == b"new"


def test_an_end_that_goes_while_it_is_cut_is_missed_once_it_is_mended() -> None:
    line = Line()
    with socket.create_server(("127.0.0.1", 0)) as server:
        line.lead_to(f"127.0.0.1:{server.getsockname()[1]}")
        client = connect(line)
        far, _ = server.accept()
        with far:
            far.settimeout(0.2)
            line.cut()
            client.close()
            with pytest.raises(TimeoutError):
                far.recv(1)
            far.settimeout(5)
            line.mend()
            assert far.recv(1) == b""
    line.close()
