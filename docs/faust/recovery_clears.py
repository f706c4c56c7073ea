"""A table is recovered, nothing is committed yet: the first messages are lost.

    python docs/faust/recovery_clears.py localhost:9092

Expected: all three messages are processed. Seen with faust-streaming 0.15.3: only the first. When
a recovery ends, the stream's partitions are resumed while flow still is, then sought to what is
committed, and then flow is resumed once more, which clears every stream's queue: with it what was
fetched in between. Where nothing is committed nothing is sought either, and it never comes again.

The broker is asked for what is committed in between, which here takes it a second, and a message
takes longer than that: only what is still in the queue is lost.
"""

import asyncio
import sys

import faust
from common import fill, make_app

SERVER = sys.argv[1]
TOPIC = fill(SERVER, 3)
app = make_app(SERVER, TOPIC)
table = app.Table("rows", partitions=1, key_type=bytes, value_type=bytes)
done: list[bytes] = []


@app.agent(app.topic(TOPIC, value_serializer="raw", value_type=bytes))
async def work(stream: faust.Stream[bytes]) -> None:
    async for value in stream:
        await asyncio.sleep(1.5)
        done.append(value)


def slow(consumer: faust.types.transports.ConsumerT) -> None:
    perform_seek = consumer.perform_seek

    async def perform_slow_seek() -> None:
        await asyncio.sleep(1)
        await perform_seek()

    consumer.perform_seek = perform_slow_seek


async def main() -> None:
    fill(SERVER, 1, topic=f"{TOPIC}-app-rows-changelog")  # a row to recover
    slow(app.consumer)
    await app.start()
    await asyncio.sleep(12)
    await app.stop()
    sys.stdout.write(f"processed {done}\n")
    is_lost = len(done) < 3
    sys.stdout.write("messages are lost\n" if is_lost else "as it should be\n")
    sys.exit(is_lost)


asyncio.run(main())
