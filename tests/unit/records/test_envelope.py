"""Envelopes: what can't be read of one costs nothing else."""

from datetime import UTC, datetime, timedelta

from detectors.records import Deletion, Envelope, Mention, dumps, loads
from detectors.records.envelope import MAX_BYTES, parse_envelope
from detectors.records.rejection import MAX_RAW

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)


def mention(number: int) -> Mention:
    return Mention(id=str(number), text=f"text {number}", published_at=EARLIER)


def test_an_envelope_goes_both_ways() -> None:
    envelope = Envelope((mention(1), mention(2)), watermark=EARLIER)
    assert parse_envelope(dumps(envelope.to_json()), now=NOW) == (envelope, [])


def test_an_empty_one_still_tells_the_time() -> None:
    envelope = Envelope(watermark=EARLIER)
    assert parse_envelope(dumps(envelope.to_json()), now=NOW) == (envelope, [])
    assert "watermark" not in Envelope().to_json()


def test_deletions_travel_along_and_one_bad_one_costs_no_other() -> None:
    gone = Deletion("forum", id="1"), Deletion("forum", author="joke")
    envelope = Envelope((mention(1),), deletions=gone)
    record = envelope.to_json()
    assert parse_envelope(dumps(record), now=NOW) == (envelope, [])
    bad = {**record, "deletions": [{"source": "forum"}, *(item.to_json() for item in gone)]}
    read, rejections = parse_envelope(dumps(bad), now=NOW)
    assert read == envelope
    assert [(r.code, r.raw) for r in rejections] == [("bad_field", '{"source": "forum"}')]


def test_a_mention_on_its_own_is_taken_as_well() -> None:
    data = dumps(mention(1).to_json())
    assert parse_envelope(data, now=NOW) == (Envelope((mention(1),)), [])


def test_one_bad_mention_costs_no_other() -> None:
    record = {"mentions": [mention(1).to_json(), {"text": ""}, 7, mention(2).to_json()]}
    envelope, rejections = parse_envelope(dumps(record), now=NOW)
    assert envelope.mentions == (mention(1), mention(2))
    assert [(r.code, r.raw) for r in rejections] == [
        ("empty_text", '{"text": ""}'),
        ("not_an_object", "7"),
    ]


def test_a_watermark_that_cannot_be_right_costs_no_mention() -> None:
    """One in the future would carry event time past everything that is still to be said."""
    for watermark, code in (("9999-12-31T00:00:00Z", "future_date"), ("soon", "bad_date")):
        record = {"mentions": [mention(1).to_json()], "watermark": watermark}
        envelope, rejections = parse_envelope(dumps(record), now=NOW)
        assert envelope == Envelope((mention(1),), watermark=None)
        assert [(r.code, r.raw) for r in rejections] == [(code, watermark)]


def test_what_is_no_record_at_all_is_one_rejection() -> None:
    for data, code in (
        (b"\xff\xfe", "not_json"),
        (b"[]", "not_an_object"),
        (b'{"mentions": 7}', "bad_field"),
        (b'{"text": "a"}', "missing_date"),
        (b"[" * 100_000, "not_json"),
        (b" " * (MAX_BYTES + 1), "too_large"),
    ):
        envelope, (rejection,) = parse_envelope(data, now=NOW)
        assert envelope == Envelope()
        assert rejection.code == code
        assert rejection.reason
        assert len(rejection.raw) <= MAX_RAW


def test_a_rejection_can_always_be_written() -> None:
    deep = b'{"text": "a", "published_at": 1, "x": ' + b"[" * 1020 + b"]" * 1020 + b"}"
    broken = b'{"text": "\\ud83d", "published_at": "\\ud83d"}'
    for data in (deep, broken, b"\x00\xff{"):
        _, (rejection,) = parse_envelope(data, now=NOW)
        assert loads(dumps(rejection.to_json())) == rejection.to_json()
