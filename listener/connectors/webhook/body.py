"""What a request's body holds: JSON, JSON Lines or CloudEvents, perhaps packed with gzip.

A body that can't be read at all is refused; an item of it that can't costs no other.
"""

import base64
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from detectors.records import InvalidRecord, loads
from detectors.records.codec import as_list, as_object, is_object, require_text
from listener.connectors.webhook.refusal import Refusal

MAX_ITEMS: Final = 10_000
_GZIP: Final = 31  # "window bits": gzip and nothing else


@dataclass(frozen=True, slots=True)
class Item:
    """One mention to be, as it was sent; `where` is its place in the body.

    `defaults` are what its wrapping says of it. `error`: it can't even be unwrapped.
    """

    where: str
    data: object
    defaults: Mapping[str, object] = field(default_factory=dict)
    error: InvalidRecord | None = None


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """The body without its Content-Encoding (empty or gzip); raises `Refusal`."""
    if not encoding:
        return body
    member = zlib.decompressobj(_GZIP)
    try:
        plain = member.decompress(body, limit + 1)
    except zlib.error:
        raise Refusal(400, "body: not gzip, though Content-Encoding says so") from None
    if len(plain) > limit:
        raise Refusal(413, f"body: more than {limit} bytes unpacked")
    if not member.eof:
        raise Refusal(400, "body: the gzip data breaks off before its end")
    if member.unused_data:
        raise Refusal(400, "body: there is more behind the gzip data")
    return plain


def read_body(body: bytes, content_type: str, path: str) -> list[Item]:
    """The items of a body of one of `CONTENT_TYPES`; raises `Refusal`.

    `path` leads to them within a JSON document, where they are wrapped in one; a list on the way
    is gone through.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(400, f"body: not UTF-8 at byte {error.start}") from None
    items: list[Item] = []
    for item in CONTENT_TYPES[content_type](text, path.split(".") if path else []):
        if len(items) == MAX_ITEMS:
            raise Refusal(413, f"body: more than {MAX_ITEMS} items; send them in parts")
        items.append(item)
    return items


def _json(text: str, path: Sequence[str]) -> Iterator[Item]:
    yield from _within(_document(text), path)


def _json_lines(text: str, path: Sequence[str]) -> Iterator[Item]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = loads(line)
        except InvalidRecord as error:
            yield Item(f"line {number}", line, error=error)
            continue
        yield from _within(value, path, f"line {number}")


def _cloud_event(text: str, path: Sequence[str]) -> Iterator[Item]:
    yield from _unwrapped(_document(text), "", path)


def _cloud_events(text: str, path: Sequence[str]) -> Iterator[Item]:
    try:
        events = as_list(_document(text), "body")
    except InvalidRecord as error:
        raise Refusal(400, str(error)) from None
    for number, event in enumerate(events):
        yield from _unwrapped(event, f"[{number}].", path)


CONTENT_TYPES: Final[Mapping[str, Callable[[str, Sequence[str]], Iterator[Item]]]] = {
    "application/json": _json,
    "application/x-ndjson": _json_lines,
    "application/jsonl": _json_lines,
    "application/cloudevents+json": _cloud_event,
    "application/cloudevents-batch+json": _cloud_events,
}


def _document(text: str) -> object:
    try:
        return loads(text)
    except InvalidRecord as error:
        raise Refusal(400, f"body: {error}") from None


def _within(value: object, path: Sequence[str], where: str = "") -> Iterator[Item]:
    """The items that the path leads to, each with its place."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _one(one, path, f"{where}[{number}]")
    else:
        yield from _one(value, path, where)


def _one(value: object, path: Sequence[str], where: str) -> Iterator[Item]:
    if not path:
        yield Item(where or "body", value)
        return
    key, *further = path
    if is_object(value) and key in value:
        yield from _within(value[key], further, f"{where}.{key}" if where else key)
        return
    error = InvalidRecord("missing_field", f"{key}: missing, though items are to be within it")
    yield Item(where or "body", value, error=error)


def _unwrapped(event: object, where: str, path: Sequence[str]) -> Iterator[Item]:
    """The data of a CloudEvent in structured mode (CloudEvents 1.0, JSON format, section 3)."""
    try:
        envelope = as_object(event, "event")
        version = require_text(envelope, "specversion")
        name, source = require_text(envelope, "id"), require_text(envelope, "source")
        require_text(envelope, "type")
        if not version.startswith("1."):
            raise InvalidRecord("unknown_schema", "specversion: expected 1.0")
        data = _data(envelope)
    except InvalidRecord as error:
        yield Item(where.rstrip(".") or "body", event, error=error)
        return
    defaults = {} if envelope.get("time") is None else {"published_at": envelope["time"]}
    if is_object(data) and not path:
        defaults["id"] = f"{name} {source}"  # unique as a pair
    for item in _within(data, path, f"{where}data"):
        yield Item(item.where, item.data, defaults, item.error)


def _data(envelope: Mapping[str, object]) -> object:
    if "data_base64" not in envelope:
        if "data" not in envelope:
            raise InvalidRecord("missing_field", "data: missing")
        return envelope["data"]
    try:
        packed = base64.b64decode(require_text(envelope, "data_base64"), validate=True)
        return loads(packed.decode("utf-8"))
    except ValueError:
        raise InvalidRecord("bad_field", "data_base64: expected JSON in base64") from None
