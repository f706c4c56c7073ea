"""What every broker for tests can do, wherever it runs."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Broker(ABC):
    """One broker on loopback; used as a context manager it is started and, at the end, closed."""

    @property
    @abstractmethod
    def bootstrap(self) -> str:
        """`host:port`, the same for the whole life of this object."""

    @abstractmethod
    def start(self) -> None:
        """Start and wait until clients are answered; what was stored earlier is there again."""

    @abstractmethod
    def stop(self) -> None:
        """End as an operator would, by SIGTERM."""

    @abstractmethod
    def kill(self) -> None:
        """End by SIGKILL: no goodbye to clients, nothing flushed."""

    @abstractmethod
    def pause(self) -> None:
        """Freeze: connections stay open and nobody answers."""

    @abstractmethod
    def resume(self) -> None:
        """Let a paused broker go on."""

    @abstractmethod
    def close(self) -> None:
        """End, and remove what was stored."""

    def restart(self) -> None:
        """Start again on the same port and data, whether it runs, was stopped or killed."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
