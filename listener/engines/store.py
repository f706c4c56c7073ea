"""The embedded engine's SQLite file: positions, state, alerts and what is still to be delivered.

Everything that comes of one portion of mentions is committed in one transaction, so after a
crash at any moment the file holds all of it or none.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detectors.brand_state import BrandState
from detectors.dedupe import MAX_KEYS, SeenKey
from detectors.records import Alert, Deleted, Deletion, InvalidRecord, dumps, loads
from listener.errors import UsageError

_VERSION: Final = 2
_KEPT_ALERTS: Final = 10_000
_LOCK_SECONDS: Final = 2.0
_SCHEMA: Final = """
CREATE TABLE cursors (connector TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE positions (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE seen (hour INTEGER, digest INTEGER, PRIMARY KEY (hour, digest)) WITHOUT ROWID;
CREATE TABLE brands (brand TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE alerts (number INTEGER PRIMARY KEY, alert_id TEXT UNIQUE, alert BLOB NOT NULL);
CREATE TABLE deliveries (alert_id TEXT, sink TEXT, PRIMARY KEY (alert_id, sink)) WITHOUT ROWID;
"""
# Since format 2. `shown`: which alerts quote which post (by its own id and its original's) and
# which author.
_ADDED: Final = """
CREATE TABLE health (connector TEXT PRIMARY KEY, health TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE shown (source TEXT, what TEXT, name TEXT, number INTEGER,
    PRIMARY KEY (source, what, name, number)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An alert, and the sinks that still wait for it."""

    number: int
    alert: Alert
    sinks: frozenset[str]


class Unwritable(Exception):
    """The disk takes nothing at the moment: it is full, say. What was to be written isn't."""


class Store:
    """One open SQLite file, used from one thread at a time; raises `UsageError` if it can't."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False
            )
            # Two services on one file would each count half, so the second is refused: the lock
            # is asked for before anything is read, taken by a write, and held until the end.
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            with self.transaction():
                self._prepare()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise UsageError(f"{path}: can't hold the service's state: {error}") from None
            raise UsageError(
                f"{path}: in use by another listener; stop that one, or give this one a data_dir "
                "of its own"
            ) from None
        except (sqlite3.Error, OSError) as error:
            raise UsageError(f"{path}: can't be used for the service's state: {error}") from None

    def _prepare(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version < _VERSION:
            for statement in (_ADDED if version else _SCHEMA + _ADDED).split(";"):
                self._db.execute(statement)
            for number, alert in self._db.execute("SELECT number, alert FROM alerts").fetchall():
                self._put_shown(number, Alert.from_json(loads(alert)))
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
        elif version != _VERSION:
            raise UsageError(
                f"{self._path}: written by another version of Listener (format {version}, this one "
                f"reads {_VERSION}); use that version, or another data_dir"
            )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; raises `Unwritable` where the disk takes nothing more."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:  # after some errors SQLite has ended it itself
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and _is_of_the_disk(error):
                raise Unwritable(f"{self._path}: {error}") from None
            raise

    def close(self) -> None:
        self._db.close()

    def cursor(self, connector: str) -> str | None:
        row = self._db.execute(
            "SELECT cursor FROM cursors WHERE connector = ?", (connector,)
        ).fetchone()
        return str(row[0]) if row else None

    def put_cursor(self, connector: str, cursor: str) -> None:
        self._db.execute("REPLACE INTO cursors VALUES (?, ?)", (connector, cursor))

    def health(self, connector: str) -> str | None:
        row = self._db.execute(
            "SELECT health FROM health WHERE connector = ?", (connector,)
        ).fetchone()
        return str(row[0]) if row else None

    def put_health(self, connector: str, health: str) -> None:
        self._db.execute("REPLACE INTO health VALUES (?, ?)", (connector, health))

    def position(self, name: str) -> int:
        """A stored number, 0 if there is none."""
        row = self._db.execute("SELECT value FROM positions WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def put_position(self, name: str, value: int) -> None:
        self._db.execute("REPLACE INTO positions VALUES (?, ?)", (name, value))

    def seen(self, most: int = MAX_KEYS) -> Iterator[SeenKey]:
        """So many keys at most, those of the latest hours."""
        yield from self._db.execute(
            "SELECT hour, digest FROM seen ORDER BY hour DESC LIMIT ?", (most,)
        )

    def put_seen(self, keys: Iterable[SeenKey]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", keys)

    def forget_seen(self, before_hour: int) -> None:
        self._db.execute("DELETE FROM seen WHERE hour < ?", (before_hour,))

    def brands(self, windows: tuple[int, ...]) -> Iterator[BrandState]:
        """The stored states; raises `UsageError` for one that can't be read."""
        for brand, state in self._db.execute("SELECT brand, state FROM brands"):
            try:
                yield BrandState.from_json(loads(state), windows)
            except InvalidRecord as error:
                raise UsageError(f"{self._path}: the state of {brand!r}: {error}") from None

    def put_brands(self, states: Iterable[BrandState]) -> None:
        rows = ((state.brand, dumps(state.to_json())) for state in states)
        self._db.executemany("REPLACE INTO brands VALUES (?, ?)", rows)

    def put_alerts(self, alerts: Iterable[Alert], sinks: Iterable[str]) -> None:
        """Keep the alerts, and that each is still to be delivered to each of the sinks."""
        sinks, alerts = list(sinks), list(alerts)
        for alert in alerts:
            added = self._db.execute(
                "INSERT OR IGNORE INTO alerts (alert_id, alert) VALUES (?, ?) RETURNING number",
                (alert.alert_id, dumps(alert.to_json())),
            )
            for (number,) in added.fetchall():
                self._put_shown(number, alert)
            self._db.executemany(
                "INSERT OR IGNORE INTO deliveries VALUES (?, ?)",
                ((alert.alert_id, sink) for sink in sinks),
            )
        if alerts:
            self._db.execute(
                "DELETE FROM alerts WHERE number <= (SELECT max(number) FROM alerts) - ? "
                "AND alert_id NOT IN (SELECT alert_id FROM deliveries)",
                (_KEPT_ALERTS,),
            )
            self._db.execute("DELETE FROM shown WHERE number < (SELECT min(number) FROM alerts)")

    def _put_shown(self, number: int, alert: Alert) -> None:
        for post in alert.posts:
            names = {("post", post.id), ("post", post.original[1]), ("author", post.author)}
            self._db.executemany(
                "INSERT OR IGNORE INTO shown VALUES (?, ?, ?, ?)",
                ((post.source, what, name, number) for what, name in names if name is not None),
            )

    def erase(self, deletions: Iterable[Deletion]) -> None:
        """Take what was deleted out of the alerts that are kept."""
        told = list(deletions)
        deleted = Deleted(told)
        for item in told:
            what, name = ("post", item.id) if item.author is None else ("author", item.author)
            quoting = self._db.execute(
                "SELECT number, alert FROM shown JOIN alerts USING (number) "
                "WHERE source = ? AND what = ? AND name = ?",
                (item.source, what, name),
            )
            for number, alert in quoting.fetchall():
                kept = dumps(Alert.from_json(loads(alert)).without(deleted).to_json())
                self._db.execute("UPDATE alerts SET alert = ? WHERE number = ?", (kept, number))

    def undelivered(self, after: int, limit: int) -> list[Undelivered]:
        """The next alerts with a number above `after`, in the order in which they arose."""
        rows = self._db.execute(
            "SELECT number, alert, group_concat(sink, char(31)) FROM alerts JOIN deliveries "
            "USING (alert_id) WHERE number > ? GROUP BY number ORDER BY number LIMIT ?",
            (after, limit),
        )
        return [
            Undelivered(number, Alert.from_json(loads(alert)), frozenset(sinks.split("\x1f")))
            for number, alert, sinks in rows
        ]

    def settle(self, alert_id: str, sink: str) -> None:
        """This sink is done with this alert."""
        with self.transaction():
            self._db.execute(
                "DELETE FROM deliveries WHERE alert_id = ? AND sink = ?", (alert_id, sink)
            )


def _is_of_the_disk(error: sqlite3.OperationalError) -> bool:
    """Full, over a quota, or broken, rather than a mistake of ours."""
    return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
