"""Rows of keys seen: all that was stored comes back, from few rows."""

from array import array
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.dedupe import Seen, SeenKey, by_hour
from detectors.records import InvalidRecord
from listener.engines.kafka.records import Outgoing
from listener.engines.kafka.rows import Row, Rows
from listener.engines.kafka.seen_format import read_seen, write_seen
from listener.engines.kafka.seen_rows import SeenRows
from tests.unit.kafka.kafka_stages import Stored

FULL: Final = 200
HOUR: Final = 490_000


@dataclass
class Changelog:
    """What was written, in turn, and the workers that take it over."""

    written: list[Outgoing] = field(default_factory=list)
    taken_over: int = 0

    def worker(self) -> tuple[SeenRows, list[SeenKey]]:
        """A worker that takes over, and the keys that it finds."""
        self.taken_over += 1
        stored = self.rows
        rows = SeenRows("seen", 0, stored, self.taken_over)
        return rows, restored(rows)

    def write(self, *records: Outgoing) -> None:
        self.written += records

    @property
    def rows(self) -> dict[bytes, Row]:
        """What is left of it."""
        rows = Rows()
        for offset, record in enumerate(self.written):
            headers = record.version.headers if record.version else ()
            rows.take(Stored(0, offset, record.key, record.value, headers))
        return dict(rows.of(0))


def restored(rows: SeenRows) -> list[SeenKey]:
    return [(hour, digest) for hour, some in rows.restore() for digest in some.tolist()]


NUMBERS = count()


def keys(number: int, hour: int = HOUR) -> list[SeenKey]:
    return [(hour, next(NUMBERS)) for _ in range(number)]


@given(st.lists(st.one_of(st.integers(0, 400), st.just("another worker")), max_size=30))
def test_all_that_was_stored_comes_back_from_few_rows(story: Iterable[int | str]) -> None:
    changelog, stored = Changelog(), list[SeenKey]()
    worker, _ = changelog.worker()
    for offset, happens in enumerate(story):
        if isinstance(happens, int):
            some = keys(happens)
            stored += some
            changelog.write(worker.store(offset, some))
        else:
            worker, found = changelog.worker()
            assert sorted(found) == sorted(stored)
    done = worker.done
    again, found = changelog.worker()
    assert sorted(found) == sorted(stored)
    assert again.done == done
    assert len(changelog.rows) <= len(stored) // FULL + changelog.taken_over


def test_a_partition_on_which_nothing_is_seen_has_one_row() -> None:
    changelog = Changelog()
    worker, _ = changelog.worker()
    for offset in range(10):
        changelog.write(worker.store(offset, []), *worker.expire(HOUR))
    (key,) = changelog.rows
    assert key.startswith(b"0:0:")
    assert changelog.worker()[0].done == 9


def test_two_workers_never_write_to_the_same_row() -> None:
    changelog = Changelog()
    one, other = changelog.worker()[0], changelog.worker()[0]
    seen, also_seen = keys(1), keys(2)
    changelog.write(other.store(5, also_seen), one.store(5, seen))
    assert sorted(changelog.worker()[1]) == sorted(seen + also_seen)


def test_rows_of_hours_that_are_over_go_but_not_the_one_that_says_what_is_done() -> None:
    changelog = Changelog()
    worker, _ = changelog.worker()
    for offset, hour in enumerate((HOUR, HOUR + 1, HOUR + 2, HOUR + 3)):
        changelog.write(worker.store(offset, keys(FULL, hour)))
    changelog.write(*worker.expire(HOUR + 2))
    assert len(changelog.rows) == 2
    changelog.write(*worker.expire(HOUR + 9))
    assert len(changelog.rows) == 1
    again, found = changelog.worker()
    assert again.done == 3
    assert {hour for hour, _ in found} == {HOUR + 3}


def test_of_more_keys_than_are_remembered_the_oldest_rows_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("listener.engines.kafka.seen_rows.MAX_KEYS", 3 * FULL)
    changelog = Changelog()
    worker, _ = changelog.worker()
    for offset, hour in enumerate((HOUR + 1, HOUR, HOUR + 2, HOUR + 3)):
        changelog.write(worker.store(offset, keys(FULL, hour)), *worker.expire(HOUR))
    left = {hour for hour, _ in changelog.worker()[1]}
    assert left == {HOUR + 2, HOUR + 3}


