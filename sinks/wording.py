"""What an alert says in English, the same in every sink.

Pure text without markup. What comes from outside (brand, source, author) is made visible, but
not escaped: each sink escapes for its own medium.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from detectors.records import Alert, Reason, Sample, Severity, Status
from sinks import early
from sinks.display import visible
from sinks.figures import duration, long_duration, quantity

MAX_BRAND: Final = 80
_MAX_LABEL: Final = 40
_MAX_DETAIL: Final = 200

_LANGUAGES: Final = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "tr": "Turkish",
}
_COUNTED: Final = {
    "negative": ("negative ", ""),
    "alarming": ("", " with a safety, legal or data-breach term"),
    "reach": ("", " within reach of negative mentions"),
}


def brand(alert: Alert) -> str:
    """What it is about: a brand, or "source bluesky"."""
    name = visible(alert.brand, MAX_BRAND)
    return f"source {name}" if alert.about == "source" else name


def level(alert: Alert) -> str:
    """The one word that says how bad it is now: a severity, or "resolved"."""
    return "resolved" if alert.status is Status.RESOLVED else alert.severity.value


def label(alert: Alert) -> str:
    """The level, as a heading shows it: of an early warning, that it is one."""
    return "early warning" if alert.reason.estimate else level(alert)


def title(alert: Alert) -> str:
    """Level, brand and change, as a notification shows them."""
    if (estimate := alert.reason.estimate) is not None:
        came = {None: "", True: " (confirmed)", False: " (not confirmed)"}[estimate.confirmed]
        return f"{label(alert).capitalize()}: {brand(alert)}{came}"
    if alert.status in {Status.RESOLVED, Status.OPENED}:
        return f"{level(alert).capitalize()}: {brand(alert)}"
    return f"{level(alert).capitalize()}: {brand(alert)} ({_short_change(alert)})"


def _short_change(alert: Alert) -> str:
    if alert.status is Status.ESCALATED and alert.previous:
        return f"was {alert.previous}"
    return "coming down" if alert.status is Status.DE_ESCALATED else alert.status.value


def sentence(alert: Alert) -> str:
    """Why the bell rang: "96 negative mentions in 15 minutes where 8 are usual (12×)".

    Of an early warning it begins with "At least", as it is the least that its sample allows.
    """
    reason = alert.reason
    if alert.about == "source":
        return _source_sentence(alert)
    before, after = _COUNTED.get(reason.signal, ("", ""))
    noun = "mention" if reason.observed == 1 else "mentions"
    if reason.signal == "reach":
        noun = "people"
    how_many = "No" if reason.signal == "silence" else f"{reason.observed:,}"
    counted = f"{how_many} {before}{noun}{after}"
    if early.is_estimate(alert.reason):
        counted = f"At least {counted}"
    now = "Now " if alert.status in {Status.DE_ESCALATED, Status.RESOLVED} else ""
    return f"{now}{counted} in {long_duration(reason.window_seconds)} {_compared(reason)}"


def _source_sentence(alert: Alert) -> str:
    """Like "Nothing new for 12 min, where its longest pause is usually 4 s"."""
    reason = alert.reason
    lasted = duration(reason.window_seconds)
    if alert.status is Status.RESOLVED:
        return "It is heard again"
    if reason.signal == "quiet":
        return f"Nothing new for {lasted}, where its longest pause is usually {_pause(reason)}"
    error = visible(reason.detail, _MAX_DETAIL)
    return f"Every fetch has failed for {lasted}" + (f": {error}" if error else "")


def _pause(reason: Reason) -> str:
    return duration(reason.expected) if reason.expected >= 1 else "less than a second"


def _compared(reason: Reason) -> str:
    so_far = " so far" if reason.learning else ""
    if reason.expected < 0.05:
        return f"where none are usual{so_far}"
    if reason.expected < 1:
        return f"where less than one is usual{so_far}"
    expected = quantity(reason.expected)
    times = f" ({quantity(reason.ratio)}×)" if reason.ratio >= 1.1 else ""
    return f"where {expected} {'is' if expected == '1' else 'are'} usual{so_far}{times}"


def share(alert: Alert) -> str:
    """How many of the window's mentions are negative, and by how many people.

    Like "96 of 130 mentions (74 %), usually 21 %; by about 60 people". Empty for a source.
    """
    reason = alert.reason
    if alert.about == "source":
        return ""
    about = "about " if early.is_estimate(alert.reason) else ""
    found = f"{about}{reason.negative:,} of {about}{reason.mentions:,} mentions"
    if not reason.mentions:
        return found
    usual = f"usually {reason.usual_share:.0%}{' so far' if reason.learning else ''}"
    told = f"{found} ({reason.negative / reason.mentions:.0%}), {usual}".replace("%", " %")
    return f"{told}; {people}" if (people := _people(alert)) else told


def _people(alert: Alert) -> str:
    """How many wrote the negative ones, where that is known and says anything."""
    reason = alert.reason
    if reason.negative < 2 or not reason.authors:
        return ""
    if early.is_estimate(alert.reason):
        return f"by at least {reason.authors:,} people"
    return "all by one person" if reason.authors == 1 else f"by about {reason.authors:,} people"


def change(alert: Alert) -> str:
    """What changed, and since when it lasts."""
    estimate = alert.reason.estimate
    return early.change(estimate) if estimate else _change(alert)


def _change(alert: Alert) -> str:
    lasted = duration((alert.at - alert.opened_at).total_seconds())
    since = f"{lasted} after it opened"
    match alert.status:
        case Status.OPENED:
            return f"Opened as {alert.severity}"
        case Status.ESCALATED:
            came_from = f"from {alert.previous} " if alert.previous else ""
            return f"Escalated {came_from}to {alert.severity}, {since}"
        case Status.DE_ESCALATED:
            came_from = f" from {alert.previous}" if alert.previous else ""
            return f"Coming down{came_from} to {alert.severity}, {since}; {_peak(alert)}"
        case Status.ACKNOWLEDGED:
            return f"Acknowledged by the team, {since}; still {alert.severity}"
        case Status.RESOLVED:
            return f"Resolved after {lasted}; {_peak(alert)}"
        case Status.UPDATED:
            higher = alert.peak.rank > alert.severity.rank
            return f"Still {alert.severity}, {since}" + (f"; {_peak(alert)}" if higher else "")


def caveat(alert: Alert) -> str | None:
    """What has to be known of the figures: that the past is short, or that they are estimates."""
    return early.caveat(alert.reason) or learning(alert)


def _peak(alert: Alert) -> str:
    return f"its peak was {alert.peak}"


def learning(alert: Alert) -> str | None:
    """Said of a brand whose past is too short to tell what is usual."""
    if not alert.reason.learning:
        return None
    return (
        "Still learning what is usual for this brand: "
        "until then only what is extreme by any measure rings"
    )


def clock(alert: Alert, show_time: Callable[[datetime], str]) -> str | None:
    """What the team now has to do, and by when; `None` if this alert asks nothing new.

    `show_time` writes a time of the day in the medium's own way.
    """
    if alert.about == "source":
        is_over = alert.status is Status.RESOLVED
        return None if is_over else "See to it: until it is back, nothing is heard from there"
    if alert.status not in {Status.OPENED, Status.ESCALATED}:
        still = alert.severity is Severity.CRISIS and alert.status is not Status.RESOLVED
        return "Keep informing: an update every 60 to 120 minutes" if still else None

    def within(minutes: int) -> str:
        return f"within {minutes} min (by {show_time(alert.at + timedelta(minutes=minutes))})"

    match alert.severity:
        case Severity.WATCH:
            return "Nothing to do yet: keep an eye on it"
        case Severity.ISSUE:
            return f"Assess it {within(60)}"
        case Severity.SERIOUS:
            return f"Acknowledge {within(15)}, first statement {within(60)}"
        case Severity.CRISIS:
            return f"Acknowledge {within(15)}, then an update every 60 to 120 minutes"


def sources(reason: Reason, limit: int = 5) -> str:
    """The busiest sources first: "bluesky 61 (48 negative) · forum.example 9"."""
    ranked = sorted(reason.sources.items(), key=lambda item: (-sum(item[1][:1]), item[0]))
    return _listed([_source(label, counts) for label, counts in ranked], limit)


def _source(label: str, counts: list[int]) -> str:
    mentions, negative = (*counts, 0, 0)[:2]
    name = visible(label.partition("/")[2] or label, _MAX_LABEL)
    return f"{name} {mentions:,}" + (f" ({negative:,} negative)" if negative else "")


def author(post: Sample, limit: int = 60) -> str:
    """Who said it; of a repost, whose text is another's, who passed it on."""
    name = visible(post.author or "", limit)
    return f"reposted by {name}" if name and post.repost_of is not None else name


def languages(reason: Reason, limit: int = 5) -> str:
    """The commonest languages first: "Dutch 71 · English 25"."""
    ranked = sorted(reason.languages.items(), key=lambda item: (-item[1], item[0]))
    names = [
        f"{_LANGUAGES.get(code, visible(code, _MAX_LABEL))} {count:,}" for code, count in ranked
    ]
    return _listed(names, limit)


def words(reason: Reason, limit: int = 8) -> str:
    return _listed([visible(word, _MAX_LABEL) for word in reason.words], limit, more=False)


def _listed(parts: list[str], limit: int, *, more: bool = True) -> str:
    shown = [part for part in parts[:limit] if part]
    if more and len(parts) > limit:
        shown.append(f"{len(parts) - limit} more")
    return " · ".join(shown)
