"""A network that splits: one process is cut off from the broker, and runs on."""

import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from tests.kafka.artifacts import KafkaUnavailable
from tests.kafka.broker import Broker
from tests.kafka.choose import new_broker
from tests.kafka.server import KafkaServer

_CHUNK: Final = 65_536


class Line:
    """Passes on what comes to `address`, in both directions, unless it is cut.

    Cut, it says nothing: connections stay, new ones are taken and get no answer, and an end that
    goes isn't missed by the other. What was sent meanwhile comes late and in order once it is
    mended, as TCP sends again what is not acknowledged.
    """

    def __init__(self) -> None:
        self._near = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._near.getsockname()[1]}"
        self._far: tuple[str, int] | None = None
        self._whole = threading.Event()
        self._whole.set()

    def lead_to(self, address: str) -> None:
        """Take connections, for whoever listens at `address` (`host:port`)."""
        host, _, port = address.rpartition(":")
        self._far = (host, int(port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    def close(self) -> None:
        """Take no more connections; those that are there end with their processes."""
        self.mend()
        with suppress(OSError):
            self._near.shutdown(socket.SHUT_RDWR)  # wakes who waits for the next connection
        self._near.close()

    def _accept(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                near, _ = self._near.accept()
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        assert self._far is not None
        self._whole.wait()
        with near, suppress(OSError), socket.create_connection(self._far) as far:
            back = threading.Thread(target=self._pass_on, args=(far, near), daemon=True)
            back.start()
            self._pass_on(near, far)
            back.join()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                self._whole.wait()
                sink.sendall(data)
        self._whole.wait()
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def broker_behind_lines(names: Iterable[str]) -> Iterator[tuple[Broker, Mapping[str, Line]]]:
    """A broker that runs, and for each name a line to it; none where only Docker has a broker."""
    lines = {name: Line() for name in names}
    listener_of = {name: f"LINE{number}" for number, name in enumerate(lines)}
    try:
        try:
            server = KafkaServer(
                listeners=dict.fromkeys(listener_of.values(), "PLAINTEXT"),
                reached_at={listener_of[name]: line.address for name, line in lines.items()},
            )
        except KafkaUnavailable:
            with new_broker() as broker:
                yield broker, {}
            return
        with server:
            for name, line in lines.items():
                line.lead_to(server.address_of(listener_of[name]))
            yield server, lines
    finally:
        for line in lines.values():
            line.close()
