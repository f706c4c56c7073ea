"""Hits of Algolia's search become mentions."""

from datetime import UTC, datetime

import pytest

from detectors.records import InvalidRecord, Mention
from listener.connectors.hackernews import read_hit

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
CREATED = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
AT = int(CREATED.timestamp())


def test_a_comment() -> None:
    hit = {
        "objectID": "4711",
        "comment_text": "<p>It&#x27;s down <i>again</i></p>",
        "created_at_i": AT,
        "author": "bo",
        "story_title": "Something else",
    }
    assert read_hit(hit, NOW) == Mention(
        id="4711",
        text="It's down again",
        published_at=CREATED,
        source="hackernews",
        kind="forum",
        author="bo",
        url="https://news.ycombinator.com/item?id=4711",
        is_reply=True,
    )


def test_a_story_with_and_without_a_text_of_its_own() -> None:
    story = {"objectID": 1, "title": "Ask HN: a < b?", "created_at_i": AT, "comment_text": None}
    plain = read_hit(story, NOW)
    told = read_hit({**story, "story_text": "Since<p>today"}, NOW)
    assert plain is not None
    assert told is not None
    assert (plain.text, told.text) == ("Ask HN: a < b?", "Ask HN: a < b?\nSince\ntoday")
    assert not plain.is_reply


def test_a_post_without_words_is_no_mention() -> None:
    assert read_hit({"objectID": "1", "created_at_i": AT, "comment_text": None}, NOW) is None


def test_a_clock_ahead_of_ours_counts_as_now() -> None:
    mention = read_hit({"objectID": "1", "title": "x", "created_at_i": AT + 7200}, NOW)
    assert mention is not None
    assert mention.published_at == NOW


@pytest.mark.parametrize(
    "hit",
    [
        None,
        "text",
        {"title": "no id", "created_at_i": AT},
        {"objectID": "1", "title": "no date"},
        {"objectID": "1", "title": "x", "created_at_i": "soon"},
        {"objectID": "1", "title": "x", "created_at_i": 10**14},
        {"objectID": "1", "title": "x", "created_at_i": 0},
        {"objectID": "1", "title": ["x"], "created_at_i": AT},
        {"objectID": {}, "title": "x", "created_at_i": AT},
    ],
)
def test_a_hit_of_another_shape_is_refused(hit: object) -> None:
    with pytest.raises(InvalidRecord):
        read_hit(hit, NOW)
