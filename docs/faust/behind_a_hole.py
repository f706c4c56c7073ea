"""A hole in the log: the message behind it passes for acknowledged with any that comes later.

    python docs/faust/behind_a_hole.py localhost:9092

Compaction leaves holes, and the end of every transaction does. Expected: nothing is committed
beyond a message that is not acknowledged. Seen with faust-streaming 0.15.3: `Consumer._add_gap` is
given that message's own offset as the end of the hole and counts it in, so a crash now loses it.
"""

import asyncio
import os
import sys

import faust
from common import committed, fill, make_app
from kafka import KafkaProducer

SERVER = sys.argv[1]
TOPIC = fill(SERVER, 0)
BEHIND = b"behind the hole"
app = make_app(SERVER, TOPIC)


def write() -> None:
    """Two messages, the end of their transaction at offset 2, and two more at 3 and 4."""
    producer = KafkaProducer(bootstrap_servers=SERVER, transactional_id=f"{TOPIC}-writer")
    producer.init_transactions()
    for values in ((b"0", b"1"), (BEHIND, b"last")):
        producer.begin_transaction()
        for value in values:
            producer.send(TOPIC, value)
        producer.commit_transaction()
    producer.close()


@app.agent(app.topic(TOPIC, value_serializer="raw", value_type=bytes))
async def work(stream: faust.Stream[bytes]) -> None:
    async for event in stream.noack().events():
        if event.value != BEHIND:  # which something else still works on
            event.ack()


async def main() -> None:
    write()
    await app.start()
    await asyncio.sleep(12)
    offset = committed(SERVER, TOPIC)
    sys.stdout.write(f"message 3 is not acknowledged, committed up to {offset}\n")
    is_ahead = offset > 3
    sys.stdout.write("message 3 would be lost by a crash\n" if is_ahead else "as it should be\n")
    sys.stdout.flush()
    os._exit(is_ahead)


asyncio.run(main())
