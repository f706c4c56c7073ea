"""Whatever is pushed: items with their places or a refusal, mentions or a code; nothing else."""

import contextlib
import gzip
import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from detectors.records import Deletion, InvalidRecord, Mention
from listener.connectors.webhook.body import CONTENT_TYPES, Item, read_body, unpacked
from listener.connectors.webhook.fields import FieldMap
from listener.connectors.webhook.refusal import Refusal

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
LIMIT = 10_000
FIELDS = FieldMap(
    {"text": "a.b", "author": "by.0", "deleted": "gone", "kind": "kind"},
    "shop",
    "review",
    {"Blog": "other"},
    html=True,
)
NAMES = st.sampled_from(
    ["a", "b", "by", "text", "published_at", "id", "gone", "kind", "data", "time", "a.b", "reach"]
)
VALUES = st.sampled_from(
    [1768474800, "2026-01-15T11:00:00Z", "<b>x", True, "\ud83d", 10**30, "1.0"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=8,
)
EVENTS = st.fixed_dictionaries(
    {"specversion": st.just("1.0"), "id": VALUES, "source": st.just("s"), "type": st.just("t")},
    optional={"data": JSON, "data_base64": st.text(max_size=8), "time": VALUES},
)


def read(items: list[Item]) -> None:
    for item in items:
        assert item.where
        with contextlib.suppress(InvalidRecord):
            assert isinstance(FIELDS.read(item, NOW), Mention | Deletion)


@given(st.binary(max_size=200), st.sampled_from(list(CONTENT_TYPES)), st.sampled_from(["", "a.b"]))
def test_any_bytes(body: bytes, content_type: str, path: str) -> None:
    with contextlib.suppress(Refusal):
        read(read_body(body, content_type, path))


@given(
    JSON | EVENTS | st.lists(EVENTS, max_size=3),
    st.sampled_from(list(CONTENT_TYPES)),
    st.sampled_from(["", "a", "data.a"]),
)
def test_any_document(value: object, content_type: str, path: str) -> None:
    with contextlib.suppress(Refusal):
        read(read_body(json.dumps(value).encode(), content_type, path))


@given(st.binary(max_size=300), st.integers(0, 30), st.binary(max_size=3))
def test_any_packing(body: bytes, at: int, junk: bytes) -> None:
    packed = gzip.compress(body)
    assert unpacked(packed, "gzip", LIMIT) == body
    with contextlib.suppress(Refusal):
        assert len(unpacked(packed[:at] + junk + packed[at:], "gzip", LIMIT)) <= LIMIT
