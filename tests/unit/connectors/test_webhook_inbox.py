"""The inbox of a webhook: what waits is handed over in portions, and each sender hears once."""

import asyncio

from detectors.records import Deletion
from listener.connectors.webhook.inbox import Inbox, Read

SOON = 0.01


def items(*numbers: int) -> list[Read]:
    return [Deletion("shop", str(number)) for number in numbers]


async def test_what_came_meanwhile_is_handed_over_at_once() -> None:
    inbox = Inbox()
    deliveries = [inbox.put(items(number)) for number in range(20)]
    taken, complete = await inbox.take(500, SOON)
    assert taken == items(*range(20))
    assert complete == deliveries
    assert not any(delivery.safe.done() for delivery in deliveries)


async def test_a_large_delivery_is_complete_with_its_last_part() -> None:
    inbox = Inbox()
    small, large = inbox.put(items(0)), inbox.put(items(*range(1, 8)))
    assert await inbox.take(4, SOON) == (items(0, 1, 2, 3), [small])
    assert await inbox.take(4, SOON) == (items(4, 5, 6, 7), [large])
    assert await inbox.take(4, SOON) == ([], [])


async def test_it_waits_for_the_first() -> None:
    inbox = Inbox()
    taking = asyncio.create_task(inbox.take(4, 60))
    await asyncio.sleep(0)
    delivery = inbox.put(items(1))
    assert await taking == (items(1), [delivery])


async def test_what_is_withdrawn_is_not_handed_over() -> None:
    inbox = Inbox()
    given_up, kept = inbox.put(items(1)), inbox.put(items(2))
    inbox.withdraw(given_up)
    assert await inbox.take(4, SOON) == (items(2), [kept])
    assert not await given_up.safe


async def test_once_closed_nothing_is_safe() -> None:
    inbox = Inbox()
    before = inbox.put(items(1))
    inbox.close()
    after = inbox.put(items(2))
    assert not await before.safe
    assert not await after.safe
    assert await inbox.take(4, 60) == ([], [])
