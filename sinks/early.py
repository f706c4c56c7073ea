"""What an early warning says more than other alerts: that it is one, and what became of it."""

from detectors.records import Estimate, Reason
from sinks.figures import duration, long_duration


def is_estimate(reason: Reason) -> bool:
    """Whether its figures are estimates from a sample, and not counted."""
    return reason.estimate is not None and reason.estimate.confirmed is None


def caveat(reason: Reason) -> str | None:
    """Like "Estimated from 212 of about 9,300 mentions of the last 5 minutes; ..."."""
    estimate = reason.estimate
    if estimate is None or not is_estimate(reason):
        return None
    return (
        f"Estimated from {estimate.sampled:,} of about {reason.mentions:,} mentions of the last "
        f"{long_duration(reason.window_seconds)}; counting is "
        f"{duration(estimate.behind_seconds)} behind, exact figures follow"
    )


def change(estimate: Estimate) -> str:
    """What changed: it was told, or counting has come as far."""
    match estimate.confirmed:
        case None:
            return "An early warning from a sample: counting has not come as far yet"
        case True:
            return "Counting has come as far as this early warning and confirms it"
        case False:
            return "Counting has come as far as this early warning and does not confirm it"
