"""A sink and what it is to hear of."""

from dataclasses import dataclass

from detectors.records import Alert, Severity
from sinks.sink import Sink


@dataclass(frozen=True, slots=True)
class Route:
    """One sink in the publisher.

    An alert whose incident never reached `min_severity` is filtered. It is the incident's peak
    that counts, so that whoever heard it open also hears it come down and resolve. Attempts keep
    `min_interval` seconds between them.
    """

    sink: Sink
    min_severity: Severity = Severity.WATCH
    min_interval: float = 0.0

    def wants(self, alert: Alert) -> bool:
        return alert.peak.at_least(self.min_severity)
