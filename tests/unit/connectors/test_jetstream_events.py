"""What a frame of Jetstream says, and when it can't be read."""

from datetime import UTC, datetime

import pytest

from detectors.records import InvalidRecord, Mention
from listener.connectors.jetstream.events import read_event, read_post
from tests.sources.jetstream import event, post

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
EMITTED = int(datetime(2026, 11, 22, 13, 59, 58, tzinfo=UTC).timestamp() * 1e6)
CREATED = "2026-11-22T13:59:57.250Z"


def read(
    text: object = "Wieder kein Netz", created_at: object = CREATED, **more: object
) -> Mention:
    _, frame = post(EMITTED, text, CREATED, "3kabc", **{"createdAt": created_at, **more})
    mention = read_post(read_event(frame), NOW)
    assert mention is not None
    return mention


def test_a_post_becomes_a_mention() -> None:
    assert read(langs=["de"]) == Mention(
        id="at://did:plc:tester/app.bsky.feed.post/3kabc",
        text="Wieder kein Netz",
        published_at=datetime(2026, 11, 22, 13, 59, 57, 250_000, tzinfo=UTC),
        source="bluesky",
        kind="microblog",
        author="did:plc:tester",
        url="https://bsky.app/profile/did:plc:tester/post/3kabc",
        language="de",
    )


def test_an_answer_is_marked_as_one() -> None:
    parent = {"uri": "at://did:plc:other/app.bsky.feed.post/1", "cid": "c"}
    assert read(reply={"root": parent, "parent": parent}).is_reply
    assert not read().is_reply


@pytest.mark.parametrize("langs", [None, [], ["nl", "en"], [7]])
def test_only_a_single_language_is_taken_as_declared(langs: object) -> None:
    assert read(langs=langs).language is None


@pytest.mark.parametrize(
    "created_at", [None, "yesterday", "2031-01-01T00:00:00Z", "2026-11-22T13:59:58.001Z"]
)
def test_a_date_that_is_missing_wrong_or_yet_to_come_gives_way_to_bluesky_s(
    created_at: object,
) -> None:
    assert read(created_at=created_at).published_at == datetime(
        2026, 11, 22, 13, 59, 58, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_picture_without_words_is_no_mention(text: str) -> None:
    _, frame = post(EMITTED, text, CREATED, "3kabc")
    assert read_post(read_event(frame), NOW) is None


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"kind": "account", "account": {"active": False, "status": "deleted"}}, "account"),
        ({"kind": "identity", "identity": {"handle": "a.example"}}, "identity"),
        ({"kind": "a kind of next year"}, "other"),
        (
            {
                "kind": "commit",
                "commit": {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "1"},
            },
            "post deleted",
        ),
        (
            {
                "kind": "commit",
                "commit": {"operation": "create", "collection": "app.bsky.feed.like", "rkey": "1"},
            },
            "other",
        ),
    ],
)
def test_what_else_comes_along_the_wire_is_told_by_name(
    fields: dict[str, object], what: str
) -> None:
    _, frame = event(EMITTED, **fields)
    assert read_event(frame).what == what


@pytest.mark.parametrize(
    "frame",
    [
        b"\x28\xb5\x2f\xfd\x04\x00 compressed without being asked for",
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"kind": "identity", "did": "did:plc:a"}',
        b'{"kind": "identity", "did": "did:plc:a", "time_us": 17}',
        b'{"kind": "identity", "did": "did:plc:a", "time_us": 100000000000000000}',
        b'{"kind": "identity", "time_us": 1783175888085434}',
        b'{"did": "did:plc:a", "time_us": 1783175888085434}',
        b'{"kind": "commit", "did": "did:plc:a", "time_us": 1783175888085434}',
        b'{"kind": "commit", "did": "did:plc:a", "time_us": 1783175888085434, "commit": "x"}',
    ],
)
def test_a_frame_of_another_shape_is_refused(frame: bytes) -> None:
    with pytest.raises(InvalidRecord):
        read_event(frame)


@pytest.mark.parametrize("record", [{"text": None}, {"text": 7}, {"langs": "nl"}])
def test_a_post_of_another_shape_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        read(**record)
