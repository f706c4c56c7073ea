"""Series of counts from another tool: a CSV of ``timestamp,value`` at any interval."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detectors.counts import CountScore, CountScorer
from detectors.records import Rejection
from detectors.records.times import parse_time
from listener.errors import UsageError

COLUMNS: Final = ("timestamp", "value")


@dataclass(frozen=True, slots=True)
class ScoredCount:
    """A row, its time as the file has it, and what is said of it."""

    timestamp: str
    at: int
    value: float
    result: CountScore

    def to_json(self) -> dict[str, object]:
        return {
            "timestamp": self.timestamp,
            "value": int(self.value) if self.value.is_integer() else self.value,
            "expected": round(self.result.expected, 3),
            "score": round(self.result.score, 6),
            "alert": self.result.alert,
        }


def score_counts(path: Path, rarity: float) -> Iterator[ScoredCount | Rejection]:
    """Every row, judged by the rows before it; raises `UsageError` for a file without counts."""
    scorer = CountScorer(rarity)
    last = -math.inf
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if any(column not in (rows.fieldnames or ()) for column in COLUMNS):
                raise UsageError(f"{path}: expected the columns {' and '.join(COLUMNS)}")
            for row in rows:
                try:
                    at, value = _read(row, last)
                except ValueError as error:
                    where = f"{path.name}:{rows.line_num}"
                    yield Rejection("bad_row", str(error), ",".join(map(str, row.values())), where)
                    continue
                last = at
                yield ScoredCount(row["timestamp"], at, value, scorer.score(at, value))
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or 'unreadable').lower()}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: not a CSV file in UTF-8: {error}") from None
    if last == -math.inf:
        raise UsageError(f"{path}: there is no row of timestamp and count in it")


def _read(row: dict[str, str], last: float) -> tuple[int, float]:
    """Time and count; raises ValueError."""
    at = int(parse_time(row["timestamp"] or "").timestamp())
    if at <= last:
        raise ValueError("timestamp: not later than the row before")
    try:
        value = float(row["value"] or "")
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValueError("value: expected a number, 0 or more")
    return at, value
