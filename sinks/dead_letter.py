"""An alert that a sink would not take, as it is kept for somebody to look at."""

from detectors.records import SCHEMA_VERSION, Alert


def dead_letter(alert: Alert, sink: str, error: str) -> dict[str, object]:
    """Its JSON form, on every engine."""
    return {
        "schema_version": SCHEMA_VERSION,
        "sink": sink,
        "error": error,
        "alert": alert.to_json(),
    }
