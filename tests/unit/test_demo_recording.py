"""The recording that `make demo` plays is readable, tells its story, and can be made anew."""

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import listener
from detectors.alarm import AlarmTerms
from detectors.records import Mention, loads, parse_mention
from listener.brands import Brand
from listener.queries.matcher import QueryMatcher

ROOT = Path(__file__).resolve().parents[2]
RECORDING = Path(listener.__file__).parent / "demo" / "recording.jsonl"
START = datetime(2026, 1, 15, 17, 30, tzinfo=UTC)
"""18:30 in the Netherlands, where the main part begins; minutes are counted from here."""
BRAND = QueryMatcher([Brand("Zilvernet", ("Zilvernet", "@zilvernet", "@zilvernetcare"))])


def minute_of(mention: Mention) -> int:
    return (mention.published_at - START) // timedelta(minutes=1)


@pytest.fixture(scope="module")
def arrivals() -> list[Mention]:
    """Every line, in the order of the file; a line that can't be read fails here."""
    now = START + timedelta(hours=3)
    lines = RECORDING.read_bytes().splitlines()
    return [parse_mention(loads(line), now=now) for line in lines]


@pytest.fixture(scope="module")
def mentions(arrivals: Sequence[Mention]) -> list[Mention]:
    """Each mention once."""
    return list({mention.key: mention for mention in arrivals}.values())


def test_the_committed_file_is_what_the_generator_writes(tmp_path: Path) -> None:
    made = tmp_path / "recording.jsonl"
    command = [sys.executable, "-m", "benchmarks.make_recording", str(made)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    assert made.read_bytes() == RECORDING.read_bytes()


def test_it_is_small_enough_to_travel_with_the_package() -> None:
    assert RECORDING.stat().st_size < 1_000_000


def test_lines_come_in_order_of_time_give_or_take_thirty_seconds(
    arrivals: Sequence[Mention],
) -> None:
    latest = arrivals[0].published_at
    for mention in arrivals:
        assert latest - mention.published_at <= timedelta(seconds=30)
        latest = max(latest, mention.published_at)


def test_five_mentions_come_twice_and_are_the_same_both_times(
    arrivals: Sequence[Mention],
) -> None:
    times = Counter(arrivals)
    assert sum(count == 2 for count in times.values()) == 5
    assert max(times.values()) == 2
    assert len(times) == len({mention.key for mention in arrivals})


def test_it_covers_three_days_and_then_two_hours(mentions: Sequence[Mention]) -> None:
    minutes = [minute_of(mention) for mention in mentions]
    assert -72 * 60 <= min(minutes) < -71 * 60
    assert 150 <= max(minutes) < 160
    assert 900 <= sum(minute >= 0 for minute in minutes) <= 1250


def test_most_mentions_speak_of_the_brand_and_some_do_not(mentions: Sequence[Mention]) -> None:
    quiet = [mention for mention in mentions if minute_of(mention) < 0]
    speaking = sum(bool(BRAND.match(mention)) for mention in quiet)
    assert 0.85 < speaking / len(quiet) < 0.95


def test_the_days_before_are_quiet_with_the_rhythm_of_a_day(mentions: Sequence[Mention]) -> None:
    hours = Counter(minute_of(mention) // 60 for mention in mentions)
    local = {hour: (hour * 60 + 18 * 60 + 30) // 60 % 24 for hour in range(-72, 0)}
    nights = [hours[hour] for hour, clock in local.items() if 1 <= clock < 5]
    evenings = [hours[hour] for hour, clock in local.items() if 18 <= clock < 21]
    assert max(hours[hour] for hour in local) <= 40
    assert max(nights) <= 6
    assert min(evenings) >= 12


def test_the_outage_climbs_to_its_peak_within_half_an_hour_and_ebbs_away(
    mentions: Sequence[Mention],
) -> None:
    minutes = Counter(minute_of(mention) for mention in mentions)
    before = sum(minutes[minute] for minute in range(25))
    climbing = [sum(minutes[minute + step] for step in range(5)) for minute in (25, 35, 45, 50)]
    assert before < 25
    assert climbing == sorted(climbing)
    assert 25 <= max(minutes.values()) <= 36
    assert 48 <= minutes.most_common(1)[0][0] <= 70
    assert sum(minutes[minute] for minute in range(95, 120)) < 60


def test_people_say_that_the_emergency_number_is_out_of_reach_only_at_the_peak(
    mentions: Sequence[Mention],
) -> None:
    alarms = AlarmTerms()
    minutes = [minute_of(mention) for mention in mentions if alarms.found_in(mention.text)]
    assert len(minutes) >= 10
    assert min(minutes) in range(52, 58)
    assert max(minutes) < 90


def test_it_is_dutch_and_english_and_mostly_leaves_the_language_to_be_found(
    mentions: Sequence[Mention],
) -> None:
    declared = Counter(mention.language for mention in mentions)
    assert declared[None] > len(mentions) / 2
    assert declared["nl"] > declared["en"] > 100


def test_it_comes_from_every_kind_of_source_that_the_story_needs(
    mentions: Sequence[Mention],
) -> None:
    main = [mention for mention in mentions if minute_of(mention) >= 25]
    assert {mention.kind for mention in main} == {"microblog", "forum", "review", "news"}
    assert max(mention.reach or 0 for mention in main) > 100_000
    assert any(mention.is_repost for mention in main)
    assert any(mention.is_reply for mention in main)


def test_people_hardly_ever_use_the_same_words_unless_they_repost(
    mentions: Sequence[Mention],
) -> None:
    texts = [mention.text.casefold() for mention in mentions if not mention.is_repost]
    assert len(set(texts)) > 0.97 * len(texts)


def test_slots_and_choices_are_all_filled_in(mentions: Sequence[Mention]) -> None:
    assert not [mention.text for mention in mentions if set("{}|~") & set(mention.text)]
