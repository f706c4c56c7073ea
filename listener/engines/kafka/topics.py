"""The topics that the Kafka engine lives on: which, how made, and whether they are right.

| topic | key | what | kept |
|---|---|---|---|
| mentions | – | envelopes, spread by mention id | 7 days |
| mentions.rejected | – | what could not be read, with the reason | 30 days |
| tallies | – | what each envelope adds to each brand, and event time's progress | 1 day |
| crisis-alerts | brand | every change of an incident: the record | 1 year |
| crisis-alerts.dead | brand | alerts that a sink would not take | 1 year |
| GROUP-states-changelog | brand | detection's state and the positions it stands for | compacted |
| GROUP-seen-changelog | partition:offset:worker | keys of mentions seen | compacted |
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import (
    InvalidConfigurationError,
    KafkaError,
    PolicyViolationError,
    TopicAlreadyExistsError,
)

from listener.errors import UsageError
from listener.settings import KafkaSettings
from sinks.brokers import Brokers

_MINUTE_MS: Final = 60 * 1000
_DAY_MS: Final = 24 * 60 * _MINUTE_MS
# What a worker has not come to within this time is gone from the topic.
_LEAST_KEPT_MS: Final = _DAY_MS
_REACH_MS: Final = 10_000
# From so many copies on, one may be away while two acknowledge.
_SAFE_REPLICATION: Final = 3
# An envelope is at most 50 mentions of 10,000 characters of up to four bytes, and some more.
MAX_RECORD_BYTES: Final = 4 * 1024 * 1024
# What workers write to each other: a tally or a brand's state at their worst.
MAX_OWN_BYTES: Final = 16 * 1024 * 1024
_SLOW: Final = "a worker that takes partitions over stands still while it reads old rows"
_RISKS: Final = {
    "min.compaction.lag.ms": "the row of a worker that was cut off may be the one that is kept",
    **dict.fromkeys(("max.compaction.lag.ms", "segment.ms", "delete.retention.ms"), _SLOW),
    "min.insync.replicas": "what a broker has acknowledged may be lost with that one broker",
    "message.timestamp.type": "where a clock is wrong, records are refused or expire early",
}
# Whoever takes a partition over reads its changelog: the last row of each brand, and all of the
# last fifteen to twenty-five minutes. Those of ten minutes are all there for certain, longer than
# it takes until each is stored again (`brand_rows.TURN`): so one that a worker wrote when it was
# no longer its own, which is told by its version, doesn't become the only one.
_SHORT: Final = {
    "max.compaction.lag.ms": str(20 * _MINUTE_MS),
    "segment.ms": str(5 * _MINUTE_MS),
    "delete.retention.ms": str(10 * _MINUTE_MS),
}
_COMPACTED: Final = {
    "cleanup.policy": "compact",
    "min.compaction.lag.ms": str(10 * _MINUTE_MS),
    **_SHORT,
}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How a topic is made."""

    name: str
    partitions: int
    configs: Mapping[str, str] = field(default_factory=dict)


