"""An agent that can't keep up: one of the partitions stands still while the others are read.

    python docs/faust/starved_partition.py localhost:9092

Expected: of four partitions with as many messages each, about as many are processed by any moment.
Seen with faust-streaming 0.15.3: some partition is left out for long. Whichever partition brings
the message that fills the stream's buffer is not asked for more until the buffer has drained to
two fifths; by then the others have filled it again, and it fills it with its first message.

`App.topic` takes a `maxsize` for the buffer, and forgets it: `stream_buffer_maxsize` has to be set,
or its 4,096 messages wait, whatever they weigh.
"""

import asyncio
import sys
from collections import Counter

import faust
from common import fill, make_app

PARTITIONS = 4
SERVER = sys.argv[1]
TOPIC = fill(SERVER, 40_000, partitions=PARTITIONS)
app = make_app(SERVER, TOPIC)
app.conf.stream_buffer_maxsize = 32
app.conf.broker_max_poll_records = 100
done: Counter[int] = Counter()


@app.agent(app.topic(TOPIC, value_serializer="raw", value_type=bytes, maxsize=32))
async def work(stream: faust.Stream[bytes]) -> None:
    async for event in stream.events():
        await asyncio.sleep(0.001)
        done[event.message.partition] += 1


async def main() -> None:
    await app.start()
    is_unfair = False
    for look in range(8):
        await asyncio.sleep(2)
        some = [done[number] for number in range(PARTITIONS)]
        sys.stdout.write(f"processed {some}\n")
        is_unfair |= look > 2 and max(some) > 2 * min(some)
    await app.stop()
    sys.stdout.write("a partition is left behind\n" if is_unfair else "as it should be\n")
    sys.exit(is_unfair)


asyncio.run(main())
