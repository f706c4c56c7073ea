"""What a frame of Jetstream says on either wire, and when it can't be read."""

import json
from datetime import UTC, datetime

import pytest

from detectors.records import Deletion, InvalidRecord, Mention
from listener.connectors.jetstream.events import Event, read_deletion, read_post
from listener.connectors.jetstream.reposts import Originals
from listener.connectors.jetstream.settings import WireName
from listener.connectors.jetstream.wires import V2, Notice, make_wire
from tests.sources.jetstream import (
    Frame,
    account,
    commit,
    deletion,
    enveloped,
    event,
    notice,
    post,
    repost,
)

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
EMITTED = int(datetime(2026, 11, 22, 13, 59, 58, tzinfo=UTC).timestamp() * 1e6)
CREATED = "2026-11-22T13:59:57.250Z"
HOST = "jetstream.example"
POST = "at://did:plc:tester/app.bsky.feed.post/"


def read_event(frame: Frame, wire: WireName = "v1") -> Event:
    data = frame[1] if wire == "v1" else enveloped(5, frame)
    found = make_wire(wire, HOST).read(data)
    assert isinstance(found, Event)
    return found


def read(
    text: object = "Wieder kein Netz",
    created_at: object = CREATED,
    wire: WireName = "v1",
    **more: object,
) -> Mention:
    frame = post(EMITTED, text, CREATED, "3kabc", **{"createdAt": created_at, **more})
    mention = read_post(read_event(frame, wire), NOW)
    assert mention is not None
    return mention


@pytest.mark.parametrize("wire", ["v1", "v2"])
def test_a_post_becomes_a_mention(wire: WireName) -> None:
    assert read(wire=wire, langs=["de"]) == Mention(
        id=f"{POST}3kabc",
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
    assert read_post(read_event(post(EMITTED, text, CREATED, "3kabc")), NOW) is None


def test_a_repost_says_the_words_of_its_original_again() -> None:
    originals = Originals()
    originals.remember(read("Zilvernet ligt er weer uit", langs=["nl"]))
    again = originals.read_repost(read_event(repost(EMITTED, "3kabc", CREATED, "3kdef")), NOW)
    assert again == Mention(
        id="at://did:plc:tester/app.bsky.feed.repost/3kdef",
        text="Zilvernet ligt er weer uit",
        published_at=datetime(2026, 11, 22, 13, 59, 57, 250_000, tzinfo=UTC),
        source="bluesky",
        kind="microblog",
        author="did:plc:tester",
        url="https://bsky.app/profile/did:plc:tester/post/3kabc",
        language="nl",
        is_repost=True,
        repost_of=f"{POST}3kabc",
    )


def test_a_repost_of_what_is_unknown_has_no_words() -> None:
    again = read_event(repost(EMITTED, "3kabc", CREATED, "3kdef"))
    assert Originals().read_repost(again, NOW) is None


@pytest.mark.parametrize(
    "taken_back",
    [Deletion("bluesky", id=f"{POST}3kabc"), Deletion("bluesky", author="did:plc:tester")],
)
def test_a_repost_of_what_was_taken_back_has_no_words(taken_back: Deletion) -> None:
    originals = Originals()
    originals.remember(read())
    originals.forget(taken_back)
    again = read_event(repost(EMITTED, "3kabc", CREATED, "3kdef"))
    assert originals.read_repost(again, NOW) is None


def test_only_so_many_originals_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.connectors.jetstream.reposts._REMEMBERED", 2)
    originals = Originals()
    for number in range(3):
        post_ = read_post(read_event(post(EMITTED, "x", CREATED, f"r{number}")), NOW)
        assert post_ is not None
        originals.remember(post_)
    known = [
        originals.read_repost(read_event(repost(EMITTED, f"r{number}", CREATED, "again")), NOW)
        for number in range(3)
    ]
    assert [mention is not None for mention in known] == [False, True, True]


@pytest.mark.parametrize("wire", ["v1", "v2"])
@pytest.mark.parametrize(
    ("frame", "taken_back"),
    [
        (deletion(EMITTED, "app.bsky.feed.post", "3kabc"), Deletion("bluesky", id=f"{POST}3kabc")),
        (
            deletion(EMITTED, "app.bsky.feed.repost", "3kdef"),
            Deletion("bluesky", id="at://did:plc:tester/app.bsky.feed.repost/3kdef"),
        ),
        (
            account(EMITTED, active=False, status="deleted"),
            Deletion("bluesky", author="did:plc:tester"),
        ),
        (
            account(EMITTED, active=False, status="takendown"),
            Deletion("bluesky", author="did:plc:tester"),
        ),
        (account(EMITTED, active=False, status="deactivated"), None),
        (account(EMITTED, active=True), None),
        (deletion(EMITTED, "app.bsky.feed.like", "3kabc"), None),
        (post(EMITTED, "x", CREATED, "3kabc"), None),
    ],
)
def test_what_is_taken_back_is_spelt_as_its_mention(
    frame: Frame, taken_back: Deletion | None, wire: WireName
) -> None:
    assert read_deletion(read_event(frame, wire)) == taken_back


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (event(EMITTED, kind="identity", identity={"handle": "a.example"}), "identity"),
        (event(EMITTED, kind="a kind of next year"), "other"),
        (commit(EMITTED, "update", "app.bsky.feed.post", "1"), "post updated"),
        (commit(EMITTED, "create", "app.bsky.feed.like", "1"), "other"),
        (commit(EMITTED, "made up", "app.bsky.feed.post", "1"), "other"),
        (account(EMITTED, active=True), "account"),
    ],
)
def test_what_else_comes_along_the_wire_is_told_by_name(frame: Frame, what: str) -> None:
    assert read_event(frame).what == read_event(frame, "v2").what == what


