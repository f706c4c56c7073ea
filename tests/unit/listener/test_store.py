"""The embedded engine's file: all or nothing, one user at a time, refused when it is not ours."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detectors.brand_state import BrandState
from detectors.records import Alert, Deletion, Reason, Sample, Severity, Status
from listener.engines.store import Store
from listener.errors import UsageError

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
WINDOWS = (300, 900)


def alert(number: int) -> Alert:
    return Alert(
        alert_id=f"a-{number}",
        incident_id="a",
        brand="Acme",
        severity=Severity.ISSUE,
        status=Status.OPENED,
        at=NOON,
        opened_at=NOON,
        previous=None,
        peak=Severity.ISSUE,
        reason=Reason("negative", 9, 1.0, 9.0, 1e-6, 300, 10, 9, 0.2, learning=False),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "listener.db"


def test_it_makes_its_directory_and_keeps_what_it_is_told(path: Path) -> None:
    store = Store(path)
    assert (store.cursor("replay"), store.position("offset")) == (None, 0)
    with store.transaction():
        store.put_cursor("replay", "x:1")
        store.put_cursor("replay", "x:2")
        store.put_position("offset", 7)
        store.put_seen([(1, 5), (2, -6), (2, -6)])
        store.put_brands([BrandState("Acme", 0, WINDOWS)])
    store.close()
    again = Store(path)
    assert (again.cursor("replay"), again.position("offset")) == ("x:2", 7)
    assert list(again.seen()) == [(2, -6), (1, 5)]
    assert list(again.seen(1)) == [(2, -6)]
    assert [state.brand for state in again.brands(WINDOWS)] == ["Acme"]
    again.forget_seen(2)
    assert list(again.seen()) == [(2, -6)]
    again.close()


def test_a_transaction_that_fails_leaves_nothing_behind(path: Path) -> None:
    store = Store(path)

    def half_of_it() -> None:
        with store.transaction():
            store.put_cursor("replay", "x:1")
            store.put_alerts([alert(1)], ["slack"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_of_it()
    assert store.cursor("replay") is None
    assert store.undelivered(0, 10) == []
    store.close()


def test_alerts_wait_for_each_sink_apart_in_the_order_they_arose(path: Path) -> None:
    store = Store(path)
    store.put_alerts([alert(1), alert(2), alert(3)], ["slack", "console"])
    store.settle("a-1", "slack")
    store.settle("a-2", "slack")
    store.settle("a-2", "console")
    waiting = store.undelivered(0, 10)
    assert [(item.alert, item.sinks) for item in waiting] == [
        (alert(1), frozenset({"console"})),
        (alert(3), frozenset({"slack", "console"})),
    ]
    assert [item.alert for item in store.undelivered(waiting[0].number, 10)] == [alert(3)]
    assert [item.alert for item in store.undelivered(0, 1)] == [alert(1)]
    store.close()


def test_an_alert_that_arises_again_is_the_same_one(path: Path) -> None:
    store = Store(path)
    store.put_alerts([alert(1)], ["slack"])
    store.put_alerts([alert(1)], ["slack"])
    assert len(store.undelivered(0, 10)) == 1
    store.close()


def quoting(number: int, *posts: Sample) -> Alert:
    return replace(alert(number), posts=posts)


def post(name: str, author: str = "somebody", repost_of: str | None = None) -> Sample:
    return Sample(name, "forum", "forum", f"text {name}", NOON, author=author, repost_of=repost_of)


def kept(store: Store) -> dict[str, list[str]]:
    return {
        item.alert.alert_id: [post.text for post in item.alert.posts]
        for item in store.undelivered(0, 10)
    }


def test_what_was_deleted_leaves_the_alerts_that_quote_it_and_no_others(path: Path) -> None:
    store = Store(path)
    reposted = post("3", author="c", repost_of="1")
    store.put_alerts([quoting(1, post("1"), post("2")), quoting(2, reposted)], ["slack"])
    store.put_alerts([quoting(3, post("4", author="d"), post("5"))], ["slack"])
    store.erase([Deletion("forum", id="1"), Deletion("forum", author="d")])
    store.erase([Deletion("elsewhere", id="2"), Deletion("elsewhere", author="somebody")])
    assert kept(store) == {"a-1": ["text 2"], "a-2": [], "a-3": ["text 5"]}
    store.erase([Deletion("forum", id="1")])
    assert kept(store) == {"a-1": ["text 2"], "a-2": [], "a-3": ["text 5"]}
    store.close()


def test_alerts_in_a_file_of_the_format_before_are_found_as_well(path: Path) -> None:
    store = Store(path)
    store.put_alerts([quoting(1, post("1"), post("2"))], ["slack"])
    store.close()
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE shown")
        database.execute("DROP TABLE health")
        database.execute("PRAGMA user_version = 1")
    database.close()
    store = Store(path)
    store.erase([Deletion("forum", id="1")])
    assert kept(store) == {"a-1": ["text 2"]}
    store.close()


def test_a_file_in_use_is_refused(path: Path) -> None:
    first = Store(path)
    with pytest.raises(UsageError, match="in use by another listener"):
        Store(path)
    first.put_cursor("replay", "x:1")
    first.close()
    Store(path).close()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "listener.db"
    path.write_text("no database, but notes " * 100)
    with pytest.raises(UsageError, match=r"listener\.db: can't"):
        Store(path)
    with pytest.raises(UsageError, match=r"listener\.db"):
        Store(path / "listener.db")


def test_a_file_of_another_version_is_refused(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(UsageError, match="format 99, this one reads 2"):
        Store(path)


def test_a_state_that_cannot_be_read_is_told_with_its_brand(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO brands VALUES ('Acme', '{\"brand\": 7')")
    database.close()
    store = Store(path)
    with pytest.raises(UsageError, match="the state of 'Acme'"):
        list(store.brands(WINDOWS))
    store.close()