class Topics:
    """The names of the topics, with the prefix and the group that the settings give them."""

    def __init__(self, settings: KafkaSettings) -> None:
        prefix = settings.prefix
        self.partitions = settings.partitions
        self.replication = settings.replication
        self.mentions = f"{prefix}mentions"
        self.rejected = f"{prefix}mentions.rejected"
        self.tallies = f"{prefix}tallies"
        self.alerts = f"{prefix}crisis-alerts"
        self.dead = f"{prefix}crisis-alerts.dead"
        self.application = f"{prefix}{settings.group}"
        self.states_changelog = f"{self.application}-states-changelog"
        self.seen_changelog = f"{self.application}-seen-changelog"

    def specs(self) -> list[TopicSpec]:
        # A broker refuses records that are dated an hour ahead, and drops by their date: it shall
        # date them itself, or a machine whose clock is wrong sends nothing, or what expires early.
        dated = {"message.timestamp.type": "LogAppendTime"}
        if self.replication >= _SAFE_REPLICATION:
            dated["min.insync.replicas"] = "2"
        large = {"max.message.bytes": str(MAX_RECORD_BYTES)}
        own = {"max.message.bytes": str(MAX_OWN_BYTES)}
        compacted = _COMPACTED | own
        return [
            TopicSpec(self.mentions, self.partitions, dated | _kept(7) | large),
            # What anybody may fill may be bounded.
            TopicSpec(self.rejected, 1, dated | {"retention.ms": str(30 * _DAY_MS)}),
            TopicSpec(self.tallies, self.partitions, dated | _kept(1) | own),
            TopicSpec(self.alerts, 1, dated | _kept(365)),
            TopicSpec(self.dead, 1, dated | _kept(365)),
            TopicSpec(self.states_changelog, self.partitions, dated | compacted),
            TopicSpec(self.seen_changelog, self.partitions, dated | compacted),
        ]


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What became of one topic: made just now, or there already."""

    spec: TopicSpec
    made: bool


def prepare_topics(brokers: Brokers, settings: KafkaSettings) -> list[TopicReport]:
    """Make the topics that are missing and check the others; waits for the broker's answer.

    Raises `UsageError` if the broker can't be reached, if a topic has another number of
    partitions than configured, as brands and mentions would no longer find their worker, or if
    what it holds would be lost or refused.
    """
    topics = Topics(settings)
    with _admin(brokers) as admin:
        try:
            described = {str(topic["name"]): topic for topic in admin.describe_topics()}
            existing = {name: len(topic["partitions"]) for name, topic in described.items()}
            reports = []
            for spec in topics.specs():
                if spec.name not in existing:
                    _make(admin, spec, settings.replication)
                elif existing[spec.name] != spec.partitions:
                    raise UsageError(
                        f"topic {spec.name} has {existing[spec.name]} partitions, expected "
                        f"{spec.partitions}: set kafka.partitions to {existing[spec.name]}, or "
                        "give kafka.prefix another value to begin anew"
                    )
                reports.append(TopicReport(spec, made=spec.name not in existing))
            for spec in topics.specs():
                if spec.name in existing:
                    _check(admin, spec)
                    _check_copies(spec.name, described[spec.name], settings.replication)
        except KafkaError as error:
            raise UsageError(f"broker {brokers}: {error}") from None
    return reports


@contextlib.contextmanager
def _admin(brokers: Brokers) -> Iterator[KafkaAdminClient]:
    try:
        admin = KafkaAdminClient(
            **brokers.client_options(),
            client_id="listener-topics",
            bootstrap_timeout_ms=_REACH_MS,
        )
    except KafkaError as error:
        raise UsageError(
            f"broker {brokers} can't be reached: {error}; is it running, is LISTENER_BROKER (or "
            "broker: in the configuration) its address, and kafka.access what it asks for?"
        ) from None
    try:
        yield admin
    finally:
        admin.close()


def _make(admin: KafkaAdminClient, spec: TopicSpec, replication: int) -> None:
    def make(configs: Mapping[str, str]) -> None:
        # Another process may be making the same topics at the same moment.
        with contextlib.suppress(TopicAlreadyExistsError):
            topic = NewTopic(spec.name, spec.partitions, replication, topic_configs=dict(configs))
            admin.create_topics([topic])

    try:
        make(spec.configs)
    except (InvalidConfigurationError, PolicyViolationError) as error:
        # Some who run brokers for others have bounds of their own for these.
        slower = {name: value for name, value in spec.configs.items() if name not in _SHORT}
        if slower == spec.configs:
            raise
        make(slower)
        log.warning(f"topic {spec.name}: made with less, as the broker refused: {error}; {_SLOW}")


def _kept(days: int) -> dict[str, str]:
    return {"retention.ms": str(days * _DAY_MS), "retention.bytes": "-1"}


def _check(admin: KafkaAdminClient, spec: TopicSpec) -> None:
    """Raises `UsageError` with the mend where the topic would lose or refuse what is sent.

    What only takes a trouble more to do harm is told aloud: an earlier version made it so.
    """
    resource = ConfigResource(ConfigResourceType.TOPIC, spec.name)
    described = admin.describe_configs([resource], config_filter="all")["topic"][spec.name]
    actual = {name: str(config["value"]) for name, config in described.items()}
    weak = {
        name: wanted
        for name, wanted in {"cleanup.policy": "delete", **spec.configs}.items()
        if not _is_enough(name, actual.get(name, ""), wanted)
    }
    if not weak:
        return
    severe = {name: wanted for name, wanted in weak.items() if name not in _RISKS}
    told = severe or weak
    found = ", ".join(f"{name} is {actual.get(name) or 'not set'}" for name in told)
    # What is said of compaction goes together: a broker refuses a least lag above the longest.
    together = spec.configs if told.keys() & _COMPACTED.keys() else {}
    mended = {name: wanted for name, wanted in together.items() if name in _COMPACTED} | told
    settings = ",".join(f"{name}={wanted}" for name, wanted in mended.items())
    mend = (
        f"mend it with kafka-configs.sh --alter --entity-type topics "
        f"--entity-name {spec.name} --add-config {settings}"
    )
    if severe:
        raise UsageError(f"topic {spec.name}: {found}, which would lose or refuse records; {mend}")
    risks = "; ".join(dict.fromkeys(_RISKS[name] for name in told))
    log.warning(f"topic {spec.name}: {found}: {risks}; {mend}")


def _check_copies(name: str, described: Mapping[str, Any], wanted: int) -> None:
    copies = min(len(partition["replica_nodes"]) for partition in described["partitions"])
    if copies < wanted:
        log.warning(
            f"topic {name}: partitions have {copies} of the {wanted} copies that "
            "kafka.replication asks for: what only one broker has is lost with it; mend it with "
            "kafka-reassign-partitions.sh, or set kafka.replication to what it is"
        )


def _is_enough(name: str, actual: str, wanted: str) -> bool:
    match name:
        case "retention.ms":
            return actual == "-1" or _number(actual) >= min(int(wanted), _LEAST_KEPT_MS)
        case "max.message.bytes" | "min.compaction.lag.ms" | "min.insync.replicas":
            return _number(actual) >= int(wanted)
        case "max.compaction.lag.ms" | "segment.ms" | "delete.retention.ms":
            return actual.isdecimal() and int(actual) <= int(wanted)
        case _:
            return actual == wanted


def _number(value: str) -> int:
    """0 where the broker doesn't say."""
    return int(value) if value.isdecimal() else 0