def test_rows_that_a_worker_of_before_stored_are_read_and_go_when_they_are_over() -> None:
    changelog = Changelog()
    changelog.write(
        Outgoing("seen", 0, b"0:7", b'{"offset": 7, "keys": [[490000, 1], [490001, -2]]}'),
        Outgoing("seen", 0, b"0:9", b'{"offset": 9, "keys": [[490003, 3]]}'),
    )
    worker, found = changelog.worker()
    assert (found, worker.done) == ([(HOUR, 1), (HOUR + 1, -2), (HOUR + 3, 3)], 9)
    changelog.write(*worker.expire(HOUR + 2))
    assert [*changelog.rows] == [b"0:9"]


def test_many_rows_that_are_over_go_a_few_at_a_time() -> None:
    changelog = Changelog()
    changelog.write(
        *(
            Outgoing("seen", 0, b"0:%d" % n, b'{"offset": %d, "keys": [[7, %d]]}' % (n, n))
            for n in range(1200)
        )
    )
    worker, _ = changelog.worker()
    gone = [worker.expire(HOUR) for _ in range(4)]
    assert [len(some) for some in gone] == [500, 500, 199, 0]
    changelog.write(*(record for some in gone for record in some))
    assert [*changelog.rows] == [b"0:1199"]


def test_rows_that_are_over_are_not_found_again_when_the_partition_comes_back() -> None:
    """Their tombstones may be compacted away by the time at which anybody reads on."""
    found = {
        b"0:1": Row(b'{"offset": 1, "keys": [[7, 1]]}'),
        b"0:2": Row(b'{"offset": 2, "keys": []}'),
    }
    rows = SeenRows("seen", 0, found, 1)
    restored(rows)
    rows.expire(HOUR)
    assert [*found] == [b"0:2"]


def test_what_is_found_is_found_again_when_the_partition_comes_back() -> None:
    changelog = Changelog()
    stored = [(HOUR, digest) for digest in (*range(2**62, 2**62 + FULL), -(2**63), 2**63 - 1)]
    changelog.write(changelog.worker()[0].store(7, stored))
    found = changelog.rows
    for _ in range(3):
        rows = SeenRows("seen", 0, found, 1)
        assert (restored(rows), rows.done) == (stored, 7)


NUMBER = st.integers(-(2**63), 2**63 - 1)


@given(st.integers(0, 2**63 - 1), st.lists(st.tuples(st.integers(-3, 3) | NUMBER, NUMBER)))
def test_a_row_says_what_was_written(offset: int, some: list[SeenKey]) -> None:
    value = write_seen(offset, by_hour(some))
    read, hours = read_seen(value)
    assert read == offset
    assert [(hour, digest) for hour, digests in hours for digest in digests.tolist()] == sorted(
        some, key=lambda key: [hour for hour, _ in some].index(key[0])
    )
    assert len(value) <= 9 + 24 * len(some)


SMALL = st.lists(st.integers(0, 3) | NUMBER, max_size=9)


@given(st.binary(max_size=60) | SMALL.map(lambda numbers: array("q", numbers).tobytes()))
def test_whatever_else_is_in_a_row_is_read_or_refused(garbage: bytes) -> None:
    with suppress(InvalidRecord):
        offset, hours = read_seen(b"\1" + garbage)
        assert write_seen(offset, hours) == b"\1" + garbage
        seen = Seen(5)
        seen.restore(hours)
        assert len(seen) <= 5


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\1",
        b"\1abc",
        b"\1" + array("q", [3, HOUR]).tobytes(),
        b"\1" + array("q", [3, HOUR, 2, 7]).tobytes(),
        b"\1" + array("q", [3, HOUR, -1]).tobytes(),
        b"\1" + array("q", [3, HOUR, 0]).tobytes(),
        b"\1" + array("q", [-3]).tobytes(),
        b"\2" + array("q", [3]).tobytes(),
        b"[]",
        b'{"offset": 3, "keys": [7]}',
    ],
)
def test_garbage_is_passed_over(garbage: bytes) -> None:
    found = {b"0:1": Row(garbage), b"0:2": Row(b'{"offset": 2, "keys": [[7, 1]]}')}
    rows = SeenRows("seen", 0, found, 1)
    assert (restored(rows), rows.done) == ([(7, 1)], 2)