def test_wire_v2_says_where_it_goes_on() -> None:
    told = json.loads(enveloped(5, post(EMITTED, "x", CREATED, "1")))
    told["payload"] |= {"time": "2020-01-01T00:00:00Z", "witnessedAt": "2026-11-22T13:59:58Z"}
    found = V2(HOST).read(json.dumps(told).encode())
    assert isinstance(found, Event)
    assert (found.seq, found.time_us) == (5, EMITTED)


def test_wire_v2_speaks_of_the_stream_itself() -> None:
    wire = V2(HOST)
    assert wire.read(notice("OutdatedCursor")) == Notice("OutdatedCursor")
    assert wire.read(b'{"$type": "error", "error": "ConsumerTooSlow"}') == Notice("ConsumerTooSlow")


BROKEN = [
    b"\x28\xb5\x2f\xfd\x04\x00 compressed without being asked for",
    b"",
    b"{",
    b"[]",
    b"[" * 100_000,
]


@pytest.mark.parametrize(
    "frame",
    [
        *BROKEN,
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
        make_wire("v1", HOST).read(frame)


@pytest.mark.parametrize(
    "frame",
    [
        *BROKEN,
        event(EMITTED, kind="identity")[1],
        b'{"$type": "message", "payload": {}}',
        b'{"payload": {"$type": "x#commit", "did": "did:plc:a", "seq": 5}}',
        b'{"payload": {"$type": "x#commit", "did": "did:plc:a", "seq": 5, "time": "1999"}}',
        b'{"payload": {"$type": "x#commit", "did": "a", "time": "2026-11-22T13:59:58Z"}}',
        b'{"payload": {"$type": "x#commit", "did": "a", "seq": 2000000000000000,'
        b' "time": "2026-11-22T13:59:58Z"}}',
    ],
)
def test_a_frame_of_another_shape_is_refused_on_wire_v2(frame: bytes) -> None:
    with pytest.raises(InvalidRecord):
        make_wire("v2", HOST).read(frame)


@pytest.mark.parametrize("record", [{"text": None}, {"text": 7}, {"langs": "nl"}])
def test_a_post_of_another_shape_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        read(**record)  # type: ignore[arg-type]  # whatever a server sends
