"""A rejection can always be stored, whatever it speaks of."""

from detectors.records import InvalidRecord, Rejection, dumps, loads


def test_what_a_source_calls_its_items_can_be_stored() -> None:
    error = InvalidRecord("bad_field", "id: expected digits, got \ud800")
    rejection = Rejection.of(error, "raw \udfff\x00", "feed: item \ud83d")
    assert loads(dumps(rejection.to_json())) == {
        "schema_version": 1,
        "code": "bad_field",
        "reason": "id: expected digits, got \ufffd",
        "where": "feed: item \ufffd",
        "raw": "raw \ufffd",
    }


def test_it_is_no_longer_than_a_person_would_read() -> None:
    rejection = Rejection("bad_field", "r" * 9000, "x" * 90_000, "w" * 9000)
    assert (len(rejection.reason), len(rejection.raw), len(rejection.where)) == (1000, 10_000, 1000)
