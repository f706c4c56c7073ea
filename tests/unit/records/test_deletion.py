"""A deletion names one post or one account, spelt as in the mentions that it takes back."""

from datetime import UTC, datetime

import pytest

from detectors.records import Deletion, InvalidRecord, parse_mention

NOW = datetime(2026, 2, 1, tzinfo=UTC)
POST = Deletion("mastodon", id="41")
ACCOUNT = Deletion("bluesky", author="did:plc:joke")


@pytest.mark.parametrize("deletion", [POST, ACCOUNT])
def test_what_is_written_reads_as_the_same(deletion: Deletion) -> None:
    assert Deletion.from_json(deletion.to_json()) == deletion


def test_the_source_is_in_lower_case_as_in_mentions() -> None:
    assert Deletion.from_json({"source": "Mastodon", "id": 41}) == POST


def test_names_are_made_safe_as_those_of_mentions_are() -> None:
    """Else what a platform spells strangely could never be taken back."""
    strange = " po\x00st " + "x" * 600
    said = parse_mention({"id": strange, "text": "t", "published_at": "2026-01-15"}, now=NOW)
    assert Deletion("unknown", id=strange).key == said.key


def test_a_name_of_which_nothing_is_left_is_none() -> None:
    with pytest.raises(InvalidRecord):
        Deletion("bluesky", author="\x00 ")


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"id": "41"},
        {"source": "mastodon"},
        {"source": "mastodon", "id": "41", "author": "joke"},
        {"source": "mastodon", "id": ["41"]},
    ],
)
def test_one_that_names_neither_or_both_is_refused(value: object) -> None:
    with pytest.raises(InvalidRecord):
        Deletion.from_json(value)
