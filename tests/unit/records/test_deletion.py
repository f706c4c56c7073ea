"""A deletion names one post or one account, spelt as in the mentions that it takes back."""

import pytest

from detectors.records import Deletion, InvalidRecord

POST = Deletion("mastodon", id="41")
ACCOUNT = Deletion("bluesky", author="did:plc:joke")


@pytest.mark.parametrize("deletion", [POST, ACCOUNT])
def test_what_is_written_reads_as_the_same(deletion: Deletion) -> None:
    assert Deletion.from_json(deletion.to_json()) == deletion


def test_the_source_is_in_lower_case_as_in_mentions() -> None:
    assert Deletion.from_json({"source": "Mastodon", "id": 41}) == POST


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
