"""The Faust application: the settings that measurements speak for, and how it logs in."""

from collections.abc import Callable
from typing import Any, Final

import faust
from faust.auth import SASLCredentials, SSLCredentials

from listener.engines.kafka.batches import BatchTransport
from listener.engines.kafka.topics import MAX_OWN_BYTES, Topics
from sinks.brokers import BrokerAccess, Brokers

# Of one partition at a time; a larger record comes all the same (KIP-74). Event time goes on when
# all partitions have come as far, and what was read ahead of the others waits for it in memory.
_FETCH_BYTES: Final = 256 * 1024


class _App(faust.App):
    """Keeps its tables in memory, and so has no use for Faust's directories."""

    def _create_directories(self) -> None: ...


def make_app(brokers: Brokers, topics: Topics, *, has_room: Callable[[str], bool]) -> Any:
    """The Faust application with the settings that FAUST.md's measurements speak for.

    `has_room` says whether the stream of a topic takes more.
    """
    app = _App(
        topics.application,
        broker=[f"kafka://{server}" for server in brokers.servers],
        broker_credentials=_credentials(brokers.access),
        store="memory://",
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        processing_guarantee="at_least_once",
        table_standby_replicas=0,  # rows are read when a partition comes, by whoever gets it
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=_FETCH_BYTES,
        producer_acks=-1,
        producer_linger=0.02,
        producer_max_request_size=MAX_OWN_BYTES,
        stream_wait_empty=False,
        broker_commit_interval=1.0,
        broker_max_poll_records=500,
        broker_session_timeout=6,  # the shortest that a broker takes by default
        broker_heartbeat_interval=0.3,  # by its answer a worker learns that others come or go
        broker_rebalance_timeout=20,
    )
    # Not the alerts: what a sink has got is committed before the next one goes out.
    app.transport = BatchTransport(app, [topics.mentions, topics.tallies], has_room)
    return app


def _credentials(access: BrokerAccess) -> Any:
    """As Faust wants them; `None` for a broker that asks for nothing."""
    context = access.tls_context()
    if access.username:
        return SASLCredentials(
            username=access.username,
            password=access.password.reveal(),
            ssl_context=context,
            mechanism=access.mechanism,
        )
    return SSLCredentials(context) if context else None
