"""A real Apache Kafka, one node (KRaft), that runs on this machine's Java."""

import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.kafka.artifacts import HERE, jars, java
from tests.kafka.broker import Broker
from tests.kafka.process import ChildProcess
from tests.kafka.ready import BrokerSilent, await_broker
from tests.kafka.settings import CLUSTER, START_SECONDS, STOP_SECONDS, free_ports, properties


class KafkaServer(Broker):
    """One broker with a log directory of its own.

    `settings` are added to the broker's properties, `listeners` (name and security protocol) to
    what it listens on, of which `reached_at` names the addresses (`host:port`) that clients are
    told where something stands in between. One that `joins` another is a second broker of its
    cluster, without a controller: start that one first. `data` is where it stores. Raises
    `KafkaUnavailable` where Java or Maven is missing; `start` raises `BrokerSilent` with the
    broker's last words.
    """

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        listeners: Mapping[str, str] | None = None,
        *,
        reached_at: Mapping[str, str] | None = None,
        joins: "KafkaServer | None" = None,
        data: Path | None = None,
    ) -> None:
        self._java = java()
        self._jars = jars()
        self._port, own_controller_port = free_ports(2)
        self._directory = Path(tempfile.mkdtemp(prefix="listener-kafka-"))
        self._log = self._directory / "broker.log"
        self._data = (data or self._directory) / "data"
        self._process: ChildProcess | None = None
        self._controller_port: int = joins._controller_port if joins else own_controller_port
        told = properties("127.0.0.1", self._port, self._controller_port)
        if joins is not None:
            told |= {
                "process.roles": "broker",
                "node.id": "2",
                "listeners": f"CLIENT://127.0.0.1:{self._port}",
            }
        told |= {"log.dirs": str(self._data), **(settings or {})}
        self._more_ports = dict(zip(listeners or {}, free_ports(len(listeners or {})), strict=True))
        for name, protocol in (listeners or {}).items():
            own = self.address_of(name)
            told["listeners"] += f",{name}://{own}"
            told["advertised.listeners"] += f",{name}://{(reached_at or {}).get(name, own)}"
            told["listener.security.protocol.map"] += f",{name}:{protocol}"
        self._properties = self._directory / "server.properties"
        self._properties.write_text("".join(f"{key}={value}\n" for key, value in told.items()))

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.running

    def address_of(self, listener: str) -> str:
        """`host:port` of one of the listeners that were asked for."""
        return f"127.0.0.1:{self._more_ports[listener]}"

    def start(self) -> None:
        if self._process is not None:
            raise RuntimeError("this broker runs already")
        if not self._data.exists():
            self._format()
        self._process = process = self._run("kafka.Kafka")
        try:
            await_broker(self.bootstrap, START_SECONDS, lambda: process.running)
        except BaseException as error:
            self.kill()
            if isinstance(error, BrokerSilent):
                raise BrokerSilent(f"{error}:\n{self._last_words()}") from error
            raise

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop(STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def pause(self) -> None:
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        self._send(signal.SIGCONT)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _send(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RuntimeError("this broker does not run")
        self._process.send(number)

    def _format(self) -> None:
        quick = "-XX:TieredStopAtLevel=1"  # too short a life for the optimising compiler
        tool = self._run(
            quick, "kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER, "--config"
        )
        try:
            status = tool.wait(START_SECONDS)
        finally:
            tool.kill()
        if status:
            raise BrokerSilent(f"Kafka could not format its directory:\n{self._last_words()}")

    def _run(self, *command: str) -> ChildProcess:
        options = ["-Xmx512m", "-XX:+UseSerialGC"]
        options += [f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"]
        return ChildProcess(
            [self._java, *options, "-cp", f"{self._jars}/*", *command, str(self._properties)],
            log=self._log,
            scratch=self._directory,
        )

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]
