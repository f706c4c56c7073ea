"""What came of one run, beside what should have come of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from detectors.records import Counts
from tests.faults.oracle import Expected, counted, distinct, mentions_in, trace, unreadable
from tests.faults.system import System

_TOPICS = (
    "mentions",
    "mentions.rejected",
    "tallies",
    "crisis-alerts",
    "crisis-alerts.dead",
    "listener-states-changelog",
    "listener-seen-changelog",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, and what came of it.

    `delivered` are the alerts in the sink's file, `told` the ids of those that Slack took;
    `dead` counts the dead letters; `litter` is where nobody could read what was there, `rejected`
    where it was told to be so.
    """

    seed: int
    directory: Path
    faults: list[str]
    expected: Expected
    counts: dict[str, Counts]
    published: list[dict[str, object]]
    delivered: list[dict[str, object]]
    told: list[str]
    dead: int
    litter: set[str]
    rejected: set[str]
    trace: str
    seconds: float

    @property
    def is_exact(self) -> bool:
        """Each mention counted once, each alert published, delivered and told, each as expected."""
        ids = [alert["alert_id"] for alert in self.expected.alerts]
        return (
            self.counts == self.expected.counts
            and distinct(self.published) == self.expected.alerts
            and distinct(self.delivered) == self.expected.alerts
            and list(dict.fromkeys(self.told)) == ids
            and self.rejected == self.litter
            and not self.dead
        )

    def __str__(self) -> str:
        lost = self.expected.mentions - mentions_in(self.counts)
        failed = "exact" if self.is_exact else f"WRONG, everything is kept in {self.directory}"
        return (
            f"seed {self.seed}: {failed}; "
            f"{self.expected.mentions} mentions, {lost} lost (negative: counted twice), "
            f"{len(self.rejected)} of {len(self.litter)} unreadable records rejected; "
            f"{len(self.expected.alerts)} alerts, {len(self.published)} times published, "
            f"{len(self.delivered)} times in the file, {len(self.told)} times in Slack, "
            f"{self.dead} dead; {self.trace}; {self.seconds:.0f} s; "
            f"{', '.join(self.faults) or 'no faults'}"
        )


def observe(
    system: System,
    *,
    seed: int,
    faults: list[str],
    expected: Expected,
    told: list[str],
    seconds: float,
) -> Outcome:
    """Read what the system left behind; where that is wrong, keep the topics beside the logs."""
    outcome = Outcome(
        seed,
        system.directory,
        faults,
        expected,
        counted(system),
        system.published(),
        system.delivered(),
        told,
        len(system.on_topic("crisis-alerts.dead")),
        unreadable(system),
        {json.loads(record.value)["where"] for record in system.on_topic("mentions.rejected")},
        trace(system),
        seconds,
    )
    if not outcome.is_exact:
        _keep(system, outcome)
    return outcome


def _keep(system: System, outcome: Outcome) -> None:
    """The broker goes away with its topics, and the logs alone say little."""
    (system.directory / "outcome.txt").write_text(f"{outcome}\n", "utf-8")
    expected = [json.dumps(alert) for alert in outcome.expected.alerts]
    (system.directory / "expected.jsonl").write_text("\n".join(expected), "utf-8")
    for topic in _TOPICS:
        lines = [
            json.dumps([r.partition, r.offset, r.at, r.key.decode("latin1"), _text(r.value)])
            for r in system.on_topic(topic)
        ]
        (system.directory / f"{topic}.topic.jsonl").write_text("\n".join(lines), "utf-8")


def _text(value: bytes) -> str:
    """Rows of brands are packed and no text: their bytes, one a character."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin1")
