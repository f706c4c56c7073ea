"""Each mention counts once, within bounds of memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from detectors.dedupe import HORIZON_HOURS, Seen, by_hour, seen_key
from detectors.records import Deletion, Mention

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def mention(number: int, hours: float = 0, source: str = "forum") -> Mention:
    return Mention(
        id=str(number),
        text=f"text {number}",
        published_at=NOON + timedelta(hours=hours),
        source=source,
    )


def test_the_second_time_is_not_new() -> None:
    seen = Seen()
    assert seen.only_new([mention(1), mention(2), mention(1)]) == [mention(1), mention(2)]
    assert seen.only_new([mention(2), mention(3)]) == [mention(3)]
    assert len(seen) == 3


def test_the_same_id_elsewhere_is_another_mention() -> None:
    both = [mention(1, source="forum"), mention(1, source="bluesky")]
    assert Seen().only_new(both) == both


def test_keys_are_the_same_on_every_machine_and_fit_into_64_bits() -> None:
    hour, digest = seen_key(mention(1))
    assert (hour, digest) == (int(NOON.timestamp()) // 3600, 1309733742860158523)
    assert all(-(2**63) <= seen_key(mention(n))[1] < 2**63 for n in range(1000))


def test_fresh_keys_are_handed_out_once_and_can_be_put_back() -> None:
    seen = Seen()
    seen.only_new([mention(1), mention(2)])
    fresh = seen.take_fresh()
    assert len(fresh) == 2
    assert seen.take_fresh() == []
    restored = Seen()
    restored.restore(by_hour(fresh))
    assert restored.take_fresh() == []
    assert restored.only_new([mention(1), mention(2), mention(3)]) == [mention(3)]


def test_of_more_stored_keys_than_there_is_room_for_the_first_are_dropped() -> None:
    seen = Seen(max_keys=400)
    stored = [mention(number, hours=number < 300) for number in range(500)]
    seen.restore(by_hour(map(seen_key, [*stored, *stored])))
    assert (len(seen), seen.evicted) == (400, 100)
    assert seen.only_new(stored[:300]) == []
    assert seen.only_new(stored[400:]) == []
    assert seen.only_new(stored[300:400]) == stored[300:400]


@pytest.mark.parametrize("stored", [10, 11, 266, 300, 3000])
@pytest.mark.parametrize("most", [1, 10, 400])
def test_however_many_were_stored_the_room_is_filled_with_those_that_came_last(
    stored: int, most: int
) -> None:
    """Of one hour, and more of it than there are portions to be told apart."""
    seen = Seen(max_keys=most)
    seen.restore(by_hour((7, number) for number in (*range(stored), *range(stored))))
    kept = min(stored, most)
    assert (len(seen), seen.evicted) == (kept, stored - kept)
    last = Seen(max_keys=most)
    last.restore(by_hour((7, number) for number in range(stored - kept, stored)))
    assert seen._hours[7]._shards == last._hours[7]._shards


def test_what_lies_beyond_the_horizon_is_forgotten_by_whole_hours() -> None:
    seen = Seen()
    seen.only_new([mention(1, hours=0), mention(2, hours=1)])
    assert seen.expire(NOON + timedelta(hours=HORIZON_HOURS)) is None
    first = seen.expire(NOON + timedelta(hours=HORIZON_HOURS + 1))
    assert first == int((NOON + timedelta(hours=1)).timestamp()) // 3600
    assert len(seen) == 1
    assert seen.only_new([mention(2, hours=1)]) == []


@pytest.mark.parametrize("limit", [1, 10])
def test_memory_is_bounded_and_what_was_dropped_is_counted(limit: int) -> None:
    seen = Seen(max_keys=limit)
    seen.only_new(mention(number, hours=number) for number in range(limit + 5))
    assert len(seen) == limit
    assert seen.evicted == 5
    newest = mention(limit + 4, hours=limit + 4)
    assert seen.only_new([newest]) == []


def test_where_one_hour_fills_all_the_room_the_first_few_of_it_are_dropped() -> None:
    seen = Seen(max_keys=300)
    seen.only_new(mention(number) for number in range(300))
    assert seen.evicted == 0
    assert seen.only_new([mention(300)]) == [mention(300)]
    assert seen.evicted == 3
    assert seen.only_new(mention(number) for number in range(3, 301)) == []
    assert seen.only_new([mention(2)]) == [mention(2)]


def test_what_was_published_first_is_dropped_before_what_came_first() -> None:
    seen = Seen(max_keys=3)
    seen.only_new([mention(1, hours=2), mention(2, hours=0), mention(3, hours=0)])
    assert seen.only_new([mention(4, hours=1)]) == [mention(4, hours=1)]
    assert seen.only_new([mention(1, hours=2), mention(3, hours=0)]) == []
    assert seen.only_new([mention(2, hours=0)]) == [mention(2, hours=0)]


def test_a_deletion_is_known_if_the_post_or_a_repost_of_it_was_seen() -> None:
    seen = Seen()
    seen.only_new([mention(1), replace(mention(2, hours=5), repost_of="7")])
    known = [n for n in range(9) if seen.knows(Deletion("forum", id=str(n)))]
    assert known == [1, 2, 7]
    assert not seen.knows(Deletion("bluesky", id="1"))
    assert seen.knows(Deletion("forum", author="whoever"))
    restored = Seen()
    restored.restore(by_hour(seen.take_fresh()))
    assert [n for n in range(9) if restored.knows(Deletion("forum", id=str(n)))] == known


def test_an_original_that_comes_behind_its_reposts_is_new() -> None:
    seen = Seen()
    seen.only_new([replace(mention(2), repost_of="1")])
    assert seen.only_new([mention(1)]) == [mention(1)]
